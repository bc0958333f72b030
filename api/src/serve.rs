//! The composition root: puts one running Khata together, serves it, and takes it apart in order.

mod descriptors;
mod gateways;
mod greeting;
mod holder;
mod listen;
mod log;
mod lost_tail;
mod outside;
mod processes;
mod relay;
mod renewal;
mod settings;
mod stores;
mod system;
mod tls;
mod tokens;

pub use gateways::GatewayOptions;
pub use listen::{ListenAddress, ListenError};
pub(crate) use log::{InspectedLog, OpenLog, begin_restore, repair_log, require_log, set_views_aside};
pub use outside::OutsideOptions;
pub use processes::ProcessOptions;
pub(crate) use processes::ProcessPlan;
pub use relay::RelayOptions;
pub(crate) use settings::Stance;
pub(crate) use stores::holder;
pub(crate) use system::{StartOptions, System};
pub use tls::TlsOptions;
pub use tokens::KeyOptions;
pub(crate) use tokens::TokenPlan;

use greeting::Greeting;
use renewal::Renewal;

use crate::{
    app::HttpSettings,
    failure::Failure,
    http::{self, TrustedHosts},
    options::GlobalOptions,
    part::{Part, Role},
    telemetry::{self, TelemetryOptions},
};
use clap::Args;
use khata_application::event_store::Condition;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// The target of the few lines that tell of a process's life; they are written at the default level.
const LIFECYCLE: &str = "lifecycle";

/// How long requests under way may take to their end once the server is told to stop. With what comes after
/// it that is less than the 30 seconds which supervisors commonly leave.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// How long writing what is in work and closing the stores may take, whatever hangs.
const CLOSE_PATIENCE: Duration = Duration::from_secs(6);
/// What is left then ends with the process.
const LEFTOVERS: Duration = Duration::from_millis(100);

/// What `khata serve` takes beside the options of every command.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// Where to listen. Without keys (--token-secret-file, --jwks) on loopback only: then nobody is asked who they are.
    #[arg(long, env = "KHATA_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: ListenAddress,
    /// The roles of this process, separated by commas: api, projector, processes. Default: all of them.
    #[arg(long, env = "KHATA_ROLES", value_name = "ROLES")]
    pub roles: Option<String>,
    /// The bounded contexts that this process runs, separated by commas (`khata contexts` lists them).
    /// Default: all of them.
    #[arg(long, env = "KHATA_CONTEXTS", value_name = "CONTEXTS")]
    pub contexts: Option<String>,
    /// Which keys tokens are checked with.
    #[command(flatten)]
    pub keys: KeyOptions,
    /// The certificate that the server shows.
    #[command(flatten)]
    pub tls: TlsOptions,
    /// Where traces go, and how many of them.
    #[command(flatten)]
    pub telemetry: TelemetryOptions,
    /// How many whole seconds exclusive work stays reserved for a process that has died.
    #[arg(long, env = "KHATA_LEASE", value_name = "SECONDS", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub lease: u32,
    /// How many whole seconds a view may lag before `/readyz` reports it as a problem. It never makes a
    /// process unready.
    #[arg(long, env = "KHATA_LAG_BOUND", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub lag_bound: u32,
    /// Continue with a log that ends before what the views have seen, or that differs from it. This is
    /// recorded in the log, and the views are rebuilt.
    #[arg(long, env = "KHATA_ACCEPT_LOST_TAIL")]
    pub accept_lost_tail: bool,
    /// Where committed events are relayed to.
    #[command(flatten)]
    pub relay: RelayOptions,
    /// What processes do, and whom they reach.
    #[command(flatten)]
    pub processes: ProcessOptions,
    /// Which networks carry payments to other banks.
    #[command(flatten)]
    pub gateways: GatewayOptions,
    /// Behind a proxy: the host names that its clients use, separated by commas, with the port unless it is
    /// 80 or 443, e.g. bank.example,api.bank.example:8443. The proxy must pass the name on in Host or
    /// X-Forwarded-Host.
    #[arg(
        long,
        env = "KHATA_TRUSTED_HOSTS",
        value_name = "HOSTS",
        default_value_t,
        hide_default_value = true
    )]
    pub trusted_hosts: TrustedHosts,
    /// What stands between clients and the server.
    #[command(flatten)]
    pub outside: OutsideOptions,
    /// Serve POST /v1/bench/echo, which `khata bench` measures against.
    #[arg(long, env = "KHATA_BENCH_ECHO", hide = true)]
    pub bench_echo: bool,
}

impl ServeOptions {
    fn lease(&self) -> Duration {
        Duration::from_secs(self.lease.into())
    }

    /// What of the system the process runs.
    fn part(&self, options: &GlobalOptions) -> Result<Part, Failure> {
        Part::parse(options.namespace()?, self.roles.as_deref(), self.contexts.as_deref())
            .map_err(Failure::usage)
    }
}

/// Serves until told to stop.
pub(crate) fn run(options: &GlobalOptions, serve: &ServeOptions) -> Result<(), Failure> {
    let part = serve.part(options)?;
    refuse_unfed_views(options, &part)?;
    // A bad address is told before anything is opened; the port is taken last, so that a second Khata on the
    // same directory is told who holds that and not that the port is in use.
    let tokens = serve.keys.plan(options)?;
    let access = tokens.as_ref().map(TokenPlan::told);
    let address = serve.listen.resolve(access.is_some()).map_err(Failure::usage)?;
    let tls = serve.tls.read()?;
    let relay = serve.relay.plan(&part)?;
    let gateways = serve.gateways.plan()?;
    let processes = serve.processes.plan(&part, &gateways)?;
    let telemetry = telemetry::start(options, &serve.telemetry, &part)?;
    let runtime = runtime()?;
    let settings = HttpSettings {
        bench_echo: serve.bench_echo,
        tls,
        cors_origins: serve.outside.cors_origins(access.is_some())?,
        rate_limits: serve.outside.rate_limits,
        trusted_proxies: serve.outside.trusted_proxies.clone(),
        trusted_hosts: serve.trusted_hosts.clone(),
        max_connections: descriptors::connections(),
        lag_bound: Duration::from_secs(serve.lag_bound.into()),
        velocitypay_secrets: gateways.velocitypay_secrets.clone(),
        ..HttpSettings::default()
    };
    let served = runtime.block_on(async {
        let (stop, stopping) = watch::channel(false);
        let stance = if part.has(Role::Api) { Stance::Decides } else { Stance::Serves };
        let accept_lost_tail = serve.accept_lost_tail;
        let start = StartOptions {
            settings,
            tokens,
            part,
            lease: serve.lease(),
            relay,
            processes,
            gateways: gateways.all,
            stance,
            accept_lost_tail,
            stopping: stopping.clone(),
        };
        let system = System::start(options, start).await?;
        let greeting = Greeting { access, format: options.log_format };
        let served = serve_system(&system, address, (stop, stopping), greeting).await;
        let condition = system.app().events.condition().borrow().clone();
        let is_closed = tokio::time::timeout(CLOSE_PATIENCE, system.close()).await.is_ok();
        served.and_then(|()| went_well(is_closed, condition))
    });
    telemetry.stop();
    // Not dropped: that waits for whatever hangs. Until here a second signal ends everything at once.
    runtime.shutdown_timeout(LEFTOVERS);
    served
}

/// What is to be said of a stop that was not as it should be.
fn went_well(is_closed: bool, condition: Condition) -> Result<(), Failure> {
    if let Some(replaced) = condition.replaced {
        return Err(Failure::new(format!(
            "the event log was replaced while it was served: {}",
            replaced.reason
        )));
    }
    if !is_closed {
        let told = "a store could not be closed within {} s; nothing that was acknowledged is lost, and the views catch up from the log";
        return Err(Failure::new(told.replace("{}", &CLOSE_PATIENCE.as_secs().to_string())));
    }
    Ok(())
}

/// Views in SQLite belong to one process: if that does not feed them, nobody can.
fn refuse_unfed_views(options: &GlobalOptions, part: &Part) -> Result<(), Failure> {
    match options.store_urls()?.views.directory() {
        Some(directory) if part.has(Role::Api) && !part.has(Role::Projector) => Err(Failure::usage(format!(
            "without the role projector the views in {} would never be fed: SQLite serves one process, several need PostgreSQL (--views-url)",
            directory.display()
        ))),
        _ => Ok(()),
    }
}

/// A worker for each core.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread().enable_all().thread_name("khata-async").build();
    runtime.map_err(|error| Failure::because("the runtime cannot be started", error))
}

async fn serve_system(
    system: &System,
    address: std::net::SocketAddr,
    (stop, stopping): (watch::Sender<bool>, watch::Receiver<bool>),
    greeting: Greeting,
) -> Result<(), Failure> {
    let listener = listen::bind(address).map_err(Failure::plain)?;
    let address =
        listener.local_addr().map_err(|error| Failure::because("the listener has no address", error))?;
    let listener = tokio::net::TcpListener::from_std(listener)
        .map_err(|error| Failure::because(format!("cannot listen on {address}"), error))?;
    let tls = system.app().settings.tls.clone();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listen::reached_at(address));
    system.announce(&url)?;
    tell_stop(stop)?;
    Renewal { keys: system.keys(), tls: tls.clone() }.begin()?;
    if !listen::is_loopback(address) && tls.is_none() {
        tracing::warn!(%address, "tokens and customers' data cross the network in the clear here; use --tls-cert, or let a proxy speak TLS");
    }
    greeting.give(system, &url).await?;
    let (app, events) = (system.app(), system.store_urls().events.to_string());
    tracing::info!(target: LIFECYCLE, version = env!("CARGO_PKG_VERSION"), %url, events, namespace = %app.part.namespace(), "Khata serves");
    tokio::spawn(http::keep_metrics_small(app.metrics.clone(), stopping.clone()));
    let serving = http::serve(listener, http::router(Arc::clone(app)), &app.settings, stopping.clone());
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        () = patience_ends(stopping) => tracing::warn!("requests in progress did not finish within {} s and are aborted", STOP_PATIENCE.as_secs()),
    }
    tracing::info!(target: LIFECYCLE, "Khata stops; requests in progress were answered");
    Ok(())
}

/// Ctrl-C or SIGTERM ends serving; a second one ends the process at once, as a crash would.
fn tell_stop(stop: watch::Sender<bool>) -> Result<(), Failure> {
    let unheard = |error: io::Error| Failure::because("signals cannot be received", error);
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt()).map_err(unheard)?,
        signal(SignalKind::terminate()).map_err(unheard)?,
    );
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if !first {
                std::process::exit(1);
            }
            stop.send_replace(true);
        }
    });
    Ok(())
}

async fn patience_ends(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_ok() {
        tokio::time::sleep(STOP_PATIENCE).await;
    }
}
