//! Whether a command is about what whoever asks may reach. Found out before anything else: before a key is
//! looked up, before a version is compared.

use super::{Executor, Participant};
use crate::{
    access::Owners,
    command::{CommandContext, CommandError},
};

impl Executor {
    /// Knows whose streams are.
    pub fn owners(&self) -> &Owners {
        &self.owners
    }

    /// Makes sure that whoever asks reaches all that takes part and is not anyone's. What is out of reach is not
    /// there: nobody learns from an answer whether something exists.
    pub(super) async fn require_reach(
        &self,
        context: &CommandContext,
        participants: &[Participant],
    ) -> Result<(), CommandError> {
        if context.reach.is_all() {
            return Ok(());
        }
        for participant in participants.iter().filter(|participant| !participant.is_anyones) {
            let (principal, stream) = (&context.principal, participant.stream());
            if !self.owners.reaches(principal, context.reach, stream).await? {
                return Err(CommandError::OutOfReach(stream.id().to_owned()));
            }
        }
        Ok(())
    }

    /// Whether whoever asks may learn which version the primary aggregate has. What a command makes is not looked
    /// for before: who makes up an id that another has used learns that it is taken, and nothing else.
    pub(super) async fn may_compare(
        &self,
        context: &CommandContext,
        primary: &Participant,
        is_made: bool,
    ) -> Result<bool, CommandError> {
        if !is_made || context.if_match.is_none() {
            return Ok(true);
        }
        self.owners.reaches(&context.principal, context.reach, primary.stream()).await
    }
}
