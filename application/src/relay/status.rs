//! How the relay is doing: for operators, for readiness, for the metrics, whose names stand in
//! `docs/metrics.md`.

use super::RelayPorts;
use crate::{
    consumers::ConsumerError,
    event_store::{FeedFilter, ReadError},
};
use jiff::Timestamp;
use metrics::{counter, gauge};
use parking_lot::Mutex;
use serde::Serialize;
use std::{fmt, sync::Arc};

/// What a relay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayActivity {
    /// It was just started.
    #[default]
    Starting,
    /// Another process relays; this one takes over if that one ends.
    StandingBy,
    /// It relays.
    Relaying,
    /// It would relay, but something fails; it tries again.
    Failing,
    /// It has ended.
    Stopped,
}

/// How a relay is doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RelayStatus {
    /// What it is doing.
    pub state: RelayActivity,
    /// Where the broker is, without credentials.
    pub broker: String,
    pub stream: String,
    /// Whether this process is connected to it.
    pub connected: bool,
    /// Everything up to this position has been relayed; where another process relays, by its last checkpoint.
    pub position: u64,
    /// So many events are in the log behind it.
    pub lag_events: u64,
    /// The age of the first of them in seconds.
    pub lag_seconds: f64,
    /// So many events this process has relayed.
    pub published: u64,
    /// Which process relays, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// What failed last in this process, also if it went well since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<RelayError>,
}

/// A failure of the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelayError {
    /// What failed; tells no credentials.
    pub message: String,
    pub at: Timestamp,
}

/// What the relay's task tells of itself.
#[derive(Debug, Default)]
pub(super) struct Board(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    activity: RelayActivity,
    position: u64,
    published: u64,
    last_error: Option<RelayError>,
}

impl Board {
    /// A relay that has relayed nothing yet. Its counters begin at zero: a series that begins at 1 has never
    /// increased.
    pub(super) fn begin() -> Self {
        counter!("khata_relay_published_total").increment(0);
        counter!("khata_relay_failures_total").increment(0);
        let board = Self::default();
        board.tell(RelayActivity::Starting);
        board
    }

    pub(super) fn activity(&self) -> RelayActivity {
        self.0.lock().activity
    }

    pub(super) fn tell(&self, activity: RelayActivity) {
        self.0.lock().activity = activity;
        let active = matches!(activity, RelayActivity::Relaying | RelayActivity::Failing);
        gauge!("khata_relay_active").set(if active { 1.0 } else { 0.0 });
        if !active {
            gauge!("khata_relay_lag_events").set(0.0);
            gauge!("khata_relay_lag_seconds").set(0.0);
        }
    }

    /// The relay stands at a position, not necessarily behind the one before.
    pub(super) fn stand_at(&self, position: u64) {
        self.0.lock().position = position;
    }

    /// So many events more were acknowledged; all up to this position are done.
    pub(super) fn advance(&self, position: u64, events: u64) {
        let mut state = self.0.lock();
        state.position = position;
        state.published += events;
        counter!("khata_relay_published_total").increment(events);
    }

    /// Tells of a failure, and logs it unless the last one was the same and nothing went well since.
    pub(super) fn fail(&self, message: String, at: Timestamp) {
        counter!("khata_relay_failures_total").increment(1);
        let mut state = self.0.lock();
        let told = state.activity == RelayActivity::Failing
            && state.last_error.as_ref().is_some_and(|last| last.message == message);
        if !told {
            tracing::warn!(reason = message, "the relay cannot go on; it tries again until it can");
        }
        state.activity = RelayActivity::Failing;
        state.last_error = Some(RelayError { message, at });
    }

    /// The broker cannot be reached by a relay that stands by. Told once in the log.
    pub(super) fn complain(&self, message: String, at: Timestamp) {
        let mut state = self.0.lock();
        if state.last_error.as_ref().is_none_or(|last| last.message != message) {
            tracing::warn!(
                reason = message,
                "the relay stands by, and could not take over: it does not reach the broker"
            );
        }
        state.last_error = Some(RelayError { message, at });
    }

    /// It goes on, after failures perhaps.
    pub(super) fn go_on(&self) {
        if self.activity() == RelayActivity::Failing {
            tracing::info!("the relay goes on");
        }
        self.tell(RelayActivity::Relaying);
    }
}

/// Asks a relay how it is doing. Cheap to clone.
#[derive(Clone)]
pub struct RelayWatch {
    pub(super) ports: RelayPorts,
    pub(super) consumer: String,
    pub(super) board: Arc<Board>,
}

impl RelayWatch {
    /// How it is doing now.
    ///
    /// # Errors
    /// The log or the book of consumers cannot be read.
    pub async fn status(&self) -> Result<RelayStatus, ReadError> {
        let standing = self.ports.consumers.standing(&self.consumer).await.map_err(|error| match error {
            ConsumerError::Unavailable(reason) => ReadError::Unavailable(reason),
            ConsumerError::Superseded => ReadError::Unavailable(error.to_string()),
        })?;
        let (state, position, published, last_error) = {
            let state = self.board.0.lock();
            (state.activity, state.position, state.published, state.last_error.clone())
        };
        let noted = standing.as_ref().map_or(0, |standing| standing.checkpoint.position);
        let position = if matches!(state, RelayActivity::Relaying | RelayActivity::Failing) {
            position
        } else {
            position.max(noted)
        };
        let (lag_events, lag_seconds) = self.lag(position).await?;
        Ok(RelayStatus {
            state,
            broker: self.ports.broker.address(),
            stream: self.ports.broker.stream().to_owned(),
            connected: self.ports.broker.is_connected(),
            position,
            lag_events,
            lag_seconds,
            published,
            holder: standing.and_then(|standing| standing.holder),
            last_error,
        })
    }

    /// Sets the gauges of a relay that works.
    pub(super) async fn measure(&self) {
        let position = self.board.0.lock().position;
        // A log that cannot be read is told where it is read for relaying.
        if let Ok((events, seconds)) = self.lag(position).await {
            gauge!("khata_relay_lag_events")
                .set(u32::try_from(events).map_or(f64::from(u32::MAX), f64::from));
            gauge!("khata_relay_lag_seconds").set(seconds);
        }
    }

    /// How many events are behind a position, and how old the first of them is, in seconds.
    async fn lag(&self, position: u64) -> Result<(u64, f64), ReadError> {
        let head = self.ports.events.head().await?.position;
        if position >= head {
            return Ok((0, 0.0));
        }
        let page = self.ports.events.read_all(position, 1, &FeedFilter::default()).await?;
        let age = page.events.first().map(|event| self.ports.clock.now().duration_since(event.recorded_at));
        Ok((head - position, age.map_or(0.0, |age| age.as_secs_f64().max(0.0))))
    }
}

impl fmt::Debug for RelayWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayWatch").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}
