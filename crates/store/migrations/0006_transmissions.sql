-- Signed manifests, ours and those of peers. `act` is the act that names it, once that is kept here.

CREATE TABLE manifests (
    digest BLOB PRIMARY KEY,
    docket BLOB NOT NULL,
    author TEXT NOT NULL,
    act BLOB,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX manifests_by_docket ON manifests (docket, seq);
CREATE INDEX manifests_by_act ON manifests (act);

CREATE TABLE manifest_exhibits (
    manifest BLOB NOT NULL REFERENCES manifests (digest),
    exhibit BLOB NOT NULL,
    PRIMARY KEY (manifest, exhibit)
) STRICT;
CREATE INDEX manifest_exhibits_by_exhibit ON manifest_exhibits (exhibit);

-- What the signed documents must not hold, since it is personal: titles of exhibits, and who handled them where and why.
-- Sealed under the node's own key.
CREATE TABLE custody_details (
    entry BLOB PRIMARY KEY,
    salt BLOB NOT NULL,
    details BLOB NOT NULL
) STRICT;

ALTER TABLE exhibits ADD COLUMN record BLOB;
ALTER TABLE exhibits ADD COLUMN title BLOB;
CREATE INDEX exhibits_by_state ON exhibits (state, seq);
ALTER TABLE custody ADD COLUMN name BLOB;
CREATE UNIQUE INDEX custody_by_name ON custody (exhibit, name);
