-- Why a partition is parked, for programs: what only a newer Khata knows is taken up again by itself. And what operators leave out
-- belongs to a generation: one that is filled anew tries again, unless it is told what to leave out.

ALTER TABLE khata_parked ADD COLUMN cause TEXT NOT NULL DEFAULT 'failed';

CREATE TABLE khata_left_out (
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    "partition" TEXT NOT NULL, -- what was parked at it; empty where that is not known
    error TEXT NOT NULL,
    skipped_at INTEGER NOT NULL, -- microseconds since 1970
    PRIMARY KEY (generation, position)
) STRICT, WITHOUT ROWID;

INSERT INTO khata_left_out (generation, position, "partition", error, skipped_at)
    SELECT generation, s.position, '', error, skipped_at FROM khata_skipped AS s JOIN khata_generations USING (projection, version)
    WHERE status <> 'retired';
