//! When a fact of the past happened, and the ids of its events.

use jiff::{Timestamp, civil::Date};
use khata_domain::DecisionContext;
use uuid::Uuid;

/// When an imported fact happened, and the identity its event gets.
#[derive(Debug, Clone, Copy)]
pub struct HistoricalFact {
    /// Business time.
    pub effective_at: Timestamp,
    /// The day it counts for.
    pub business_date: Date,
    /// The id of its first event, derived from the fact's source; further events get ids derived from this
    /// one.
    pub event_id: Uuid,
}

impl HistoricalFact {
    /// What it is decided under when nothing but the fact itself is known: as on its own day.
    pub(crate) fn alone(&self) -> DecisionContext<'static> {
        let (now, business_date) = (self.effective_at, self.business_date);
        DecisionContext { now, today: business_date, business_date, actor: "" }
    }

    /// The id of the fact's n-th event, counted from 0.
    pub fn nth_event_id(&self, n: usize) -> Uuid {
        Self::further_event_id(self.event_id, n)
    }

    /// The id of the n-th event of the fact whose first event has an id.
    pub fn further_event_id(first: Uuid, n: usize) -> Uuid {
        if n == 0 {
            return first;
        }
        let mut hasher = blake3::Hasher::new_derive_key("khata historical fact: further event ids");
        hasher.update(first.as_bytes()).update(&(n as u64).to_le_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        // Beside the first one in the order of ids.
        bytes[..6].copy_from_slice(&first.as_bytes()[..6]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}
