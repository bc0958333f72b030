//! Disputes: the transaction is looked up by its event, and told to the card as a fact.

use super::Cards;
use crate::{
    StreamName,
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::Unit,
};
use khata_domain::{
    Text,
    cards::{CardEvent, CreditCard, card::OpenDispute},
    ids::{AuthorizationId, CardId, DisputeId, TransactionId, TypedId},
};

impl Cards {
    /// Objects to a captured transaction.
    ///
    /// # Errors
    /// `NotFound` if the card has captured no such transaction; refused as `transaction_not_disputable`,
    /// `transaction_already_disputed`, or by the card's other rules; those of [`crate::Executor::transact`].
    pub async fn open_dispute(
        &self,
        context: &CommandContext,
        card_id: CardId,
        transaction_id: TransactionId,
        reason: Text<500>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        let captured = self.captured(card_id, transaction_id).await?;
        let dispute_id: DisputeId = fresh(&*self.ids);
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<CreditCard>(card_id)?;
            let authorization_id =
                captured.ok_or_else(|| CommandError::NotFound(transaction_id.to_string()))?;
            let open = OpenDispute { dispute_id, transaction_id, authorization_id, reason: reason.clone() };
            unit.decide::<CreditCard>(card_id, open).map(drop)
        };
        self.executor.transact::<CreditCard>(context, card_id, &[], body).await
    }

    /// The authorisation that a transaction of the card has captured, found by the event that booked it.
    async fn captured(
        &self,
        card_id: CardId,
        transaction_id: TransactionId,
    ) -> Result<Option<AuthorizationId>, CommandError> {
        let stream = StreamName::of::<CreditCard>(card_id);
        let found = self.store.find(&[transaction_id.uuid()]).await?;
        let Some(recorded) = found.iter().find(|recorded| recorded.stream == stream) else { return Ok(None) };
        match recorded.event::<CreditCard>() {
            Some(Ok(CardEvent::TransactionCaptured(captured))) => Ok(Some(captured.authorization_id)),
            Some(Ok(_)) | None => Ok(None),
            Some(Err(error)) => Err(CommandError::Internal(error.to_string())),
        }
    }
}
