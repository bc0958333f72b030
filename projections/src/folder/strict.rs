//! Folding that survives what cannot be folded: the partition goes back to before the failing event and is parked there.

use super::{
    Replayed,
    attempt::{self, Refusal},
    partitions::{NO_LANE, PartitionFolder},
};
use crate::{
    projection::{Projection, RowChange},
    view_store::ParkedChange,
};
use jiff::Timestamp;
use khata_application::Recorded;
use rustc_hash::{FxHashMap, FxHashSet};

/// What became of a batch so far.
#[derive(Default)]
struct Batch {
    /// Slots with events of the batch.
    touched: Vec<u32>,
    /// Slots that refused an event of the batch.
    refused: FxHashSet<u32>,
    /// The first event that failed, by slot: its place in the batch, and why.
    poisoned: FxHashMap<u32, (usize, String)>,
    /// Row changes with the place of the event that made them: those of a poisoned slot may still have to go.
    changes: Vec<(usize, RowChange)>,
    /// Rows that show states.
    summaries: Vec<RowChange>,
}

impl<P: Projection> PartitionFolder<P> {
    /// Folds the prepared batch.
    pub(super) fn fold_strictly(&mut self, events: &[Recorded], at: Timestamp) {
        let mut batch = Batch::default();
        let recalling = self.recalls();
        for (place, event) in events.iter().enumerate() {
            self.fold_one(&mut batch, events, place, event);
        }
        for number in std::mem::take(&mut batch.touched) {
            if !recalling && self.has_changed(&batch, number) {
                self.show(&mut batch, events, number);
            }
            let changed = self.has_changed(&batch, number);
            if let Some(slot) = self.slots.get(number) {
                slot.before = None;
            }
            if changed {
                self.mark_behind(number);
            }
        }
        if recalling {
            batch.changes.clear();
        }
        let rows = batch.changes.drain(..).map(|(_, change)| change).chain(batch.summaries.drain(..));
        rows.for_each(|change| self.pending.absorb(change));
        if !batch.poisoned.is_empty() {
            self.park(batch.poisoned, events, at);
        }
    }

    fn fold_one(&mut self, batch: &mut Batch, events: &[Recorded], place: usize, event: &Recorded) {
        let number = self.lanes[place];
        let Some(slot) = self.slots.get(number) else { return };
        if slot.parked {
            let partition = slot.partition.to_string();
            self.parked_changes.push(ParkedChange::Wait { partition, position: event.position });
            return;
        }
        if !batch.poisoned.is_empty() && batch.poisoned.contains_key(&number) {
            return;
        }
        if !self.skipped.is_empty() && self.skipped.contains(&event.position) {
            self.lanes[place] = NO_LANE;
            return;
        }
        if slot.before.is_none() {
            slot.before = Some(slot.state.clone());
            batch.touched.push(number);
        }
        let outcome = match self.unplaced.iter().find(|(unplaced, _)| *unplaced == place) {
            Some((_, panic)) => Err(Refusal::Poison(panic.clone())),
            None => attempt::fold(&*self.projection, &mut slot.state, event, &mut self.rows),
        };
        if outcome.is_ok() {
            batch.changes.extend(self.rows.drain().map(|change| (place, change)));
            return;
        }
        batch.refused.insert(number);
        match outcome {
            Ok(()) => {}
            Err(Refusal::Unknown) => self.lanes[place] = NO_LANE,
            Err(Refusal::Poison(error)) => {
                batch.poisoned.insert(number, (place, error));
            }
        }
        self.rewind(number, &events[..place]);
    }

    /// Whether an event of the batch went into a slot's state.
    fn has_changed(&self, batch: &Batch, number: u32) -> bool {
        if !batch.refused.contains(&number) {
            return true;
        }
        let end = batch.poisoned.get(&number).map_or(self.lanes.len(), |(place, _)| *place);
        self.lanes[..end].contains(&number)
    }

    /// Builds the rows that show a slot's state. If that fails, the event that led to such a state is what poisons the partition.
    fn show(&mut self, batch: &mut Batch, events: &[Recorded], number: u32) {
        let Err(panic) = self.summarize(number) else {
            batch.summaries.extend(self.rows.drain());
            return;
        };
        let end = batch.poisoned.get(&number).map_or(events.len(), |(place, _)| *place);
        let place = self.find_unshowable(number, &events[..end]);
        batch.changes.retain(|(of, _)| *of < place || self.lanes[*of] != number);
        batch.refused.insert(number);
        batch.poisoned.insert(number, (place, panic));
        self.rewind(number, &events[..place]);
        if self.has_changed(batch, number) && self.summarize(number).is_ok() {
            batch.summaries.extend(self.rows.drain());
        }
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

    /// The first event of the slot after which its rows cannot be built.
    fn find_unshowable(&mut self, number: u32, events: &[Recorded]) -> usize {
        let places: Vec<usize> = (0..events.len()).filter(|place| self.lanes[*place] == number).collect();
        for place in &places {
            self.rewind(number, &events[..=*place]);
            if self.summarize(number).is_err() {
                return *place;
            }
        }
        places.last().copied().unwrap_or_default()
    }

    /// Puts a slot's state back to before the batch, and folds these first events of the batch again.
    fn rewind(&mut self, number: u32, events: &[Recorded]) {
        let Some(slot) = self.slots.get(number) else { return };
        let Some(before) = &slot.before else { return };
        slot.state = before.clone();
        for (place, event) in events.iter().enumerate() {
            if self.lanes[place] == number && attempt::fold(&*self.projection, &mut slot.state, event, &mut self.rows).is_err() {
                tracing::error!(projection = P::NAME, position = event.position, "an event that could be folded no longer can: the fold is not pure");
            }
        }
        self.rows.clear();
    }

    fn park(&mut self, poisoned: FxHashMap<u32, (usize, String)>, events: &[Recorded], at: Timestamp) {
        for (place, event) in events.iter().enumerate() {
            let number = self.lanes[place];
            let Some((failed, error)) = poisoned.get(&number) else { continue };
            let Some(slot) = self.slots.get(number) else { continue };
            let partition = slot.partition.to_string();
            if place == *failed {
                tracing::error!(projection = P::NAME, partition, position = event.position, error, "parked");
                self.parked_changes.push(ParkedChange::Park { partition, position: event.position, error: error.clone(), at });
                self.set_parked(number, true);
            } else if place > *failed {
                self.parked_changes.push(ParkedChange::Wait { partition, position: event.position });
            }
        }
    }

    pub(super) fn replay_parked(&mut self, partition: &str, events: &[Recorded], rest: Option<u64>, at: Timestamp) -> Replayed {
        let number = self.begin_replay(partition, events);
        let earlier_changes = self.parked_changes.len();
        self.fold_strictly(events, at);
        let failure = self.parked_changes[earlier_changes..].iter().find_map(|change| match change {
            ParkedChange::Park { position, error, .. } => Some((*position, error.clone())),
            ParkedChange::Wait { .. } | ParkedChange::Caught { .. } | ParkedChange::Release { .. } | ParkedChange::Skip { .. } => None,
        });
        let partition = partition.to_owned();
        if let Some((position, error)) = failure {
            self.parked_changes.push(ParkedChange::Caught { partition, up_to: position });
            return Replayed::Parked { position, error };
        }
        let Some(position) = rest else {
            self.parked_changes.push(ParkedChange::Release { partition });
            return Replayed::Released;
        };
        self.set_parked(number, true);
        let error = "the events before it have been retried; it is next".to_owned();
        self.parked_changes.push(ParkedChange::Park { partition: partition.clone(), position, error, at });
        self.parked_changes.push(ParkedChange::Caught { partition, up_to: position });
        Replayed::GoesOn
    }

    /// Makes a batch of events that all belong to one parked partition.
    fn begin_replay(&mut self, partition: &str, events: &[Recorded]) -> u32 {
        self.begin_batch();
        let batch = self.batch;
        let number = self.slot_of(partition);
        if let Some(slot) = self.slots.get(number) {
            slot.asked_in = batch;
        }
        self.set_parked(number, false);
        let projection = self.projection.clone();
        for (place, event) in events.iter().enumerate() {
            self.lanes.push(number);
            match attempt::partition(&*projection, event) {
                Ok(Some(of)) if of == partition => {}
                Ok(_) => self.unplaced.push((place, "its partition can be told only now: rebuild the projection".to_owned())),
                Err(panic) => self.unplaced.push((place, panic)),
            }
        }
        number
    }
}
