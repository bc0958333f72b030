-- usable from: 1
-- Bookkeeping of the views: who may write, which generations of tables exist, what is parked. The tables of the views themselves
-- are made from their declarations: "<table>__<generation>", with a plain "<table>" as a view onto the active one.

-- The last epoch that was given. Whoever changes leases locks it first.
CREATE TABLE khata_epoch (
    one integer PRIMARY KEY CHECK (one = 1),
    epoch bigint NOT NULL
);

INSERT INTO khata_epoch (one, epoch) VALUES (1, 0);

-- Who is in charge of a projection. A lease is over when it has expired, and also while the clock shows a time before its last
-- renewal: the clock was set back then. Writers lock their rows FOR KEY SHARE, which renewals pass and a change of the holder does not.
CREATE TABLE khata_leases (
    projection text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    lease interval NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Retired ones are those whose tables are still to be dropped.
CREATE TABLE khata_generations (
    generation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('building', 'active', 'retired')),
    compare boolean NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    states_position bigint NOT NULL CHECK (states_position BETWEEN 0 AND position),
    states_hash bytea NOT NULL CHECK (length(states_hash) = 32)
) WITH (fillfactor = 10); -- changed with every batch: many versions of a row fit on its page

CREATE UNIQUE INDEX khata_one_active ON khata_generations (projection) WHERE status = 'active';

-- The tables of each generation as they were made: name, columns, key and indexes as JSON.
CREATE TABLE khata_tables (
    name text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    place integer NOT NULL, -- among the tables of its generation
    shape text NOT NULL,
    PRIMARY KEY (name, generation)
);

-- The generation that the view of a plain name shows. For a moment that may be one that is no longer active.
CREATE TABLE khata_shown (
    name text COLLATE "C" PRIMARY KEY,
    generation bigint NOT NULL
);

CREATE TABLE khata_parked (
    generation bigint NOT NULL,
    partition text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    error text NOT NULL,
    attempts bigint NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (generation, partition)
);

-- Events behind the first one of a parked partition.
CREATE TABLE khata_waiting (
    generation bigint NOT NULL,
    partition text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (generation, partition, position)
);

-- Events that an operator chose to leave out.
CREATE TABLE khata_skipped (
    projection text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    error text NOT NULL,
    skipped_at timestamptz NOT NULL,
    PRIMARY KEY (projection, version, position)
);

-- What operators ask of the runner in charge of a projection, from processes that have none, and its answers.
CREATE TABLE khata_requests (
    request bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection text COLLATE "C" NOT NULL,
    wish text NOT NULL, -- JSON
    asked_at timestamptz NOT NULL,
    taken boolean NOT NULL DEFAULT false,
    answer text -- JSON
);
