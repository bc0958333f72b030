//! What an engine has in hand.

use super::{lanes::Lanes, told::Told};
use crate::processes::{process::Process, surroundings::Port, work::Todo};
use jiff::Timestamp;

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

/// What an instance could not be told of a call, whose flight is not over before it is.
pub(in crate::processes) struct Untold<P: Process> {
    pub(super) told: Told<P>,
    pub(super) flight: Option<(String, u64)>,
}
