//! The indexes in the file: where the events of a stream, of a kind, of an id stand. Each row is believed
//! only as far as its seal fits, and each place only as far as the event there says the same.

use super::{
    recent::RecentRuns,
    rows::{number, prepare, sql, stream_name, unreadable},
    segment::{Run, SEGMENT, from_bytes, locate, position, to_bytes},
};
use crate::seal::{Content, Seal, SealKey};
use khata_application::{
    StreamName,
    event_store::{ReadError, StreamRange},
};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

/// The way out of a damaged index.
pub(super) const REPAIR: &str = "`khata audit repair-index` rebuilds the indexes from the events";

/// The indexes of a file.
#[derive(Clone, Copy)]
pub(super) struct Index<'c> {
    pub(super) connection: &'c Connection,
    pub(super) key: SealKey,
}

/// Where a stream ends, as far as it is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IndexedEnd {
    /// The last segment that holds events of it.
    pub(super) segment: u64,
    /// The version of the last of them.
    pub(super) version: u64,
}

/// The seal of a run of a stream's events in a segment.
pub(super) fn run_seal(key: &SealKey, stream: u32, previous: Option<u64>, run: &Run) -> Seal {
    let content =
        Content::of("stream_runs").number(run.segment).number(stream).number(previous.map_or(-1, i128::from));
    key.seal(&content.number(run.first_version).bytes(&to_bytes(&run.offsets)))
}

/// The seal of a stream's end.
pub(super) fn end_seal(key: &SealKey, stream: u32, end: IndexedEnd) -> Seal {
    key.seal(&Content::of("stream_ends").number(stream).number(end.segment).number(end.version))
}

/// The seal of a kind's events in a segment.
pub(super) fn kind_seal(key: &SealKey, kind: u32, segment: u64, offsets: &[u8]) -> Seal {
    key.seal(&Content::of("kind_runs").number(kind).number(segment).bytes(offsets))
}

pub(super) fn damaged(what: &str) -> ReadError {
    ReadError::Corrupt(format!("{what} is damaged: {REPAIR}"))
}

/// The id of a stream, if it has ever been named.
pub(super) fn stream_id(connection: &Connection, name: &StreamName) -> Result<Option<u32>, ReadError> {
    let found: Option<u32> = prepare(connection, "SELECT id FROM streams WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()
        .map_err(unreadable)?;
    let Some(id) = found else { return Ok(None) };
    // What led here is an index of its own.
    if stream_name(connection, id)? == *name {
        Ok(Some(id))
    } else {
        Err(damaged(&format!("the index of names, at {name},")))
    }
}

impl Index<'_> {
    /// The end of a stream, as far as it is indexed.
    pub(super) fn end_of(self, stream: u32) -> Result<Option<IndexedEnd>, ReadError> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok((IndexedEnd { segment: number(row, 0)?, version: number(row, 1)? }, row.get::<_, Vec<u8>>(2)?))
        };
        let found =
            prepare(self.connection, "SELECT segment, version, seal FROM stream_ends WHERE stream = ?1")?
                .query_row([stream], read)
                .optional()
                .map_err(unreadable)?;
        match found {
            Some((end, seal)) if seal == end_seal(&self.key, stream, end) => Ok(Some(end)),
            Some(_) => Err(damaged(&format!("the end of stream {stream} in its index"))),
            None => self.no_run_of(stream).map(|()| None),
        }
    }

    /// Makes sure that a stream without an end has no events either. Streams that are named and empty are
    /// rare.
    fn no_run_of(self, stream: u32) -> Result<(), ReadError> {
        let segments: u64 = prepare(self.connection, "SELECT indexed_segments FROM progress")?
            .query_row([], |row| number(row, 0))
            .map_err(unreadable)?;
        let mut run =
            prepare(self.connection, "SELECT 1 FROM stream_runs WHERE segment = ?1 AND stream = ?2")?;
        for segment in 0..segments {
            if run.exists((sql(segment), stream)).map_err(unreadable)? {
                return Err(damaged(&format!("the index of stream {stream}, which lacks its end,")));
            }
        }
        Ok(())
    }

    /// The events of a stream in one segment, and the segment before that holds some.
    pub(super) fn run(self, stream: u32, segment: u64) -> Result<(Run, Option<u64>), ReadError> {
        let damaged = || damaged(&format!("the index of stream {stream} in segment {segment}"));
        let query = "SELECT first_version, offsets, previous, seal FROM stream_runs WHERE segment = ?1 AND stream = ?2";
        let read = |row: &rusqlite::Row<'_>| {
            let offsets = from_bytes(row.get_ref(1)?.as_blob()?);
            Ok((number(row, 0)?, offsets, row.get::<_, Option<i64>>(2)?, row.get::<_, Vec<u8>>(3)?))
        };
        let found = prepare(self.connection, query)?
            .query_row((sql(segment), stream), read)
            .optional()
            .map_err(unreadable)?;
        let (first_version, offsets, previous, seal) = found.ok_or_else(damaged)?;
        let offsets = offsets.filter(|offsets| !offsets.is_empty()).ok_or_else(damaged)?;
        let previous = previous.map(|previous| u64::try_from(previous).map_err(|_| damaged())).transpose()?;
        let run = Run { segment, first_version, offsets };
        if seal != run_seal(&self.key, stream, previous, &run)
            || previous.is_some_and(|previous| previous >= segment)
        {
            return Err(damaged());
        }
        Ok((run, previous))
    }

    /// The position and version of the last indexed event of a stream.
    pub(super) fn last_of(self, stream: u32) -> Result<Option<(u64, u64)>, ReadError> {
        let Some(end) = self.end_of(stream)? else { return Ok(None) };
        let (run, _) = self.run(stream, end.segment)?;
        match run.offsets.last() {
            Some(offset) if run.last_version() == end.version => {
                Ok(Some((position(end.segment, *offset), end.version)))
            }
            _ => Err(damaged(&format!("the index of stream {stream} in segment {}", end.segment))),
        }
    }

    /// The position of an event, if it is indexed: the event there is of that id.
    pub(super) fn position_of(self, event_id: &Uuid) -> Result<Option<u64>, ReadError> {
        let found = prepare(self.connection, "SELECT position FROM event_ids WHERE event_id = ?1")?
            .query_row([event_id.as_bytes()], |row| number(row, 0))
            .optional()
            .map_err(unreadable)?;
        let Some(position) = found else { return Ok(None) };
        let there = prepare(self.connection, "SELECT event_id FROM events WHERE position = ?1")?
            .query_row([sql(position)], |row| row.get::<_, [u8; 16]>(0))
            .optional()
            .map_err(unreadable)?;
        if there == Some(*event_id.as_bytes()) {
            Ok(Some(position))
        } else {
            Err(damaged(&format!("the index of event ids, at {event_id},")))
        }
    }

    /// Versions and positions of the part of a stream that a range asks for, in the order asked for.
    pub(super) fn places(
        self,
        stream: u32,
        recent: RecentRuns,
        range: StreamRange,
        last_position: u64,
    ) -> Result<Vec<(u64, u64)>, ReadError> {
        let mut wanted = Wanted { range, last_position, places: Vec::new(), done: range.limit == 0 };
        for run in &recent.runs {
            wanted.take(run);
        }
        if !wanted.done {
            self.indexed_places(stream, &recent, &mut wanted)?;
        }
        let mut places = wanted.places;
        if !range.backwards {
            places.reverse();
            places.truncate(range.limit);
        }
        Ok(places)
    }

    /// Takes the indexed runs of a stream, the newest first: each must end right before the one behind it
    /// begins.
    fn indexed_places(self, stream: u32, recent: &RecentRuns, wanted: &mut Wanted) -> Result<(), ReadError> {
        let end = self.end_of(stream)?;
        let mut expected = recent.runs.last().map(|run| run.first_version.saturating_sub(1));
        let mut next = end.map(|end| end.segment);
        if next.is_none_or(|segment| segment < recent.indexed_segments) && expected.is_none() {
            expected = end.map(|end| end.version);
        }
        while let Some(segment) = next
            && !wanted.done
        {
            let (run, previous) = self.run(stream, segment)?;
            // A segment that was indexed since was taken from memory already.
            if segment < recent.indexed_segments {
                if expected.is_some_and(|last| last != run.last_version()) {
                    return Err(damaged(&format!("the index of stream {stream} in segment {segment}")));
                }
                expected = Some(run.first_version.saturating_sub(1));
                wanted.take(&run);
            }
            next = previous;
        }
        if !wanted.done && expected.is_some_and(|before| before > 0) {
            return Err(damaged(&format!(
                "the index of stream {stream}, which does not reach its beginning,"
            )));
        }
        Ok(())
    }

    /// Positions of some kinds behind `after` in segments before `indexed_segments`, at most about `limit`,
    /// in order.
    pub(super) fn positions_of_kinds(
        self,
        wanted: &[u32],
        after: u64,
        limit: usize,
        indexed_segments: u64,
    ) -> Result<Vec<u64>, ReadError> {
        let query = "SELECT segment, offsets, seal FROM kind_runs WHERE kind = ?1 AND segment >= ?2 ORDER BY segment LIMIT 1";
        let mut statement = prepare(self.connection, query)?;
        let mut positions = Vec::new();
        let mut next = (after / SEGMENT).min(locate(after + 1).0);
        while positions.len() < limit && next < indexed_segments {
            // The nearest segment that holds any of the kinds, and all their events in it.
            let mut nearest: Option<(u64, Vec<u64>)> = None;
            for kind in wanted {
                let read = |row: &rusqlite::Row<'_>| {
                    Ok((number(row, 0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
                };
                let Some((segment, offsets, seal)) =
                    statement.query_row((kind, sql(next)), read).optional().map_err(unreadable)?
                else {
                    continue;
                };
                let fits = seal == kind_seal(&self.key, *kind, segment, &offsets);
                let offsets = from_bytes(&offsets).filter(|_| fits);
                let offsets = offsets
                    .ok_or_else(|| damaged(&format!("the index of kind {kind} in segment {segment}")))?;
                let found = offsets
                    .into_iter()
                    .map(|offset| position(segment, offset))
                    .filter(|position| *position > after);
                match &mut nearest {
                    Some((best, _)) if *best < segment => {}
                    Some((best, collected)) if *best == segment => collected.extend(found),
                    _ => nearest = Some((segment, found.collect())),
                }
            }
            let Some((segment, mut found)) = nearest.filter(|(segment, _)| *segment < indexed_segments)
            else {
                break;
            };
            found.sort_unstable();
            positions.extend(found);
            next = segment + 1;
        }
        Ok(positions)
    }
}

/// What is wanted of a stream while its runs are walked through, the newest first.
struct Wanted {
    range: StreamRange,
    last_position: u64,
    places: Vec<(u64, u64)>,
    done: bool,
}

impl Wanted {
    fn take(&mut self, run: &Run) {
        let last_version = self.range.up_to_version.unwrap_or(u64::MAX);
        for (index, offset) in run.offsets.iter().enumerate().rev() {
            let version = run.first_version + index as u64;
            let position = position(run.segment, *offset);
            if self.done || version <= self.range.after_version {
                self.done = true;
                return;
            }
            if version <= last_version && position <= self.last_position {
                self.places.push((version, position));
                self.done = self.range.backwards && self.places.len() >= self.range.limit;
            }
        }
        self.done |= run.first_version <= self.range.after_version + 1;
    }
}
