//! Random choices that a seed repeats.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A stream of pseudo-random numbers (SplitMix64): the same seed, the same numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Begins with a seed.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Begins differently each time: for names that must not meet.
    pub fn unrepeatable() -> Self {
        Self::seeded(RandomState::new().build_hasher().finish())
    }

    /// The seed that an environment variable names, or one that no run had before. It is printed, so that a
    /// failure can be had again.
    pub fn seed_from(variable: &str) -> u64 {
        let given = std::env::var(variable)
            .ok()
            .map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")));
        let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("{variable}={seed}");
        seed
    }

    /// An independent stream, for a part of the work with a number of its own.
    pub fn fork(&self, part: u64) -> Self {
        Self::seeded(Self(self.0 ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93)).next())
    }

    /// A number from 0 up to, and without, a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of some things; none of nothing.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        if things.is_empty() { None } else { things.get(self.below(things.len() as u64) as usize) }
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// An identifier as a client may make one, e.g. `hold_…`.
    pub fn id(&mut self, prefix: &str) -> String {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        format!("{prefix}_{}", uuid::Uuid::from_u128(bits).hyphenated())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_choices_and_parts_differ() {
        let draw = |mut random: Random| (0..20).map(|_| random.below(1000)).collect::<Vec<_>>();
        let seeded = Random::seeded(7);
        assert_eq!(draw(seeded.clone()), draw(Random::seeded(7)));
        assert_ne!(draw(seeded.fork(1)), draw(seeded.fork(2)));
        assert!(draw(seeded).iter().any(|number| *number > 500));
    }
}
