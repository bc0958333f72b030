//! Where a log can be restored: each adapter's place, and how it is opened and filled.

use crate::logs::SECRET;
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore, Namespace,
    archive::{KeyArchive, Restore, RestoreError},
};
use khata_infrastructure::{
    ManualClock, SealKey,
    data_directory::DataDirectory,
    memory::{MemoryEventStore, MemoryRestore},
    postgres::{self, PostgresEventStore, PostgresRestore, PostgresUrl},
    sqlite::{SqliteEventStore, SqliteRestore, event_store::Options},
};
use khata_tests::postgres::Database;
use std::{any::Any, sync::Arc};

/// When the clocks of the tests stand still.
pub fn noon() -> Timestamp {
    "2026-03-01T12:00:00.123456Z".parse().unwrap()
}

/// An opened log. A place that one process holds alone is free again once it is dropped.
pub struct Opened {
    pub events: Arc<dyn EventStore>,
    pub keys: Arc<dyn KeyArchive>,
    pub secret: [u8; 32],
    _held: Option<Box<dyn Any + Send + Sync>>,
}

/// A place for a log, empty at first.
#[async_trait]
pub trait Place: Send + Sync {
    async fn open(&self) -> Opened;
    async fn restore(&self) -> Result<Box<dyn Restore>, RestoreError>;
    /// The clock of whoever opens or restores.
    fn clock(&self) -> &ManualClock;
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(noon()))
}

pub struct Memory {
    store: Arc<MemoryEventStore>,
    clock: Arc<ManualClock>,
}

impl Memory {
    pub fn fresh() -> Self {
        let clock = clock();
        Self { store: Arc::new(MemoryEventStore::new(clock.clone())), clock }
    }
}

#[async_trait]
impl Place for Memory {
    async fn open(&self) -> Opened {
        let secret = self.store.restored_secret().unwrap_or([1; 32]);
        Opened { events: self.store.clone(), keys: self.store.clone(), secret, _held: None }
    }

    async fn restore(&self) -> Result<Box<dyn Restore>, RestoreError> {
        Ok(Box::new(MemoryRestore::begin(self.store.clone())?))
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}

pub struct Sqlite {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Sqlite {
    pub fn fresh() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: clock() }
    }
}

impl Sqlite {
    /// The file of the log.
    pub fn events_file(&self) -> std::path::PathBuf {
        self.folder.path().join("events.db")
    }
}

#[async_trait]
impl Place for Sqlite {
    async fn open(&self) -> Opened {
        let directory = DataDirectory::open(self.folder.path()).unwrap();
        let store = Arc::new(
            SqliteEventStore::open(
                &directory.events_file(),
                self.clock.clone(),
                Options { seal: SealKey::of(directory.secret()), ..Options::default() },
            )
            .unwrap(),
        );
        Opened {
            events: store.clone(),
            keys: store,
            secret: *directory.secret(),
            _held: Some(Box::new(directory)),
        }
    }

    async fn restore(&self) -> Result<Box<dyn Restore>, RestoreError> {
        let directory = DataDirectory::open_for_restore(self.folder.path()).unwrap();
        Ok(Box::new(SqliteRestore::begin(directory, self.clock.clone(), &SECRET)?))
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}

pub struct Postgres {
    database: Database,
    clock: Arc<ManualClock>,
}

impl Postgres {
    pub fn fresh() -> Self {
        Self { database: Database::fresh(), clock: clock() }
    }

    fn place(&self) -> postgres::Database {
        postgres::Database::new(PostgresUrl::parse(self.database.url()).unwrap(), Namespace::default())
    }
}

#[async_trait]
impl Place for Postgres {
    async fn open(&self) -> Opened {
        let options = postgres::event_store::Options::default();
        let store =
            Arc::new(PostgresEventStore::open(self.place(), self.clock.clone(), options).await.unwrap());
        Opened { events: store.clone(), keys: store.clone(), secret: *store.secret(), _held: None }
    }

    async fn restore(&self) -> Result<Box<dyn Restore>, RestoreError> {
        Ok(Box::new(PostgresRestore::begin(&self.place(), self.clock.clone(), &SECRET).await?))
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}
