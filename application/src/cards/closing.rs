//! Closing: the card and the note on its customer, in one append.

use super::Cards;
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use khata_domain::{
    Text,
    cards::{CreditCard, card::Close},
    customers::{Customer, ProductId, customer::DetachProduct},
    ids::CardId,
};

impl Cards {
    /// Closes a card; afterwards its customer may be closed too.
    ///
    /// # Errors
    /// Refused as `outstanding_not_zero`, `authorizations_open` or `disputes_open`; those of
    /// [`crate::Executor::transact`].
    pub async fn close(
        &self,
        context: &CommandContext,
        card_id: CardId,
        reason: Option<Text<500>>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        // A card never changes hands, so whoever has it by what is durable now, has it still when this is
        // decided.
        let stored =
            fold::<CreditCard>(&*self.store, &StreamName::of::<CreditCard>(card_id), Until::default())
                .await?
                .known()?;
        let owner = stored.state.issuance().map(|issuance| issuance.customer_id);
        let others: Vec<Participant> = owner.into_iter().map(Participant::of::<Customer>).collect();
        let close = Close { reason };
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<CreditCard>(card_id)?;
            unit.decide::<CreditCard>(card_id, close.clone())?;
            let Some(owner) = owner else {
                // Issued since it was looked up: whoever asks again finds it.
                return Err(CommandError::Contended);
            };
            let product = ProductId::of(card_id);
            let holds_it = unit
                .state::<Customer>(owner)?
                .profile()
                .is_some_and(|profile| profile.products.contains(&product));
            if holds_it {
                unit.decide::<Customer>(owner, DetachProduct { product })?;
            }
            Ok(())
        };
        self.executor.transact::<CreditCard>(context, card_id, &others, body).await
    }
}
