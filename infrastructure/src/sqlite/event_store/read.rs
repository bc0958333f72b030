//! What is asked of the file: events by stream, by position, by kind, by id; snapshots. Each question is one short read
//! transaction on a connection of its own.
//!
//! The order matters: first what is in memory, then the transaction begins. What is known in memory is in the file by then, and
//! what leaves memory in between is still known to the question. The other way round, a segment could fall between the two.

use super::{
    recent::{PassingPositions, Recent, RecentRuns},
    restoring,
    rows::{Rows, instant, number, prepare, select_events, sql, unreadable},
    segment::{Run, SEGMENT, from_bytes, locate, position},
};
use crate::tail::page_end;
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    archive::KeyPage,
    event_store::{FeedFilter, FeedPage, ReadError, Snapshot, StreamRange},
};
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;
use uuid::Uuid;

/// A page never holds more than this, whatever was asked for.
pub(super) const LONGEST_PAGE: usize = 20_000;

/// A connection that reads, and what it has learnt.
pub(super) struct Reader {
    connection: Connection,
    recent: Arc<Recent>,
    rows: Rows,
}

impl Reader {
    pub(super) fn new(connection: Connection, recent: Arc<Recent>) -> Self {
        Self { connection, recent, rows: Rows::new() }
    }

    /// Runs a question and ends the read transaction that it began.
    pub(super) fn ask<T>(&mut self, question: impl FnOnce(&mut Self) -> Result<T, ReadError>) -> Result<T, ReadError> {
        self.end()?;
        let answer = question(self);
        self.end()?;
        answer
    }

    /// The connection, for those who look at the file itself.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins the read transaction of a question, after it has looked at what is in memory.
    fn begin(&self) -> Result<(), ReadError> {
        self.connection.execute_batch("BEGIN").map_err(unreadable)
    }

    /// Ends the read transaction, if there is one; also that of a question which panicked.
    fn end(&self) -> Result<(), ReadError> {
        if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("COMMIT").map_err(unreadable) }
    }

    pub(super) fn stream(&mut self, name: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        let Some(stream) = stream_id(&self.connection, name)? else { return Ok(Vec::new()) };
        let recent = self.recent.runs_of(stream);
        let head = self.recent.head().position;
        self.begin()?;
        let last_position = match range.recorded_up_to {
            Some(instant) => self.last_recorded_at_or_before(instant, head)?,
            None => u64::MAX,
        };
        let places = places(&self.connection, stream, recent, range, last_position)?;
        let events = self.events_at(places.iter().map(|(_, position)| *position))?;
        for (event, (version, position)) in events.iter().zip(places) {
            if event.stream != *name || event.version != version {
                return Err(ReadError::Corrupt(format!("position {position} is not version {version} of {name}, as its index says")));
            }
        }
        Ok(events)
    }

    /// The events behind a position, whatever they are.
    pub(super) fn page(&mut self, after: u64, limit: usize) -> Result<FeedPage, ReadError> {
        let limit = limit.min(LONGEST_PAGE);
        let head = self.recent.head().position;
        let kinds = self.recent.kinds();
        self.begin()?;
        let Self { connection, rows, .. } = self;
        let mut statement = prepare(connection, select_events!("WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3"))?;
        let mut found = statement.query([sql(after), sql(head), sql(limit as u64)]).map_err(unreadable)?;
        let mut events = Vec::with_capacity(limit.min(usize::try_from(head.saturating_sub(after)).unwrap_or(limit)));
        while let Some(row) = found.next().map_err(unreadable)? {
            let event = rows.event(connection, &kinds, row)?;
            let expected = after + 1 + events.len() as u64;
            if event.position != expected {
                return Err(ReadError::Corrupt(format!("position {expected} is missing")));
            }
            events.push(event);
        }
        let seen = page_end(after, limit, head, &events);
        Ok(FeedPage { events, seen })
    }

    /// The events behind a position that pass a filter.
    pub(super) fn page_passing(&mut self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        let limit = limit.min(LONGEST_PAGE);
        let PassingPositions { kinds, positions: recent, indexed_segments, head } = self.recent.positions_passing(filter, after, limit);
        self.begin()?;
        let mut positions = indexed_positions(&self.connection, &kinds, after, limit, indexed_segments)?;
        positions.extend(recent);
        positions.truncate(limit);
        let events = self.events_at(positions.into_iter())?;
        let seen = page_end(after, limit, head.position, &events);
        Ok(FeedPage { events, seen })
    }

    pub(super) fn find(&mut self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        let recent: Vec<Option<u64>> = event_ids.iter().map(|event_id| self.recent.find(event_id)).collect();
        self.begin()?;
        let mut positions = Vec::new();
        for (event_id, place) in event_ids.iter().zip(recent) {
            match place {
                Some(position) => positions.push(position),
                None => positions.extend(indexed_position_of(&self.connection, event_id)?),
            }
        }
        self.events_at(positions.into_iter())
    }

    pub(super) fn snapshot(
        &mut self,
        name: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        let query = "SELECT version, last_event_id, recorded_at, state_schema, state FROM snapshots
            WHERE stream = (SELECT id FROM streams WHERE name = ?1) AND version <= ?2 AND recorded_at <= ?3 ORDER BY version DESC LIMIT 1";
        let latest = recorded_up_to.map_or(i64::MAX, Timestamp::as_microsecond);
        prepare(&self.connection, query)?
            .query_row((name.as_str(), sql(up_to_version.unwrap_or(u64::MAX)), latest), |row| {
                Ok(Snapshot {
                    version: number(row, 0)?,
                    last_event_id: Uuid::from_bytes(row.get(1)?),
                    recorded_at: instant(row.get(2)?)?,
                    state_schema: row.get(3)?,
                    state: row.get(4)?,
                })
            })
            .optional()
            .map_err(unreadable)
    }

    /// Idempotency keys in the order in which they were stored, up to those of a position.
    pub(super) fn keys(&mut self, from: u64, limit: usize, up_to_position: u64) -> Result<KeyPage, ReadError> {
        self.begin()?;
        restoring::keys(&self.connection, from, limit.min(LONGEST_PAGE), up_to_position)
    }

    fn events_at(&mut self, positions: impl ExactSizeIterator<Item = u64>) -> Result<Vec<Recorded>, ReadError> {
        let kinds = self.recent.kinds();
        let Self { connection, rows, .. } = self;
        let mut statement = prepare(connection, select_events!("WHERE position = ?1"))?;
        let mut events = Vec::with_capacity(positions.len());
        for position in positions {
            let mut found = statement.query([sql(position)]).map_err(unreadable)?;
            match found.next().map_err(unreadable)? {
                Some(row) => events.push(rows.event(connection, &kinds, row)?),
                None => return Err(ReadError::Corrupt(format!("position {position} is missing"))),
            }
        }
        Ok(events)
    }

    /// The last position stamped at or before an instant, by halving: stamps never decrease with position.
    fn last_recorded_at_or_before(&self, instant: Timestamp, head: u64) -> Result<u64, ReadError> {
        let mut statement = prepare(&self.connection, "SELECT recorded_at FROM events WHERE position = ?1")?;
        let (mut low, mut high) = (0, head);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            let recorded_at: i64 = statement.query_row([sql(middle)], |row| row.get(0)).map_err(unreadable)?;
            if recorded_at <= instant.as_microsecond() {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(low)
    }
}

/// The id of a stream, if it has ever been named.
pub(super) fn stream_id(connection: &Connection, name: &StreamName) -> Result<Option<u32>, ReadError> {
    prepare(connection, "SELECT id FROM streams WHERE name = ?1")?.query_row([name.as_str()], |row| row.get(0)).optional().map_err(unreadable)
}

/// The last indexed segment that holds events of a stream.
pub(super) fn last_indexed_segment(connection: &Connection, stream: u32) -> Result<Option<u64>, ReadError> {
    prepare(connection, "SELECT segment FROM stream_ends WHERE stream = ?1")?.query_row([stream], |row| number(row, 0)).optional().map_err(unreadable)
}

/// The indexed events of a stream in one segment, and the segment before that holds some.
pub(super) fn indexed_run(connection: &Connection, stream: u32, segment: u64) -> Result<(Run, Option<u64>), ReadError> {
    let damaged = || ReadError::Corrupt(format!("the index of stream {stream} in segment {segment} is damaged"));
    let query = "SELECT first_version, offsets, previous FROM stream_runs WHERE segment = ?1 AND stream = ?2";
    let read = |row: &rusqlite::Row<'_>| Ok((number(row, 0)?, from_bytes(row.get_ref(1)?.as_blob()?), row.get::<_, Option<i64>>(2)?));
    let found: Option<(u64, Option<Vec<u16>>, Option<i64>)> =
        prepare(connection, query)?.query_row((sql(segment), stream), read).optional().map_err(unreadable)?;
    let (first_version, offsets, previous) = found.ok_or_else(damaged)?;
    let offsets = offsets.filter(|offsets| !offsets.is_empty()).ok_or_else(damaged)?;
    let previous = previous.map(|previous| u64::try_from(previous).map_err(|_| damaged())).transpose()?;
    if previous.is_some_and(|previous| previous >= segment) {
        return Err(damaged());
    }
    Ok((Run { segment, first_version, offsets }, previous))
}

/// The position of an event, if it is indexed.
pub(super) fn indexed_position_of(connection: &Connection, event_id: &Uuid) -> Result<Option<u64>, ReadError> {
    prepare(connection, "SELECT position FROM event_ids WHERE event_id = ?1")?
        .query_row([event_id.as_bytes()], |row| number(row, 0))
        .optional()
        .map_err(unreadable)
}

/// Versions and positions of the part of a stream that a range asks for, in the order asked for.
fn places(connection: &Connection, stream: u32, recent: RecentRuns, range: StreamRange, last_position: u64) -> Result<Vec<(u64, u64)>, ReadError> {
    let mut wanted = Wanted { range, last_position, places: Vec::new(), done: range.limit == 0 };
    for run in &recent.runs {
        wanted.take(run);
    }
    let mut next = if wanted.done { None } else { last_indexed_segment(connection, stream)? };
    while let Some(segment) = next
        && !wanted.done
    {
        let (run, previous) = indexed_run(connection, stream, segment)?;
        // A segment that was indexed since was taken from memory already.
        if segment < recent.indexed_segments {
            wanted.take(&run);
        }
        next = previous;
    }
    let mut places = wanted.places;
    if !range.backwards {
        places.reverse();
        places.truncate(range.limit);
    }
    Ok(places)
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

/// Indexed positions of some kinds behind `after` in segments before `indexed_segments`, at most about `limit`, in order.
fn indexed_positions(connection: &Connection, wanted: &[u32], after: u64, limit: usize, indexed_segments: u64) -> Result<Vec<u64>, ReadError> {
    let mut statement = prepare(connection, "SELECT segment, offsets FROM kind_runs WHERE kind = ?1 AND segment >= ?2 ORDER BY segment LIMIT 1")?;
    let mut positions = Vec::new();
    let mut next = (after / SEGMENT).min(locate(after + 1).0);
    while positions.len() < limit && next < indexed_segments {
        // The nearest segment that holds any of the kinds, and all their events in it.
        let mut nearest: Option<(u64, Vec<u64>)> = None;
        for kind in wanted {
            let read = |row: &rusqlite::Row<'_>| Ok((number(row, 0)?, from_bytes(row.get_ref(1)?.as_blob()?)));
            let Some((segment, offsets)) = statement.query_row((kind, sql(next)), read).optional().map_err(unreadable)? else { continue };
            let offsets = offsets.ok_or_else(|| ReadError::Corrupt(format!("the index of kind {kind} in segment {segment} is damaged")))?;
            let found = offsets.into_iter().map(|offset| position(segment, offset)).filter(|position| *position > after);
            match &mut nearest {
                Some((best, _)) if *best < segment => {}
                Some((best, collected)) if *best == segment => collected.extend(found),
                _ => nearest = Some((segment, found.collect())),
            }
        }
        let Some((segment, mut found)) = nearest.filter(|(segment, _)| *segment < indexed_segments) else { break };
        found.sort_unstable();
        positions.extend(found);
        next = segment + 1;
    }
    Ok(positions)
}
