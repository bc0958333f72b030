//! What is under way at each port, and what was left there since enough waited. Each port has a lane of its own, so
//! that one whose calls wait for hours shuts out no other.

use crate::processes::surroundings::Port;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::Semaphore;

/// The calls of an engine. What is left is found again by a search through the open instances.
#[derive(Default)]
pub(in crate::processes) struct Lanes {
    by_port: BTreeMap<&'static str, Lane>,
    /// The calls under way, by their keys.
    flights: BTreeMap<String, Flight>,
    /// How many calls were launched since the engine was made: under one key one may begin before another has landed.
    launched: u64,
}

struct Flight {
    number: u64,
    port: &'static str,
}

struct Lane {
    turn: Arc<Semaphore>,
    /// How many of its calls are under way, or wait for their turn.
    under_way: usize,
    /// It takes no more until half of what may wait is through, so that those that were left come in their order.
    is_full: bool,
    /// Calls were left, the last of them when the log had come to this position.
    left_at: Option<u64>,
    /// The search that is on is for its sake.
    is_sought: bool,
}

/// A call that may go out once it has its turn.
pub(super) struct Admitted {
    pub(super) number: u64,
    pub(super) turn: Arc<Semaphore>,
}

impl Lanes {
    /// Begins anew: nothing is under way.
    pub(super) fn begin(&mut self) {
        *self = Self { launched: self.launched, ..Self::default() };
    }

    /// Whether a call of this key is under way.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.flights.contains_key(key)
    }

    /// Whether a port takes no more calls now.
    pub(super) fn is_full(&self, port: Port) -> bool {
        self.by_port.get(port.name).is_some_and(|lane| lane.is_full)
    }

    /// Takes on a call; `None` while its port has enough.
    pub(super) fn admit(&mut self, port: Port, key: &str, most: usize) -> Option<Admitted> {
        let lane = self.lane(port);
        lane.is_full |= lane.under_way >= most;
        if lane.is_full {
            return None;
        }
        lane.under_way += 1;
        let turn = lane.turn.clone();
        self.launched += 1;
        let number = self.launched;
        self.flights.insert(key.to_owned(), Flight { number, port: port.name });
        Some(Admitted { number, turn })
    }

    /// Notes that a call of a port was left when the log had come to a position. Tells whether the search that came
    /// by it is for the sake of that port, and so keeps its place.
    pub(super) fn leave(&mut self, port: Port, at: u64, by_search: bool) -> bool {
        let lane = self.lane(port);
        if by_search && lane.is_sought {
            return true;
        }
        lane.left_at = lane.left_at.max(Some(at));
        false
    }

    /// Notes that a call is not under way any more.
    pub(super) fn land(&mut self, key: &str, number: u64) {
        if self.flights.get(key).is_none_or(|flight| flight.number != number) {
            return;
        }
        if let Some(Flight { port, .. }) = self.flights.remove(key)
            && let Some(lane) = self.by_port.get_mut(port)
        {
            lane.under_way -= 1;
        }
    }

    /// Opens lanes that have room again.
    pub(in crate::processes) fn reopen(&mut self, most: usize) {
        self.by_port.values_mut().for_each(|lane| lane.is_full &= lane.under_way > most / 2);
    }

    /// Begins a search, if calls were left at ports that have room. Gives the position up to which the log must be
    /// known for it to find them.
    pub(in crate::processes) fn begin_search(&mut self) -> Option<u64> {
        let left = self.by_port.values_mut().filter(|lane| !lane.is_full && lane.left_at.is_some());
        left.map(|lane| {
            lane.is_sought = true;
            lane.left_at.take().unwrap_or_default()
        })
        .max()
    }

    /// Whether one of the ports that the search is for has room.
    pub(in crate::processes) fn is_seeking(&self) -> bool {
        self.by_port.values().any(|lane| lane.is_sought && !lane.is_full)
    }

    /// The search goes on for others: those that are full have one of their own later.
    pub(in crate::processes) fn pass_by(&mut self, at: u64) {
        for lane in self.by_port.values_mut().filter(|lane| lane.is_sought && lane.is_full) {
            (lane.is_sought, lane.left_at) = (false, lane.left_at.max(Some(at)));
        }
    }

    /// The search is over.
    pub(in crate::processes) fn end_search(&mut self) {
        self.by_port.values_mut().for_each(|lane| lane.is_sought = false);
    }

    fn lane(&mut self, port: Port) -> &mut Lane {
        self.by_port.entry(port.name).or_insert_with(|| Lane {
            turn: Arc::new(Semaphore::new(port.at_once)),
            under_way: 0,
            is_full: false,
            left_at: None,
            is_sought: false,
        })
    }
}
