//! What an engine has in hand.

use super::{lanes::Lanes, told::Told};
use crate::processes::{process::Process, surroundings::Port, work::Todo};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What an engine has in hand. All of it is found again in the log by whoever comes after.
pub(in crate::processes) struct Desk<P: Process> {
    /// When the newest event was recorded that it has seen: its clock is never behind that.
    pub(in crate::processes) latest: Timestamp,
    /// The last position that it has appended at.
    pub(in crate::processes) appended: u64,
    /// The last position that it was handed events up to.
    pub(super) handed: u64,
    /// When something is due next, as far as it knows.
    pub(in crate::processes) next_look: Timestamp,
    pub(in crate::processes) lanes: Lanes,
    /// The instances that are being told something. Whoever looks after one meanwhile leaves that to the teller.
    telling: BTreeMap<P::Subject, Telling>,
    /// What instances could not be told yet of calls.
    pub(in crate::processes) untold: Vec<Untold<P>>,
}

impl<P: Process> Default for Desk<P> {
    fn default() -> Self {
        Self {
            latest: Timestamp::MIN,
            appended: 0,
            handed: 0,
            next_look: Timestamp::MIN,
            lanes: Lanes::default(),
            telling: BTreeMap::new(),
            untold: Vec::new(),
        }
    }
}

impl<P: Process> Desk<P> {
    /// Begins anew: nothing is in hand.
    pub(super) fn begin(&mut self) {
        let (latest, mut lanes) = (self.latest, std::mem::take(&mut self.lanes));
        lanes.begin();
        *self = Self { latest, lanes, ..Self::default() };
    }

    /// An instance is being told something from now on.
    pub(super) fn begin_telling(&mut self, subject: P::Subject) {
        self.telling.entry(subject).or_default().tellers += 1;
    }

    /// Whether an instance is being told something: then whoever does that looks after it.
    pub(super) fn leave_to_teller(&mut self, subject: P::Subject) -> bool {
        self.telling.get_mut(&subject).is_some_and(|telling| {
            telling.is_looked_for = true;
            true
        })
    }

    /// An instance was told something. Tells whether it is to be looked after.
    pub(super) fn end_telling(&mut self, subject: P::Subject) -> bool {
        let Some(telling) = self.telling.get_mut(&subject) else { return false };
        telling.tellers -= 1;
        if telling.tellers > 0 {
            return false;
        }
        self.telling.remove(&subject).is_some_and(|telling| telling.is_looked_for)
    }

    /// Whether a call is under way, or that which it undoes.
    pub(super) fn is_under_way(&self, call: &Todo<P::Call>) -> bool {
        self.lanes.holds(&call.key) || call.undoes.as_ref().is_some_and(|key| self.lanes.holds(key))
    }

    /// Notes that a call was left. Tells whether the search that came by it keeps its place.
    pub(super) fn leave(&mut self, port: Port, by_search: bool) -> bool {
        let at = self.known();
        self.lanes.leave(port, at, by_search)
    }

    /// How far the log is known to go.
    pub(in crate::processes) fn known(&self) -> u64 {
        self.appended.max(self.handed)
    }
}

/// That an instance is being told something.
#[derive(Debug, Default)]
struct Telling {
    /// By so many at once.
    tellers: usize,
    /// Somebody looked after it meanwhile.
    is_looked_for: bool,
}

/// What an instance could not be told of a call, whose flight is not over before it is.
pub(in crate::processes) struct Untold<P: Process> {
    pub(super) told: Told<P>,
    pub(super) flight: Option<(String, u64)>,
}
