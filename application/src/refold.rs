//! Folding a stream anew, whatever its aggregate, to compare what comes of it with what is stored beside it.

use crate::{
    Recorded,
    event_store::{ReadError, Snapshot},
    fold::Folded,
};
use khata_domain::Aggregate;

/// Folds the events of a stream and compares what comes of it with snapshots, whatever the aggregate.
pub(crate) trait Refold: Send {
    /// Applies the next event.
    fn apply(&mut self, event: &Recorded) -> Result<(), ReadError>;

    /// What is wrong with a snapshot that was taken here. One that would not be used says nothing.
    fn misfit(&self, snapshot: &Snapshot) -> Option<&'static str>;
}

impl<A: Aggregate> Refold for Folded<A> {
    fn apply(&mut self, event: &Recorded) -> Result<(), ReadError> {
        Folded::apply(self, event)
    }

    fn misfit(&self, snapshot: &Snapshot) -> Option<&'static str> {
        if snapshot.state_schema != A::STATE_SCHEMA || self.newer_schema.is_some() {
            return None;
        }
        if Some(snapshot.last_event_id) != self.last_event_id
            || Some(snapshot.recorded_at) != self.last_recorded_at
        {
            return Some("names another event than the one of its version");
        }
        // Read and written again: how a state is spelled is no matter.
        let kept = serde_json::from_str::<A>(&snapshot.state).and_then(|state| serde_json::to_string(&state));
        match (kept, serde_json::to_string(&self.state)) {
            (Ok(kept), Ok(folded)) if kept == folded => None,
            _ => Some("holds another state than the events come to"),
        }
    }
}
