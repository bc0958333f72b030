-- usable from: 1
-- Leases have one shape, beside the log and beside the views. How far a consumer has come stays in consumers.

-- An older relay claims nothing once its epochs are read, and neither of the two waits for rows of the other while it holds the table.
LOCK TABLE consumers IN ACCESS EXCLUSIVE MODE;

-- The last epoch that was given: no smaller than any of before. Whoever changes leases locks it first.
CREATE TABLE lease_epoch (
    one   integer PRIMARY KEY CHECK (one = 1),
    epoch bigint NOT NULL
);

INSERT INTO lease_epoch (one, epoch) SELECT 1, coalesce(max(epoch), 0) FROM consumers;

-- Who works under a name. A lease is over when it has expired, and also while the clock shows a time before its last renewal: the
-- clock was set back then. Writers lock their rows FOR KEY SHARE, which renewals pass and a change of the holder does not.
CREATE TABLE leases (
    name       text COLLATE "C" PRIMARY KEY,
    holder     text NOT NULL,
    epoch      bigint NOT NULL,
    lease      interval NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

INSERT INTO leases (name, holder, epoch, lease, renewed_at, expires_at)
    SELECT name, coalesce(holder, ''), epoch, lease * interval '1 microsecond',
           coalesce(leased_until - lease * interval '1 microsecond', '-infinity'), coalesce(leased_until, '-infinity')
    FROM consumers;

-- To a Khata that looks for leases here they are all held, by a newer one and for ever: what it still writes under its own is refused,
-- and it can take none. These columns go when no such Khata runs any more.
UPDATE consumers SET epoch = epoch + 1, holder = 'a newer Khata', leased_until = 'infinity';
ALTER TABLE consumers
    ALTER COLUMN epoch SET DEFAULT 0,
    ALTER COLUMN holder SET DEFAULT 'a newer Khata',
    ALTER COLUMN lease SET DEFAULT 0,
    ALTER COLUMN leased_until SET DEFAULT 'infinity',
    ALTER COLUMN holder SET NOT NULL,
    ADD CONSTRAINT a_newer_khata_keeps_leases_elsewhere CHECK (holder = 'a newer Khata');
