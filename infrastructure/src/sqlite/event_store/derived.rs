//! Compares what the file holds beside the events with the events: the indexes segment by segment, then what
//! is one for all of them.

use super::{
    filling::segment,
    index::{Index, IndexedEnd, end_seal, kind_seal},
    lookup::sealed_key,
    progress::Progress,
    read::snapshot_of,
    rows::{self, number, prepare, sql, stream_name, unreadable},
    segment::{SEGMENT, Segment, to_bytes},
};
use crate::key_filter::key_hash;
use khata_application::{
    StreamName,
    event_store::{
        ReadError, Snapshot,
        stored_log::{Fault, MOST_FAULTS},
    },
};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::{FxHashMap, FxHashSet};

/// Keys looked at in one go.
const KEYS: i64 = 20_000;

/// A comparison under way.
#[derive(Default)]
pub(super) struct Comparison {
    ends: FxHashMap<u32, IndexedEnd>,
    pub(super) faults: Vec<Fault>,
}

impl Comparison {
    fn tell(&mut self, part: &str, reason: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { part: part.to_owned(), reason: reason.into() });
        }
    }

    /// What a question to the index finds; damage is a finding and no error.
    fn found<T>(&mut self, part: &str, answer: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(ReadError::Corrupt(reason)) => {
                self.tell(part, reason);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Compares the indexes of a segment. False behind the last one that has any events.
    pub(super) fn segment(&mut self, index: Index<'_>, number: u64) -> Result<bool, ReadError> {
        let events = segment(index.connection, number)?;
        if events.is_empty() {
            return Ok(false);
        }
        self.categories(index, &events)?;
        if number < Progress::unsealed(index.connection)?.indexed_segments {
            self.streams(index, &events)?;
            self.kinds(index, &events)?;
            self.ids(index, &events)?;
        }
        Ok(true)
    }

    fn categories(&mut self, index: Index<'_>, events: &Segment) -> Result<(), ReadError> {
        let kinds = rows::kinds(index.connection)?;
        for (stream, kind) in events.kinds_of_streams() {
            let name = stream_name(index.connection, stream)?;
            match kinds.get(kind) {
                Some(known) if *known.category == *name.category() => {}
                Some(known) => self.tell(
                    "kinds",
                    format!(
                        "kind {kind} has the category {:?}, and {name} has events of it",
                        &*known.category
                    ),
                ),
                None => self.tell("kinds", format!("kind {kind} is missing, and {name} has events of it")),
            }
        }
        Ok(())
    }

    fn streams(&mut self, index: Index<'_>, events: &Segment) -> Result<(), ReadError> {
        let streams = events.sorted_streams();
        for stream in &streams {
            let previous = self.ends.get(stream).map(|end| end.segment);
            let Some(run) = events.run_of(*stream) else { continue };
            let indexed = self.found("stream index", index.run(*stream, events.number))?;
            if let Some(indexed) = indexed
                && indexed != (run.clone(), previous)
            {
                let name = stream_name(index.connection, *stream)?;
                self.tell(
                    "stream index",
                    format!(
                        "in segment {} it says something else of {name} than the events do",
                        events.number
                    ),
                );
            }
            self.ends.insert(*stream, IndexedEnd { segment: events.number, version: run.last_version() });
        }
        let rows: u64 = prepare(index.connection, "SELECT count(*) FROM stream_runs WHERE segment = ?1")?
            .query_row([sql(events.number)], |row| number(row, 0))
            .map_err(unreadable)?;
        if rows != streams.len() as u64 {
            self.tell(
                "stream index",
                format!("in segment {} it has {rows} streams instead of {}", events.number, streams.len()),
            );
        }
        Ok(())
    }

    fn kinds(&mut self, index: Index<'_>, events: &Segment) -> Result<(), ReadError> {
        let expected: FxHashMap<u32, Vec<u8>> =
            events.kinds().into_iter().map(|(kind, offsets)| (kind, to_bytes(&offsets))).collect();
        let mut stored = prepare(
            index.connection,
            "SELECT offsets, seal FROM kind_runs WHERE kind = ?1 AND segment = ?2",
        )?;
        let known: FxHashSet<u32> =
            rows::kinds(index.connection)?.ids().chain(expected.keys().copied()).collect();
        for kind in known {
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?));
            let found = stored.query_row((kind, sql(events.number)), read).optional().map_err(unreadable)?;
            let fits = match (&found, expected.get(&kind)) {
                (None, None) => true,
                (Some((offsets, seal)), Some(expected)) => {
                    offsets == expected && *seal == kind_seal(&index.key, kind, events.number, offsets)
                }
                _ => false,
            };
            if !fits {
                self.tell(
                    "kind index",
                    format!(
                        "in segment {} it says something else of kind {kind} than the events do",
                        events.number
                    ),
                );
            }
        }
        Ok(())
    }

    fn ids(&mut self, index: Index<'_>, events: &Segment) -> Result<(), ReadError> {
        for (event_id, position) in events.sorted_ids() {
            let found = self.found("event ids", index.position_of(&event_id))?;
            if found.is_some_and(|found| found != Some(position)) {
                self.tell(
                    "event ids",
                    format!("{event_id}, the event at position {position}, is not found there"),
                );
            }
        }
        Ok(())
    }

    /// Compares what is one for all segments.
    pub(super) fn whole(&mut self, index: Index<'_>) -> Result<(), ReadError> {
        let Index { connection, key } = index;
        if self.found("progress", Progress::sealed(connection, &key))?.is_some_and(|sealed| sealed.is_none())
        {
            self.tell("progress", "the notes of how far the store has come do not carry their seal");
        }
        let indexed = Progress::unsealed(connection)?.indexed_segments;
        if indexed * SEGMENT > rows::head(connection)?.position {
            self.tell(
                "progress",
                format!("{indexed} segments are said to be indexed, and there are not so many"),
            );
        }
        self.stored_ends(index, indexed)?;
        for table in ["streams", "kinds", "keys", "snapshots"] {
            let said: String = connection
                .query_row(&format!("PRAGMA integrity_check({table})"), [], |row| row.get(0))
                .map_err(unreadable)?;
            if said != "ok" {
                self.tell(table, said);
            }
        }
        self.snapshots(index)
    }

    fn stored_ends(&mut self, index: Index<'_>, indexed: u64) -> Result<(), ReadError> {
        let mut statement =
            prepare(index.connection, "SELECT stream, segment, version, seal FROM stream_ends")?;
        let mut found = statement.query([]).map_err(unreadable)?;
        let mut met = 0;
        while let Some(row) = found.next().map_err(unreadable)? {
            let read = || {
                Ok((
                    row.get::<_, u32>(0)?,
                    IndexedEnd { segment: number(row, 1)?, version: number(row, 2)? },
                    row.get::<_, Vec<u8>>(3)?,
                ))
            };
            let (stream, end, seal) = read().map_err(unreadable)?;
            let expected = self.ends.get(&stream);
            met += usize::from(expected.is_some());
            // Segments on their way into the file are ahead of what counts.
            let fits = seal == end_seal(&index.key, stream, end)
                && (end.segment >= indexed || expected == Some(&end));
            if !fits {
                self.tell("stream ends", format!("that of stream {stream} is not where its events end"));
            }
        }
        if met < self.ends.len() {
            self.tell("stream ends", format!("{} streams lack theirs", self.ends.len() - met));
        }
        Ok(())
    }

    fn snapshots(&mut self, index: Index<'_>) -> Result<(), ReadError> {
        let query =
            "SELECT version, last_event_id, recorded_at, state_schema, state, seal, stream FROM snapshots";
        let mut statement = prepare(index.connection, query)?;
        let mut found = statement.query([]).map_err(unreadable)?;
        while let Some(row) = found.next().map_err(unreadable)? {
            let stream = stream_name(index.connection, row.get(6).map_err(unreadable)?)?;
            match snapshot_of(row) {
                Ok((snapshot, seal)) if seal == index.key.snapshot(stream.as_str(), &snapshot) => {}
                _ => self.tell("snapshots", format!("one of {stream} does not carry its seal")),
            }
        }
        Ok(())
    }

    /// Compares the keys behind an id with their index; the next id to go on behind, `None` at the end.
    pub(super) fn keys(&mut self, index: Index<'_>, after: i64) -> Result<Option<i64>, ReadError> {
        let indexed = Progress::unsealed(index.connection)?.indexed_keys;
        let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys
            WHERE id > ?1 ORDER BY id LIMIT ?2";
        let mut statement = prepare(index.connection, query)?;
        let mut hashes = prepare(index.connection, "SELECT 1 FROM key_hashes WHERE hash = ?1 AND id = ?2")?;
        let mut found = statement.query([after, KEYS]).map_err(unreadable)?;
        let (mut last, mut count) = (after, 0);
        while let Some(row) = found.next().map_err(unreadable)? {
            last = row.get(9).map_err(unreadable)?;
            count += 1;
            let Some(record) =
                self.found("idempotency keys", sealed_key(index.connection, &index.key, row))?
            else {
                continue;
            };
            let hash = key_hash(&record.claim.scope, &record.claim.key);
            if last <= indexed && !hashes.exists((hash, last)).map_err(unreadable)? {
                self.tell(
                    "idempotency keys",
                    format!("the index lacks {:?} of {}", record.claim.key, record.claim.scope),
                );
            }
        }
        Ok((count == KEYS).then_some(last))
    }
}

/// Streams and versions of all snapshots.
pub(super) fn snapshot_places(connection: &Connection) -> Result<Vec<(StreamName, u64)>, ReadError> {
    let mut statement = prepare(connection, "SELECT stream, version FROM snapshots")?;
    let places = statement.query_map([], |row| Ok((row.get(0)?, number(row, 1)?))).map_err(unreadable)?;
    places
        .map(|place| {
            let (stream, version) = place.map_err(unreadable)?;
            Ok((stream_name(connection, stream)?, version))
        })
        .collect()
}

/// A snapshot, whether it carries its seal or not.
pub(super) fn snapshot_at(
    connection: &Connection,
    name: &StreamName,
    version: u64,
) -> Result<Option<Snapshot>, ReadError> {
    let query = "SELECT version, last_event_id, recorded_at, state_schema, state, seal FROM snapshots
        WHERE stream = (SELECT id FROM streams WHERE name = ?1) AND version = ?2";
    let found = prepare(connection, query)?
        .query_row((name.as_str(), sql(version)), snapshot_of)
        .optional()
        .map_err(unreadable)?;
    Ok(found.map(|(snapshot, _)| snapshot))
}

/// Which of some keys have no row.
pub(super) fn keys_missing(
    connection: &Connection,
    asked: &[(String, String)],
) -> Result<Vec<(String, String)>, ReadError> {
    let indexed = "SELECT 1 FROM key_hashes h JOIN keys k ON k.id = h.id WHERE h.hash = ?1 AND k.scope = ?2 AND k.key = ?3";
    let mut statement = prepare(connection, indexed)?;
    let mut missing = Vec::new();
    for (scope, key) in asked {
        if !statement.exists((key_hash(scope, key), scope, key)).map_err(unreadable)? {
            missing.push((scope.clone(), key.clone()));
        }
    }
    if missing.is_empty() {
        return Ok(missing);
    }
    // The newest keys are in no index yet.
    let mut statement = prepare(connection, "SELECT scope, key FROM keys WHERE id > ?1")?;
    let behind = Progress::unsealed(connection)?.indexed_keys;
    let newest: rusqlite::Result<FxHashSet<(String, String)>> =
        statement.query_map([behind], |row| Ok((row.get(0)?, row.get(1)?))).map_err(unreadable)?.collect();
    let newest = newest.map_err(unreadable)?;
    missing.retain(|key| !newest.contains(key));
    Ok(missing)
}
