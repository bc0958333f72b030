//! Rows of the log as events, and numbers and instants as PostgreSQL keeps them. Names, types and repeated
//! texts are shared instead of being allocated for each event.

use crate::{CODEC, kinds::Kinds, postgres::connect::reason};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    event_store::{Head, ReadError},
};
use sqlx::{PgConnection, Row, postgres::PgRow};
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
pub(in crate::postgres) use select_events;

/// Names an error by what it means for a reader.
pub(in crate::postgres) fn unreadable(error: sqlx::Error) -> ReadError {
    match &error {
        // Damage that the server itself has noticed.
        sqlx::Error::Database(told) if matches!(told.code().as_deref(), Some("XX001" | "XX002")) => {
            ReadError::Corrupt(reason(&error))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
            ReadError::Corrupt(reason(&error))
        }
        _ => ReadError::Unavailable(reason(&error)),
    }
}

/// Microseconds since 1970 as an instant.
pub(in crate::postgres) fn instant(micros: i64) -> Result<Timestamp, ReadError> {
    // Not `from_microsecond`, which refuses the last second that a timestamp can hold.
    let nanosecond = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp::new(micros.div_euclid(1_000_000), nanosecond)
        .map_err(|_| ReadError::Corrupt(format!("{micros} is no instant")))
}

/// A position, version or count as PostgreSQL takes it.
pub(in crate::postgres) fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit as PostgreSQL takes it.
pub(in crate::postgres) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A position, version or count of a row.
pub(in crate::postgres) fn number(row: &PgRow, column: usize) -> Result<u64, ReadError> {
    let number: i64 = row.try_get(column).map_err(unreadable)?;
    u64::try_from(number)
        .map_err(|_| ReadError::Corrupt(format!("{number} is no position, version or count")))
}

/// An instant of a row.
pub(in crate::postgres) fn instant_at(row: &PgRow, column: usize) -> Result<Timestamp, ReadError> {
    instant(row.try_get(column).map_err(unreadable)?)
}

/// A UUID of a row.
pub(in crate::postgres) fn uuid_at(row: &PgRow, column: usize) -> Result<Uuid, ReadError> {
    let value = row.try_get_raw(column).map_err(unreadable)?;
    let bytes = value.as_bytes().map_err(|error| ReadError::Corrupt(error.to_string()))?;
    Uuid::from_slice(bytes).map_err(|error| ReadError::Corrupt(error.to_string()))
}

/// 32 bytes of a row.
pub(in crate::postgres) fn hash_at(row: &PgRow, column: usize) -> Result<[u8; 32], ReadError> {
    let bytes: &[u8] = row.try_get(column).map_err(unreadable)?;
    bytes.try_into().map_err(|_| ReadError::Corrupt(format!("a hash has {} bytes", bytes.len())))
}

/// Position, hash and recorded-at in a row, from a column on.
pub(in crate::postgres) fn head_at(row: &PgRow, column: usize) -> Result<Head, ReadError> {
    Ok(Head {
        position: number(row, column)?,
        hash: hash_at(row, column + 1)?,
        recorded_at: instant_at(row, column + 2)?,
    })
}

/// Turns rows into events and remembers what they share.
pub(in crate::postgres) struct Rows {
    kinds: Arc<Kinds>,
    /// The last ones seen: events of one stream, command or import share them.
    stream: Option<StreamName>,
    metadata: Arc<str>,
}

impl Rows {
    pub(in crate::postgres) fn new(kinds: Arc<Kinds>) -> Self {
        Self { kinds, stream: None, metadata: Arc::default() }
    }

    /// Whether all kinds of these rows are known. If not, another process has stored new ones.
    pub(in crate::postgres) fn know(&self, rows: &[PgRow]) -> Result<bool, ReadError> {
        for row in rows {
            if self.kinds.get(kind_at(row)?).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The event of a row, its columns in the order of the table.
    pub(in crate::postgres) fn event(&mut self, row: &PgRow) -> Result<Recorded, ReadError> {
        let kind = kind_at(row)?;
        let event_type = match self.kinds.get(kind) {
            Some(kind) => kind.event_type.clone(),
            None => return Err(ReadError::Corrupt(format!("there is no kind {kind}"))),
        };
        let metadata: &str = row.try_get(10).map_err(unreadable)?;
        if *self.metadata != *metadata {
            self.metadata = metadata.into();
        }
        let data: &str = row.try_get(9).map_err(unreadable)?;
        let schema_version: i32 = row.try_get(4).map_err(unreadable)?;
        Ok(Recorded {
            position: number(row, 0)?,
            stream: self.stream(row.try_get(1).map_err(unreadable)?)?,
            version: number(row, 2)?,
            event_id: uuid_at(row, 5)?,
            event_type,
            schema_version: u32::try_from(schema_version)
                .map_err(|_| ReadError::Corrupt("a schema version below 0".into()))?,
            data: data.into(),
            metadata: self.metadata.clone(),
            recorded_at: instant_at(row, 6)?,
            effective_at: instant_at(row, 7)?,
            hash: hash_at(row, 8)?,
            codec: &CODEC,
            decoded: Default::default(),
        })
    }

    fn stream(&mut self, name: &str) -> Result<StreamName, ReadError> {
        match &self.stream {
            Some(last) if last.as_str() == name => Ok(last.clone()),
            _ => {
                let stream = StreamName::parse(name)
                    .map_err(|_| ReadError::Corrupt(format!("{name:?} is no name of a stream")))?;
                Ok(self.stream.insert(stream).clone())
            }
        }
    }
}

fn kind_at(row: &PgRow) -> Result<u32, ReadError> {
    let kind: i32 = row.try_get(3).map_err(unreadable)?;
    Ok(u32::try_from(kind).unwrap_or(0))
}

/// All kinds in the database. One that was removed is missed by the events that are of it.
pub(in crate::postgres) async fn kinds(connection: &mut PgConnection) -> Result<Kinds, ReadError> {
    let mut kinds = Kinds::default();
    let query = sqlx::query("SELECT id, category, event_type FROM kinds ORDER BY id");
    for row in query.fetch_all(connection).await.map_err(unreadable)? {
        let id: i32 = row.try_get(0).map_err(unreadable)?;
        let id = u32::try_from(id).map_err(|_| ReadError::Corrupt(format!("{id} is no number of a kind")))?;
        kinds.insert(id, row.try_get(1).map_err(unreadable)?, row.try_get(2).map_err(unreadable)?);
    }
    Ok(kinds)
}
