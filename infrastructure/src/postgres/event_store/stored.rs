//! What is really in the database, for audits: of an open store, or of a log that this process does not open,
//! whatever its state.

use super::{
    MIGRATIONS, OpenStoreError, PostgresEventStore, QUESTION,
    derived::{self, Comparison, Next},
    opening::{SEALED_SINCE, secret_of},
    read::{PATIENCE, look, noted},
    rows::{Rows, kinds, select_events, sql, sql_limit, unreadable},
};
use crate::{
    SealKey,
    postgres::{
        connect::Database,
        pool::{Asking, Pool, ask},
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
use sqlx::PgConnection;
use std::sync::Arc;

/// A page never holds more than this, whatever was asked for.
const LONGEST_PAGE: usize = 20_000;

/// The next events behind a position, and the kinds that they are of, as both are in the database now.
async fn events_behind(
    connection: &mut PgConnection,
    after: u64,
    limit: usize,
) -> Result<Vec<Recorded>, ReadError> {
    let query = sqlx::query(select_events!("WHERE position > $1 ORDER BY position LIMIT $2"))
        .bind(sql(after))
        .bind(sql_limit(limit.min(LONGEST_PAGE)));
    let found = query.fetch_all(&mut *connection).await.map_err(unreadable)?;
    // A kind is stored with its first event: it is there by now.
    let mut rows = Rows::new(Arc::new(kinds(connection).await?));
    found.iter().map(|row| rows.event(row)).collect()
}

async fn end(connection: &mut PgConnection) -> Result<Head, ReadError> {
    look(connection).await.map(|truth| truth.head).map_err(unreadable)
}

#[async_trait]
impl StoredLog for PostgresEventStore {
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.reader.ask_long(async |connection| events_behind(connection, after, limit).await).await
    }

    async fn end(&self) -> Result<Head, ReadError> {
        self.reader.ask(end).await
    }

    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError> {
        let head = self.recent.head();
        let known = Witness { kind: WitnessKind::Process, position: head.position, hash: head.hash };
        Ok(vec![known, self.reader.ask(noted).await?])
    }

    async fn snapshots(&self) -> Result<Vec<(StreamName, u64)>, ReadError> {
        self.reader.ask(derived::snapshot_places).await
    }

    async fn snapshot_at(&self, stream: &StreamName, version: u64) -> Result<Option<Snapshot>, ReadError> {
        self.reader.ask(async |connection| derived::snapshot_at(connection, stream, version).await).await
    }

    async fn keys_missing(&self, keys: &[(String, String)]) -> Result<Vec<(String, String)>, ReadError> {
        self.reader.ask(async |connection| derived::keys_missing(connection, keys).await).await
    }

    async fn faults(&self) -> Result<Vec<Fault>, ReadError> {
        let (mut comparison, mut next) =
            (Comparison { seal: self.reader.seal, faults: Vec::new() }, Next::KindsBehind(0));
        while next != Next::Nothing {
            next = self.reader.ask(async |connection| comparison.compare(connection, &next).await).await?;
        }
        Ok(comparison.faults)
    }
}

/// A log that this process does not open for use: nothing in it is verified first, and nothing changed.
pub struct PostgresLogInspector {
    /// `None` where there is no log.
    pool: Option<Pool>,
    /// What rows beside the events are sealed with, where they are.
    sealed: Option<SealKey>,
}

impl PostgresLogInspector {
    /// Looks into the log of a namespace. Where there is none, it is an empty log.
    ///
    /// # Errors
    /// The database cannot be reached, or the schema is none that this build can read.
    pub async fn open(database: &Database) -> Result<Self, OpenStoreError> {
        let mut connection = database.connect("audit").await?;
        let version = MIGRATIONS.applied_to(database, &mut connection).await?;
        let sealed = if version >= SEALED_SINCE {
            secret_of(&mut connection).await?.map(|secret| SealKey::of(&secret))
        } else {
            None
        };
        Ok(Self { pool: (version > 0).then(|| database.pool_by_index("audit", 1, QUESTION)), sealed })
    }

    /// Whether there is a log.
    pub fn has_log(&self) -> bool {
        self.pool.is_some()
    }

    async fn look<T: Default>(
        &self,
        look: impl AsyncFnOnce(&mut PgConnection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let Some(pool) = &self.pool else { return Ok(T::default()) };
        ask!(pool, Asking::one(PATIENCE), |connection| look(connection))
    }
}

#[async_trait]
impl StoredLog for PostgresLogInspector {
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.look(async |connection| events_behind(connection, after, limit).await).await
    }

    async fn end(&self) -> Result<Head, ReadError> {
        let found = self.look(async |connection| end(connection).await.map(Some)).await?;
        Ok(found.unwrap_or(crate::sequencer::EMPTY))
    }

    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError> {
        self.look(async |connection| Ok(vec![noted(connection).await?])).await
    }

    async fn snapshots(&self) -> Result<Vec<(StreamName, u64)>, ReadError> {
        if self.sealed.is_some() { self.look(derived::snapshot_places).await } else { Ok(Vec::new()) }
    }

    async fn snapshot_at(&self, stream: &StreamName, version: u64) -> Result<Option<Snapshot>, ReadError> {
        self.look(async |connection| derived::snapshot_at(connection, stream, version).await).await
    }

    async fn keys_missing(&self, keys: &[(String, String)]) -> Result<Vec<(String, String)>, ReadError> {
        self.look(async |connection| derived::keys_missing(connection, keys).await).await
    }

    /// Rows of an older Khata carry no seals: there is nothing to compare.
    async fn faults(&self) -> Result<Vec<Fault>, ReadError> {
        let Some(seal) = self.sealed else { return Ok(Vec::new()) };
        let (mut comparison, mut next) = (Comparison { seal, faults: Vec::new() }, Next::KindsBehind(0));
        while next != Next::Nothing {
            next = self
                .look(async |connection| comparison.compare(connection, &next).await.map(Some))
                .await?
                .unwrap_or(Next::Nothing);
        }
        Ok(comparison.faults)
    }
}
