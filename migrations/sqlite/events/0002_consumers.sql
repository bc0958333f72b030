-- How far the consumers of the log have come. Who holds a consumer is known to the one process that has the file.
CREATE TABLE consumers (
    name     TEXT    NOT NULL PRIMARY KEY,
    epoch    INTEGER NOT NULL,  -- of the latest charge
    position INTEGER NOT NULL,  -- everything up to here is done
    note     TEXT    NOT NULL   -- the consumer's own
) STRICT, WITHOUT ROWID;
