-- Leases have one shape, beside the log and beside the views.

-- The last epoch that was given.
ALTER TABLE khata_holder RENAME TO khata_epoch;

-- Who feeds a projection. Until when is known to the one process that has the file, and whoever opens it next finds no lease that lasts.
CREATE TABLE khata_view_leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    lease      INTEGER NOT NULL, -- in microseconds
    renewed_at INTEGER,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO khata_view_leases (name, holder, epoch, lease) SELECT projection, '', epoch, 0 FROM khata_charges;

DROP TABLE khata_charges;
