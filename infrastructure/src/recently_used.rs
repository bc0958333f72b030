//! A bounded map that forgets what has not been used recently. Not `moka`: the one thread that owns it changes
//! values in place, and nothing may go in the middle of a batch.

use rustc_hash::FxHashMap;
use std::{borrow::Borrow, hash::Hash};

/// Holds between `capacity` and twice as many of the entries used last, and more only until it is told to
/// settle.
///
/// Two maps: new and used entries stand in the young one; when that is full it becomes the old one, and what
/// was old is gone. This costs no bookkeeping per use, unlike a list in order of use.
#[derive(Debug)]
pub(crate) struct RecentlyUsed<K, V> {
    young: FxHashMap<K, V>,
    old: FxHashMap<K, V>,
    capacity: usize,
}

impl<K: Hash + Eq, V> RecentlyUsed<K, V> {
    pub(crate) fn of(capacity: usize) -> Self {
        Self { young: FxHashMap::default(), old: FxHashMap::default(), capacity }
    }

    pub(crate) fn get<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.insert(key, value);
        }
        self.young.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.young.insert(key, value);
    }

    /// Forgets what has not been used recently, if there is too much. Nothing else forgets.
    pub(crate) fn settle(&mut self) {
        if self.young.len() >= self.capacity {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut map = RecentlyUsed::of(10);
        for number in 0..1_000 {
            map.insert(number, number * 2);
            map.settle();
            assert_eq!(map.get(&0), Some(&mut 0), "used in every round");
        }
        assert_eq!(map.get(&999), Some(&mut 1_998));
        assert_eq!(map.get(&500), None);
        assert!((0..1_000).filter(|number| map.get(number).is_some()).count() <= 20);
    }

    #[test]
    fn nothing_goes_before_the_map_is_settled() {
        let mut map = RecentlyUsed::of(10);
        for number in 0..1_000 {
            map.insert(number, ());
        }
        assert!((0..1_000).all(|number| map.get(&number).is_some()));
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let mut map = RecentlyUsed::of(2);
        for number in [1, 2] {
            map.insert(number, "early");
        }
        map.settle();
        map.insert(1, "late");
        map.insert(3, "other");
        assert_eq!(map.get(&1), Some(&mut "late"));
        map.settle();
        assert_eq!(map.get(&1), Some(&mut "late"));
    }
}
