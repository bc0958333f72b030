//! The stores under test.

use khata_application::{
    Namespace,
    subscription::{Checkpoint, Lease, LeaseGrant, LeaseRequest, Leases, Positions},
};
use khata_infrastructure::{
    SystemClock,
    memory::{MemoryEventStore, MemoryViewStore},
    postgres::{self, PostgresEventStore, PostgresUrl, PostgresViewStore},
    sqlite::{SqliteEventStore, SqliteViewStore, event_store::Options},
};
use khata_projections::ViewStore;
use khata_tests::postgres::Database;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use tempfile::TempDir;

/// A lease that runs out while a test waits for it.
pub const SHORT: Duration = Duration::from_millis(40);

type Reopened = Pin<Box<dyn Future<Output = Subject> + Send>>;
/// Ends the process that has a store, and begins another over the same store.
type Reopen = Box<dyn FnOnce() -> Reopened + Send>;

pub struct Subject {
    pub store: Arc<dyn Leases>,
    /// Of a log.
    positions: Option<Arc<dyn Positions>>,
    /// Of a store that ends with its process, nothing.
    reopen: Option<Reopen>,
}

impl Subject {
    fn of_log(store: Arc<dyn Positions>, reopen: Option<Reopen>) -> Self {
        Self { store: store.clone(), positions: Some(store), reopen }
    }

    fn of_views(store: Arc<dyn Leases>, reopen: Option<Reopen>) -> Self {
        Self { store, positions: None, reopen }
    }

    pub fn positions(&self) -> &dyn Positions {
        self.positions.as_deref().unwrap()
    }

    /// After a restart; `None` where nothing outlives the process.
    pub async fn restarted(self) -> Option<Self> {
        drop((self.store, self.positions));
        match self.reopen {
            Some(reopen) => Some(reopen().await),
            None => None,
        }
    }

    pub async fn leases(&self) -> Vec<Lease> {
        self.store.leases().await.unwrap()
    }

    pub async fn holders(&self) -> Vec<(String, String, u64)> {
        self.leases().await.into_iter().map(|lease| (lease.name, lease.holder, lease.epoch)).collect()
    }

    pub async fn until_nobody_holds_anything(&self) {
        while !self.leases().await.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

/// A request for leases that outlast any test.
pub fn request(holder: &str, names: &[&str]) -> LeaseRequest {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    LeaseRequest { holder: holder.into(), names, length: Duration::from_secs(600), epoch: None }
}

pub async fn granted(subject: &Subject, request: LeaseRequest) -> LeaseGrant {
    subject.store.acquire(request).await.unwrap()
}

pub fn at(position: u64) -> Checkpoint {
    Checkpoint { position, note: format!("{{\"sequence\": {position}}}") }
}

pub async fn memory_log() -> Subject {
    Subject::of_log(Arc::new(MemoryEventStore::new(Arc::new(SystemClock))), None)
}

pub async fn sqlite_log() -> Subject {
    sqlite_log_in(Arc::new(tempfile::tempdir().unwrap()))
}

fn sqlite_log_in(folder: Arc<TempDir>) -> Subject {
    let (path, clock) = (folder.path().join("events.db"), Arc::new(SystemClock));
    let store = SqliteEventStore::open(&path, clock, Options::default()).unwrap();
    let reopen = move || Box::pin(async move { sqlite_log_in(folder) }) as Reopened;
    Subject::of_log(Arc::new(store), Some(Box::new(reopen)))
}

pub async fn postgres_log() -> Subject {
    postgres_log_in(Arc::new(Database::fresh())).await
}

/// The namespace under test in a database.
pub fn namespace_in(database: &Database) -> postgres::Database {
    postgres::Database::new(PostgresUrl::parse(database.url()).unwrap(), Namespace::default())
}

fn postgres_log_in(database: Arc<Database>) -> Reopened {
    Box::pin(async move {
        let options = postgres::event_store::Options::default();
        let store =
            PostgresEventStore::open(namespace_in(&database), Arc::new(SystemClock), options).await.unwrap();
        let store = Arc::new(store);
        let closing = store.clone();
        let reopen = move || {
            Box::pin(async move {
                closing.close().await;
                postgres_log_in(database).await
            }) as Reopened
        };
        Subject::of_log(store, Some(Box::new(reopen)))
    })
}

pub async fn memory_views() -> Subject {
    Subject::of_views(Arc::new(MemoryViewStore::default()), None)
}

pub async fn sqlite_views() -> Subject {
    sqlite_views_in(Arc::new(tempfile::tempdir().unwrap()))
}

fn sqlite_views_in(folder: Arc<TempDir>) -> Subject {
    let store = SqliteViewStore::open(&folder.path().join("views.db")).unwrap();
    let reopen = move || Box::pin(async move { sqlite_views_in(folder) }) as Reopened;
    Subject::of_views(Arc::new(store), Some(Box::new(reopen)))
}

pub async fn postgres_views() -> Subject {
    postgres_views_in(Arc::new(Database::fresh())).await
}

fn postgres_views_in(database: Arc<Database>) -> Reopened {
    Box::pin(async move {
        let store: Arc<dyn ViewStore> =
            Arc::new(PostgresViewStore::open(namespace_in(&database)).await.unwrap());
        let closing = store.clone();
        let reopen = move || {
            Box::pin(async move {
                closing.close().await;
                postgres_views_in(database).await
            }) as Reopened
        };
        Subject::of_views(store, Some(Box::new(reopen)))
    })
}
