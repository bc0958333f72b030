//! A runner in a running Khata: under a lease, with its calls as tasks of the runtime.

use super::{
    engine::{Engine, EnginePorts},
    process::Process,
    runner::Runner,
    surroundings::{Pace, Surroundings, Task, Tasks},
};
use crate::{
    event_store::ReadError,
    subscription::{
        Activity, Backoff, Checkpoint, LeaseError, LeaseRequest, Meters, Status, Stopper, Subscription,
        SubscriptionPorts, SubscriptionSettings,
    },
};
use metrics::{counter, gauge};
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};
use tokio::task::{JoinHandle, JoinSet};

/// How long what is under way may take to its end once a runner is told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Tasks of the runtime. Those that are under way end with it.
#[derive(Debug, Default)]
pub struct RuntimeTasks(Mutex<JoinSet<()>>);

impl Tasks for RuntimeTasks {
    fn spawn(&self, task: Task) {
        let mut tasks = self.0.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    fn abandon(&self) {
        self.0.lock().abort_all();
    }
}

/// The runner of a kind of process. Dropped without [`RunningProcess::stop`] it ends at once, as in a crash.
#[derive(Debug)]
pub struct RunningProcess {
    stop: Stopper,
    task: JoinHandle<()>,
    tasks: Arc<RuntimeTasks>,
    name: &'static str,
}

impl RunningProcess {
    /// Starts the runner of a kind. Must be called within a tokio runtime, before this process takes commands: a kind
    /// that does not hear the past begins with what happens from here on. `engine` is given tasks of its own.
    ///
    /// # Errors
    /// The log or what stands beside it cannot be read or written.
    pub async fn start<P: Process>(
        subscription: SubscriptionPorts,
        engine: EnginePorts,
        surroundings: Arc<dyn Surroundings<P>>,
        (holder, lease): (String, Duration),
    ) -> Result<Self, ReadError> {
        let name = P::CATEGORY.trim_start_matches("process_");
        let meters = Meters {
            active: gauge!("khata_process_runner_active", "type" => name),
            failures: counter!("khata_process_runner_failures_total", "type" => name),
            lag_events: gauge!("khata_process_runner_lag_events", "type" => name),
            lag_seconds: gauge!("khata_process_runner_lag_seconds", "type" => name),
        };
        counter!("khata_process_index_failures_total", "type" => name).increment(0);
        gauge!("khata_process_held", "type" => name).set(0.0);
        let status = Arc::new(Status::new("the runner of a process", meters));
        status.set(Activity::Starting);
        let (stopper, stop) = Stopper::new();
        let subscription = Subscription {
            name: format!("process {name}"),
            ports: subscription,
            settings: settings(holder, lease),
            status,
            stop,
        };
        if !surroundings.hears_the_past() {
            begin_with_the_present(&subscription).await?;
        }
        let tasks: Arc<RuntimeTasks> = Arc::default();
        let ports = EnginePorts { tasks: tasks.clone(), ..engine };
        let mut runner = Runner::new(Engine::new(ports, surroundings, Pace::default()));
        let task = tokio::spawn(async move { subscription.run(&mut runner).await });
        Ok(Self { stop: stopper, task, tasks, name })
    }

    /// Notes how far it came, and gives its lease back. Calls that are under way are cut off: they are made again,
    /// under the same keys.
    pub async fn stop(mut self) {
        self.stop.stop();
        match tokio::time::timeout(STOP_PATIENCE, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, process = self.name, "the runner of a process has panicked")
            }
            Err(_) => {
                tracing::warn!(process = self.name, "the runner of a process does not end; it is cut off")
            }
        }
    }
}

impl Drop for RunningProcess {
    fn drop(&mut self) {
        self.task.abort();
        self.tasks.abandon();
    }
}

/// Notes the end of the log as the place to begin at, unless a place is noted already or somebody else is at work.
async fn begin_with_the_present(subscription: &Subscription) -> Result<(), ReadError> {
    let unwritten = |error: LeaseError| ReadError::Unavailable(error.to_string());
    let Subscription { name, ports: SubscriptionPorts { events, positions, .. }, settings, .. } =
        subscription;
    let request = LeaseRequest {
        holder: settings.holder.clone(),
        names: vec![name.clone()],
        length: settings.lease,
        epoch: None,
    };
    let grant = positions.acquire(request).await.map_err(unwritten)?;
    if !grant.names.is_empty() && positions.position(name).await.map_err(unwritten)? == Checkpoint::default()
    {
        let begun = Checkpoint { position: events.head().await?.position, note: "begun".into() };
        positions.advance(name, grant.epoch, begun).await.map_err(unwritten)?;
    }
    positions.release(grant.epoch).await.map_err(unwritten)
}

fn settings(holder: String, lease: Duration) -> SubscriptionSettings {
    SubscriptionSettings {
        holder,
        batch_events: 1_024,
        lease,
        look_every: Duration::from_secs(1),
        checkpoint_every: Duration::from_secs(1),
        backoff: Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) },
    }
}
