-- Each projection is in a charge of its own: of two runners each may feed a part of them. Until now the last one fed all.

CREATE TABLE khata_charges (
    projection TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
