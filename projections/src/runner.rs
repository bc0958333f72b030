//! The runner: feeds all projections from one reading of the log, writes what they make of it, and rebuilds
//! them beside themselves.
//!
//! One thread folds live batches; while a batch is being written the next is folded. A rebuild has a thread
//! of its own. Each takes its checkpoint along in the same transaction as rows, so a crash at any instant
//! loses nothing and repeats nothing. States are written less often: a session begins to read where the
//! stored ones are complete, and its folders recall the rest (`folder`).
//!
//! Several runners may work over one store, in as many processes. Each projection is fed by one of
//! them, by a lease that it renews; the others stand by for it. What a runner that lost its lease still
//! writes is refused by the store.

mod acquire;
mod changes;
mod comparison;
mod config;
mod context;
mod ended;
mod feed;
mod flight;
mod leases;
mod live;
mod measures;
mod member;
mod message;
mod promote;
mod rebuild;
mod remote;
mod replay;
mod session;
mod spans;
mod startup;
mod turns;

pub use config::RunnerConfig;

use crate::{
    operations::{Here, Operations},
    ports::ReadPorts,
    read_models::AnyProjection,
    views::{ViewStatus, Views, follow},
};
use changes::Changes;
use context::Context;
use ended::Ended;
use khata_application::subscription::{Activity, Meters, Stopper};
use message::Message;
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
    time::Instant,
};
use tokio::{runtime::Handle, sync::mpsc};

/// The whole read side of a process.
pub struct ReadSide {
    pub views: Views,
    pub operations: Operations,
    pub runner: Runner,
}

/// The read side of a process that feeds nothing: other processes do.
pub struct ReadOnly {
    pub views: Views,
    pub operations: Operations,
}

impl ReadOnly {
    /// Follows what other processes write. Must be called within a tokio runtime.
    pub fn start(ports: ReadPorts, projections: Vec<Arc<dyn AnyProjection>>) -> Self {
        let status = Arc::new(ViewStatus::new(
            projections.iter().map(|projection| (projection.name(), projection.tables())),
            Meters::none(),
        ));
        follow::begin(&Handle::current(), &ports.store, &status);
        Self {
            views: Views::new(ports.store.clone(), status.clone()),
            operations: Operations::new(ports, projections, status, None),
        }
    }
}

/// A running runner. Dropped without [`Runner::stop`] it ends at once, as in a crash.
pub struct Runner {
    stop: Stopper,
    thread: JoinHandle<()>,
}

impl Runner {
    /// Starts feeding projections. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn start(
        ports: ReadPorts,
        projections: Vec<Arc<dyn AnyProjection>>,
        config: RunnerConfig,
    ) -> io::Result<ReadSide> {
        let status = Arc::new(ViewStatus::new(
            projections.iter().map(|projection| (projection.name(), projection.tables())),
            measures::of_runner(),
        ));
        projections.iter().for_each(|projection| measures::begin(projection.name()));
        let (stopper, stop) = Stopper::new();
        let (outbox, inbox) = mpsc::unbounded_channel();
        let views = Views::new(ports.store.clone(), status.clone());
        let fed = projections
            .iter()
            .map(|projection| projection.name())
            .filter(|name| config.feeds(name))
            .collect();
        let here = Here { holder: config.holder.clone(), feeds: fed, runner: Arc::new(outbox.clone()) };
        let operations = Operations::new(ports.clone(), projections.clone(), status.clone(), Some(here));
        follow::begin(&Handle::current(), &ports.store, &status);
        let projections =
            projections.into_iter().filter(|projection| config.feeds(projection.name())).collect();
        let context =
            Context { ports, projections, status, config, stop, outbox, runtime: Handle::current() };
        let thread = std::thread::Builder::new().name("khata-projector".into()).spawn(move || {
            context.status.runner().set(Activity::Starting);
            let ended = catch_unwind(AssertUnwindSafe(|| context.runtime.block_on(run(&context, inbox))));
            if ended.is_err() {
                let reason = "the runner of projections panicked".to_owned();
                context.status.runner().set_failing(reason, context.ports.clock.now());
            }
            context.status.runner().set(Activity::Stopped);
        })?;
        Ok(ReadSide { views, operations, runner: Self { stop: stopper, thread } })
    }

    /// Finishes and writes the batches in work, then ends.
    pub async fn stop(self) {
        self.stop.stop();
        // Its panic, if there was one, shows in the status.
        let _joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
    }
}

/// One session after the other, each with leases from its start, until told to stop. Stands
/// by in between while others hold them.
async fn run(context: &Context, mut inbox: mpsc::UnboundedReceiver<Message>) {
    let mut failures = 0;
    loop {
        let began = Instant::now();
        let releases = Changes::of(context.ports.store.signals(), |signals| signals.releases);
        let ended = session::session(context, &mut inbox, &releases).await;
        if began.elapsed() > context.config.backoff.longest {
            failures = 0;
        }
        match ended {
            Ended::Stopped => return,
            Ended::Idle => session::stand_by(context, &mut inbox, releases).await,
            Ended::Superseded { projection } => {
                tracing::warn!(
                    projection,
                    "another runner holds the lease now, or it was not renewed in time; this one stands by"
                );
                session::stand_by(context, &mut inbox, releases).await;
            }
            Ended::Restart(reason) | Ended::DiscardGeneration { reason, .. } => {
                failures += 1;
                tracing::error!(reason, "the projections start again from what is stored");
                context.fail(&reason, failures).await;
            }
        }
    }
}
