//! How work that follows the log is doing: for operators, for readiness, for metrics.

use jiff::Timestamp;
use metrics::{Counter, Gauge};
use parking_lot::Mutex;
use serde::Serialize;

/// What it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activity {
    /// It was just started.
    Starting,
    /// Another holds the lease; this one takes over if that one ends.
    StandingBy,
    /// It works.
    Working,
    /// It would work, but something fails; it tries again.
    Failing,
    /// It has ended, or never began.
    #[default]
    Stopped,
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastError {
    /// What failed; tells no credentials.
    pub message: String,
    pub at: Timestamp,
}

/// The metrics that tell it. Those that something does not have are `noop`.
pub struct Meters {
    /// 1 while it holds the lease.
    pub active: Gauge,
    pub failures: Counter,
    pub lag_events: Gauge,
    pub lag_seconds: Gauge,
}

impl Meters {
    /// Of work that has no metrics.
    pub fn none() -> Self {
        let noop = Gauge::noop;
        Self { active: noop(), failures: Counter::noop(), lag_events: noop(), lag_seconds: noop() }
    }
}

/// What work tells of itself.
pub struct Status {
    /// What it calls itself in the log.
    name: &'static str,
    meters: Meters,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Default)]
struct State {
    activity: Activity,
    position: u64,
    last_error: Option<LastError>,
    /// Nothing went well since.
    is_failing: bool,
}

impl Status {
    /// Of work that has not begun. Its metrics begin at zero: a series that begins at 1 has never increased.
    pub fn new(name: &'static str, meters: Meters) -> Self {
        meters.failures.increment(0);
        meters.active.set(0.0);
        Self { name, meters, state: Mutex::default() }
    }

    /// What it is doing.
    pub fn activity(&self) -> Activity {
        self.state.lock().activity
    }

    /// How far it has come.
    pub fn position(&self) -> u64 {
        self.state.lock().position
    }

    /// What failed last, also if it went well since.
    pub fn last_error(&self) -> Option<LastError> {
        self.state.lock().last_error.clone()
    }

    /// What keeps it from going on at present; it is tried again.
    pub fn error(&self) -> Option<String> {
        let state = self.state.lock();
        state.last_error.as_ref().filter(|_| state.is_failing).map(|last| last.message.clone())
    }

    /// It does something else from now on.
    pub fn set(&self, activity: Activity) {
        let mut state = self.state.lock();
        state.activity = activity;
        match activity {
            Activity::Failing => state.is_failing = true,
            Activity::Starting | Activity::StandingBy | Activity::Working => state.is_failing = false,
            // As it ended.
            Activity::Stopped => {}
        }
    }

    /// It holds the lease from now on, or no longer; then it is not behind either.
    pub(super) fn set_leading(&self, leading: bool) {
        self.meters.active.set(if leading { 1.0 } else { 0.0 });
        if !leading {
            self.set_lag(0, 0.0);
        }
    }

    /// It goes on, after failures perhaps.
    pub fn set_working(&self) {
        match self.activity() {
            Activity::Working => return,
            Activity::Failing => tracing::info!("{} goes on", self.name),
            Activity::Starting | Activity::StandingBy | Activity::Stopped => {}
        }
        self.set(Activity::Working);
    }

    /// It stands at a position, not necessarily behind the one before.
    pub fn set_position(&self, position: u64) {
        self.state.lock().position = position;
    }

    /// Something failed, and will be tried again. Logged unless it was the same before and nothing went well
    /// since.
    pub fn set_failing(&self, message: String, at: Timestamp) {
        self.meters.failures.increment(1);
        let mut state = self.state.lock();
        let known = state.is_failing && state.last_error.as_ref().is_some_and(|last| last.message == message);
        if !known {
            tracing::warn!(reason = message, "{} cannot go on; it is tried again until it can", self.name);
        }
        state.last_error = Some(LastError { message, at });
        drop(state);
        self.set(Activity::Failing);
    }

    /// What would fail if it had to take over. Logged once.
    pub fn set_unready(&self, message: String, at: Timestamp) {
        let mut state = self.state.lock();
        if state.last_error.as_ref().is_none_or(|last| last.message != message) {
            tracing::warn!(reason = message, "{} stands by, and could not take over", self.name);
        }
        state.last_error = Some(LastError { message, at });
    }

    /// So many events lie behind its position, the first of them so many seconds old.
    pub fn set_lag(&self, events: u64, seconds: f64) {
        self.meters.lag_events.set(u32::try_from(events).map_or(f64::from(u32::MAX), f64::from));
        self.meters.lag_seconds.set(seconds);
    }
}
