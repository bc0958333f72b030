//! What a repair comes to, and how a lost type of events is found. Where rows lie is each store's own.

mod keys;

pub(crate) use keys::{Commands, Damaged, DamagedKeys, Told};

use khata_application::{Recorded, contexts, hash_chain};

/// What a repair came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// So many events fit together; what stands beside them was made anew.
    pub events: u64,
    /// So many kinds of events were told anew from the events that are of them.
    pub kinds: u64,
    /// Idempotency keys whose rows were damaged, and mended from the events that tell of them.
    pub keys_mended: u64,
    /// Idempotency keys that had no row, and have one again from the events that tell of them.
    pub keys_restored: u64,
    /// Rows of idempotency keys that were damaged, and of which no event tells: they are gone. A command that
    /// is repeated under one of them is done again.
    pub keys_lost: Vec<String>,
}

/// The types that the first event of a kind may have: the one that is stored, then all that this build knows
/// of the category.
pub(crate) fn types_to_try(category: &str, stored: Option<&str>) -> Vec<String> {
    let own = contexts::aggregate(category)
        .into_iter()
        .flat_map(|aggregate| aggregate.events)
        .map(|(name, _)| format!("{category}.{name}"));
    stored.map(str::to_owned).into_iter().chain(own).collect()
}

/// Whether an event fits behind a hash under another type than it was read with.
pub(crate) fn fits_as(event: &Recorded, event_type: &str, previous: &[u8; 32]) -> bool {
    hash_chain::fits(previous, &Recorded { event_type: event_type.into(), ..event.clone() })
}
