-- Generations that have seen another log than the one that is served now. They are out of the books and nobody asks them, but their tables,
-- "<table>__<generation>", stay: they may be all that tells what was in that log. An operator drops them, and the row.
CREATE TABLE khata_set_aside (
    generation INTEGER PRIMARY KEY,
    projection TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL, -- it had seen that log up to here
    hash BLOB NOT NULL,
    tables TEXT NOT NULL CHECK (json_valid(tables)), -- their names
    set_aside_at INTEGER NOT NULL -- seconds since 1970
) STRICT;
