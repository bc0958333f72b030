//! What a unit's aggregates have gained so far: for answers, and for decisions that follow from it.

use super::Unit;
use crate::{
    NewEvent,
    command::{AnsweredEvent, CommandError},
};
use khata_domain::{Aggregate, Made};
use uuid::Uuid;

impl Unit<'_> {
    /// What an aggregate has brought into being, each with its event.
    ///
    /// # Errors
    /// `Internal` if it is no participant.
    pub fn made<A: Aggregate>(&self, id: A::Id) -> Result<impl Iterator<Item = (Uuid, Made)>, CommandError> {
        let part = &self.parts[self.index_of::<A>(id)?];
        let made = part.events.iter().zip(&part.made);
        Ok(made.filter_map(|(event, made)| Some((event.event_id, (*made)?))))
    }

    /// What one part gained, as answers name it.
    pub(in crate::executor) fn answered(&self, index: usize) -> Vec<AnsweredEvent> {
        let part = &self.parts[index];
        let named = |((event, made), version): ((&NewEvent, &Option<Made>), u64)| AnsweredEvent {
            id: event.event_id,
            event_type: event.event_type.clone(),
            version,
            made: *made,
        };
        part.events.iter().zip(&part.made).zip(part.base.version + 1..).map(named).collect()
    }
}
