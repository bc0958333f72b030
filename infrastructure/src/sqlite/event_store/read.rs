//! What is asked of the file: events by stream, by position, by kind, by id; snapshots. Each question is one
//! short read transaction on a connection of its own.
//!
//! The order matters: first what is in memory, then the transaction begins. What is known in memory is in the
//! file by then, and what leaves memory in between is still known to the question. The other way round, a
//! segment could fall between the two.

use super::{
    index::{Index, stream_id},
    recent::{PassingPositions, Recent},
    restoring,
    rows::{Rows, instant, number, prepare, select_events, sql, unreadable},
};
use crate::{seal::SealKey, tail::page_end};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    archive::KeyPage,
    event_store::{FeedFilter, FeedPage, ReadError, Snapshot, StreamRange},
};
use rusqlite::Connection;
use std::sync::Arc;
use uuid::Uuid;

/// A page never holds more than this, whatever was asked for.
pub(super) const LONGEST_PAGE: usize = 20_000;

/// A connection that reads, and what it has learnt.
pub(super) struct Reader {
    connection: Connection,
    recent: Arc<Recent>,
    rows: Rows,
    seal: SealKey,
}

impl Reader {
    pub(super) fn new(connection: Connection, recent: Arc<Recent>, seal: SealKey) -> Self {
        Self { connection, recent, rows: Rows::new(), seal }
    }

    fn index(&self) -> Index<'_> {
        Index { connection: &self.connection, key: self.seal }
    }

    /// Runs a question and ends the read transaction that it began.
    pub(super) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Self) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
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
        if self.connection.is_autocommit() {
            Ok(())
        } else {
            self.connection.execute_batch("COMMIT").map_err(unreadable)
        }
    }

    pub(super) fn stream(
        &mut self,
        name: &StreamName,
        range: StreamRange,
    ) -> Result<Vec<Recorded>, ReadError> {
        let Some(stream) = stream_id(&self.connection, name)? else { return Ok(Vec::new()) };
        let recent = self.recent.runs_of(stream);
        let head = self.recent.head().position;
        self.begin()?;
        let last_position = match range.recorded_up_to {
            Some(instant) => self.last_recorded_at_or_before(instant, head)?,
            None => u64::MAX,
        };
        let places = self.index().places(stream, recent, range, last_position)?;
        let events = self.events_at(places.iter().map(|(_, position)| *position))?;
        for (event, (version, position)) in events.iter().zip(places) {
            if event.stream != *name || event.version != version {
                return Err(ReadError::Corrupt(format!(
                    "position {position} is not version {version} of {name}, as its index says"
                )));
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
        let mut statement = prepare(
            connection,
            select_events!("WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3"),
        )?;
        let mut found = statement.query([sql(after), sql(head), sql(limit as u64)]).map_err(unreadable)?;
        let mut events =
            Vec::with_capacity(limit.min(usize::try_from(head.saturating_sub(after)).unwrap_or(limit)));
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
    pub(super) fn page_passing(
        &mut self,
        after: u64,
        limit: usize,
        filter: &FeedFilter,
    ) -> Result<FeedPage, ReadError> {
        let limit = limit.min(LONGEST_PAGE);
        let PassingPositions { kinds, positions: recent, indexed_segments, head } =
            self.recent.positions_passing(filter, after, limit);
        self.begin()?;
        let mut positions = self.index().positions_of_kinds(&kinds, after, limit, indexed_segments)?;
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
                None => positions.extend(self.index().position_of(event_id)?),
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
        let query = "SELECT version, last_event_id, recorded_at, state_schema, state, seal FROM snapshots
            WHERE stream = (SELECT id FROM streams WHERE name = ?1) AND version <= ?2 AND recorded_at <= ?3 ORDER BY version DESC";
        let latest = recorded_up_to.map_or(i64::MAX, Timestamp::as_microsecond);
        let mut statement = prepare(&self.connection, query)?;
        let mut found = statement
            .query((name.as_str(), sql(up_to_version.unwrap_or(u64::MAX)), latest))
            .map_err(unreadable)?;
        while let Some(row) = found.next().map_err(unreadable)? {
            match snapshot_of(row) {
                Ok((snapshot, seal)) if seal == self.seal.snapshot(name.as_str(), &snapshot) => {
                    return Ok(Some(snapshot));
                }
                // An earlier one, or all events, do as well.
                Ok(_) | Err(_) => {
                    tracing::warn!(stream = %name, "a snapshot does not carry its seal and is ignored")
                }
            }
        }
        Ok(None)
    }

    /// Idempotency keys in the order in which they were stored, up to those of a position.
    pub(super) fn keys(
        &mut self,
        from: u64,
        limit: usize,
        up_to_position: u64,
    ) -> Result<KeyPage, ReadError> {
        self.begin()?;
        restoring::keys(&self.connection, &self.seal, from, limit.min(LONGEST_PAGE), up_to_position)
    }

    fn events_at(
        &mut self,
        positions: impl ExactSizeIterator<Item = u64>,
    ) -> Result<Vec<Recorded>, ReadError> {
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
            let recorded_at: i64 =
                statement.query_row([sql(middle)], |row| row.get(0)).map_err(unreadable)?;
            if recorded_at <= instant.as_microsecond() {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(low)
    }
}

/// A snapshot and the seal beside it, in the first columns of a row.
pub(super) fn snapshot_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Snapshot, Vec<u8>)> {
    let snapshot = Snapshot {
        version: number(row, 0)?,
        last_event_id: Uuid::from_bytes(row.get(1)?),
        recorded_at: instant(row.get(2)?)?,
        state_schema: row.get(3)?,
        state: row.get(4)?,
    };
    Ok((snapshot, row.get(5)?))
}
