-- What an officer must see, with the file that proves it to others. The same thing is raised once.

CREATE TABLE alarms (
    seq INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    authority TEXT NOT NULL,
    docket BLOB,
    sentence TEXT NOT NULL,
    evidence BLOB NOT NULL,
    raised_at INTEGER NOT NULL,
    settled_by TEXT,
    settled_why TEXT,
    settled_at INTEGER
) STRICT;
CREATE INDEX alarms_open ON alarms (seq) WHERE settled_at IS NULL;

-- The last checkpoint of each log that this node has cosigned: stored before the cosignature is given.
CREATE TABLE witnessed (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- What others said of this node's own checkpoints: cosignatures of witnesses, and time stamps.
CREATE TABLE cosignatures (
    generation INTEGER NOT NULL,
    size INTEGER NOT NULL,
    witness TEXT NOT NULL,
    line TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (generation, size, witness)
) STRICT;
CREATE TABLE stamps (
    generation INTEGER NOT NULL,
    size INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    token BLOB NOT NULL,
    stamped_at INTEGER NOT NULL,
    PRIMARY KEY (generation, size)
) STRICT;

-- What this node has seen of other logs: the largest checkpoint that was consistent with all before it.
CREATE TABLE followed (
    origin TEXT PRIMARY KEY,
    authority TEXT NOT NULL,
    size INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    grown_at INTEGER NOT NULL
) STRICT;
