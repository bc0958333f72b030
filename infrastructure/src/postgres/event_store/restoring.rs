//! Restoring a log into a namespace of PostgreSQL, and reading its keys. A restore is one transaction behind
//! the gate of the log: while it goes on nobody else writes, nobody sees anything of it, and if its process
//! dies, the server takes all of it back.

use super::{
    MIGRATIONS, PostgresEventStore,
    commit::{Gate, Sent, look_up, sealed_key},
    lookup::{Lookups, Needs, Writes},
    read::Truth,
    rows::{kinds, number, sql, sql_limit, unreadable},
};
use crate::{
    SealKey,
    kinds::Kinds,
    postgres::connect::{Database, reason},
    sequencer::Sequencer,
};
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    Clock, Recorded, StreamName,
    archive::{KeyArchive, KeyPage, Restore, RestoreError},
    event_store::{Head, KeyRecord, ReadError},
};
use rustc_hash::FxHashMap;
use sqlx::{Executor, PgConnection};
use std::{sync::Arc, time::Duration};

/// So long a restore waits for other processes of the namespace to let go of the database.
const OTHERS_LEAVE: Duration = Duration::from_secs(5);
/// How often it looks whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A page of keys holds no more than this, whatever was asked for.
const LONGEST_PAGE: usize = 20_000;

/// A restore into a namespace. Dropped before it is complete, it is taken back.
pub struct PostgresRestore {
    connection: PgConnection,
    gate: Gate,
    clock: Arc<dyn Clock>,
    /// What holds within the transaction.
    truth: Truth,
    kinds: Kinds,
}

impl PostgresRestore {
    /// Begins to fill a namespace whose log is empty, with what belongs to a deployment of this secret; makes
    /// its schema if it is not there.
    ///
    /// # Errors
    /// `NotEmpty` if the log is not; `Unavailable` if another Khata has the namespace open, or the database
    /// cannot be used.
    pub async fn begin(
        database: &Database,
        clock: Arc<dyn Clock>,
        secret: &[u8; 32],
    ) -> Result<Self, RestoreError> {
        let mut connection = database.connect("restore").await.map_err(unusable)?;
        database.refuse_shared_sessions(&mut connection).await.map_err(unusable)?;
        MIGRATIONS.prepare(database, &mut connection).await.map_err(unusable)?;
        alone(database, &mut connection).await?;
        // The archive may be read from something slow: the transaction waits for it.
        connection
            .execute(
                "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
            )
            .await
            .map_err(unwritable)?;
        let gate = Gate {
            seal: SealKey::of(secret),
            lock_key: database.lock_key("events"),
            channel: database.schema(),
        };
        let truth = gate.enter(&mut connection).await.map_err(unwritable)?;
        let keys: i64 = sqlx::query_scalar("SELECT count(*) FROM keys")
            .fetch_one(&mut connection)
            .await
            .map_err(unwritable)?;
        if truth.head.position > 0 || keys > 0 {
            return Err(RestoreError::NotEmpty {
                events: truth.head.position,
                keys: u64::try_from(keys).unwrap_or(0),
            });
        }
        let kinds = kinds(&mut connection).await.map_err(unusable)?;
        Ok(Self { connection, gate, clock, truth, kinds })
    }

    async fn write(&mut self, writes: Writes) -> Result<(), RestoreError> {
        let last = writes.events.last().map(|last| Head {
            position: last.position,
            hash: last.hash,
            recorded_at: last.recorded_at,
        });
        let sent = self
            .gate
            .commit(&mut self.connection, self.truth, &writes, self.truth.floor)
            .await
            .map_err(unwritable)?;
        match sent {
            Sent::Stored => {
                self.truth.head = last.unwrap_or(self.truth.head);
                Ok(())
            }
            Sent::Moved(_) => Err(RestoreError::Misfit("another process has written in the meantime".into())),
        }
    }

    /// The versions of the streams as far as they are restored.
    async fn versions(
        &mut self,
        streams: impl Iterator<Item = &StreamName>,
    ) -> Result<FxHashMap<StreamName, u64>, RestoreError> {
        let mut names: Vec<StreamName> = streams.cloned().collect();
        names.sort_unstable();
        names.dedup();
        let needs = Needs { streams: names, ..Needs::default() };
        let ends = look_up(&mut self.connection, &self.gate.seal, &needs, &mut Lookups::default())
            .await
            .map_err(unwritable)?;
        Ok(ends.into_iter().map(|(stream, end)| (stream, end.version)).collect())
    }
}

#[async_trait]
impl Restore for PostgresRestore {
    async fn events(&mut self, events: Vec<Recorded>) -> Result<(), RestoreError> {
        let mut versions = self.versions(events.iter().map(|event| &event.stream)).await?;
        let mut writes = Writes::default();
        let (mut position, mut recorded_at) = (self.truth.head.position, self.truth.head.recorded_at);
        for event in events {
            let version = versions.entry(event.stream.clone()).or_default();
            if event.position != position + 1
                || event.version != *version + 1
                || event.recorded_at < recorded_at
            {
                return Err(RestoreError::Misfit(format!(
                    "position {} does not continue the log",
                    event.position
                )));
            }
            (position, recorded_at, *version) = (event.position, event.recorded_at, event.version);
            let kind = match self.kinds.of(event.stream.category(), &event.event_type) {
                Some(kind) => kind.id,
                None => {
                    let kind = self.kinds.push(event.stream.category(), &event.event_type);
                    writes.new_kinds.push(kind.clone());
                    kind.id
                }
            };
            writes.kinds.push(kind);
            writes.events.push(event);
        }
        self.write(writes).await
    }

    async fn keys(&mut self, keys: Vec<KeyRecord>) -> Result<(), RestoreError> {
        let versions = self.versions(keys.iter().map(|record| &record.stream)).await?;
        let beyond = |record: &&KeyRecord| {
            record.position > self.truth.head.position
                || record.version > versions.get(&record.stream).copied().unwrap_or_default()
        };
        if let Some(record) = keys.iter().find(beyond) {
            return Err(RestoreError::Misfit(format!(
                "the idempotency key {:?} names what is not there",
                record.claim.key
            )));
        }
        self.write(Writes { keys, ..Writes::default() }).await
    }

    async fn complete(
        mut self: Box<Self>,
        secret: [u8; 32],
        not_before: Timestamp,
    ) -> Result<(), RestoreError> {
        let Truth { head, floor, .. } = self.truth;
        let mut sequencer = Sequencer::behind(head, floor);
        sequencer.fence(not_before, Ok(self.clock.now()));
        let secret = sqlx::query("INSERT INTO deployment (id, secret) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET secret = excluded.secret")
            .bind(secret.as_slice());
        secret.execute(&mut self.connection).await.map_err(unwritable)?;
        // The whole chain was verified on its way here.
        let noted = sqlx::query("UPDATE progress SET recorded_floor = greatest(recorded_floor, $1), verified_position = $2, verified_hash = $3")
            .bind(sequencer.floor.as_microsecond())
            .bind(sql(head.position))
            .bind(head.hash.as_slice());
        noted.execute(&mut self.connection).await.map_err(unwritable)?;
        self.connection.execute("COMMIT").await.map_err(unwritable)?;
        // Without it the first questions would be answered by plans for empty tables.
        if let Err(error) = self.connection.execute("ANALYZE events, keys, kinds").await {
            tracing::warn!(reason = reason(&error), "the restored log could not be analyzed");
        }
        Ok(())
    }
}

/// Waits until no other Khata has the namespace open: it would go on with what it knows of the empty log, and
/// with its old secret.
pub(super) async fn alone(database: &Database, connection: &mut PgConnection) -> Result<(), RestoreError> {
    let query = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(application_name, $1)";
    let purposes = format!("khata {} ", database.namespace);
    let left = async {
        loop {
            let others: i64 = sqlx::query_scalar(query).bind(&purposes).fetch_one(&mut *connection).await?;
            if others == 0 {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    match tokio::time::timeout(OTHERS_LEAVE, left).await {
        Ok(left) => left.map_err(unwritable),
        Err(_) => Err(RestoreError::Unavailable(format!(
            "another Khata has the namespace {} open; stop it first",
            database.namespace
        ))),
    }
}

fn unusable(error: impl std::fmt::Display) -> RestoreError {
    RestoreError::Unavailable(error.to_string())
}

/// What an error within the transaction means. All of it is taken back.
fn unwritable(error: sqlx::Error) -> RestoreError {
    let reason = reason(&error);
    match &error {
        // An id or key that is there twice; or U+0000 in a text, which this store cannot keep.
        sqlx::Error::Database(told) if matches!(told.code().as_deref(), Some("23505" | "22021")) => {
            RestoreError::Misfit(reason)
        }
        _ => RestoreError::Unavailable(reason),
    }
}

#[async_trait]
impl KeyArchive for PostgresEventStore {
    async fn keys(&self, from: u64, limit: usize, up_to_position: u64) -> Result<KeyPage, ReadError> {
        let limit = limit.min(LONGEST_PAGE);
        let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys
            WHERE id >= $1 ORDER BY id LIMIT $2";
        let query = sqlx::query(query).bind(sql(from)).bind(sql_limit(limit));
        let rows = self
            .reader()
            .ask_long(async |connection| query.fetch_all(connection).await.map_err(unreadable))
            .await?;
        let seal = self.reader().seal;
        let mut page = KeyPage { keys: Vec::with_capacity(rows.len()), next: None };
        for row in &rows {
            let record = sealed_key(&seal, row)?;
            // Ids are drawn behind the gate: what stands behind it was stored later, also if it was bound to
            // an earlier answer, and does not count either.
            if record.position > up_to_position {
                return Ok(page);
            }
            page.keys.push(record);
        }
        page.next = rows
            .last()
            .filter(|_| rows.len() == limit)
            .map(|last| number(last, 9))
            .transpose()?
            .map(|id| id + 1);
        Ok(page)
    }
}
