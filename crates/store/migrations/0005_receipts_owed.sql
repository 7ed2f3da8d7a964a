-- Receipts that are still to be issued: of which act, to whom. A row goes when the receipt over it is kept.

CREATE TABLE receipts_owed (
    act BLOB NOT NULL,
    recipient TEXT NOT NULL,
    docket BLOB NOT NULL,
    seq INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (act, recipient)
) STRICT;
CREATE INDEX receipts_by_issuer ON receipts (issuer, recipient, seq);
