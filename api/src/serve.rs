//! The composition root: puts one running Khata together, serves it, and takes it apart in order.

mod house;
mod listen;
mod logging;

pub(crate) use house::{House, Opening, holder};
pub use listen::{ListenAddress, ListenError};

use crate::{
    app::HttpSettings,
    cli::{Failure, GlobalOptions, say},
    http,
};
use clap::Args;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// How long requests under way may take to their end once the server is told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// What `khata serve` takes beside the options of every command.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// Where to listen. Loopback only: there is no authentication yet.
    #[arg(long, env = "KHATA_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: ListenAddress,
    /// Which roles this process has: api, projector, processes. Not available in this version: it has all of them.
    #[arg(long, env = "KHATA_ROLES", value_name = "ROLES", value_delimiter = ',')]
    pub roles: Vec<Role>,
    /// Which bounded contexts this process runs. Not available in this version: it runs all of them.
    #[arg(long, env = "KHATA_CONTEXTS", value_name = "CONTEXTS", value_delimiter = ',')]
    pub contexts: Vec<String>,
    /// Serve POST /v1/bench/echo, which `khata bench` measures against.
    #[arg(long, env = "KHATA_BENCH_ECHO", hide = true)]
    pub bench_echo: bool,
}

/// A part of the system that a process can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Answers HTTP.
    Api,
    /// Feeds the read models.
    Projector,
    /// Runs the processes between aggregates.
    Processes,
}

impl ServeOptions {
    fn refuse_what_is_to_come(&self) -> Result<(), Failure> {
        for (option, given) in [("--roles", !self.roles.is_empty()), ("--contexts", !self.contexts.is_empty())] {
            if given {
                return Err(Failure::NotYet(format!("running a part of the system alone ({option})")));
            }
        }
        Ok(())
    }
}

/// Serves until told to stop.
pub(crate) fn run(options: &GlobalOptions, serve: &ServeOptions) -> Result<(), Failure> {
    serve.refuse_what_is_to_come()?;
    // A bad address is told before anything is opened; the port is taken last, so that a second Khata on the same directory is told
    // who holds that and not that the port is in use.
    let address = serve.listen.resolve().map_err(Failure::plain)?;
    logging::start(options)?;
    let runtime = runtime()?;
    let settings = HttpSettings { bench_echo: serve.bench_echo, ..HttpSettings::default() };
    runtime.block_on(async {
        let (stop, stopping) = watch::channel(false);
        let opening = Opening { settings, stopping: stopping.clone() };
        let house = House::open(options, opening).await?;
        let served = serve_house(&house, address, stop, stopping).await;
        house.close().await;
        served
    })
}

/// A worker for each core.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread().enable_all().thread_name("khata-async").build();
    runtime.map_err(|error| Failure::because("the runtime cannot be started", error))
}

async fn serve_house(
    house: &House,
    address: std::net::SocketAddr,
    stop: watch::Sender<bool>,
    stopping: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let listener = listen::bind(address).map_err(Failure::plain)?;
    let address = listener.local_addr().map_err(|error| Failure::because("the listener has no address", error))?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(|error| Failure::because(format!("cannot listen on {address}"), error))?;
    let url = format!("http://{address}");
    house.announce(&url)?;
    let told = tell_stop(stop)?;
    greet(house, &url).await?;
    let app = house.app();
    let serving = http::serve(listener, http::router(Arc::clone(app)), &app.settings, stopping.clone());
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        () = patience_ends(stopping) => tracing::warn!("requests under way did not come to their end in {} s; they are cut off", STOP_PATIENCE.as_secs()),
    }
    told.abort();
    Ok(())
}

async fn greet(house: &House, url: &str) -> Result<(), Failure> {
    let events = house.app().events.head().await.map_err(|error| Failure::because("the log cannot be read", error))?.position;
    say(&format!("Khata {} serves", env!("CARGO_PKG_VERSION")))?;
    say(&format!("  API   {url}/v1"))?;
    say(&format!("  docs  {url}/docs"))?;
    say(&format!("  data  {} ({events} events)", house.directory().display()))?;
    Ok(())
}

/// Ctrl-C or SIGTERM ends serving; a second one ends the process at once, as a crash would.
fn tell_stop(stop: watch::Sender<bool>) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let unheard = |error: io::Error| Failure::because("signals cannot be heard", error);
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt()).map_err(unheard)?, signal(SignalKind::terminate()).map_err(unheard)?);
    Ok(tokio::spawn(async move {
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
    }))
}

async fn patience_ends(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_ok() {
        tokio::time::sleep(STOP_PATIENCE).await;
    }
}
