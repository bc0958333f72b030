-- Rows that are derived from events, or stand beside them, carry a seal: a keyed digest, checked whenever a row is read. The key comes
-- from the secret of the deployment. Keys and the progress are sealed as they are by the Khata that applies this; the indexes are made
-- anew from the events, and snapshots when they are due.
DROP TABLE stream_runs;
DROP TABLE stream_ends;
DROP TABLE kind_runs;
DELETE FROM event_ids;
DELETE FROM snapshots;

CREATE TABLE stream_runs (
    segment       INTEGER NOT NULL,
    stream        INTEGER NOT NULL,
    previous      INTEGER,
    first_version INTEGER NOT NULL,
    offsets       BLOB    NOT NULL,
    seal          BLOB    NOT NULL,
    PRIMARY KEY (segment, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_ends (
    stream  INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL, -- the last indexed one that holds events of the stream
    version INTEGER NOT NULL, -- of the last of them
    seal    BLOB    NOT NULL
) STRICT;

CREATE TABLE kind_runs (
    kind    INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    offsets BLOB    NOT NULL,
    seal    BLOB    NOT NULL,
    PRIMARY KEY (kind, segment)
) STRICT, WITHOUT ROWID;

ALTER TABLE keys ADD COLUMN seal BLOB NOT NULL DEFAULT X'';
ALTER TABLE snapshots ADD COLUMN seal BLOB NOT NULL DEFAULT X'';
ALTER TABLE progress ADD COLUMN seal BLOB NOT NULL DEFAULT X'';

UPDATE progress SET indexed_segments = 0, newest_event_id = zeroblob(16);
