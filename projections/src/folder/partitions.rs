//! The folder of one projection: a state per partition in memory, events into states, states and events into
//! rows.

use super::{
    Folder, FolderError, FolderStart, Replayed, attempt,
    behind::{Behind, Take},
    pending::PendingRows,
    slots::{Slot, Slots},
};
use crate::{
    projection::{Projection, RowChanges},
    view_store::{Checkpoint, GenerationId, GenerationWrite, ParkedChange, Skipped, StoredState},
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
    pub(super) seen: Checkpoint,
    taken: Checkpoint,
    /// What the rows showed when it began. Up to here it recalls states.
    rows_from: Checkpoint,
    /// States that had to be recalled are written with the first take, so that restarts do not add up.
    recalled: bool,
    pub(super) batch: u64,
    takes: u64,
    commits: u64,
    pub(super) slots: Slots<P::State>,
    /// The slot of each event of the prepared batch that has not been seen before.
    pub(super) lanes: Vec<u32>,
    /// Events of the batch whose partition could not be asked for, by place, with the reason.
    pub(super) unplaced: Vec<(usize, String)>,
    /// Slots whose rows have still to be built; a strict folder builds them at once.
    pub(super) unshown: Vec<u32>,
    behind: Behind,
    pub(super) rows: RowChanges,
    pub(super) pending: PendingRows,
    /// What is parked, as `Projection::parked_as` names it.
    parked: FxHashSet<Box<str>>,
    /// There are partitions that are parked together with others.
    shares_parking: bool,
    held: FxHashSet<u64>,
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
            seen: start.states_at,
            taken: start.checkpoint,
            rows_from: start.checkpoint,
            recalled: start.states_at != start.checkpoint,
            batch: 0,
            takes: 0,
            commits: 0,
            slots: Slots::of(start.memory),
            lanes: Vec::new(),
            unplaced: Vec::new(),
            unshown: Vec::new(),
            behind: Behind::since(start.states_at),
            rows: RowChanges::default(),
            pending: PendingRows::default(),
            parked: start.parked.into_iter().map(String::into_boxed_str).collect(),
            shares_parking: false,
            held: start.held.into_iter().collect(),
            skipped: start.skipped.into_iter().collect(),
            parked_changes: Vec::new(),
        }
    }

    /// States are behind the rows as yet.
    pub(super) fn recalls(&self) -> bool {
        self.seen.position < self.rows_from.position
    }

    /// The events of a batch that are its to fold: either all of them are recalled, or none.
    fn unseen<'e>(&self, events: &'e [Recorded]) -> &'e [Recorded] {
        let end = if self.recalls() { self.rows_from.position } else { u64::MAX };
        let place_behind = |position| events.partition_point(|event| event.position <= position);
        &events[place_behind(self.seen.position)..place_behind(end)]
    }

    /// Takes the lanes away from recalled events that went into stored states.
    fn pass_over_known(&mut self, events: &[Recorded]) {
        for (lane, event) in self.lanes.iter_mut().zip(events) {
            if self.slots.get(*lane).is_some_and(|slot| event.position <= slot.known_to) {
                *lane = NO_LANE;
            }
        }
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
        let loaded = self.complete;
        let known_to = if self.is_parked(partition) { self.rows_from.position } else { 0 };
        self.shares_parking |= P::parked_as(partition).len() != partition.len();
        self.slots.add(partition, |name| Slot::new(name, loaded, known_to))
    }

    pub(super) fn mark_behind(&mut self, number: u32) {
        if let Some(slot) = self.slots.get(number)
            && !std::mem::replace(&mut slot.behind, true)
        {
            self.behind.fall(number);
        }
    }

    /// Whether events of a partition wait.
    pub(super) fn is_parked(&self, partition: &str) -> bool {
        !self.parked.is_empty() && self.parked.contains(P::parked_as(partition))
    }

    /// What the partition of a slot is parked as, should it be parked.
    pub(super) fn parked_as(&self, number: u32) -> Option<&str> {
        self.slots.partition(number).map(|partition| P::parked_as(partition))
    }

    /// What an event of a slot has to wait behind, if it has to.
    pub(super) fn waits_behind(&self, number: u32) -> Option<String> {
        if self.parked.is_empty() {
            return None;
        }
        self.parked_as(number).filter(|parked_as| self.parked.contains(*parked_as)).map(str::to_owned)
    }

    /// Parks partitions or lets them go, by what they are parked as. Their states are written together with
    /// that.
    pub(super) fn set_parked(&mut self, parked_as: &str, parked: bool) {
        let members = match self.shares_parking {
            true => self.slots.matching(|partition| P::parked_as(partition) == parked_as),
            false => self.slots.find(parked_as).into_iter().collect(),
        };
        members.into_iter().for_each(|number| self.behind.write_at_once(number));
        if parked {
            self.parked.insert(parked_as.into());
        } else {
            self.parked.remove(parked_as);
        }
    }

    fn take_states(&mut self, take: &Take) -> Result<Vec<(String, String)>, FolderError> {
        let due = self.behind.due(&self.slots, take);
        let mut states = Vec::with_capacity(due.len());
        for number in due {
            let Some(slot) = self.slots.get(number).filter(|slot| slot.behind) else { continue };
            let state = serde_json::to_string(&slot.state).map_err(|error| FolderError::State {
                partition: slot.partition.to_string(),
                reason: error.to_string(),
            })?;
            slot.behind = false;
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

    fn is_recalling(&self) -> bool {
        self.recalls()
    }

    fn prepare(&mut self, events: &[Recorded]) -> Vec<String> {
        self.begin_batch();
        let mut lacking = Vec::new();
        let projection = self.projection.clone();
        let recalling = self.recalls();
        for (place, event) in self.unseen(events).iter().enumerate() {
            if recalling && self.held.contains(&event.position) {
                self.lanes.push(NO_LANE);
                continue;
            }
            let number = match attempt::partition(&*projection, event) {
                Ok(None) => NO_LANE,
                Ok(Some(partition)) => self.slot_of(&partition),
                Err(panic) => {
                    // Which partition it belongs to cannot be known. Most are named like the aggregate whose
                    // stream it is.
                    self.unplaced.push((place, panic));
                    self.slot_of(event.stream.id())
                }
            };
            self.lanes.push(number);
            let batch = self.batch;
            let Some(slot) = self.slots.get(number) else { continue };
            let asked_before = std::mem::replace(&mut slot.asked_in, batch) == batch;
            if !slot.loaded && !asked_before {
                let partition = slot.partition.to_string();
                if !self.is_parked(&partition) {
                    lacking.push(partition);
                }
            }
        }
        lacking
    }

    fn supply(&mut self, states: Vec<(String, Option<StoredState>)>) -> Result<(), FolderError> {
        for (partition, state) in states {
            let number = self.slot_of(&partition);
            let Some(slot) = self.slots.get(number) else { continue };
            slot.loaded = true;
            let Some(StoredState { position, state }) = state else { continue };
            slot.state = serde_json::from_str(&state)
                .map_err(|error| FolderError::State { partition, reason: error.to_string() })?;
            slot.known_to = position;
            self.slots.weigh(number, state.len());
        }
        Ok(())
    }

    fn fold(&mut self, events: &[Recorded], at: Timestamp) -> Result<(), FolderError> {
        let events = self.unseen(events);
        let Some(last) = events.last() else { return Ok(()) };
        if self.recalls() {
            self.pass_over_known(events);
        }
        if self.strict {
            self.fold_strictly(events, at);
        } else {
            self.fold_swiftly(events)?;
        }
        self.seen = Checkpoint { position: last.position, hash: last.hash };
        Ok(())
    }

    fn pending(&self) -> usize {
        self.pending.len() + self.unshown.len() + self.parked_changes.len()
    }

    fn take(&mut self, states_behind: u64) -> Result<Option<GenerationWrite>, FolderError> {
        if self.recalls() {
            return Ok(None);
        }
        let round = if std::mem::take(&mut self.recalled) { 0 } else { states_behind };
        self.summarize_unshown()?;
        let are_states_due = round == 0 && self.behind.complete_to() != self.seen;
        if self.seen == self.taken && self.pending() == 0 && !are_states_due {
            return Ok(None);
        }
        self.takes += 1;
        let (from, to) = (std::mem::replace(&mut self.taken, self.seen), self.seen);
        let take = Take { to, events: to.position - from.position, round, hurry: self.slots.is_full() };
        let states = self.take_states(&take)?;
        let states_at = Some(self.behind.complete_to());
        let parked = std::mem::take(&mut self.parked_changes);
        Ok(Some(GenerationWrite {
            generation: self.generation,
            from,
            to,
            states_at,
            states,
            tables: self.pending.take(),
            parked,
        }))
    }

    fn committed(&mut self) {
        self.commits += 1;
    }

    fn parked(&self) -> usize {
        self.parked.len()
    }

    fn lacks(&mut self, parked_as: &str, events: &[Recorded]) -> Vec<String> {
        let next_batch = self.batch + 1;
        let lanes = self.lanes_of_replay(parked_as, events);
        let mut lacking = Vec::new();
        for number in lanes.into_iter().map(|(number, _)| number) {
            let Some(slot) = self.slots.get(number) else { continue };
            // Or the state supplied could be evicted before it is used.
            let asked_before = std::mem::replace(&mut slot.asked_in, next_batch) == next_batch;
            if !slot.loaded && !asked_before {
                lacking.push(slot.partition.to_string());
            }
        }
        lacking
    }

    fn replay(&mut self, parked_as: &str, events: &[Recorded], rest: Option<u64>, at: Timestamp) -> Replayed {
        self.replay_parked(parked_as, events, rest, at)
    }

    fn skip(&mut self, skipped: Skipped) {
        let Skipped { partition, position, error, at } = skipped;
        self.skipped.insert(position);
        self.parked_changes.push(ParkedChange::Skip { partition, position, error, at });
    }

    fn knows(&self, event: &Recorded) -> bool {
        attempt::is_known(&*self.projection, event)
    }
}
