-- What is to be carried to whom. A row that waits for a leaf is not ready before that leaf is sequenced.

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL,
    item BLOB NOT NULL,
    payload BLOB,
    bytes INTEGER NOT NULL,
    until_receipt INTEGER NOT NULL,
    leaf INTEGER,
    ready INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    carried_at INTEGER,
    last_error TEXT,
    UNIQUE (recipient, kind, item)
) STRICT;
CREATE INDEX outbox_due ON outbox (recipient, next_attempt, seq) WHERE ready = 1;
CREATE INDEX outbox_held ON outbox (leaf) WHERE ready = 0;

CREATE TABLE peers (
    authority TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    card BLOB NOT NULL,
    card_signature BLOB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'suspended', 'revoked')),
    proposed_by TEXT NOT NULL,
    approved_by TEXT,
    changed_at INTEGER NOT NULL,
    CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CHECK (status <> 'approved' OR approved_by IS NOT NULL)
) STRICT;

-- Every card that was ever in force here: old signatures are checked against old cards.
CREATE TABLE cards (
    digest BLOB PRIMARY KEY,
    authority TEXT NOT NULL,
    card BLOB NOT NULL,
    signature BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX cards_by_authority ON cards (authority, seq);

-- The last daily digest that each peer has sent, and the last that each was sent.
CREATE TABLE peer_digests (
    peer TEXT NOT NULL,
    ours INTEGER NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL,
    stated_at INTEGER NOT NULL,
    PRIMARY KEY (peer, ours)
) STRICT;
