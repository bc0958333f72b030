//! Keys that tokens are checked with. Each is for one algorithm, whatever a token says.

use jsonwebtoken::{Algorithm, DecodingKey};
use std::sync::atomic::{AtomicU64, Ordering};

/// A key for one algorithm.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// The keys that are believed at one time.
pub(super) struct KeySet {
    keys: Vec<VerifyingKey>,
    generation: u64,
}

/// Why no key can be told for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// None has this id, or there is none of this algorithm. There may be one by now.
    Unknown,
    /// The key of this id is for another algorithm.
    OtherAlgorithm,
    /// Without an id it could be any of several.
    Ambiguous,
}

impl KeySet {
    /// A set of its own: no other has its generation.
    pub(super) fn new(keys: Vec<VerifyingKey>) -> Self {
        static GENERATIONS: AtomicU64 = AtomicU64::new(0);
        Self { keys, generation: GENERATIONS.fetch_add(1, Ordering::Relaxed) }
    }

    /// What tells it from all others.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Its keys behind the first ones, which are these.
    pub(super) fn others_than(&self, first: &[VerifyingKey]) -> impl Iterator<Item = VerifyingKey> + use<> {
        self.keys.iter().skip(first.len()).cloned().collect::<Vec<_>>().into_iter()
    }

    /// The one key that a token of this algorithm can have been signed with.
    pub(super) fn pick(&self, algorithm: Algorithm, id: Option<&str>) -> Result<&VerifyingKey, NoKey> {
        if let Some(id) = id {
            let mut of_id = self.keys.iter().filter(|key| key.id.as_deref() == Some(id)).peekable();
            of_id.peek().ok_or(NoKey::Unknown)?;
            return of_id.find(|key| key.algorithm == algorithm).ok_or(NoKey::OtherAlgorithm);
        }
        let mut of_algorithm = self.keys.iter().filter(|key| key.algorithm == algorithm);
        match (of_algorithm.next(), of_algorithm.next()) {
            (None, _) => Err(NoKey::Unknown),
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(NoKey::Ambiguous),
        }
    }
}
