//! One running Khata: the data directory, its stores, everything that stands on them, and the order in which it comes and goes.

use crate::{
    app::{App, HttpSettings},
    cli::{Failure, GlobalOptions},
    http,
};
use khata_application::{
    Accounts, BusinessCalendar, Cards, Customers, EventStore, Executor, History, Loans, Orders,
    customers::{CustomerRules, EmailKey},
    executor::Limits,
    import::{Importer, Terms},
};
use khata_infrastructure::{
    SystemClock, V7Ids,
    data_directory::DataDirectory,
    sqlite::{SqliteEventStore, SqliteViewStore, VIEW_MIGRATIONS, event_store::Options},
};
use khata_projections::{ReadPorts, ReadSide, Runner, RunnerConfig, ViewStore, all_projections};
use std::{path::Path, sync::Arc};
use tokio::sync::watch;

/// How a house is opened.
pub(crate) struct Opening {
    /// Limits and switches of its HTTP surface.
    pub(crate) settings: HttpSettings,
    /// Turns true when it is to stop.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// One running Khata.
pub(crate) struct House {
    app: Arc<App>,
    runner: Runner,
    stores: Stores,
}

/// The stores of a data directory. The directory is held until they are closed.
struct Stores {
    events: Arc<SqliteEventStore>,
    views: Arc<SqliteViewStore>,
    directory: DataDirectory,
}

/// Where the server is that holds a data directory; `None` if nobody holds it.
pub(crate) fn holder(data_dir: &Path) -> Result<Option<String>, Failure> {
    let Some(holder) = DataDirectory::holder(data_dir).map_err(Failure::plain)? else {
        return Ok(None);
    };
    match holder.url {
        Some(url) => Ok(Some(url)),
        None => Err(Failure::new(format!(
            "the data directory {} is held by process {}, which is no server or just starting",
            data_dir.display(),
            holder.pid
        ))),
    }
}

impl House {
    /// Opens the data directory, verifies its log, and begins to feed the views.
    pub(crate) async fn open(options: &GlobalOptions, opening: Opening) -> Result<Self, Failure> {
        let data_dir = options.data_dir.clone();
        // A long log takes a while to verify.
        let opened = tokio::task::spawn_blocking(move || Stores::open(&data_dir)).await;
        let stores = opened.map_err(|error| Failure::because("the stores cannot be opened", error))??;
        let clock = Arc::new(SystemClock);
        let ports = ReadPorts { store: stores.views.clone(), events: stores.events.clone(), clock };
        let read_side = Runner::start(ports, all_projections(), RunnerConfig::default());
        let ReadSide { views, operations, runner } = read_side.map_err(|error| Failure::because("the views cannot be fed", error))?;
        let events: Arc<dyn EventStore> = stores.events.clone();
        let calendar = BusinessCalendar::in_zone(options.time_zone.clone());
        let ids = Arc::new(V7Ids);
        let executor = Arc::new(Executor::new(events.clone(), ids.clone(), Limits::default()));
        let email_key = EmailKey::from_bytes(*stores.directory.secret());
        let rules = options.rules.clone();
        let terms = Terms {
            calendar: calendar.clone(),
            products: Arc::new(rules.accounts.clone()),
            lending: rules.lending.clone(),
            cards: Arc::new(rules.cards.clone()),
            orders: rules.orders,
            email_key,
        };
        let customer_rules = CustomerRules { email_key, required_documents: rules.customers.required_documents };
        let app = App {
            customers: Customers::new(executor.clone(), events.clone(), ids.clone(), calendar.clone(), customer_rules),
            accounts: Accounts::new(executor.clone(), events.clone(), ids.clone(), calendar.clone(), rules.accounts),
            cards: Cards::new(executor.clone(), events.clone(), ids.clone(), calendar.clone(), rules.cards),
            orders: Orders::new(executor.clone(), events.clone(), ids.clone(), calendar.clone(), rules.orders),
            loans: Loans::new(executor.clone(), events.clone(), ids.clone(), calendar.clone(), rules.lending),
            importer: Importer::new(executor, events.clone(), Arc::new(SystemClock), ids.clone(), terms),
            history: History::new(events.clone()),
            views: views.with_patience(opening.settings.min_position_wait),
            operations,
            calendar,
            events,
            clock: Arc::new(SystemClock),
            ids,
            metrics: http::install_recorder().map_err(|error| Failure::because("metrics cannot be kept", error))?,
            stopping: opening.stopping,
            settings: opening.settings,
        };
        Ok(Self { app: Arc::new(app), runner, stores })
    }

    /// What routes stand on.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Where its data is.
    pub(crate) fn directory(&self) -> &Path {
        self.stores.directory.path()
    }

    /// Tells other commands where its HTTP API is.
    pub(crate) fn announce(&self, url: &str) -> Result<(), Failure> {
        self.stores.directory.announce(url).map_err(|error| Failure::because("the lock file cannot be written", error))
    }

    /// Writes what is in work and closes the stores; then others may have the directory.
    pub(crate) async fn close(self) {
        let Self { app, runner, stores } = self;
        runner.stop().await;
        drop(app);
        stores.close().await;
    }
}

impl Stores {
    fn open(data_dir: &Path) -> Result<Self, Failure> {
        let directory = DataDirectory::open(data_dir).map_err(Failure::plain)?;
        // Before the log is touched: a start that is refused for the views' sake leaves the log as it is, too.
        VIEW_MIGRATIONS.check(&directory.views_file()).map_err(Failure::plain)?;
        let events = SqliteEventStore::open(&directory.events_file(), Arc::new(SystemClock), Options::default()).map_err(Failure::plain)?;
        let views = SqliteViewStore::open(&directory.views_file()).map_err(Failure::plain)?;
        Ok(Self { events: Arc::new(events), views: Arc::new(views), directory })
    }

    async fn close(self) {
        self.views.close().await;
        let events = self.events;
        // Its panic, if there was one, is logged; the lock ends last.
        let _closed = tokio::task::spawn_blocking(move || events.close()).await;
        drop(self.directory);
    }
}
