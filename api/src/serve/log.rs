//! The log alone, opened without anything that stands on it: to take a backup where no server runs, to audit
//! it, and to restore one.

use super::{
    lost_tail,
    stores::{contradicted, holder, open_database, open_events},
};
use crate::{failure::Failure, options::GlobalOptions, store_url::StoreUrl};
use jiff::Timestamp;
use khata_application::{
    Clock, StoredLog,
    archive::{Restore, Vault},
};
use khata_infrastructure::{
    Repaired, SealKey, SystemClock,
    data_directory::DataDirectory,
    postgres::{
        self, Database, PostgresEventStore, PostgresLogInspector, PostgresRestore, PostgresViewStore,
    },
    sqlite::{self, SqliteEventStore, SqliteLogInspector, SqliteRestore, SqliteViewStore},
};
use khata_projections::ViewStore;
use std::sync::Arc;

/// A log that this process has opened.
pub(crate) struct OpenLog {
    vault: Vault,
    opened: Opened,
}

/// What has to be closed.
enum Opened {
    Sqlite { events: Arc<SqliteEventStore>, directory: DataDirectory },
    Postgres(Arc<PostgresEventStore>),
}

impl OpenLog {
    /// Opens the log where the options say that it is.
    pub(crate) async fn open(options: &GlobalOptions) -> Result<Self, Failure> {
        let namespace = options.namespace()?;
        match options.store_urls()?.events {
            StoreUrl::Sqlite(path) => {
                let directory = DataDirectory::open(&path).map_err(Failure::plain)?;
                let events = Arc::new(open_events(&directory, Arc::new(SystemClock)).await?);
                let vault = Vault {
                    namespace,
                    events: events.clone(),
                    keys: events.clone(),
                    secret: *directory.secret(),
                };
                Ok(Self { vault, opened: Opened::Sqlite { events, directory } })
            }
            StoreUrl::Postgres(url) => {
                let events = Arc::new(open_database(&url, &namespace, Arc::new(SystemClock)).await?);
                let vault = Vault {
                    namespace,
                    events: events.clone(),
                    keys: events.clone(),
                    secret: *events.secret(),
                };
                Ok(Self { vault, opened: Opened::Postgres(events) })
            }
        }
    }

    /// What a backup is taken of.
    pub(crate) fn vault(&self) -> Vault {
        self.vault.clone()
    }

    /// Closes it in order.
    pub(crate) async fn close(self) {
        match self.opened {
            Opened::Sqlite { events, directory } => {
                // Its panic, if there was one, is logged; the lock ends last.
                let _closed = tokio::task::spawn_blocking(move || events.close()).await;
                drop(directory);
            }
            Opened::Postgres(events) => events.close().await,
        }
    }
}

/// A log that is looked into as it is: a start might refuse it.
pub(crate) struct InspectedLog {
    log: Box<dyn StoredLog>,
    _directory: Option<DataDirectory>,
}

impl InspectedLog {
    /// Looks into the log where the options say that it is.
    pub(crate) async fn open(options: &GlobalOptions) -> Result<Self, Failure> {
        let namespace = options.namespace()?;
        match options.store_urls()?.events {
            StoreUrl::Sqlite(path) => {
                let directory = DataDirectory::open(&path).map_err(Failure::plain)?;
                let log = SqliteLogInspector::open(&directory.events_file(), SealKey::of(directory.secret()))
                    .map_err(Failure::plain)?;
                Ok(Self { log: Box::new(log), _directory: Some(directory) })
            }
            StoreUrl::Postgres(url) => {
                let log = PostgresLogInspector::open(&Database::new(*url, namespace))
                    .await
                    .map_err(Failure::plain)?;
                Ok(Self { log: Box::new(log), _directory: None })
            }
        }
    }

    /// What is stored.
    pub(crate) fn stored(&self) -> &dyn StoredLog {
        &*self.log
    }
}

/// Makes sure that there is a log where the options say that it is, and makes none.
pub(crate) fn require_log(options: &GlobalOptions) -> Result<(), Failure> {
    let (url, namespace) = (options.store_urls()?.events, options.namespace()?);
    let is_there = match &url {
        StoreUrl::Sqlite(path) => DataDirectory::has_log(path),
        StoreUrl::Postgres(url) => {
            let database = Database::new((**url).clone(), namespace.clone());
            super::runtime()?
                .block_on(PostgresLogInspector::open(&database))
                .map_err(Failure::plain)?
                .has_log()
        }
    };
    if is_there {
        Ok(())
    } else {
        Err(Failure::new(format!("there is no Khata in {url} (namespace {namespace})")))
    }
}

/// Makes everything beside the events anew, where the options say that the log is. No server may have it
/// open.
pub(crate) async fn repair_log(options: &GlobalOptions) -> Result<Repaired, Failure> {
    let urls = options.store_urls()?;
    if let Some(url) = holder(&urls)? {
        return Err(Failure::new(format!("a server ({url}) holds the data directory; stop it first")));
    }
    match urls.events {
        StoreUrl::Sqlite(path) => {
            let directory = DataDirectory::open(&path).map_err(Failure::plain)?;
            let (seal, clock) = (SealKey::of(directory.secret()), options.clock());
            // Where the notes are lost, nothing is to be stamped before now: by a wrong clock that would be
            // for ever.
            if let Ok(log) = SqliteLogInspector::open(&directory.events_file(), seal)
                && let Ok(end) = log.end().await
            {
                clock.begin_behind(end.recorded_at).map_err(contradicted)?;
            }
            sqlite::event_store::repair(&directory.events_file(), seal, clock.now()).map_err(Failure::plain)
        }
        StoreUrl::Postgres(url) => {
            let database = Database::new(*url, options.namespace()?);
            postgres::event_store::repair(&database).await.map_err(Failure::plain)
        }
    }
}

/// Sets the views aside that have seen another log than the one that was restored, wherever they are. What
/// lies beside an embedded log was set aside with its files. How many there were.
pub(crate) async fn set_views_aside(options: &GlobalOptions) -> Result<usize, Failure> {
    let urls = options.store_urls()?;
    let log = InspectedLog::open(options).await?;
    match &urls.views {
        StoreUrl::Sqlite(path) if urls.events.directory() == Some(path.as_path()) => Ok(0),
        StoreUrl::Sqlite(path) => {
            let directory = DataDirectory::open(path).map_err(Failure::plain)?;
            if !directory.views_file().exists() {
                return Ok(0);
            }
            let views = SqliteViewStore::open(&directory.views_file()).map_err(Failure::plain)?;
            let others = lost_tail::set_aside_others(log.stored(), &views).await;
            views.close().await;
            others
        }
        StoreUrl::Postgres(url) => {
            let database = Database::new((**url).clone(), options.namespace()?);
            let views = PostgresViewStore::open(database).await.map_err(Failure::plain)?;
            let others = lost_tail::set_aside_others(log.stored(), &views).await;
            views.close().await;
            others
        }
    }
}

/// Begins a restore into where the options say that the log is. The secret is that of the deployment which
/// the backup was taken of, at this instant.
pub(crate) async fn begin_restore(
    options: &GlobalOptions,
    secret: &[u8; 32],
    created_at: Timestamp,
) -> Result<Box<dyn Restore>, Failure> {
    let (urls, clock) = (options.store_urls()?, Arc::new(options.clock()));
    // Nothing may be stamped before the backup was taken, and a clock of before would not know.
    clock.stamp(created_at).map_err(contradicted)?;
    if let Some(url) = holder(&urls)? {
        return Err(Failure::new(format!("a server ({url}) holds the data directory; stop it first")));
    }
    match urls.events {
        StoreUrl::Sqlite(path) => {
            let directory = DataDirectory::open_for_restore(&path).map_err(Failure::plain)?;
            Ok(Box::new(SqliteRestore::begin(directory, clock, secret).map_err(Failure::plain)?))
        }
        StoreUrl::Postgres(url) => {
            let database = Database::new(*url, options.namespace()?);
            clock.compare(database.clock().await.map_err(Failure::plain)?).map_err(contradicted)?;
            Ok(Box::new(PostgresRestore::begin(&database, clock, secret).await.map_err(Failure::plain)?))
        }
    }
}
