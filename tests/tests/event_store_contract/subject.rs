//! The store under test, and short ways to say what the tests do with it.

use jiff::Timestamp;
use khata_application::{
    Clock, EventStore, IdSource, Namespace, NewEvent, Recorded, StreamName,
    event_store::{Append, AppendError, Appended, Expected, FeedFilter, StreamAppend, StreamRange},
};
use khata_infrastructure::{
    ManualClock, SequentialIds,
    memory::MemoryEventStore,
    postgres::{self, PostgresEventStore, PostgresUrl},
    sqlite::{SqliteEventStore, event_store::Options},
};
use khata_tests::postgres::Database;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// So many appends may wait in the stores under test.
pub const CAPACITY: usize = 64;

/// When the clock of a fresh subject stands still.
pub fn noon() -> Timestamp {
    "2026-03-01T12:00:00.123456Z".parse().unwrap()
}

pub struct Subject {
    pub store: Arc<dyn EventStore>,
    pub clock: Arc<ManualClock>,
    hold: Box<dyn Fn() + Send + Sync>,
    release: Box<dyn Fn() + Send + Sync>,
    tamper: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// Deleted with the subject, after the store.
    home: Home,
}

/// What a store stands on.
enum Home {
    Memory,
    Folder(#[expect(dead_code, reason = "deleted when it is dropped")] tempfile::TempDir),
    Database(#[expect(dead_code, reason = "deleted when it is dropped")] Database),
}

pub async fn memory() -> Subject {
    let clock = Arc::new(ManualClock::at(noon()));
    let store = Arc::new(MemoryEventStore::with_capacity(clock.clone(), CAPACITY));
    let (held, released) = (store.clone(), store.clone());
    Subject {
        store,
        clock,
        hold: Box::new(move || held.hold()),
        release: Box::new(move || released.release()),
        tamper: Box::new(|_| false),
        home: Home::Memory,
    }
}

/// Held back by another connection that holds the lock for writing.
pub async fn sqlite() -> Subject {
    let clock = Arc::new(ManualClock::at(noon()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let store =
        SqliteEventStore::open(&path, clock.clone(), Options { queue: CAPACITY, ..Options::default() })
            .unwrap();
    let other = Arc::new(std::sync::Mutex::new(rusqlite::Connection::open(&path).unwrap()));
    let (blocked, tampering) = (other.clone(), other.clone());
    Subject {
        store: Arc::new(store),
        clock,
        tamper: Box::new(move |sql| tampering.lock().unwrap().execute_batch(sql).is_ok()),
        hold: Box::new(move || blocked.lock().unwrap().execute_batch("BEGIN IMMEDIATE").unwrap()),
        release: Box::new(move || other.lock().unwrap().execute_batch("ROLLBACK").unwrap()),
        home: Home::Folder(folder),
    }
}

/// Held back by another session that lets nobody write into the table.
pub async fn postgres() -> Subject {
    let clock = Arc::new(ManualClock::at(noon()));
    let database = Database::fresh();
    let place = postgres::Database::new(PostgresUrl::parse(database.url()).unwrap(), Namespace::default());
    let options =
        postgres::event_store::Options { queue: CAPACITY, ..postgres::event_store::Options::default() };
    let store = PostgresEventStore::open(place, clock.clone(), options).await.unwrap();
    let other = Arc::new(database.session());
    let (blocked, tampering) = (other.clone(), other.clone());
    Subject {
        store: Arc::new(store),
        clock,
        tamper: Box::new(move |sql| {
            tampering.execute(&format!("BEGIN; SET LOCAL search_path TO khata_main; {sql}; COMMIT"));
            true
        }),
        hold: Box::new(move || {
            blocked.execute("BEGIN; LOCK TABLE khata_main.events IN SHARE ROW EXCLUSIVE MODE")
        }),
        release: Box::new(move || other.execute("ROLLBACK")),
        home: Home::Database(database),
    }
}

impl Subject {
    /// Keeps appends from being committed until they are released.
    pub fn hold(&self) {
        (self.hold)();
    }

    pub fn release(&self) {
        (self.release)();
    }

    /// How the store's SQL writes bytes.
    pub fn bytes(&self, digits: &str) -> String {
        match self.home {
            Home::Database(_) => format!("decode('{digits}', 'hex')"),
            Home::Folder(_) | Home::Memory => format!("X'{digits}'"),
        }
    }

    /// Changes what is stored behind the store's back. False where nothing is stored anywhere but in the
    /// store itself.
    #[must_use]
    pub fn tamper(&self, sql: &str) -> bool {
        (self.tamper)(sql)
    }

    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.store.append(append).await
    }

    /// Appends so many events to one stream.
    pub async fn grow(&self, name: &str, events: usize) -> Appended {
        self.append(one(stream(name), Expected::Any, fresh(events))).await.unwrap()
    }

    pub async fn stream(&self, name: &str, range: StreamRange) -> Vec<Recorded> {
        self.store.read_stream(&stream(name), range).await.unwrap()
    }

    pub async fn versions(&self, name: &str, range: StreamRange) -> Vec<u64> {
        self.stream(name, range).await.iter().map(|event| event.version).collect()
    }

    pub async fn version(&self, name: &str) -> u64 {
        self.versions(name, StreamRange::ALL).await.len() as u64
    }

    pub async fn log(&self) -> Vec<Recorded> {
        self.store.read_all(0, usize::MAX, &FeedFilter::default()).await.unwrap().events
    }

    pub async fn head(&self) -> u64 {
        self.store.head().await.unwrap().position
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// `bank_account-a`, unless the name has a category.
pub fn stream(name: &str) -> StreamName {
    if name.contains('-') {
        StreamName::parse(name)
    } else {
        StreamName::parse(&format!("bank_account-{name}"))
    }
    .unwrap()
}

pub fn fresh_id() -> Uuid {
    static IDS: LazyLock<SequentialIds> = LazyLock::new(SequentialIds::default);
    IDS.uuid()
}

pub fn event(event_type: &str) -> NewEvent {
    NewEvent {
        event_id: fresh_id(),
        event_type: event_type.into(),
        schema_version: 1,
        data: r#"{"amount":{"amount":"1500.00","currency":"INR"}}"#.into(),
        metadata: r#"{"actor":"local"}"#.into(),
        effective_at: noon(),
        decoded: Default::default(),
    }
}

pub fn fresh(events: usize) -> Vec<NewEvent> {
    (0..events).map(|_| event("bank_account.money_deposited")).collect()
}

pub fn part(name: &str, expected: Expected, events: usize) -> StreamAppend {
    StreamAppend { stream: stream(name), expected, events: fresh(events) }
}

pub fn parts<const N: usize>(parts: [StreamAppend; N]) -> Append {
    Append { parts: parts.into(), ..Append::default() }
}

pub fn one(stream: StreamName, expected: Expected, events: Vec<NewEvent>) -> Append {
    Append { parts: vec![StreamAppend { stream, expected, events }], ..Append::default() }
}

pub fn exact(version: u64) -> Expected {
    Expected::Exact { version, last_event_id: None }
}

/// What a conflict at a stream looks like.
pub fn conflict<T>(name: &str, actual: u64) -> Result<T, AppendError> {
    Err(AppendError::Conflict { stream: stream(name), actual })
}
