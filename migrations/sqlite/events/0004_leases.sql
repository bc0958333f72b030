-- Leases have one shape, beside the log and beside the views. How far a consumer has come stays in consumers.

-- The last epoch that was given: no smaller than any of before.
CREATE TABLE lease_epoch (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
) STRICT;

INSERT INTO lease_epoch (one, epoch) SELECT 1, coalesce(max(epoch), 0) FROM consumers;

-- Who works under a name. Until when is known to the one process that has the file, and whoever opens it next finds no lease that lasts.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    lease      INTEGER NOT NULL, -- in microseconds
    renewed_at INTEGER,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO leases (name, holder, epoch, lease) SELECT name, '', epoch, 0 FROM consumers;

ALTER TABLE consumers DROP COLUMN epoch;
