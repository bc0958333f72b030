//! Which stored states are behind the ones in memory, and when each is written.
//!
//! States are written in rounds. A round takes all slots that are behind when it begins, in the order of
//! their partitions, so that neighbours in the store are written together, and spreads them over the takes
//! until the next round is due. A slot that changes after it was written is left to the next round. When a
//! round is over, all stored states are complete up to where it began.
//!
//! With rounds of `n` events, stored states so fall behind by at most `2 n` events and two batches: a round
//! that began at `b` is over at `b + n`, and until the next one is over, at `b + 2 n`, states count as
//! complete up to `b`; rounds begin and end with batches.

use super::slots::Slots;
use crate::view_store::Checkpoint;
use std::cmp::Reverse;

pub(super) struct Behind {
    /// All stored states are complete up to here. Beyond it only those are behind whose slots stand in the
    /// lists below.
    complete_to: Checkpoint,
    /// Where the present round began, or the last one if there is none.
    began: Checkpoint,
    /// What the present round has still to write, the last partition first.
    round: Vec<u32>,
    round_size: u64,
    /// Slots that have fallen behind since. Here and in the round a slot may stand that is behind no more, or
    /// stand twice.
    fallen: Vec<u32>,
    /// Slots that the next take has to write.
    at_once: Vec<u32>,
    /// No round has begun as yet. The first one begins with the first take, so that it is soon known how
    /// large states are.
    first: bool,
}

/// What a take has to know.
pub(super) struct Take {
    /// Where the rows will stand.
    pub(super) to: Checkpoint,
    /// How many events they come forward.
    pub(super) events: u64,
    /// The length of a round in events; 0: all states are written now.
    pub(super) round: u64,
    /// Memory is short: a state that is behind cannot be evicted.
    pub(super) hurry: bool,
}

impl Behind {
    pub(super) fn since(complete_to: Checkpoint) -> Self {
        Self {
            complete_to,
            began: complete_to,
            round: Vec::new(),
            round_size: 0,
            fallen: Vec::new(),
            at_once: Vec::new(),
            first: true,
        }
    }

    /// How far all stored states have come.
    pub(super) fn complete_to(&self) -> Checkpoint {
        self.complete_to
    }

    /// The state of a slot has changed for the first time since it was written.
    pub(super) fn fall(&mut self, number: u32) {
        self.fallen.push(number);
    }

    /// The state of a slot must not fall behind now.
    pub(super) fn write_at_once(&mut self, number: u32) {
        self.at_once.push(number);
    }

    /// The slots to write now, if they are behind.
    pub(super) fn due<S>(&mut self, slots: &Slots<S>, take: &Take) -> Vec<u32> {
        if take.round == 0 || (take.hurry && self.round.is_empty()) {
            self.begin_round(slots, take.to);
        }
        let share = match take.round {
            0 => u64::MAX,
            _ if take.hurry => take.events.saturating_mul(2).max(1),
            round => take.events.saturating_mul(self.round_size).div_ceil(round),
        };
        let rest = self.round.len().saturating_sub(usize::try_from(share).unwrap_or(usize::MAX));
        let mut due = std::mem::take(&mut self.at_once);
        due.extend(self.round.drain(rest..).rev());
        if self.round.is_empty() {
            self.complete_to = self.began;
            if self.fallen.is_empty() {
                (self.complete_to, self.began) = (take.to, take.to);
            } else if self.first || take.to.position - self.began.position >= take.round {
                self.begin_round(slots, take.to);
            }
        }
        due
    }

    fn begin_round<S>(&mut self, slots: &Slots<S>, at: Checkpoint) {
        (self.began, self.first) = (at, false);
        self.round.append(&mut self.fallen);
        self.round.sort_by_cached_key(|number| Reverse(slots.place_of(*number)));
        self.round_size = self.round.len() as u64;
    }
}
