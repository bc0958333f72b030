-- The log. Written only at its end: rows are never changed or removed.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY,  -- from 1, gapless, in commit order
    stream         INTEGER NOT NULL,     -- streams.id
    version        INTEGER NOT NULL,     -- from 1, gapless in its stream
    kind           INTEGER NOT NULL,     -- kinds.id
    schema_version INTEGER NOT NULL,
    event_id       BLOB    NOT NULL,     -- 16 bytes
    recorded_at    INTEGER NOT NULL,     -- microseconds since 1970; never decreases
    effective_at   INTEGER NOT NULL,     -- microseconds since 1970
    hash           BLOB    NOT NULL,     -- 32 bytes, over the previous event's hash and this event
    data           TEXT    NOT NULL,     -- JSON, kept to the byte
    metadata       TEXT    NOT NULL      -- JSON, kept to the byte
) STRICT;

CREATE TABLE streams (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- A category of streams with a type of events in them.
CREATE TABLE kinds (
    id         INTEGER PRIMARY KEY,
    category   TEXT NOT NULL,
    event_type TEXT NOT NULL,
    UNIQUE (category, event_type)
) STRICT;

-- The indexes of the log are written for a segment of 32,768 positions at a time, in key order, some time after its last event:
-- segment n holds the positions from n * 32768 + 1 on. What is not indexed yet is held in memory and read again at start.
-- Offsets are little-endian 16-bit numbers, position = segment * 32768 + 1 + offset, in ascending order.

-- The events of a stream in a segment. `previous` is the segment before that holds events of the stream: a stream is read by
-- following these from stream_ends backwards.
CREATE TABLE stream_runs (
    segment       INTEGER NOT NULL,
    stream        INTEGER NOT NULL,
    previous      INTEGER,
    first_version INTEGER NOT NULL,
    offsets       BLOB    NOT NULL,
    PRIMARY KEY (segment, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_ends (
    stream  INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL  -- the last indexed one that holds events of the stream
) STRICT;

CREATE TABLE kind_runs (
    kind    INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    offsets BLOB    NOT NULL,
    PRIMARY KEY (kind, segment)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_ids (
    event_id BLOB    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Idempotency keys and what they led to, in order of use; found through the first 64 bits of the hash of scope and key, which are
-- indexed in groups like the log.
CREATE TABLE keys (
    id          INTEGER PRIMARY KEY,
    scope       TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    decided_at  INTEGER NOT NULL,
    stream      INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    position    INTEGER NOT NULL
) STRICT;

CREATE TABLE key_hashes (
    hash INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (hash, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    stream        INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    last_event_id BLOB    NOT NULL,
    recorded_at   INTEGER NOT NULL,
    state_schema  INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    UNIQUE (stream, version)
) STRICT;

-- One row: how far the store has come.
CREATE TABLE progress (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    recorded_floor    INTEGER NOT NULL,  -- nothing may be stamped before this
    indexed_segments  INTEGER NOT NULL,  -- so many segments are indexed
    indexed_keys      INTEGER NOT NULL,  -- keys up to this id are indexed
    newest_event_id   BLOB    NOT NULL,  -- the largest indexed event id of UUID version 7
    verified_position INTEGER NOT NULL,  -- up to here the chain was verified, or written by a process that verified what was before
    verified_hash     BLOB    NOT NULL
) STRICT;

INSERT INTO progress VALUES (1, 0, 0, 0, zeroblob(16), 0, zeroblob(32));
