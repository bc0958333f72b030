-- usable from: 1
-- Generations that have seen another log than the one that is served now. They are out of the books and nobody asks them, but their tables,
-- "<table>__<generation>", stay: they may be all that tells what was in that log. An operator drops them, and the row.
CREATE TABLE khata_set_aside (
    generation bigint PRIMARY KEY,
    projection text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL, -- it had seen that log up to here
    hash bytea NOT NULL,
    tables text[] NOT NULL, -- their names
    set_aside_at timestamptz NOT NULL DEFAULT now()
);
