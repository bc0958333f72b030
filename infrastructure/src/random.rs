//! Random numbers: the machine's, or those of a seed for runs that must repeat.

use khata_application::processes::Random;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of the machine's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn below(&self, end: u32) -> u32 {
        // Without a random source pauses do not vary; nothing else hangs on it.
        getrandom::u32().unwrap_or_default().checked_rem(end).unwrap_or_default()
    }
}

/// The numbers that follow from a seed (SplitMix64), the same in every run.
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// Those of a seed.
    pub const fn of(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut number = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }
}

impl Random for SeededRandom {
    fn below(&self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_below_their_end() {
        for random in [&SystemRandom as &dyn Random, &SeededRandom::of(7)] {
            assert!((0..1_000).all(|_| random.below(10) < 10));
            assert_eq!(random.below(0), 0);
        }
    }

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let draw = |seed| {
            let random = SeededRandom::of(seed);
            (0..100).map(|_| random.below(1_000)).collect::<Vec<_>>()
        };
        assert!(draw(1) == draw(1) && draw(1) != draw(2));
        assert!(draw(1).iter().collect::<std::collections::BTreeSet<_>>().len() > 50);
    }
}
