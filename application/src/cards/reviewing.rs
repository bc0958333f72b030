//! What people decide about authorisations that were declined for somebody to look at.

use super::Cards;
use crate::command::{Answer, CommandContext, CommandError};
use khata_domain::{
    Text,
    cards::{
        CreditCard,
        card::{ClearAuthorization, ConfirmFraud},
    },
    fraud::Reviewer,
    ids::{AuthorizationId, CardId},
};

impl Cards {
    /// Lets an authorisation pass that somebody had to look at: once, if it is asked for again within the hours that the
    /// settings give.
    ///
    /// # Errors
    /// Refused as `authorization_not_in_review`, as `own_authorization` where whoever asks has proved to hold the card or
    /// to have asked for it; those of [`crate::Executor::execute`].
    pub async fn clear(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        reason: Text<500>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        let hours = context.settings.rules().fraud.clearance_hours;
        let clear = ClearAuthorization { authorization_id, reason, reviewer: reviewer(context), hours };
        self.executor.execute::<CreditCard>(context, card_id, clear.into()).await
    }

    /// Leaves an authorisation declined that somebody had to look at: it is fraud.
    ///
    /// # Errors
    /// As for [`Cards::clear`].
    pub async fn confirm_fraud(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        reason: Text<500>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        let confirm = ConfirmFraud { authorization_id, reason, reviewer: reviewer(context) };
        self.executor.execute::<CreditCard>(context, card_id, confirm.into()).await
    }
}

/// Whoever asks, if they have proved who they are.
fn reviewer(context: &CommandContext) -> Option<Reviewer> {
    let principal = &context.principal;
    principal.is_proven().then_some(Reviewer { customer: principal.customer })
}
