//! The folder of one projection: a state per partition in memory, events into states, states and events into rows.

use super::{
    Folder, FolderError, FolderStart, Replayed, attempt,
    pending::PendingRows,
    slots::{Slot, Slots},
};
use crate::{
    projection::{Projection, RowChanges},
    view_store::{Checkpoint, GenerationId, GenerationWrite, ParkedChange},
};
use jiff::Timestamp;
use khata_application::Recorded;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The lane of an event that does not concern the projection.
pub(super) const NO_LANE: u32 = u32::MAX;

/// Folds events for one projection into one generation.
pub struct PartitionFolder<P: Projection> {
    pub(super) projection: Arc<P>,
    generation: GenerationId,
    strict: bool,
    /// Every state that exists is in memory: nothing has to be loaded.
    complete: bool,
    seen: Checkpoint,
    taken: Checkpoint,
    pub(super) batch: u64,
    takes: u64,
    commits: u64,
    pub(super) slots: Slots<P::State>,
    /// The slot of each event of the prepared batch that has not been seen before.
    pub(super) lanes: Vec<u32>,
    /// Events of the batch whose partition could not be asked for, by place, with the reason.
    pub(super) unplaced: Vec<(usize, String)>,
    /// Slots with changes to be taken.
    dirty: Vec<u32>,
    pub(super) rows: RowChanges,
    pub(super) pending: PendingRows,
    parked: FxHashSet<Box<str>>,
    pub(super) skipped: FxHashSet<u64>,
    pub(super) parked_changes: Vec<ParkedChange>,
}

impl<P: Projection> PartitionFolder<P> {
    /// Begins where a generation stands.
    pub fn new(projection: Arc<P>, start: FolderStart) -> Self {
        Self {
            projection,
            generation: start.generation,
            strict: start.strict,
            complete: start.checkpoint == Checkpoint::START,
            seen: start.checkpoint,
            taken: start.checkpoint,
            batch: 0,
            takes: 0,
            commits: 0,
            slots: Slots::new(),
            lanes: Vec::new(),
            unplaced: Vec::new(),
            dirty: Vec::new(),
            rows: RowChanges::default(),
            pending: PendingRows::default(),
            parked: start.parked.into_iter().map(String::into_boxed_str).collect(),
            skipped: start.skipped.into_iter().collect(),
            parked_changes: Vec::new(),
        }
    }

    fn unseen<'e>(&self, events: &'e [Recorded]) -> &'e [Recorded] {
        &events[events.partition_point(|event| event.position <= self.seen.position)..]
    }

    pub(super) fn begin_batch(&mut self) {
        self.batch += 1;
        if self.slots.sweep(self.batch, self.commits) {
            self.complete = false;
        }
        self.lanes.clear();
        self.unplaced.clear();
    }

    /// The slot of a partition, made if there is none.
    pub(super) fn slot_of(&mut self, partition: &str) -> u32 {
        if let Some(number) = self.slots.find(partition) {
            return number;
        }
        let parked = !self.parked.is_empty() && self.parked.contains(partition);
        let loaded = self.complete;
        self.slots.add(partition, |name| Slot::new(name, loaded, parked))
    }

    pub(super) fn mark_dirty(&mut self, number: u32) {
        if let Some(slot) = self.slots.get(number)
            && !slot.dirty
        {
            slot.dirty = true;
            self.dirty.push(number);
        }
    }

    pub(super) fn set_parked(&mut self, number: u32, parked: bool) {
        let Some(slot) = self.slots.get(number) else { return };
        slot.parked = parked;
        if parked {
            self.parked.insert(slot.partition.clone());
        } else {
            self.parked.remove(&slot.partition);
        }
    }

    /// Folds without a way back: for rebuilding, where trouble is rare and starting again from the last write is at hand.
    fn fold_swiftly(&mut self, events: &[Recorded]) -> Result<(), FolderError> {
        if let Some((place, _)) = self.unplaced.first() {
            return Err(FolderError::Trouble { position: events[*place].position });
        }
        for (place, event) in events.iter().enumerate() {
            let number = self.lanes[place];
            let Some(slot) = self.slots.get(number) else { continue };
            if slot.parked {
                let partition = slot.partition.to_string();
                self.parked_changes.push(ParkedChange::Wait { partition, position: event.position });
                continue;
            }
            if !self.skipped.is_empty() && self.skipped.contains(&event.position) {
                continue;
            }
            attempt::fold(&*self.projection, &mut slot.state, event, &mut self.rows)
                .map_err(|_| FolderError::Trouble { position: event.position })?;
            if !slot.dirty {
                slot.dirty = true;
                self.dirty.push(number);
            }
            self.rows.drain().for_each(|change| self.pending.absorb(change));
        }
        Ok(())
    }

    /// Builds the rows of all changed states at once.
    fn summarize_dirty(&mut self) -> Result<(), FolderError> {
        for number in &self.dirty {
            let Some(slot) = self.slots.get(*number) else { continue };
            attempt::summarize(&*self.projection, &slot.partition, &slot.state, &mut self.rows)
                .map_err(|_| FolderError::Trouble { position: self.seen.position })?;
            self.rows.drain().for_each(|change| self.pending.absorb(change));
        }
        Ok(())
    }

    fn take_states(&mut self) -> Result<Vec<(String, String)>, FolderError> {
        let mut states = Vec::with_capacity(self.dirty.len());
        for number in std::mem::take(&mut self.dirty) {
            let Some(slot) = self.slots.get(number) else { continue };
            let state = serde_json::to_string(&slot.state)
                .map_err(|error| FolderError::State { partition: slot.partition.to_string(), reason: error.to_string() })?;
            slot.dirty = false;
            slot.taken_in = self.takes;
            states.push((slot.partition.to_string(), state));
            let bytes = states.last().map_or(0, |(_, state)| state.len());
            self.slots.weigh(number, bytes);
        }
        Ok(states)
    }
}

impl<P: Projection> Folder for PartitionFolder<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn generation(&self) -> GenerationId {
        self.generation
    }

    fn seen(&self) -> Checkpoint {
        self.seen
    }

    fn prepare(&mut self, events: &[Recorded]) -> Vec<String> {
        self.begin_batch();
        let mut lacking = Vec::new();
        let projection = self.projection.clone();
        for (place, event) in self.unseen(events).iter().enumerate() {
            let number = match attempt::partition(&*projection, event) {
                Ok(None) => NO_LANE,
                Ok(Some(partition)) => self.slot_of(&partition),
                Err(panic) => {
                    // Which partition it belongs to cannot be known; its stream is the narrowest that it can stand for.
                    self.unplaced.push((place, panic));
                    self.slot_of(event.stream.as_str())
                }
            };
            self.lanes.push(number);
            let batch = self.batch;
            let Some(slot) = self.slots.get(number) else { continue };
            let asked_before = std::mem::replace(&mut slot.asked_in, batch) == batch;
            if !slot.loaded && !slot.parked && !asked_before {
                lacking.push(slot.partition.to_string());
            }
        }
        lacking
    }

    fn supply(&mut self, states: Vec<(String, Option<String>)>) -> Result<(), FolderError> {
        for (partition, state) in states {
            let number = self.slot_of(&partition);
            let Some(slot) = self.slots.get(number) else { continue };
            if let Some(state) = &state {
                slot.state = serde_json::from_str(state).map_err(|error| FolderError::State { partition, reason: error.to_string() })?;
            }
            slot.loaded = true;
            self.slots.weigh(number, state.map_or(0, |state| state.len()));
        }
        Ok(())
    }

    fn fold(&mut self, events: &[Recorded], at: Timestamp) -> Result<(), FolderError> {
        let events = self.unseen(events);
        let Some(last) = events.last() else { return Ok(()) };
        if self.strict {
            self.fold_strictly(events, at);
        } else {
            self.fold_swiftly(events)?;
        }
        self.seen = Checkpoint { position: last.position, hash: last.hash };
        Ok(())
    }

    fn pending(&self) -> usize {
        self.pending.len() + self.dirty.len() + self.parked_changes.len()
    }

    fn take(&mut self) -> Result<Option<GenerationWrite>, FolderError> {
        if !self.strict {
            self.summarize_dirty()?;
        }
        if self.seen == self.taken && self.pending() == 0 {
            return Ok(None);
        }
        self.takes += 1;
        let states = self.take_states()?;
        let from = std::mem::replace(&mut self.taken, self.seen);
        let parked = std::mem::take(&mut self.parked_changes);
        Ok(Some(GenerationWrite { generation: self.generation, from, to: self.seen, states, tables: self.pending.take(), parked }))
    }

    fn committed(&mut self) {
        self.commits += 1;
    }

    fn parked(&self) -> usize {
        self.parked.len()
    }

    fn lacks(&mut self, partition: &str) -> bool {
        let number = self.slot_of(partition);
        let next_batch = self.batch + 1;
        self.slots.get(number).is_some_and(|slot| {
            slot.asked_in = next_batch; // or the state supplied could be evicted before it is used
            !slot.loaded
        })
    }

    fn replay(&mut self, partition: &str, events: &[Recorded], rest: Option<u64>, at: Timestamp) -> Replayed {
        self.replay_parked(partition, events, rest, at)
    }

    fn skip(&mut self, position: u64, error: String, at: Timestamp) {
        self.skipped.insert(position);
        self.parked_changes.push(ParkedChange::Skip { position, error, at });
    }
}
