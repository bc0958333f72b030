//! The states that a folder keeps in memory, one slot per partition.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// A partition's state, and what has to be known of it.
pub(super) struct Slot<S> {
    pub(super) partition: Box<str>,
    pub(super) state: S,
    /// The state is the stored one, or newer.
    pub(super) loaded: bool,
    /// The state has changed since the last take.
    pub(super) dirty: bool,
    pub(super) parked: bool,
    /// The state before the present batch, once the batch has touched it.
    pub(super) before: Option<S>,
    /// The number of the take that holds the latest state.
    pub(super) taken_in: u64,
    /// The number of the batch that last asked for it.
    pub(super) asked_in: u64,
    /// Roughly the bytes it takes up.
    weight: usize,
}

/// All slots. A slot keeps its number until it is evicted.
pub(super) struct Slots<S> {
    slots: Vec<Option<Slot<S>>>,
    free: Vec<u32>,
    /// Slot numbers by partition; the names lie in the slots alone.
    by_partition: HashTable<u32>,
    weight: usize,
    /// Slots that no batch since this one has asked for go first.
    swept_in: u64,
}

/// What a slot takes up beside its state; also the guess for a state that has never been written down.
const SLOT_BYTES: usize = 256;

impl<S> Slots<S> {
    /// How much one folder keeps. States in use by the last batches stay even beyond it.
    const CAPACITY_BYTES: usize = 16 << 20;

    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), by_partition: HashTable::new(), weight: 0, swept_in: 0 }
    }

    pub(super) fn find(&self, partition: &str) -> Option<u32> {
        self.by_partition.find(hash_of(partition), |number| name_at(&self.slots, *number) == Some(partition)).copied()
    }

    pub(super) fn add(&mut self, partition: &str, slot: impl FnOnce(Box<str>) -> Slot<S>) -> u32 {
        let slot = slot(partition.into());
        self.weight += slot.weight;
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.slots.push(None);
                (self.slots.len() - 1) as u32
            }
        };
        self.slots[number as usize] = Some(slot);
        let slots = &self.slots;
        self.by_partition.insert_unique(hash_of(partition), number, |number| hash_of(name_at(slots, *number).unwrap_or_default()));
        number
    }

    /// A slot by a number that was given and not evicted since.
    pub(super) fn get(&mut self, number: u32) -> Option<&mut Slot<S>> {
        self.slots.get_mut(number as usize).and_then(Option::as_mut)
    }

    /// Notes the size of a state as written down.
    pub(super) fn weigh(&mut self, number: u32, state_bytes: usize) {
        if let Some(slot) = self.slots.get_mut(number as usize).and_then(Option::as_mut) {
            let weight = SLOT_BYTES + state_bytes;
            self.weight = self.weight + weight - slot.weight;
            slot.weight = weight;
        }
    }

    /// Lets go of states that the store has (`durable` is the last take committed) and that were not asked for lately, if there
    /// are too many. Tells whether any went.
    pub(super) fn sweep(&mut self, batch: u64, durable: u64) -> bool {
        if self.weight <= Self::CAPACITY_BYTES {
            return false;
        }
        let idle_since = std::mem::replace(&mut self.swept_in, batch);
        let mut went = false;
        for number in 0..self.slots.len() {
            let idle = |slot: &Slot<S>| !slot.dirty && slot.taken_in <= durable && slot.asked_in <= idle_since && slot.asked_in < batch;
            let Some(slot) = self.slots[number].take_if(|slot| idle(slot)) else { continue };
            if let Ok(entry) = self.by_partition.find_entry(hash_of(&slot.partition), |known| *known as usize == number) {
                entry.remove();
            }
            self.weight -= slot.weight;
            self.free.push(number as u32);
            went = true;
        }
        went
    }
}

impl<S: Default> Slot<S> {
    pub(super) fn new(partition: Box<str>, loaded: bool, parked: bool) -> Self {
        let weight = SLOT_BYTES;
        Self { partition, state: S::default(), loaded, dirty: false, parked, before: None, taken_in: 0, asked_in: 0, weight }
    }
}

fn name_at<S>(slots: &[Option<Slot<S>>], number: u32) -> Option<&str> {
    slots.get(number as usize).and_then(Option::as_ref).map(|slot| &*slot.partition)
}

fn hash_of(partition: &str) -> u64 {
    let mut hasher = FxHasher::default();
    partition.hash(&mut hasher);
    hasher.finish()
}
