//! The relay: publishes committed events to a message broker, in the order of their positions, at least once.
//!
//! One relay of a deployment works at a time, by a claim in the book of consumers; others stand by. It
//! publishes batches in which each message is stored behind the one before or not at all, so whatever fails,
//! the broker's stream is a piece of the log without holes or disorder. Before it begins, and after each
//! failure, it looks at the stream's end to learn how far it really came: the checkpoint is written now and
//! then and only matters where the stream cannot tell.
//!
//! Reading order: `broker` (the port), `cloud_event` (the format), `delivery` (the work), `post` (claims),
//! `status`.

mod broker;
mod cloud_event;
mod delivery;
mod post;
mod spans;
mod status;

pub use broker::{Broker, BrokerError, CONTENT_TYPE, End, Last, Message, Published};
pub use status::{RelayActivity, RelayError, RelayStatus, RelayWatch};

use crate::{Clock, Consumers, EventStore, Namespace};
use post::Post;
use status::Board;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle};

/// How long what is under way may take to its end once the relay is told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// What a relay stands on.
#[derive(Clone)]
pub struct RelayPorts {
    pub events: Arc<dyn EventStore>,
    /// The book of consumers, in the log's own store.
    pub consumers: Arc<dyn Consumers>,
    /// Where the events go.
    pub broker: Arc<dyn Broker>,
    pub clock: Arc<dyn Clock>,
}

/// What a relay does, and how it cuts its work.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// Whose events these are.
    pub namespace: Namespace,
    /// The name of this relay's process, which no other has.
    pub holder: String,
    /// Only events of these categories; all, if there are none.
    pub categories: Vec<String>,
    /// At most so many events are under way at once.
    pub batch_events: usize,
    /// … and about so many bytes, but at least one event.
    pub batch_bytes: usize,
    /// For how long a claim lasts: so long others wait after this process has died.
    pub lease: Duration,
    /// How often a relay that stands by looks whether it is needed, and one that works measures how far
    /// behind it is.
    pub look_every: Duration,
    /// How often the checkpoint is written, at most.
    pub checkpoint_every: Duration,
    /// The first and the longest pause between attempts after a failure.
    pub backoff: (Duration, Duration),
}

impl RelaySettings {
    /// The settings of a server, for all events of a namespace.
    pub fn of(namespace: Namespace, holder: String) -> Self {
        Self {
            namespace,
            holder,
            categories: Vec::new(),
            batch_events: 1_024,
            batch_bytes: 4 << 20,
            lease: Duration::from_secs(6),
            look_every: Duration::from_secs(1),
            checkpoint_every: Duration::from_secs(1),
            backoff: (Duration::from_millis(100), Duration::from_secs(5)),
        }
    }
}

/// A running relay. Dropped without [`Relay::stop`] it ends at once, as in a crash.
#[derive(Debug)]
pub struct Relay {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    watch: RelayWatch,
}

impl Relay {
    /// Starts to relay. Must be called within a tokio runtime. That the broker cannot be reached is no error:
    /// it is tried again.
    pub fn start(ports: RelayPorts, settings: RelaySettings) -> Self {
        let consumer = format!("relay {}", ports.broker.stream());
        let board = Arc::new(Board::begin());
        let watch = RelayWatch { ports: ports.clone(), consumer: consumer.clone(), board: board.clone() };
        let (stop, stopping) = watch::channel(false);
        let post = Post { ports, settings, consumer, board, watch: watch.clone(), stopping };
        Self { stop, task: tokio::spawn(post.keep()), watch }
    }

    /// For those who ask how it is doing.
    pub fn watch(&self) -> RelayWatch {
        self.watch.clone()
    }

    /// Waits for what is under way, notes how far it came, and gives its claim back.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
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
