//! The relay: publishes committed events to a message broker, in the order of their positions, at least once.
//!
//! It is a subscription (`crate::subscription`): one relay of a deployment works at a time, by a lease;
//! others stand by. It publishes batches in which each message is stored behind the one before or not at all,
//! so whatever fails, the broker's stream is a piece of the log without holes or disorder. Before it begins,
//! and after each failure, it looks at the stream's end to learn how far it really came: the checkpoint is
//! written now and then and only matters where the stream cannot tell.
//!
//! Reading order: `broker` (the port), `cloud_event` (the format), `delivery` (the work), `status`.

mod broker;
mod cloud_event;
mod delivery;
mod spans;
mod status;

pub use broker::{Broker, BrokerError, CONTENT_TYPE, End, Last, Message, Published};
pub use status::{RelayActivity, RelayStatus, RelayWatch};

use crate::{
    Namespace,
    subscription::{Backoff, Stopper, Subscription, SubscriptionPorts, SubscriptionSettings},
};
use delivery::Delivery;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How long what is under way may take to its end once the relay is told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// What a relay stands on.
#[derive(Clone)]
pub struct RelayPorts {
    pub subscription: SubscriptionPorts,
    /// Where the events go.
    pub broker: Arc<dyn Broker>,
}

/// What a relay does, and how it cuts its work.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// Whose events these are.
    pub namespace: Namespace,
    /// Only events of these categories; all, if there are none.
    pub categories: Vec<String>,
    /// At most about so many bytes are under way at once, but at least one event.
    pub batch_bytes: usize,
    pub subscription: SubscriptionSettings,
}

impl RelaySettings {
    /// The settings of a server, for all events of a namespace.
    pub fn of(namespace: Namespace, holder: String) -> Self {
        let subscription = SubscriptionSettings {
            holder,
            batch_events: 1_024,
            lease: Duration::from_secs(6),
            look_every: Duration::from_secs(1),
            checkpoint_every: Duration::from_secs(1),
            backoff: Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) },
        };
        Self { namespace, categories: Vec::new(), batch_bytes: 4 << 20, subscription }
    }
}

/// A running relay. Dropped without [`Relay::stop`] it ends at once, as in a crash.
#[derive(Debug)]
pub struct Relay {
    stop: Stopper,
    task: JoinHandle<()>,
    watch: RelayWatch,
}

impl Relay {
    /// Starts to relay. Must be called within a tokio runtime. That the broker cannot be reached is no error:
    /// it is tried again.
    pub fn start(ports: RelayPorts, settings: RelaySettings) -> Self {
        let watch = RelayWatch::begin(ports.clone());
        let (stopper, stop) = Stopper::new();
        let subscription = Subscription {
            name: watch.subscription.clone(),
            ports: ports.subscription.clone(),
            settings: settings.subscription.clone(),
            status: watch.status.clone(),
            stop,
        };
        let mut delivery = Delivery::new(watch.clone(), settings);
        let task = tokio::spawn(async move {
            subscription.run(&mut delivery).await;
            ports.broker.close().await;
        });
        Self { stop: stopper, task, watch }
    }

    /// For those who ask how it is doing.
    pub fn watch(&self) -> RelayWatch {
        self.watch.clone()
    }

    /// Waits for what is under way, notes how far it came, and gives its lease back.
    pub async fn stop(mut self) {
        self.stop.stop();
        match tokio::time::timeout(STOP_PATIENCE, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the relay has panicked"),
            Err(_) => tracing::warn!("the broker does not answer; the relay is cut off"),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
