//! One running Khata: everything that stands on its stores, and the order in which it comes and goes.

use super::{
    holder, lost_tail,
    processes::{Ground, ProcessPlan},
    relay::RelayPlan,
    settings::{self, Stance},
    stores::Stores,
    tokens::{Keys, TokenPlan},
};
use crate::{
    app::{App, HttpSettings},
    failure::Failure,
    http::{self, LogWalks, Looks, OpenStreams},
    options::GlobalOptions,
    part::{Part, Role},
    store_url::StoreUrls,
};
use khata_application::{
    Executor, FingerprintKey, History, IdSource, OperationsLog, Relay, Services, StandingOrders,
    access_audit::RefusalLog,
    context::Context,
    customers::EmailKey,
    executor::Limits,
    fraud::RuleScorer,
    import::Importer,
    nights::Nights,
    payments::{PaymentGateway, reconciling::Reconciler},
    processes::{EnginePorts, RunningProcess, RuntimeTasks},
};
use khata_domain::payments::{BusinessDays, Network};
use khata_infrastructure::{SystemRandom, V7Ids};
use khata_projections::{
    Operations, READ_MODELS, ReadOnly, ReadPorts, ReadSide, Runner, RunnerConfig, Views, all_projections,
    nights::NightIndex, payments::SettledIndex, processes::ProcessIndex,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle};

/// For so long a night waits until views have seen what it has done so far.
const NIGHT_PATIENCE: Duration = Duration::from_secs(600);

/// How a system is started.
pub(crate) struct StartOptions {
    /// Limits and switches of its HTTP surface.
    pub(crate) settings: HttpSettings,
    /// How long work that only one process may do stays reserved for it should it die.
    pub(crate) lease: Duration,
    /// How who asks is found out, if anybody is asked.
    pub(crate) tokens: Option<TokenPlan>,
    /// What of the system it runs.
    pub(crate) part: Part,
    /// Where events are relayed to, if they are.
    pub(crate) relay: Option<RelayPlan>,
    /// Which processes it runs, if it does.
    pub(crate) processes: ProcessPlan,
    /// The networks that payments to other banks can be ordered over.
    pub(crate) gateways: Vec<Arc<dyn PaymentGateway>>,
    /// What it has to do with the settings of the namespace.
    pub(crate) stance: Stance,
    /// A log that ends before what the views have seen is gone on with.
    pub(crate) accept_lost_tail: bool,
    /// Turns true when it is to stop.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// One running Khata.
pub(crate) struct System {
    app: Arc<App>,
    /// In the order in which they started.
    contexts: Vec<&'static Context>,
    urls: StoreUrls,
    /// None where others feed the views.
    runner: Option<Runner>,
    relay: Option<Relay>,
    processes: Vec<RunningProcess>,
    keys: Option<Arc<Keys>>,
    /// They follow the settings, and the database's clock.
    followers: [JoinHandle<()>; 2],
    stores: Stores,
}

impl System {
    /// Opens the stores and starts everything that stands on them.
    pub(crate) async fn start(global: &GlobalOptions, mut options: StartOptions) -> Result<Self, Failure> {
        let urls = global.store_urls()?;
        let contexts = options.part.contexts();
        let metrics = http::install_recorder(options.part.namespace())
            .map_err(|error| Failure::because("metrics cannot be recorded", error))?;
        let clock = Arc::new(global.clock());
        let tokens = options.tokens.take().map(|plan| plan.start(clock.clone())).transpose()?;
        let (authenticator, keys) = tokens.unzip();
        let stores = Stores::open(&urls, options.part.namespace(), clock.clone()).await?;
        if options.stance == Stance::Decides
            && let Err(failure) = stores.check_clock(&clock).await
        {
            stores.close().await;
            return Err(failure);
        }
        let (ids, events): (Arc<dyn IdSource>, _) = (Arc::new(V7Ids), stores.events());
        // Before anything is appended.
        if let Err(failure) = lost_tail::compare(&stores, options.accept_lost_tail, &*clock, &ids).await {
            stores.close().await;
            return Err(failure);
        }
        let executor = Arc::new(Executor::new(events.clone(), ids.clone(), Limits::default()));
        let book = match settings::settle(global, options.stance, &executor, &events, (&*clock, &*ids)).await
        {
            Ok(book) => book,
            Err(failure) => {
                stores.close().await;
                return Err(failure);
            }
        };
        let ports = ReadPorts { store: stores.views(), events: stores.events(), clock: clock.clone() };
        let (views, operations, runner) = read_side(ports, &options)?;
        let relay = options.relay.map(|plan| plan.start(&stores, options.lease));
        let engine = EnginePorts {
            executor: executor.clone(),
            events: events.clone(),
            book: book.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            random: Arc::new(SystemRandom),
            index: Arc::new(ProcessIndex::new(views.clone())),
            tasks: Arc::new(RuntimeTasks::default()),
        };
        let email_key = EmailKey::from_bytes(*stores.secret());
        let Services { customers, accounts, cards, loans, orders, payments } =
            Services::new(executor.clone(), events.clone(), ids.clone(), email_key, Arc::new(RuleScorer));
        let reconciler = (!options.gateways.is_empty()).then(|| Reconciler {
            events: events.clone(),
            settled: Arc::new(SettledIndex::new(views.clone())),
            gateways: options.gateways.clone().into(),
        });
        let networks: Vec<Network> = options.gateways.iter().map(|gateway| gateway.network()).collect();
        let payments = payments.reaching(&networks);
        let ground = Ground {
            stores: &stores,
            engine,
            payments: &payments,
            reconciler: reconciler.as_ref(),
            lease: options.lease,
        };
        let processes = match options.processes.start(&ground).await {
            Ok(processes) => processes,
            Err(failure) => {
                drop(ground);
                stores.close().await;
                return Err(failure);
            }
        };
        let refusals = Arc::new(RefusalLog::new(executor.clone(), ids.clone(), clock.clone(), book.clone()));
        let nights = Nights::new(
            executor.clone(),
            events.clone(),
            (clock.clone(), book.clone()),
            Arc::new(NightIndex::new(views.clone().with_patience(NIGHT_PATIENCE), operations.clone())),
            loans.clone(),
        );
        let app = App {
            nights,
            running_night: Arc::default(),
            vault: stores.vault(options.part.namespace()),
            executor: executor.clone(),
            customers,
            accounts,
            cards,
            orders,
            standing_orders: StandingOrders::new(payments.clone(), BusinessDays::default()),
            payments,
            reconciler,
            loans,
            operations_log: OperationsLog::new(executor.clone(), ids.clone()),
            importer: Importer::new(
                executor,
                events.clone(),
                clock.clone(),
                ids.clone(),
                book.clone(),
                email_key,
            ),
            history: History::new(events.clone()),
            views: views.with_patience(options.settings.min_position_wait),
            operations,
            book,
            walks: LogWalks::default(),
            fingerprints: FingerprintKey::of_secret(stores.secret()),
            events,
            clock: clock.clone(),
            ids,
            metrics,
            relay: relay.as_ref().map(Relay::watch),
            looks: Looks::default(),
            refusals,
            streams: OpenStreams::default(),
            part: options.part,
            stopping: options.stopping,
            authenticator,
            settings: options.settings,
        };
        contexts.iter().for_each(|context| {
            tracing::info!(context = context.name, version = context.version, "the context has started")
        });
        let followers = [tokio::spawn(app.book.clone().follow()), tokio::spawn(stores.compare_clocks(clock))];
        Ok(Self {
            app: Arc::new(app),
            contexts,
            urls,
            runner,
            relay,
            processes,
            keys: keys.map(Arc::new),
            followers,
            stores,
        })
    }

    /// What routes stand on.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The keys that tokens are checked with, if there are any.
    pub(super) fn keys(&self) -> Option<Arc<Keys>> {
        self.keys.clone()
    }

    /// Where its data is.
    pub(crate) fn store_urls(&self) -> &StoreUrls {
        &self.urls
    }

    /// Tells other commands where its HTTP API is.
    pub(crate) fn announce(&self, url: &str) -> Result<(), Failure> {
        self.stores.announce(url)
    }

    /// Writes what is in work and closes the stores; then others may have the directory.
    pub(crate) async fn close(self) {
        let Self { app, contexts, runner, relay, processes, followers, stores, .. } = self;
        followers.iter().for_each(JoinHandle::abort);
        app.refusals.drain().await;
        contexts.iter().rev().for_each(|context| tracing::info!(context = context.name, "the context stops"));
        for process in processes {
            process.stop().await;
        }
        if let Some(relay) = relay {
            relay.stop().await;
        }
        if let Some(runner) = runner {
            runner.stop().await;
        }
        drop(app);
        stores.close().await;
    }
}

/// The views of all contexts can be asked; those of the contexts that run here are fed, if feeding is a role
/// of this process.
fn read_side(
    ports: ReadPorts,
    options: &StartOptions,
) -> Result<(Views, Operations, Option<Runner>), Failure> {
    if !options.part.has(Role::Projector) {
        let ReadOnly { views, operations } = ReadOnly::start(ports, all_projections());
        return Ok((views, operations, None));
    }
    let fed = READ_MODELS
        .iter()
        .filter(|models| options.part.runs(models.context.name))
        .flat_map(|models| (models.projections)());
    let feeds = Some(fed.map(|projection| projection.name()).collect());
    let config = RunnerConfig {
        holder: holder::name(&V7Ids),
        feeds,
        lease: options.lease,
        renewal: options.lease / 3,
        ..RunnerConfig::default()
    };
    let ReadSide { views, operations, runner } = Runner::start(ports, all_projections(), config)
        .map_err(|error| Failure::because("the views cannot be fed", error))?;
    Ok((views, operations, Some(runner)))
}
