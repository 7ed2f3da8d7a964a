-- A leaf is queued when it has no place; its place is its index in the tree of one log generation.

CREATE TABLE leaves (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    signature_hash BLOB NOT NULL,
    salt BLOB NOT NULL,
    generation INTEGER,
    place INTEGER,
    UNIQUE (kind, id),
    UNIQUE (generation, place)
) STRICT;
CREATE INDEX leaves_queued ON leaves (seq) WHERE place IS NULL;

CREATE TABLE tree_heads (
    generation INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

CREATE TABLE tree_hashes (
    generation INTEGER NOT NULL,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (generation, level, place)
) STRICT;
