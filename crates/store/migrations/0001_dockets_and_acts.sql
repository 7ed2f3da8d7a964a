-- Written for SQLite; PostgreSQL gets the same text with its own names for the types.
-- Moments are whole seconds since 1970 in UTC. Yes and no are 1 and 0. `seq` numbers come from `tickets`.

CREATE TABLE comity_schema (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;

CREATE TABLE tickets (
    one INTEGER PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;
INSERT INTO tickets (one, last) VALUES (1, 0);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- What a person sees of a docket in a list is a summary that only the caller understands.
CREATE TABLE dockets (
    id BLOB PRIMARY KEY,
    procedure_name TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    summary TEXT NOT NULL,
    body_key BLOB,
    acts INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE docket_parties (
    docket BLOB NOT NULL REFERENCES dockets (id),
    authority TEXT NOT NULL,
    PRIMARY KEY (docket, authority)
) STRICT;
CREATE INDEX docket_parties_by_authority ON docket_parties (authority, docket);

CREATE TABLE acts (
    id BLOB PRIMARY KEY,
    docket BLOB NOT NULL REFERENCES dockets (id),
    place INTEGER NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    lamport INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    salt BLOB,
    body BLOB,
    body_erased INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (docket, place)
) STRICT;
CREATE INDEX acts_by_author ON acts (docket, author, place);

CREATE TABLE act_parents (
    act BLOB NOT NULL REFERENCES acts (id),
    parent BLOB NOT NULL,
    PRIMARY KEY (act, parent)
) STRICT;
CREATE INDEX act_parents_by_parent ON act_parents (parent);

CREATE TABLE receipts (
    digest BLOB PRIMARY KEY,
    issuer TEXT NOT NULL,
    recipient TEXT NOT NULL,
    docket BLOB NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX receipts_by_docket ON receipts (docket, seq);

CREATE TABLE receipt_acts (
    act BLOB NOT NULL,
    receipt BLOB NOT NULL REFERENCES receipts (digest),
    PRIMARY KEY (act, receipt)
) STRICT;
CREATE INDEX receipt_acts_by_receipt ON receipt_acts (receipt);

-- Acts that are authentic but whose parents have not come yet.
CREATE TABLE waiting (
    id BLOB PRIMARY KEY,
    docket BLOB NOT NULL,
    sender TEXT NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    salt BLOB,
    body BLOB,
    bytes INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX waiting_by_sender ON waiting (sender);

CREATE TABLE waiting_parents (
    parent BLOB NOT NULL,
    act BLOB NOT NULL REFERENCES waiting (id),
    PRIMARY KEY (parent, act)
) STRICT;
CREATE INDEX waiting_parents_by_act ON waiting_parents (act);

CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    reason TEXT NOT NULL,
    sample BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    digest BLOB NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;
