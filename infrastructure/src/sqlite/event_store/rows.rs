//! Rows of the log as events. Names, types and repeated texts are shared instead of being allocated for each
//! event.

use super::segment::Entry;
use crate::{CODEC, kinds::Kinds, recently_used::RecentlyUsed};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    event_store::{Head, ReadError},
};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, Row};
use std::sync::Arc;
use uuid::Uuid;

/// The columns that [`Rows::event`] reads, in its order.
macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "SELECT position, stream, version, kind, schema_version, event_id, recorded_at, effective_at, hash, data, metadata FROM events ",
            $rest
        )
    };
}
pub(super) use select_events;

/// How many names of streams a reader remembers at least.
const NAMES: usize = 16_384;

/// Names an error of SQLite by what it means for a reader.
pub(super) fn unreadable(error: rusqlite::Error) -> ReadError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ReadError::Corrupt(error.to_string()),
        Some(_) => ReadError::Unavailable(error.to_string()),
        // A column of another type than was ever stored there, or a row that must be there and is not.
        None => ReadError::Corrupt(error.to_string()),
    }
}

/// Microseconds since 1970 as an instant.
pub(super) fn instant(micros: i64) -> rusqlite::Result<Timestamp> {
    // Not `from_microsecond`, which refuses the last second that a timestamp can hold.
    let nanosecond = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp::new(micros.div_euclid(1_000_000), nanosecond)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, micros))
}

/// A position, version or count as SQLite takes it.
pub(super) fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A position, version or count of a row.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// Turns rows into events and remembers what they share.
pub(super) struct Rows {
    names: RecentlyUsed<u32, StreamName>,
    /// The last metadata seen: events of one command or import share it.
    metadata: Arc<str>,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { names: RecentlyUsed::of(NAMES), metadata: Arc::default() }
    }

    /// The event of a row, its columns in the order of the table.
    pub(super) fn event(
        &mut self,
        connection: &Connection,
        kinds: &Kinds,
        row: &Row<'_>,
    ) -> Result<Recorded, ReadError> {
        let stream = self.name(connection, row.get(1).map_err(unreadable)?)?;
        let kind = row.get(3).map_err(unreadable)?;
        let kind = kinds.get(kind).ok_or_else(|| ReadError::Corrupt(format!("there is no kind {kind}")))?;
        self.fields(row, stream, kind.event_type.clone()).map_err(unreadable)
    }

    fn fields(
        &mut self,
        row: &Row<'_>,
        stream: StreamName,
        event_type: Arc<str>,
    ) -> rusqlite::Result<Recorded> {
        let metadata = row.get_ref(10)?.as_str()?;
        if *self.metadata != *metadata {
            self.metadata = metadata.into();
        }
        Ok(Recorded {
            position: number(row, 0)?,
            stream,
            version: number(row, 2)?,
            event_id: Uuid::from_bytes(row.get(5)?),
            event_type,
            schema_version: row.get(4)?,
            data: row.get_ref(9)?.as_str()?.into(),
            metadata: self.metadata.clone(),
            recorded_at: instant(row.get(6)?)?,
            effective_at: instant(row.get(7)?)?,
            hash: row.get(8)?,
            codec: &CODEC,
            decoded: Default::default(),
        })
    }

    /// The name of a stream.
    pub(super) fn name(&mut self, connection: &Connection, id: u32) -> Result<StreamName, ReadError> {
        if let Some(name) = self.names.get(&id) {
            return Ok(name.clone());
        }
        let name = stream_name(connection, id)?;
        self.names.insert(id, name.clone());
        self.names.settle();
        Ok(name)
    }
}

/// The name of a stream.
pub(super) fn stream_name(connection: &Connection, id: u32) -> Result<StreamName, ReadError> {
    let text: Option<String> = prepare(connection, "SELECT name FROM streams WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
        .map_err(unreadable)?;
    text.and_then(|text| StreamName::parse(&text).ok())
        .ok_or_else(|| ReadError::Corrupt(format!("stream {id} has no name")))
}

/// A statement of the connection's cache.
pub(super) fn prepare<'a>(connection: &'a Connection, sql: &str) -> Result<CachedStatement<'a>, ReadError> {
    connection.prepare_cached(sql).map_err(unreadable)
}

/// The end of the log in the file.
pub(super) fn head(connection: &Connection) -> Result<Head, ReadError> {
    let last =
        prepare(connection, "SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1")?
            .query_row([], |row| {
                Ok(Head { position: number(row, 0)?, hash: row.get(1)?, recorded_at: instant(row.get(2)?)? })
            })
            .optional()
            .map_err(unreadable)?;
    Ok(last.unwrap_or(crate::sequencer::EMPTY))
}

impl Entry {
    /// Stream, version, kind and id of an event, in the first columns of a row.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            stream: row.get(0)?,
            version: number(row, 1)?,
            kind: row.get(2)?,
            event_id: Uuid::from_bytes(row.get(3)?),
        })
    }
}

/// What the indexes say of the events behind a position, in order.
pub(super) fn entries_behind(connection: &Connection, after: u64) -> Result<Vec<Entry>, ReadError> {
    let mut statement = prepare(
        connection,
        "SELECT stream, version, kind, event_id FROM events WHERE position > ?1 ORDER BY position",
    )?;
    statement
        .query_map([sql(after)], Entry::read)
        .map_err(unreadable)?
        .collect::<Result<_, _>>()
        .map_err(unreadable)
}

/// Visits the events behind a position, in order, up to the first that the visitor refuses.
pub(super) fn walk_behind<E: From<ReadError>>(
    connection: &Connection,
    after: u64,
    kinds: &Kinds,
    mut visit: impl FnMut(Recorded) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = Rows::new();
    let mut statement = prepare(connection, select_events!("WHERE position > ?1 ORDER BY position"))?;
    let mut found = statement.query([sql(after)]).map_err(unreadable)?;
    while let Some(row) = found.next().map_err(unreadable)? {
        visit(rows.event(connection, kinds, row)?)?;
    }
    Ok(())
}

/// The event at a position, if there is one.
pub(super) fn event_at(
    connection: &Connection,
    kinds: &Kinds,
    position: u64,
) -> Result<Option<Recorded>, ReadError> {
    let mut statement = prepare(connection, select_events!("WHERE position = ?1"))?;
    let mut found = statement.query([sql(position)]).map_err(unreadable)?;
    found.next().map_err(unreadable)?.map(|row| Rows::new().event(connection, kinds, row)).transpose()
}

/// The hash of the event at a position.
pub(super) fn hash_at(connection: &Connection, position: u64) -> Result<[u8; 32], ReadError> {
    prepare(connection, "SELECT hash FROM events WHERE position = ?1")?
        .query_row([sql(position)], |row| row.get(0))
        .map_err(unreadable)
}

/// The stream of the event at a position.
pub(super) fn stream_at(connection: &Connection, position: u64) -> Result<StreamName, ReadError> {
    let id = prepare(connection, "SELECT stream FROM events WHERE position = ?1")?
        .query_row([sql(position)], |row| row.get(0))
        .map_err(unreadable)?;
    stream_name(connection, id)
}

/// All kinds in the file. One that was removed is missed by the events that are of it.
pub(super) fn kinds(connection: &Connection) -> Result<Kinds, ReadError> {
    let mut kinds = Kinds::default();
    let mut statement = prepare(connection, "SELECT id, category, event_type FROM kinds ORDER BY id")?;
    let mut found = statement.query([]).map_err(unreadable)?;
    while let Some(row) = found.next().map_err(unreadable)? {
        let text = |column| row.get_ref(column).and_then(|value| Ok(value.as_str()?)).map_err(unreadable);
        kinds.insert(row.get(0).map_err(unreadable)?, text(1)?, text(2)?);
    }
    Ok(kinds)
}
