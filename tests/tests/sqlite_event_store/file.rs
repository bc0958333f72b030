//! A store in a file of its own, and short ways to write into it.

use jiff::Timestamp;
use khata_application::{
    EventStore, IdSource, NewEvent, StreamName,
    event_store::{Append, Appended, Expected, KeyClaim, StreamAppend},
};
use khata_infrastructure::{
    ManualClock, V7Ids,
    sqlite::{
        SqliteEventStore,
        event_store::{OpenStoreError, Options},
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

pub struct File {
    pub folder: TempDir,
    pub clock: Arc<ManualClock>,
}

impl File {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap()));
        Self { folder: tempfile::tempdir().unwrap(), clock }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("events.db")
    }

    pub fn try_open(&self) -> Result<SqliteEventStore, OpenStoreError> {
        SqliteEventStore::open(&self.path(), self.clock.clone(), Options::default())
    }

    pub fn open(&self) -> SqliteEventStore {
        self.try_open().unwrap()
    }

    /// The file as an outsider sees it.
    pub fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    /// The names and contents of everything in the folder.
    pub fn contents(&self) -> Vec<(String, Vec<u8>)> {
        contents(self.folder.path())
    }
}

pub fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

pub fn stream(name: &str) -> StreamName {
    StreamName::parse(&format!("bank_account-{name}")).unwrap()
}

pub fn event() -> NewEvent {
    NewEvent {
        event_id: V7Ids.uuid(),
        event_type: "bank_account.money_deposited".into(),
        schema_version: 1,
        data: r#"{"amount":{"amount":"1500.00","currency":"INR"}}"#.into(),
        metadata: r#"{"actor":"local"}"#.into(),
        effective_at: Timestamp::UNIX_EPOCH,
        decoded: Default::default(),
    }
}

pub fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event()).collect()
}

pub fn append(name: &str, count: usize) -> Append {
    Append {
        parts: vec![StreamAppend { stream: stream(name), expected: Expected::Any, events: events(count) }],
        ..Append::default()
    }
}

pub fn keyed(name: &str, count: usize, key: &str) -> Append {
    let decided_at = Timestamp::UNIX_EPOCH;
    let key = KeyClaim { scope: "local".into(), key: key.into(), fingerprint: "f".into(), decided_at };
    Append { key: Some(key), ..append(name, count) }
}

/// Appends so many events to a stream.
pub async fn grow(store: &SqliteEventStore, name: &str, count: usize) -> Appended {
    store.append(append(name, count)).await.unwrap()
}
