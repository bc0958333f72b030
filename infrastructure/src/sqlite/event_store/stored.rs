//! What is really in the file, for audits: of an open store on one of its reading connections, or of a log
//! that nobody has open.

use super::{
    SqliteEventStore,
    derived::{self, Comparison},
    index::Index,
    opening::{MIGRATIONS, OpenStoreError, SEALED_SINCE},
    progress::noted,
    read::Reader,
    rows::{self, Rows, prepare, select_events, sql, unreadable},
    unread,
};
use crate::{
    SealKey,
    sqlite::{
        connection::open_inspector,
        readers::{Asker, Lane},
    },
};
use async_trait::async_trait;
use khata_application::{
    Recorded, StreamName,
    event_store::{
        Head, ReadError, Snapshot,
        stored_log::{Fault, StoredLog, Witness, WitnessKind},
    },
};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::Path;

/// A page never holds more than this, whatever was asked for.
const LONGEST_PAGE: usize = 20_000;

/// The next events behind a position. Pages that the connection has in its cache are read again.
fn events_behind(connection: &Connection, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
    connection.release_memory().map_err(unreadable)?;
    let transaction = connection.unchecked_transaction().map_err(unreadable)?;
    let (kinds, mut rows) = (rows::kinds(&transaction)?, Rows::new());
    let mut events = Vec::new();
    {
        let mut statement =
            prepare(&transaction, select_events!("WHERE position > ?1 ORDER BY position LIMIT ?2"))?;
        let mut found =
            statement.query([sql(after), sql(limit.min(LONGEST_PAGE) as u64)]).map_err(unreadable)?;
        while let Some(row) = found.next().map_err(unreadable)? {
            events.push(rows.event(&transaction, &kinds, row)?);
        }
    }
    transaction.commit().map_err(unreadable)?;
    Ok(events)
}

fn end(connection: &Connection) -> Result<Head, ReadError> {
    connection.release_memory().map_err(unreadable)?;
    rows::head(connection)
}

#[async_trait]
impl StoredLog for SqliteEventStore {
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.look(move |connection| events_behind(connection, after, limit)).await
    }

    async fn end(&self) -> Result<Head, ReadError> {
        self.look(end).await
    }

    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError> {
        let head = self.recent.head();
        let known = Witness { kind: WitnessKind::Process, position: head.position, hash: head.hash };
        Ok(vec![known, self.look(noted).await?])
    }

    async fn snapshots(&self) -> Result<Vec<(StreamName, u64)>, ReadError> {
        self.look(derived::snapshot_places).await
    }

    async fn snapshot_at(&self, stream: &StreamName, version: u64) -> Result<Option<Snapshot>, ReadError> {
        let stream = stream.clone();
        self.look(move |connection| derived::snapshot_at(connection, &stream, version)).await
    }

    async fn keys_missing(&self, keys: &[(String, String)]) -> Result<Vec<(String, String)>, ReadError> {
        let keys = keys.to_vec();
        self.look(move |connection| within(connection, |connection| derived::keys_missing(connection, &keys)))
            .await
    }

    async fn faults(&self) -> Result<Vec<Fault>, ReadError> {
        let (mut comparison, mut next, key) = (Comparison::default(), Next::Segment(0), self.seal);
        while next != Next::Nothing {
            // Others may ask in between.
            (comparison, next) = self
                .look(move |connection| {
                    within(connection, |connection| next.compare(comparison, Index { connection, key }))
                })
                .await?;
        }
        Ok(comparison.faults)
    }
}

/// What is to be compared next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Segment(u64),
    Whole,
    KeysBehind(i64),
    Nothing,
}

impl Next {
    fn compare(self, mut comparison: Comparison, index: Index<'_>) -> Result<(Comparison, Self), ReadError> {
        let next = match self {
            Self::Segment(number) if comparison.segment(index, number)? => Self::Segment(number + 1),
            Self::Segment(_) => Self::Whole,
            Self::Whole => {
                comparison.whole(index)?;
                Self::KeysBehind(0)
            }
            Self::KeysBehind(id) => comparison.keys(index, id)?.map_or(Self::Nothing, Self::KeysBehind),
            Self::Nothing => Self::Nothing,
        };
        Ok((comparison, next))
    }
}

/// Asks within one transaction: what is written meanwhile is seen whole or not at all.
fn within<T>(
    connection: &Connection,
    ask: impl FnOnce(&Connection) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let transaction = connection.unchecked_transaction().map_err(unreadable)?;
    let answer = ask(&transaction)?;
    transaction.commit().map_err(unreadable)?;
    Ok(answer)
}

impl SqliteEventStore {
    /// Looks into the file on one of the threads that read.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let look = move |reader: &mut Reader| reader.ask(|reader| look(reader.connection()));
        self.readers.run(Asker::House, Lane::Long, look).await.map_err(unread)?
    }
}

/// A log that no process has open, whatever its state: nothing in it is verified first, and nothing changed.
pub struct SqliteLogInspector {
    /// `None` where there is no log.
    connection: Option<Mutex<Connection>>,
    seal: SealKey,
    /// Rows beside the events carry seals.
    sealed: bool,
}

impl SqliteLogInspector {
    /// Opens the log in a file to look into it. Where there is none, it is an empty log.
    ///
    /// # Errors
    /// The file is none that this build can read.
    pub fn open(path: &Path, seal: SealKey) -> Result<Self, OpenStoreError> {
        let version = MIGRATIONS.check(path)?;
        let connection = if version == 0 { None } else { Some(Mutex::new(open_inspector(path)?)) };
        Ok(Self { connection, seal, sealed: version >= SEALED_SINCE })
    }

    fn look<T: Default>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.connection.as_ref().map_or_else(|| Ok(T::default()), |connection| look(&connection.lock()))
    }
}

#[async_trait]
impl StoredLog for SqliteLogInspector {
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.look(|connection| events_behind(connection, after, limit))
    }

    async fn end(&self) -> Result<Head, ReadError> {
        Ok(self.look(|connection| end(connection).map(Some))?.unwrap_or(crate::sequencer::EMPTY))
    }

    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError> {
        self.look(|connection| Ok(vec![noted(connection)?]))
    }

    async fn snapshots(&self) -> Result<Vec<(StreamName, u64)>, ReadError> {
        if self.sealed { self.look(derived::snapshot_places) } else { Ok(Vec::new()) }
    }

    async fn snapshot_at(&self, stream: &StreamName, version: u64) -> Result<Option<Snapshot>, ReadError> {
        self.look(|connection| derived::snapshot_at(connection, stream, version))
    }

    async fn keys_missing(&self, keys: &[(String, String)]) -> Result<Vec<(String, String)>, ReadError> {
        if self.sealed {
            self.look(|connection| derived::keys_missing(connection, keys))
        } else {
            Ok(Vec::new())
        }
    }

    /// An older Khata's indexes are not looked at: the next start makes them anew.
    async fn faults(&self) -> Result<Vec<Fault>, ReadError> {
        let (mut comparison, mut next) =
            (Comparison::default(), if self.sealed { Next::Segment(0) } else { Next::Nothing });
        self.look(|connection| {
            while next != Next::Nothing {
                (comparison, next) = next.compare(comparison, Index { connection, key: self.seal })?;
            }
            Ok(comparison.faults)
        })
    }
}
