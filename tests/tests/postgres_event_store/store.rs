//! Stores on one database, each as a process of its own would have it, and short ways to write into them.

use jiff::Timestamp;
use khata_application::{
    EventStore, IdSource, Namespace, NewEvent, Recorded, StreamName,
    audit::{self, Link},
    event_store::{Append, Expected, FeedFilter, KeyClaim, StreamAppend},
};
use khata_infrastructure::{
    ManualClock, V7Ids,
    postgres::{
        Database as Place, PostgresEventStore, PostgresUrl,
        event_store::{OpenStoreError, Options},
    },
};
use khata_tests::postgres::Database;
use std::sync::Arc;
use uuid::Uuid;

pub fn noon() -> Timestamp {
    "2026-03-01T12:00:00.123456Z".parse().unwrap()
}

/// A store with a clock of its own.
pub struct Process {
    pub store: Arc<PostgresEventStore>,
    pub clock: Arc<ManualClock>,
}

pub async fn try_open(url: &str, namespace: &str) -> Result<Process, OpenStoreError> {
    let clock = Arc::new(ManualClock::at(noon()));
    let place = Place::new(PostgresUrl::parse(url).unwrap(), Namespace::parse(namespace).unwrap());
    let store = PostgresEventStore::open(place, clock.clone(), Options::default()).await?;
    Ok(Process { store: Arc::new(store), clock })
}

pub async fn open(database: &Database) -> Process {
    try_open(database.url(), "main").await.unwrap()
}

impl Process {
    /// Knows afterwards of everything that was appended before, also by others: an append of nothing tells
    /// the head as it is.
    pub async fn catch_up(&self) {
        self.store.append(Append::default()).await.unwrap();
    }

    /// The whole log as the database has it.
    pub async fn log(&self) -> Vec<Recorded> {
        self.catch_up().await;
        let (mut log, mut seen): (Vec<Recorded>, u64) = (Vec::new(), 0);
        loop {
            let page = self.store.read_all(seen, 5_000, &FeedFilter::default()).await.unwrap();
            if page.events.is_empty() {
                return log;
            }
            seen = page.seen;
            log.extend(page.events);
        }
    }

    /// Waits until this process knows of the log up to a position.
    pub async fn has_heard_of(&self, position: u64) {
        self.store.watch_head().wait_for(|head| *head >= position).await.unwrap();
    }

    /// Appends so many events to a stream, whatever stands there.
    pub async fn grow(&self, name: &str, count: usize) -> u64 {
        self.store.append(append(name, Expected::Any, events(count))).await.unwrap().position
    }
}

/// The chain fits, positions have no gap, versions neither, and times never decrease. How many events there
/// are.
pub async fn assert_whole(process: &Process) -> u64 {
    process.catch_up().await;
    let audit = audit::verify(&*process.store, Link::GENESIS).await.unwrap();
    assert_eq!(audit.broken, None);
    audit.events
}

pub fn stream(name: &str) -> StreamName {
    StreamName::parse(&format!("bank_account-{name}")).unwrap()
}

pub fn event() -> NewEvent {
    saying(r#"{"amount":{"amount":"1500.00","currency":"INR"}}"#)
}

pub fn saying(data: &str) -> NewEvent {
    NewEvent {
        event_id: V7Ids.uuid(),
        event_type: "bank_account.money_deposited".into(),
        schema_version: 1,
        data: data.into(),
        metadata: r#"{"actor":"local"}"#.into(),
        effective_at: noon(),
        decoded: Default::default(),
    }
}

pub fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event()).collect()
}

pub fn append(name: &str, expected: Expected, events: Vec<NewEvent>) -> Append {
    Append { parts: vec![StreamAppend { stream: stream(name), expected, events }], ..Append::default() }
}

pub fn keyed(key: &str, append: Append) -> Append {
    let key =
        KeyClaim { scope: "local".into(), key: key.into(), fingerprint: "f".into(), decided_at: noon() };
    Append { key: Some(key), ..append }
}

pub fn behind(version: u64, last_event_id: Uuid) -> Expected {
    Expected::Exact { version, last_event_id: Some(last_event_id) }
}
