//! The gate before a network: shut while a circuit breaker is open, and passed by one call at a time while nobody knows whether
//! the other side is back.

use failsafe::{
    Instrument, StateMachine,
    backoff::{self, Constant},
    failure_policy::{self, ConsecutiveFailures},
};
use metrics::gauge;
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::watch, time::timeout_at};

/// The breaker's clock is read by itself: where it is not as far as ours, we look again so much later.
const A_MOMENT: Duration = Duration::from_millis(1);

/// When a network counts as failing, and for how long it is left alone then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// So many failures in a row: no connection, no answer in time, or a status of 5xx.
    pub failures: u32,
    pub pause: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { failures: 3, pause: Duration::from_secs(120) }
    }
}

const CLOSED: u8 = 0;
const HALF_OPEN: u8 = 1;
const OPEN: u8 = 2;

/// What the breaker says of its state: there is no other way to see it.
#[derive(Clone, Default)]
struct Lamp(Arc<AtomicU8>);

impl Instrument for Lamp {
    fn on_call_rejected(&self) {}

    fn on_open(&self) {
        self.0.store(OPEN, Ordering::SeqCst);
    }

    fn on_half_open(&self) {
        self.0.store(HALF_OPEN, Ordering::SeqCst);
    }

    fn on_closed(&self) {
        self.0.store(CLOSED, Ordering::SeqCst);
    }
}

/// A gate that calls pass, or not.
pub(super) struct Gate {
    network: &'static str,
    pause: Duration,
    /// Whoever tries whether the other side is back, and says nothing for so long, loses that place.
    patience: Duration,
    lamp: Lamp,
    /// Asked and told under this lock only, so that the lamp shows what holds.
    keeping: Mutex<Keeping>,
    /// Counts what those who wait should look at.
    changes: watch::Sender<u64>,
}

struct Keeping {
    breaker: StateMachine<ConsecutiveFailures<Constant>, Lamp>,
    /// One that belongs to a state, or to a probe. What a call of an earlier one comes to says nothing of this one.
    round: u64,
    /// When the pause is over, if the breaker is open.
    resumes: Instant,
    probe: Option<Probe>,
}

/// The one that tries.
struct Probe {
    until: Instant,
    is_under_way: bool,
}

impl Keeping {
    /// Until when somebody else tries.
    fn taken_until(&self, now: Instant) -> Option<Instant> {
        self.probe.as_ref().map(|probe| probe.until).filter(|until| now < *until)
    }

    fn is_under_way(&self, now: Instant) -> bool {
        self.probe.as_ref().is_some_and(|probe| probe.is_under_way && now < probe.until)
    }
}

/// A call that passed. Dropped without a word, it makes room for another.
pub(super) struct Pass {
    gate: Arc<Gate>,
    round: u64,
    is_failure: Option<bool>,
}

impl Pass {
    /// Tells what came of it.
    pub(super) fn tell(mut self, is_failure: bool) {
        self.is_failure = Some(is_failure);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.told(self.round, self.is_failure);
    }
}

impl Gate {
    /// An open one, to a network of that name.
    pub(super) fn new(network: &'static str, breaker: Breaker, patience: Duration) -> Self {
        let lamp = Lamp::default();
        let Breaker { failures, pause } = breaker;
        let policy = failure_policy::consecutive_failures(failures, backoff::constant(pause));
        let breaker = StateMachine::new(policy, lamp.clone());
        let keeping = Keeping { breaker, round: 0, resumes: Instant::now(), probe: None };
        let changes = watch::Sender::new(0);
        let gate = Self { network, pause, patience, lamp, keeping: Mutex::new(keeping), changes };
        gate.measure();
        gate
    }

    /// Whether calls do not pass freely.
    pub(super) fn is_shut(&self) -> bool {
        self.state() != CLOSED
    }

    /// Lets a call pass if one may be made. It should be made at once.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Pass> {
        let mut keeping = self.keeping.lock();
        if !self.is_permitted(&mut keeping) {
            return None;
        }
        if self.state() == HALF_OPEN {
            let now = Instant::now();
            if keeping.is_under_way(now) {
                return None;
            }
            keeping.probe = Some(Probe { until: now + self.patience, is_under_way: true });
            keeping.round += 1;
        }
        Some(Pass { gate: self.clone(), round: keeping.round, is_failure: None })
    }

    /// Waits until a call may be made. While nobody knows whether the other side is back, one at a time goes on, and has to
    /// call soon.
    pub(super) async fn reopened(&self) {
        let mut changes = self.changes.subscribe();
        loop {
            changes.borrow_and_update();
            let Some(until) = self.wait_until() else { return };
            // Whichever comes first, it is looked again.
            drop(timeout_at(until.into(), changes.changed()).await);
        }
    }

    /// Until when to wait at most; nothing if whoever asks goes on.
    fn wait_until(&self) -> Option<Instant> {
        let mut keeping = self.keeping.lock();
        let now = Instant::now();
        match self.state() {
            CLOSED => return None,
            OPEN if now < keeping.resumes => return Some(keeping.resumes),
            _ => {}
        }
        if !self.is_permitted(&mut keeping) {
            return Some(now + A_MOMENT);
        }
        let taken = keeping.taken_until(now);
        if taken.is_none() {
            keeping.probe = Some(Probe { until: now + self.patience, is_under_way: false });
        }
        taken
    }

    /// Whether the breaker lets calls pass. One whose pause is over becomes half open by being asked.
    fn is_permitted(&self, keeping: &mut Keeping) -> bool {
        let before = self.state();
        let is_permitted = keeping.breaker.is_call_permitted();
        self.note(keeping, before);
        is_permitted
    }

    /// Takes what a call came to.
    fn told(&self, round: u64, is_failure: Option<bool>) {
        let mut keeping = self.keeping.lock();
        if keeping.round != round {
            return;
        }
        let before = self.state();
        match is_failure {
            Some(true) => keeping.breaker.on_error(),
            Some(false) => keeping.breaker.on_success(),
            None => {}
        }
        if before == HALF_OPEN {
            keeping.probe = None;
            self.changes.send_modify(|changes| *changes += 1);
        }
        self.note(&mut keeping, before);
    }

    /// Begins a new round if the state is another than before.
    fn note(&self, keeping: &mut Keeping, before: u8) {
        let state = self.state();
        if state == before {
            return;
        }
        keeping.round += 1;
        keeping.probe = None;
        keeping.resumes = Instant::now() + self.pause;
        self.measure();
        let network = self.network;
        match state {
            OPEN => {
                let pause_s = self.pause.as_secs();
                tracing::warn!(network, pause_s, "the network fails, and is left alone for a while");
            }
            HALF_OPEN => tracing::info!(network, "it is tried whether the network is back"),
            _ => tracing::info!(network, "the network is back"),
        }
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn state(&self) -> u8 {
        self.lamp.0.load(Ordering::SeqCst)
    }

    fn measure(&self) {
        gauge!("khata_gateway_state", "network" => self.network).set(f64::from(self.state()));
    }
}

#[cfg(test)]
mod tests;
