//! Folding that survives what cannot be folded: the partition goes back to before the failing event and is
//! parked there.

use super::{
    Replayed,
    attempt::{self, Refusal},
    partitions::{NO_LANE, PartitionFolder},
};
use crate::{
    projection::{Projection, RowChange},
    view_store::{ParkedCause, ParkedChange},
};
use jiff::Timestamp;
use khata_application::Recorded;
use rustc_hash::{FxHashMap, FxHashSet};

/// What became of a batch so far.
#[derive(Default)]
struct Batch {
    /// Slots with events of the batch.
    touched: Vec<u32>,
    /// Slots that went back to before an event of the batch.
    rewound: FxHashSet<u32>,
    /// The first event that failed, by what is parked for it.
    poisoned: FxHashMap<Box<str>, Poison>,
    /// Row changes with the place of the event that made them: those of a poisoned slot may still have to go.
    changes: Vec<(usize, RowChange)>,
    /// Rows that show states, each with its slot.
    summaries: Vec<(u32, RowChange)>,
}

/// An event that failed.
struct Poison {
    /// Its place in the batch.
    place: usize,
    refusal: Refusal,
}

impl<P: Projection> PartitionFolder<P> {
    /// Folds the prepared batch.
    pub(super) fn fold_strictly(&mut self, events: &[Recorded], at: Timestamp) {
        let mut batch = Batch::default();
        let recalling = self.recalls();
        for (place, event) in events.iter().enumerate() {
            self.fold_one(&mut batch, events, place, event);
        }
        let touched = std::mem::take(&mut batch.touched);
        if recalling {
            batch.changes.clear();
        } else {
            self.show(&mut batch, events, &touched);
        }
        for number in touched {
            let changed = self.has_changed(&batch, number);
            if let Some(slot) = self.slots.get(number) {
                slot.before = None;
            }
            if changed {
                self.mark_behind(number);
            }
        }
        let rows = batch
            .changes
            .drain(..)
            .map(|(_, change)| change)
            .chain(batch.summaries.drain(..).map(|(_, change)| change));
        rows.for_each(|change| self.pending.absorb(change));
        if !batch.poisoned.is_empty() {
            self.park(batch.poisoned, events, at);
        }
    }

    fn fold_one(&mut self, batch: &mut Batch, events: &[Recorded], place: usize, event: &Recorded) {
        let number = self.lanes[place];
        if let Some(partition) = self.waits_behind(number) {
            self.parked_changes.push(ParkedChange::Wait { partition, position: event.position });
            return;
        }
        if self.poison_of(batch, number).is_some() {
            return;
        }
        if !self.skipped.is_empty() && self.skipped.contains(&event.position) {
            self.lanes[place] = NO_LANE;
            return;
        }
        let Some(slot) = self.slots.get(number) else { return };
        if slot.before.is_none() {
            slot.before = Some(slot.state.clone());
            batch.touched.push(number);
        }
        let outcome = match self.unplaced.iter().find(|(unplaced, _)| *unplaced == place) {
            Some((_, panic)) => Err(Refusal::failed(panic.clone())),
            None => attempt::fold(&*self.projection, &mut slot.state, event, &mut self.rows),
        };
        match outcome {
            Ok(()) => batch.changes.extend(self.rows.drain().map(|change| (place, change))),
            Err(refusal) => {
                self.poison(batch, number, Poison { place, refusal });
                self.rewind(batch, number, &events[..place]);
            }
        }
    }

    /// What stops a slot within the batch.
    fn poison_of<'b>(&self, batch: &'b Batch, number: u32) -> Option<&'b Poison> {
        if batch.poisoned.is_empty() {
            return None;
        }
        batch.poisoned.get(self.parked_as(number)?)
    }

    fn poison(&self, batch: &mut Batch, number: u32, poison: Poison) {
        if let Some(parked_as) = self.parked_as(number) {
            batch.poisoned.insert(parked_as.into(), poison);
        }
    }

    /// Up to where in the batch events of a slot count.
    fn end_of(&self, batch: &Batch, number: u32) -> usize {
        self.poison_of(batch, number).map_or(self.lanes.len(), |poison| poison.place)
    }

    /// Whether an event of the batch went into a slot's state.
    fn has_changed(&self, batch: &Batch, number: u32) -> bool {
        !batch.rewound.contains(&number) || self.lanes[..self.end_of(batch, number)].contains(&number)
    }

    /// Builds the rows that show the slots' states. If that fails, the event that led to such a state is what
    /// poisons, and all that is parked with it goes back to before that event.
    fn show(&mut self, batch: &mut Batch, events: &[Recorded], touched: &[u32]) {
        let mut earlier = FxHashSet::default();
        for number in touched {
            let Err(panic) = self.summarize_into(batch, *number) else { continue };
            let end = self.end_of(batch, *number);
            let known = self.parked_as(*number).is_some_and(|parked_as| earlier.contains(parked_as));
            let Some(place) = self.find_unshowable(batch, *number, &events[..end], !known) else { continue };
            self.poison(batch, *number, Poison { place, refusal: Refusal::failed(panic) });
            earlier.extend(self.parked_as(*number).map(Box::<str>::from));
        }
        if earlier.is_empty() {
            return;
        }
        let mut changes = std::mem::take(&mut batch.changes);
        changes.retain(|(place, _)| *place < self.end_of(batch, self.lanes[*place]));
        batch.changes = changes;
        for number in touched {
            if self.parked_as(*number).is_some_and(|parked_as| earlier.contains(parked_as)) {
                let end = self.end_of(batch, *number);
                self.rewind(batch, *number, &events[..end]);
                batch.summaries.retain(|(of, _)| of != number);
                // One that cannot be shown any more although it could is told as impure where it is rewound.
                let _unshowable = self.summarize_into(batch, *number);
            }
        }
    }

    fn summarize_into(&mut self, batch: &mut Batch, number: u32) -> Result<(), String> {
        if !self.has_changed(batch, number) {
            return Ok(());
        }
        self.summarize(number)?;
        batch.summaries.extend(self.rows.drain().map(|change| (number, change)));
        Ok(())
    }

    fn summarize(&mut self, number: u32) -> Result<(), String> {
        self.rows.clear();
        let Some(slot) = self.slots.get(number) else { return Ok(()) };
        let outcome = attempt::summarize(&*self.projection, &slot.partition, &slot.state, &mut self.rows);
        if outcome.is_err() {
            self.rows.clear();
        }
        outcome
    }

    /// The first event of the slot, among these, after which its rows cannot be built. If there is none, the
    /// last one where `some` event must be it.
    fn find_unshowable(
        &mut self,
        batch: &mut Batch,
        number: u32,
        events: &[Recorded],
        some: bool,
    ) -> Option<usize> {
        let places: Vec<usize> = (0..events.len()).filter(|place| self.lanes[*place] == number).collect();
        for place in &places {
            self.rewind(batch, number, &events[..=*place]);
            if self.summarize(number).is_err() {
                return Some(*place);
            }
        }
        places.last().copied().filter(|_| some)
    }

    /// Puts a slot's state back to before the batch, and folds these first events of the batch again.
    fn rewind(&mut self, batch: &mut Batch, number: u32, events: &[Recorded]) {
        batch.rewound.insert(number);
        let Some(slot) = self.slots.get(number) else { return };
        let Some(before) = &slot.before else { return };
        slot.state = before.clone();
        for (place, event) in events.iter().enumerate() {
            if self.lanes[place] == number
                && attempt::fold(&*self.projection, &mut slot.state, event, &mut self.rows).is_err()
            {
                tracing::error!(
                    projection = P::NAME,
                    position = event.position,
                    "an event that could be folded no longer can: the fold is not pure"
                );
            }
        }
        self.rows.clear();
    }

    fn park(&mut self, poisoned: FxHashMap<Box<str>, Poison>, events: &[Recorded], at: Timestamp) {
        for (place, event) in events.iter().enumerate() {
            let Some(partition) = self.parked_as(self.lanes[place]).map(str::to_owned) else { continue };
            let Some(Poison { place: failed, refusal }) = poisoned.get(partition.as_str()) else { continue };
            if place == *failed {
                let Refusal { cause, error } = refusal.clone();
                tracing::error!(
                    projection = P::NAME,
                    partition,
                    position = event.position,
                    cause = cause.name(),
                    error,
                    "parked"
                );
                self.set_parked(&partition, true);
                self.parked_changes.push(ParkedChange::Park {
                    partition,
                    position: event.position,
                    error,
                    cause,
                    at,
                });
            } else if place > *failed {
                self.parked_changes.push(ParkedChange::Wait { partition, position: event.position });
            }
        }
    }

    pub(super) fn replay_parked(
        &mut self,
        parked_as: &str,
        events: &[Recorded],
        rest: Option<u64>,
        at: Timestamp,
    ) -> Replayed {
        self.begin_replay(parked_as, events);
        let earlier_changes = self.parked_changes.len();
        self.fold_strictly(events, at);
        // What was folded lies behind the checkpoint: it has to be in the states that are stored with what
        // becomes of the parking.
        self.set_parked(parked_as, false);
        let failure = self.parked_changes[earlier_changes..].iter().find_map(|change| match change {
            ParkedChange::Park { position, error, .. } => Some((*position, error.clone())),
            ParkedChange::Wait { .. }
            | ParkedChange::Caught { .. }
            | ParkedChange::Release { .. }
            | ParkedChange::Skip { .. } => None,
        });
        let partition = parked_as.to_owned();
        if let Some((position, error)) = failure {
            self.set_parked(parked_as, true);
            self.parked_changes.push(ParkedChange::Caught { partition, up_to: position });
            return Replayed::Parked { position, error };
        }
        let Some(position) = rest else {
            self.parked_changes.push(ParkedChange::Release { partition });
            return Replayed::Released;
        };
        self.set_parked(parked_as, true);
        let (error, cause) =
            ("the events before it have been retried; it is next".to_owned(), ParkedCause::Retrying);
        self.parked_changes.push(ParkedChange::Park {
            partition: partition.clone(),
            position,
            error,
            cause,
            at,
        });
        self.parked_changes.push(ParkedChange::Caught { partition, up_to: position });
        Replayed::GoesOn
    }

    /// Makes a batch of events that all wait for the same.
    fn begin_replay(&mut self, parked_as: &str, events: &[Recorded]) {
        self.begin_batch();
        self.set_parked(parked_as, false);
        let batch = self.batch;
        for (place, (number, unplaced)) in self.lanes_of_replay(parked_as, events).into_iter().enumerate() {
            if let Some(slot) = self.slots.get(number) {
                slot.asked_in = batch;
            }
            self.lanes.push(number);
            self.unplaced.extend(unplaced.map(|reason| (place, reason)));
        }
    }

    /// The slot of each event that waits for the same, and why it does not belong there, if it does not.
    pub(super) fn lanes_of_replay(
        &mut self,
        parked_as: &str,
        events: &[Recorded],
    ) -> Vec<(u32, Option<String>)> {
        let projection = self.projection.clone();
        let lane = |event: &Recorded| match attempt::partition(&*projection, event) {
            Ok(Some(partition)) if P::parked_as(&partition) == parked_as => (self.slot_of(&partition), None),
            Ok(_) => (
                self.slot_of(parked_as),
                Some("its partition can be told only now: rebuild the projection".to_owned()),
            ),
            Err(panic) => (self.slot_of(parked_as), Some(panic)),
        };
        events.iter().map(lane).collect()
    }
}
