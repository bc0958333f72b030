-- usable from: 1
-- Who works for the consumers of the log, and how far they have come.
CREATE TABLE consumers (
    name         text   COLLATE "C" NOT NULL PRIMARY KEY,
    epoch        bigint NOT NULL,  -- of the latest charge
    holder       text,             -- null: it was given back
    lease        bigint NOT NULL,  -- how long a charge lasts, in microseconds
    leased_until timestamptz,      -- by the server's clock; null: it was given back
    position     bigint NOT NULL,  -- everything up to here is done
    note         text   NOT NULL   -- the consumer's own
);
