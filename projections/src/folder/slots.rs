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
    /// No event of the partition up to here has still to go into the state: those behind the state as it was
    /// stored, and for a partition that was parked when the folder began, all that the rows have seen. Counts
    /// only while states are recalled.
    pub(super) known_to: u64,
    /// The stored state is behind this one. Such a slot is not evicted.
    pub(super) behind: bool,
    /// The rows that show the state have still to be built.
    pub(super) unshown: bool,
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
    /// How much is kept, in bytes. States in use by the last batches, and those that the store lacks, stay
    /// even beyond it.
    capacity: usize,
    /// What states written of late took up: the guess for one that has not been written yet.
    usual_bytes: usize,
    /// Slots that no batch since this one has asked for go first.
    swept_in: u64,
}

/// What a slot takes up beside its state.
const SLOT_BYTES: usize = 256;
/// As much of a partition's name as tells roughly where in the store its state lies.
const PLACE_BYTES: usize = 32;

impl<S> Slots<S> {
    pub(super) fn of(capacity: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_partition: HashTable::new(),
            weight: 0,
            capacity,
            usual_bytes: 0,
            swept_in: 0,
        }
    }

    pub(super) fn find(&self, partition: &str) -> Option<u32> {
        self.by_partition
            .find(hash_of(partition), |number| name_at(&self.slots, *number) == Some(partition))
            .copied()
    }

    pub(super) fn add(&mut self, partition: &str, slot: impl FnOnce(Box<str>) -> Slot<S>) -> u32 {
        let slot = Slot { weight: SLOT_BYTES + self.usual_bytes, ..slot(partition.into()) };
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
        self.by_partition.insert_unique(hash_of(partition), number, |number| {
            hash_of(name_at(slots, *number).unwrap_or_default())
        });
        number
    }

    /// A slot by a number that was given and not evicted since.
    pub(super) fn get(&mut self, number: u32) -> Option<&mut Slot<S>> {
        self.slots.get_mut(number as usize).and_then(Option::as_mut)
    }

    /// The partition of a slot by a number that was given and not evicted since.
    pub(super) fn partition(&self, number: u32) -> Option<&str> {
        name_at(&self.slots, number)
    }

    /// The slots of partitions like these, each with its number.
    pub(super) fn matching(&self, wanted: impl Fn(&str) -> bool) -> Vec<u32> {
        let matches = |number: &u32| name_at(&self.slots, *number).is_some_and(&wanted);
        (0..self.slots.len() as u32).filter(matches).collect()
    }

    /// Roughly where in the store the state of a slot lies, in the order of partitions.
    pub(super) fn place_of(&self, number: u32) -> [u8; PLACE_BYTES] {
        let mut place = [0; PLACE_BYTES];
        let name = name_at(&self.slots, number).unwrap_or_default().as_bytes();
        let length = name.len().min(PLACE_BYTES);
        place[..length].copy_from_slice(&name[..length]);
        place
    }

    /// More is kept than should be.
    pub(super) fn is_full(&self) -> bool {
        self.weight > self.capacity
    }

    /// Notes the size of a state as written down.
    pub(super) fn weigh(&mut self, number: u32, state_bytes: usize) {
        self.usual_bytes = (7 * self.usual_bytes + state_bytes).div_ceil(8);
        if let Some(slot) = self.slots.get_mut(number as usize).and_then(Option::as_mut) {
            let weight = SLOT_BYTES + state_bytes;
            self.weight = self.weight + weight - slot.weight;
            slot.weight = weight;
        }
    }

    /// Lets go of states that the store has (`durable` is the last take committed) and that were not asked
    /// for lately, if there are too many. Tells whether any went.
    pub(super) fn sweep(&mut self, batch: u64, durable: u64) -> bool {
        if !self.is_full() {
            return false;
        }
        let idle_since = std::mem::replace(&mut self.swept_in, batch);
        let mut went = false;
        for number in 0..self.slots.len() {
            let idle = |slot: &Slot<S>| {
                !slot.behind
                    && slot.taken_in <= durable
                    && slot.asked_in <= idle_since
                    && slot.asked_in < batch
            };
            let Some(slot) = self.slots[number].take_if(|slot| idle(slot)) else { continue };
            if let Ok(entry) =
                self.by_partition.find_entry(hash_of(&slot.partition), |known| *known as usize == number)
            {
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
    pub(super) fn new(partition: Box<str>, loaded: bool, known_to: u64) -> Self {
        Self {
            partition,
            state: S::default(),
            loaded,
            known_to,
            behind: false,
            unshown: false,
            before: None,
            taken_in: 0,
            asked_in: 0,
            weight: SLOT_BYTES,
        }
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
