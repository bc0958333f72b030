-- usable from: 1
-- Keys and snapshots carry a seal: a keyed digest, checked whenever they are read. The key comes from the secret of the deployment.
-- Without one they are of a Khata that knows no seals: such a key is believed, such a snapshot is not.
ALTER TABLE keys ADD COLUMN seal bytea;
ALTER TABLE snapshots ADD COLUMN seal bytea;
