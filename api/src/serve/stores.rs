//! The stores of one running Khata, opened by what their URLs say, and closed in order.

use crate::{
    failure::Failure,
    store_url::{StoreUrl, StoreUrls},
};
use jiff::SignedDuration;
use khata_application::{
    Clock, EventStore, Namespace,
    archive::{KeyArchive, Vault},
    clock::ClockContradiction,
    subscription::Positions,
};
use khata_infrastructure::{
    SealKey,
    clock::WatchedClock,
    data_directory::{DataDirectory, DataDirectoryError},
    postgres::{self, Database, PostgresEventStore, PostgresUrl, PostgresViewStore},
    sqlite::{SqliteEventStore, SqliteViewStore, VIEW_MIGRATIONS, event_store::Options},
};
use khata_projections::ViewStore;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// How often the clock is compared with the database's.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// Open stores. The directories of those that have one are held until they are closed.
pub(crate) struct Stores {
    events: Events,
    views: Arc<dyn ViewStore>,
    secret: [u8; 32],
    directories: Vec<DataDirectory>,
}

/// The log, which each adapter closes in its own way.
enum Events {
    Sqlite(Arc<SqliteEventStore>),
    Postgres(Arc<PostgresEventStore>),
}

/// Where the server is that holds the directory of a store; `None` if nobody holds any.
pub(crate) fn holder(urls: &StoreUrls) -> Result<Option<String>, Failure> {
    for directory in urls.directories() {
        let Some(holder) = DataDirectory::holder(directory).map_err(Failure::plain)? else { continue };
        return match holder.url {
            Some(url) => Ok(Some(url)),
            None if holder.pid == 0 => {
                Err(Failure::plain(DataDirectoryError::Held { path: directory.to_owned(), holder: None }))
            }
            None => Err(Failure::new(format!(
                "the data directory {} is held by process {}, which is not a server or is just starting",
                directory.display(),
                holder.pid
            ))),
        };
    }
    Ok(None)
}

impl Stores {
    /// Takes the directories, and opens the stores; their logs are verified.
    pub(crate) async fn open(
        urls: &StoreUrls,
        namespace: &Namespace,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let held: Result<Vec<DataDirectory>, _> =
            urls.directories().into_iter().map(DataDirectory::open).collect();
        let directories = held.map_err(Failure::plain)?;
        let in_directory =
            |url: &StoreUrl| directories.iter().find(|directory| Some(directory.path()) == url.directory());
        // Before the log is touched: a start that is refused for the views' sake leaves the log as it is,
        // too.
        if let Some(directory) = in_directory(&urls.views) {
            VIEW_MIGRATIONS.check(&directory.views_file()).map_err(Failure::plain)?;
        }
        let (events, secret) = match &urls.events {
            StoreUrl::Sqlite(_) => {
                let directory = in_directory(&urls.events)
                    .ok_or_else(|| Failure::new("the directory of the events is not held"))?;
                (Events::Sqlite(Arc::new(open_events(directory, clock).await?)), *directory.secret())
            }
            StoreUrl::Postgres(url) => {
                let events = open_database(url, namespace, clock).await?;
                let secret = *events.secret();
                (Events::Postgres(Arc::new(events)), secret)
            }
        };
        let views: Arc<dyn ViewStore> = match &urls.views {
            StoreUrl::Sqlite(_) => {
                let directory = in_directory(&urls.views)
                    .ok_or_else(|| Failure::new("the directory of the views is not held"))?;
                Arc::new(SqliteViewStore::open(&directory.views_file()).map_err(Failure::plain)?)
            }
            StoreUrl::Postgres(url) => {
                let database = Database::new((**url).clone(), namespace.clone());
                Arc::new(PostgresViewStore::open(database).await.map_err(Failure::plain)?)
            }
        };
        Ok(Self { events, views, secret, directories })
    }

    /// The log.
    pub(crate) fn events(&self) -> Arc<dyn EventStore> {
        match &self.events {
            Events::Sqlite(events) => events.clone(),
            Events::Postgres(events) => events.clone(),
        }
    }

    /// Refuses to begin by a clock that the database's contradicts, or that of the newest event where there
    /// is no other.
    pub(crate) async fn check_clock(&self, clock: &WatchedClock) -> Result<(), Failure> {
        let judged = match &self.events {
            Events::Postgres(events) => {
                clock.compare(events.database().clock().await.map_err(Failure::plain)?)
            }
            Events::Sqlite(events) => {
                let head =
                    events.head().await.map_err(|error| Failure::because("the log cannot be read", error))?;
                clock.begin_behind(head.recorded_at)
            }
        };
        judged.map_err(contradicted)
    }

    /// Asks the database now and then what time it is, if there is one; goes on until it is dropped.
    pub(crate) fn compare_clocks(&self, clock: Arc<WatchedClock>) -> impl Future<Output = ()> + Send + use<> {
        let events = match &self.events {
            Events::Postgres(events) => Some(Arc::downgrade(events)),
            Events::Sqlite(_) => None,
        };
        async move {
            while let Some(events) = events.as_ref().and_then(Weak::upgrade) {
                match events.server_clock().await {
                    Ok(database) => clock.hear(database),
                    Err(error) => tracing::debug!(%error, "the database's clock cannot be read"),
                }
                drop(events);
                tokio::time::sleep(COMPARE_EVERY).await;
            }
        }
    }

    /// What a backup is taken of.
    pub(crate) fn vault(&self, namespace: &Namespace) -> Vault {
        let keys: Arc<dyn KeyArchive> = match &self.events {
            Events::Sqlite(events) => events.clone(),
            Events::Postgres(events) => events.clone(),
        };
        Vault { namespace: namespace.clone(), events: self.events(), keys, secret: self.secret }
    }

    /// How far subscriptions to the log have come.
    pub(crate) fn positions(&self) -> Arc<dyn Positions> {
        match &self.events {
            Events::Sqlite(events) => events.clone(),
            Events::Postgres(events) => events.clone(),
        }
    }

    /// The views.
    pub(crate) fn views(&self) -> Arc<dyn ViewStore> {
        self.views.clone()
    }

    /// What is derived from it cannot be guessed from outside. It belongs to the log.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Tells the commands that come across a held directory where the HTTP API is.
    pub(crate) fn announce(&self, url: &str) -> Result<(), Failure> {
        let unwritable = |error| Failure::because("the lock file cannot be written", error);
        self.directories.iter().try_for_each(|directory| directory.announce(url)).map_err(unwritable)
    }

    /// Writes what is in work and closes; then others may have the directories.
    pub(crate) async fn close(self) {
        self.views.close().await;
        match self.events {
            // Its panic, if there was one, is logged; the locks end last.
            Events::Sqlite(events) => {
                let _closed = tokio::task::spawn_blocking(move || events.close()).await;
            }
            Events::Postgres(events) => events.close().await,
        }
        drop(self.directories);
    }
}

/// A clock that nobody should begin by.
pub(super) fn contradicted(contradiction: ClockContradiction) -> Failure {
    // Some time on, since the clock goes on meanwhile.
    let up_to =
        contradiction.later().saturating_add(SignedDuration::from_hours(1)).unwrap_or(contradiction.later());
    Failure::new(format!(
        "{contradiction}\nCorrect the clock, or wait until it is right. If it is right already, continue with --accept-clock {}",
        up_to.round(jiff::Unit::Minute).unwrap_or(up_to)
    ))
}

/// Opens the log of a namespace in a database.
pub(super) async fn open_database(
    url: &PostgresUrl,
    namespace: &Namespace,
    clock: Arc<dyn Clock>,
) -> Result<PostgresEventStore, Failure> {
    let database = Database::new(url.clone(), namespace.clone());
    let opened = PostgresEventStore::open(database, clock, postgres::event_store::Options::default()).await;
    opened.map_err(Failure::plain)
}

/// A long log takes a while to verify.
pub(super) async fn open_events(
    directory: &DataDirectory,
    clock: Arc<dyn Clock>,
) -> Result<SqliteEventStore, Failure> {
    let (file, options) =
        (directory.events_file(), Options { seal: SealKey::of(directory.secret()), ..Options::default() });
    let opened = tokio::task::spawn_blocking(move || SqliteEventStore::open(&file, clock, options)).await;
    opened.map_err(|error| Failure::because("the stores cannot be opened", error))?.map_err(Failure::plain)
}
