CREATE TABLE persons (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    token_hash BLOB UNIQUE,
    active INTEGER NOT NULL
) STRICT;

CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    docket BLOB,
    kind TEXT NOT NULL,
    author TEXT NOT NULL REFERENCES persons (id),
    frame BLOB NOT NULL,
    body BLOB NOT NULL,
    body_digest BLOB NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;

-- An approval is of one body. If the body changes, what was approved is still on record and counts no more.
CREATE TABLE approvals (
    draft TEXT NOT NULL REFERENCES drafts (id),
    person TEXT NOT NULL REFERENCES persons (id),
    body_digest BLOB NOT NULL,
    approved_at INTEGER NOT NULL,
    PRIMARY KEY (draft, body_digest, person)
) STRICT;

CREATE TABLE exhibits (
    id BLOB PRIMARY KEY,
    docket BLOB,
    bytes INTEGER NOT NULL,
    digest BLOB NOT NULL,
    commitment BLOB NOT NULL,
    wrapped_key BLOB,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX exhibits_by_docket ON exhibits (docket, seq);

CREATE TABLE custody (
    seq INTEGER PRIMARY KEY,
    exhibit BLOB NOT NULL,
    entry BLOB NOT NULL,
    signature BLOB NOT NULL,
    entered_at INTEGER NOT NULL
) STRICT;
CREATE INDEX custody_by_exhibit ON custody (exhibit, seq);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    purpose TEXT NOT NULL,
    what TEXT NOT NULL,
    docket BLOB,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_docket ON audit (docket, seq);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    started_by TEXT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER,
    cancel INTEGER NOT NULL,
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
