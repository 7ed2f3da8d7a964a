-- Physical things under custody here, and the docket of each. What happened to one stands in `custody`, where a thing is named by the bytes that
-- the caller chose for it.

CREATE TABLE items (
    id BLOB PRIMARY KEY,
    docket BLOB NOT NULL,
    seq INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX items_by_docket ON items (docket, seq);
