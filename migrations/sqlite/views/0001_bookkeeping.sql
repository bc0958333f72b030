-- Bookkeeping of the views: who may write, which generations of tables exist, what is parked. The tables of the views themselves
-- are made from their declarations: "<table>__<generation>", with a plain "<table>" as a view onto the active one.

-- Who took charge last. A writer with another epoch is shut out.
CREATE TABLE khata_holder (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;

INSERT INTO khata_holder (one, epoch) VALUES (1, 0);

-- Retired ones are those whose tables are still to be dropped.
CREATE TABLE khata_generations (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    projection TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('building', 'active', 'retired')),
    compare INTEGER NOT NULL CHECK (compare IN (0, 1)),
    position INTEGER NOT NULL CHECK (position >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE UNIQUE INDEX khata_one_active ON khata_generations (projection) WHERE status = 'active';

-- The tables of each generation as they were made: name, columns, key and indexes as JSON.
CREATE TABLE khata_tables (
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    place INTEGER NOT NULL, -- among the tables of its generation
    shape TEXT NOT NULL CHECK (json_valid(shape)),
    PRIMARY KEY (name, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE khata_parked (
    generation INTEGER NOT NULL,
    "partition" TEXT NOT NULL,
    position INTEGER NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    parked_at INTEGER NOT NULL, -- microseconds since 1970
    PRIMARY KEY (generation, "partition")
) STRICT, WITHOUT ROWID;

-- Events behind the first one of a parked partition.
CREATE TABLE khata_waiting (
    generation INTEGER NOT NULL,
    "partition" TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (generation, "partition", position)
) STRICT, WITHOUT ROWID;

-- Events that an operator chose to leave out.
CREATE TABLE khata_skipped (
    projection TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    error TEXT NOT NULL,
    skipped_at INTEGER NOT NULL, -- microseconds since 1970
    PRIMARY KEY (projection, version, position)
) STRICT, WITHOUT ROWID;
