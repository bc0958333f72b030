//! Tells, in memory and without asking the store, that an idempotency key was surely not used before. Most
//! keys are new: nothing has to be looked up for them.

use fastbloom::AtomicBloomFilter;
use parking_lot::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// One in so many new keys is taken for used by a layer, and looked up in vain.
const WRONG: f64 = 1.0 / 1024.0;
/// The first layer is made for so many keys, each further one for twice as many as the one before: about 2
/// bytes a key.
const FIRST_LAYER: usize = 32_768;

/// The keys that are stored, as far as this process knows. Until it has learnt those that were there before,
/// any may be used.
#[derive(Debug)]
pub(crate) struct KeyFilter {
    layers: RwLock<Vec<Layer>>,
    wrong: f64,
    learnt: AtomicBool,
    abandoned: AtomicBool,
}

#[derive(Debug)]
struct Layer {
    filter: AtomicBloomFilter,
    held: AtomicUsize,
    capacity: usize,
}

impl Layer {
    fn of(capacity: usize, wrong: f64) -> Self {
        Self {
            filter: AtomicBloomFilter::with_false_pos(wrong).expected_items(capacity),
            held: AtomicUsize::new(0),
            capacity,
        }
    }

    /// Whether there was room.
    fn insert(&self, hash: u64) -> bool {
        let room = self.held.load(Ordering::Relaxed) < self.capacity;
        if room && !self.filter.insert_hash(hash) {
            self.held.fetch_add(1, Ordering::Relaxed);
        }
        room
    }
}

impl Default for KeyFilter {
    fn default() -> Self {
        Self::with_wrong(WRONG)
    }
}

impl KeyFilter {
    /// A filter each layer of which takes so many new keys for used.
    pub(crate) fn with_wrong(wrong: f64) -> Self {
        let layers = RwLock::new(vec![Layer::of(FIRST_LAYER, wrong)]);
        Self { layers, wrong, learnt: AtomicBool::new(false), abandoned: AtomicBool::new(false) }
    }

    /// Takes note of a stored key.
    pub(crate) fn insert(&self, hash: i64) {
        let hash = hash.cast_unsigned();
        if self.layers.read().last().is_some_and(|layer| layer.insert(hash)) {
            return;
        }
        let mut layers = self.layers.write();
        if layers.last().is_some_and(|layer| layer.insert(hash)) {
            return;
        }
        let layer = Layer::of(layers.last().map_or(FIRST_LAYER, |layer| layer.capacity * 2), self.wrong);
        layer.insert(hash);
        layers.push(layer);
    }

    /// All that was stored before has been taken note of.
    pub(crate) fn has_learnt(&self) {
        self.learnt.store(true, Ordering::Release);
    }

    /// Whether all that was stored before has been taken note of.
    pub(crate) fn is_complete(&self) -> bool {
        self.learnt.load(Ordering::Acquire)
    }

    /// Nobody will ask any more: whoever fills it stops.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Whether the key may be stored.
    pub(crate) fn may_hold(&self, scope: &str, key: &str) -> bool {
        !self.is_complete() || {
            let hash = key_hash(scope, key).cast_unsigned();
            self.layers.read().iter().any(|layer| layer.filter.contains_hash(hash))
        }
    }
}

/// The first 64 bits of a hash over scope and key.
pub(crate) fn key_hash(scope: &str, key: &str) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(scope.len() as u64).to_le_bytes()).update(scope.as_bytes()).update(key.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_may_be_there_and_most_of_the_rest_is_surely_not() {
        let filter = KeyFilter::default();
        assert!(filter.may_hold("local", "k"), "not learnt yet");
        (0..200_000).for_each(|n| filter.insert(key_hash("local", &format!("key {n}"))));
        filter.has_learnt();
        assert!((0..200_000).all(|n| filter.may_hold("local", &format!("key {n}"))));
        let wrong = (0..100_000).filter(|n| filter.may_hold("local", &format!("other {n}"))).count();
        assert!(wrong < 1_000, "{wrong} of 100,000 new keys would be looked up");
        assert_eq!(filter.layers.read().len(), 3);
    }

    #[test]
    fn a_key_in_another_scope_is_another_key() {
        let filter = KeyFilter::default();
        filter.insert(key_hash("a", "bc"));
        filter.has_learnt();
        assert!(filter.may_hold("a", "bc") && !filter.may_hold("ab", "c"));
    }
}
