//! The book under test, and how its leases are made to run out.

use khata_application::{
    Consumers, Namespace,
    consumers::{Checkpoint, Claim},
};
use khata_infrastructure::{
    ManualClock, SystemClock,
    memory::MemoryEventStore,
    postgres::{self, PostgresEventStore, PostgresUrl},
    sqlite::SqliteEventStore,
    sqlite::event_store::Options,
};
use khata_tests::postgres::Database;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// How long the charges of the tests last.
pub const LEASE: Duration = Duration::from_secs(10);

type Reopened = Pin<Box<dyn Future<Output = Subject> + Send>>;
/// Ends the process that has a store, and begins another over the same store.
type Reopen = Box<dyn FnOnce(Arc<dyn Consumers>) -> Reopened + Send>;
type Done = Pin<Box<dyn Future<Output = ()> + Send>>;

pub struct Subject {
    pub book: Arc<dyn Consumers>,
    /// Lets some time go by, as far as leases are concerned.
    pass: Box<dyn Fn(Duration) -> Done + Send + Sync>,
    /// Ends the process that has the store, and begins another; of a store that ends with its process,
    /// nothing.
    reopen: Option<Reopen>,
    /// Deleted with the subject.
    _kept: Option<Box<dyn std::any::Any + Send + Sync>>,
}

impl Subject {
    /// Lets some time go by.
    pub async fn pass(&self, time: Duration) {
        (self.pass)(time).await;
    }

    /// After a restart; `None` where nothing outlives the process.
    pub async fn restarted(self) -> Option<Self> {
        match self.reopen {
            Some(reopen) => Some(reopen(self.book).await),
            None => None,
        }
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()))
}

fn passing(clock: Arc<ManualClock>) -> Box<dyn Fn(Duration) -> Done + Send + Sync> {
    Box::new(move |time| {
        clock.advance(time.try_into().unwrap());
        Box::pin(std::future::ready(()))
    })
}

pub async fn memory() -> Subject {
    let clock = clock();
    Subject {
        book: Arc::new(MemoryEventStore::new(clock.clone())),
        pass: passing(clock),
        reopen: None,
        _kept: None,
    }
}

pub async fn sqlite() -> Subject {
    sqlite_in(Arc::new(tempfile::tempdir().unwrap()))
}

fn sqlite_in(folder: Arc<tempfile::TempDir>) -> Subject {
    let clock = clock();
    let store =
        SqliteEventStore::open(&folder.path().join("events.db"), clock.clone(), Options::default()).unwrap();
    let again = folder.clone();
    let reopen = move |book: Arc<dyn Consumers>| {
        drop(book);
        Box::pin(async move { sqlite_in(again) }) as Reopened
    };
    Subject {
        book: Arc::new(store),
        pass: passing(clock),
        reopen: Some(Box::new(reopen)),
        _kept: Some(Box::new(folder)),
    }
}

pub async fn postgres() -> Subject {
    postgres_in(Arc::new(Database::fresh())).await
}

/// Time goes by for leases when they are moved back.
fn postgres_in(database: Arc<Database>) -> Reopened {
    Box::pin(async move {
        let place =
            postgres::Database::new(PostgresUrl::parse(database.url()).unwrap(), Namespace::default());
        let store = Arc::new(
            PostgresEventStore::open(place, Arc::new(SystemClock), postgres::event_store::Options::default())
                .await
                .unwrap(),
        );
        let (again, passing, closing) = (database.clone(), database.clone(), store.clone());
        let reopen = move |book: Arc<dyn Consumers>| {
            drop(book);
            Box::pin(async move {
                closing.close().await;
                postgres_in(again).await
            }) as Reopened
        };
        let pass = move |time: Duration| {
            let micros = time.as_micros();
            passing.execute(&format!("UPDATE khata_main.consumers SET leased_until = leased_until - {micros} * interval '1 microsecond'"));
            Box::pin(std::future::ready(())) as Done
        };
        Subject {
            book: store,
            pass: Box::new(pass),
            reopen: Some(Box::new(reopen)),
            _kept: Some(Box::new(database)),
        }
    })
}

pub fn claim(consumer: &str, holder: &str) -> Claim {
    Claim { consumer: consumer.into(), holder: holder.into(), lease: LEASE }
}

pub fn at(position: u64) -> Checkpoint {
    Checkpoint { position, note: format!("{{\"sequence\": {position}}}") }
}
