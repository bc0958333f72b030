-- usable from: 1
-- Leases have one shape, beside the log and beside the views. A Khata that knows these by their former name goes on by a view onto them:
-- an older process and a newer one share leases and epochs, so that of both only one writes.
ALTER TABLE khata_leases RENAME TO khata_view_leases;
ALTER TABLE khata_view_leases RENAME COLUMN projection TO name;
CREATE VIEW khata_leases AS
    SELECT name AS projection, holder, epoch, lease, renewed_at, expires_at FROM khata_view_leases;
