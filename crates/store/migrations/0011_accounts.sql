-- What a court export said of an exhibit that was taken in from it, sealed by the caller: whose word that is, and how it was found.

CREATE TABLE accounts (
    exhibit BLOB PRIMARY KEY,
    account BLOB NOT NULL
) STRICT;
