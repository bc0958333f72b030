//! What a repair comes to, and how the row of an idempotency key is told anew by the event that it led to. Where rows lie is each store's own.

use khata_application::{Recorded, contexts, event_store::KeyRecord, hash_chain};
use uuid::Uuid;

/// What a repair came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// So many events fit together; what stands beside them was made anew.
    pub events: u64,
    /// So many kinds of events were told anew from the events that are of them.
    pub kinds: u64,
    /// Idempotency keys whose rows were damaged, and mended from the events that tell of them.
    pub keys_mended: u64,
    /// Rows of idempotency keys that were damaged, and of which no event tells: they are gone. A command that is repeated under one of
    /// them is done again.
    pub keys_lost: Vec<String>,
}

/// A damaged key as the event at its position tells it, if that is an event of its command. `gained`: how many events the command gave
/// to the event's stream.
pub(crate) fn key_told_by(event: &Recorded, damaged: &KeyRecord, gained: u64) -> Option<KeyRecord> {
    let metadata = event.metadata().ok()?;
    let (key, fingerprint) = (metadata.idempotency_key?, metadata.fingerprint?);
    let same = [key == damaged.claim.key, fingerprint == damaged.claim.fingerprint, metadata.actor == damaged.claim.scope];
    // A row of which most says the same is that of this event; of another one nothing is known.
    if same.iter().filter(|same| **same).count() < 2 || event.stream != damaged.stream {
        return None;
    }
    let mut mended = damaged.clone();
    (mended.claim.scope, mended.claim.key, mended.claim.fingerprint) = (metadata.actor, key, fingerprint);
    mended.claim.decided_at = metadata.decided_at.unwrap_or(event.effective_at);
    (mended.version, mended.position, mended.events) = (event.version, event.position, gained);
    Some(mended)
}

/// The command that an event came of.
pub(crate) fn command_of(event: &Recorded) -> Option<Uuid> {
    event.metadata().ok().map(|metadata| metadata.command_id)
}

/// The types that the first event of a kind may have: the one that is stored, then all that this build knows of the category.
pub(crate) fn types_to_try(category: &str, stored: Option<&str>) -> Vec<String> {
    let own = contexts::aggregate(category).into_iter().flat_map(|aggregate| aggregate.events).map(|(name, _)| format!("{category}.{name}"));
    stored.map(str::to_owned).into_iter().chain(own).collect()
}

/// Whether an event fits behind a hash under another type than it was read with.
pub(crate) fn fits_as(event: &Recorded, event_type: &str, previous: &[u8; 32]) -> bool {
    hash_chain::fits(previous, &Recorded { event_type: event_type.into(), ..event.clone() })
}
