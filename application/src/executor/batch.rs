//! Many facts at once, without an answering aggregate: for imports. Idempotency keys and `If-Match` do not
//! apply.

use super::{Executor, Participant, Submitted, Undone, Unit, mailbox::in_name_order};
use crate::{
    command::{CommandContext, CommandError},
    event_store::Appended,
};
use std::time::Duration;
use tokio::sync::SemaphorePermit;

/// A batch on its way to the log. The next one may be decided on top of it.
pub struct Begun<'a, T> {
    executor: &'a Executor,
    submitted: Submitted<T>,
    _permit: SemaphorePermit<'a>,
}

impl<T> std::fmt::Debug for Begun<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Begun")
    }
}

impl<T> Begun<'_, T> {
    /// Waits until the batch is durable.
    ///
    /// # Errors
    /// `Contended` if others were quicker: what was decided on top of this batch fails too. What `body`
    /// refused with. `Unavailable`; `Internal` also if one of its events is stored already.
    pub async fn outcome(self) -> Result<(Appended, T), CommandError> {
        let (decided, appended, _) = self.executor.settle(self.submitted).await?;
        Ok((appended, decided?))
    }
}

impl Executor {
    /// Runs `body` over any number of aggregates and appends all that it decides atomically; waits for the
    /// outcome, and decides again for so long while others are quicker.
    ///
    /// # Errors
    /// Those of [`Executor::transact`].
    pub async fn transact_many<T: Send>(
        &self,
        context: &CommandContext,
        participants: &[Participant],
        patience: Duration,
        body: impl Fn(&mut Unit<'_>) -> Result<T, CommandError> + Send + Sync,
    ) -> Result<(Appended, T), CommandError> {
        match self.run(context, participants, None, patience, &body).await {
            Ok(done) => Ok((done.appended, done.value)),
            Err(Undone::Error(error)) => Err(error),
            Err(Undone::KeyUsed(_)) => Err(CommandError::Internal("an import has no idempotency key".into())),
        }
    }

    /// Runs `body` once and queues all that it decides. Batches begun one after another are appended in that
    /// order.
    ///
    /// # Errors
    /// `Overloaded`, `Unavailable`. What `body` refuses with is part of the outcome: it rests on states that
    /// may not come to be.
    pub async fn begin_many<T: Send>(
        &self,
        context: &CommandContext,
        participants: &[Participant],
        body: impl Fn(&mut Unit<'_>) -> Result<T, CommandError> + Send + Sync,
    ) -> Result<Begun<'_, T>, CommandError> {
        let permit = self.permit()?;
        let submitted = self.begin(context, &in_name_order(participants), None, true, &body).await?;
        Ok(Begun { executor: self, submitted, _permit: permit })
    }
}
