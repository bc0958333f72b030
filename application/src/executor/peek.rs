//! A look at an aggregate as it stands, what is under way included. Nobody is answered on the ground of it: it tells
//! what a command is going to need, and the command decides by itself.

use super::{Executor, Participant};
use crate::command::CommandError;
use khata_domain::Aggregate;

impl Executor {
    /// Looks at an aggregate's version and state.
    ///
    /// # Errors
    /// `NewerSchema` if its stream holds what only a newer Khata knows; what the log fails with.
    pub(crate) async fn peek<A: Aggregate, T: Send>(
        &self,
        id: A::Id,
        look: impl Fn(u64, &A) -> T + Send + Sync,
    ) -> Result<T, CommandError> {
        let participant = Participant::of::<A>(id);
        let slots = [(participant.stream.clone(), self.mailboxes.slot(&participant.stream))];
        loop {
            if let Some(loaded) = &slots[0].1.contents.lock().loaded {
                if let Some(event_type) = &loaded.newer_schema {
                    return Err(CommandError::NewerSchema { event_type: event_type.clone() });
                }
                let state = loaded
                    .state
                    .downcast_ref::<A>()
                    .ok_or_else(|| CommandError::Internal(format!("{id} is of another type")))?;
                return Ok(look(loaded.version, state));
            }
            self.load(&[&participant], &slots, &[0], false).await?;
        }
    }
}
