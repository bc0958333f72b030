//! How the relay is doing: for operators, for readiness, for the metrics, whose names stand in
//! `docs/metrics.md`.

use super::RelayPorts;
use crate::{
    event_store::ReadError,
    subscription::{Activity, LastError, Meters, Status, lag},
};
use metrics::{counter, gauge};
use serde::Serialize;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a relay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayActivity {
    /// It was just started.
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

impl From<Activity> for RelayActivity {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Starting => Self::Starting,
            Activity::StandingBy => Self::StandingBy,
            Activity::Working => Self::Relaying,
            Activity::Failing => Self::Failing,
            Activity::Stopped => Self::Stopped,
        }
    }
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
    pub last_error: Option<LastError>,
}

/// Asks a relay how it is doing. Cheap to clone.
#[derive(Clone)]
pub struct RelayWatch {
    pub(super) ports: RelayPorts,
    /// The name of its subscription.
    pub(super) subscription: String,
    pub(super) status: Arc<Status>,
    published: Arc<AtomicU64>,
}

impl RelayWatch {
    /// Of a relay that has relayed nothing yet. Its counters begin at zero.
    pub(super) fn begin(ports: RelayPorts) -> Self {
        counter!("khata_relay_published_total").increment(0);
        let meters = Meters {
            active: gauge!("khata_relay_active"),
            failures: counter!("khata_relay_failures_total"),
            lag_events: gauge!("khata_relay_lag_events"),
            lag_seconds: gauge!("khata_relay_lag_seconds"),
        };
        let status = Arc::new(Status::new("the relay", meters));
        status.set(Activity::Starting);
        Self {
            subscription: format!("relay {}", ports.broker.stream()),
            ports,
            status,
            published: Arc::default(),
        }
    }

    /// So many events more were acknowledged.
    pub(super) fn add_published(&self, events: u64) {
        self.published.fetch_add(events, Ordering::Relaxed);
        counter!("khata_relay_published_total").increment(events);
    }

    /// How it is doing now.
    ///
    /// # Errors
    /// The log or what stands beside it cannot be read.
    pub async fn status(&self) -> Result<RelayStatus, ReadError> {
        let RelayPorts { subscription: log, broker } = &self.ports;
        let unread = |error: crate::subscription::LeaseError| ReadError::Unavailable(error.to_string());
        let noted = log.positions.position(&self.subscription).await.map_err(unread)?.position;
        let leases = log.positions.leases().await.map_err(unread)?;
        let (activity, position) = (self.status.activity(), self.status.position());
        let works = matches!(activity, Activity::Working | Activity::Failing);
        let position = if works { position } else { position.max(noted) };
        let (lag_events, lag_seconds) = lag(log, position).await?;
        Ok(RelayStatus {
            state: activity.into(),
            broker: broker.address(),
            stream: broker.stream().to_owned(),
            connected: broker.is_connected(),
            position,
            lag_events,
            lag_seconds,
            published: self.published.load(Ordering::Relaxed),
            holder: leases
                .into_iter()
                .find(|lease| lease.name == self.subscription)
                .map(|lease| lease.holder),
            last_error: self.status.last_error(),
        })
    }
}

impl fmt::Debug for RelayWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayWatch").field("subscription", &self.subscription).finish_non_exhaustive()
    }
}
