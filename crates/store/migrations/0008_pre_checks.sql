-- What the law base ruled on a request on the day on which this authority sent it: its own keeping, never sent, and sealed under the key
-- of the docket's bodies. `law` is the digest of the law base.

CREATE TABLE pre_checks (
    docket BLOB PRIMARY KEY,
    law TEXT NOT NULL,
    sealed BLOB NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT;
