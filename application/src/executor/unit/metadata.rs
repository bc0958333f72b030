//! What the events of a part say of where they come from.

use super::Part;
use crate::{
    NewEvent, Origin,
    command::{CommandContext, CommandError},
    event::Metadata,
};
use std::sync::Arc;

impl Part<'_> {
    /// Its events, each with who asked for it, how, and when.
    pub(super) fn with_metadata(&mut self, context: &CommandContext) -> Result<Vec<NewEvent>, CommandError> {
        let mut events = std::mem::take(&mut self.events);
        let Some(first) = events.first() else {
            return Ok(events);
        };
        let effective_at = first.effective_at;
        let metadata = Metadata {
            correlation_id: context.correlation_id.clone(),
            causation_id: context.causation_id,
            command_id: context.command_id,
            actor: context.actor().to_owned(),
            owner: self.owner.map(|owner| owner.to_string()),
            origin: context.origin,
            traceparent: context.traceparent.clone(),
            idempotency_key: context.idempotency_key.clone(),
            fingerprint: context.fingerprint.to_stored().map(str::to_owned),
            decided_at: (effective_at != context.now && context.origin == Origin::Live)
                .then_some(context.now),
            time_zone: context.settings.calendar().zone_name().map(str::to_owned),
        };
        let text: Arc<str> = serde_json::to_string(&metadata)
            .map_err(|error| CommandError::Internal(error.to_string()))?
            .into();
        events.iter_mut().for_each(|event| event.metadata = text.clone());
        Ok(events)
    }
}
