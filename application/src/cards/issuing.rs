//! Issuing: the card and the note on its customer, in one append.

use super::Cards;
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Money,
    cards::{CardType, CreditCard, card::Issue},
    customers::{Customer, ProductId, customer::AttachProduct},
    ids::{CardId, CustomerId},
};

/// What card is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCard {
    /// The id, where the client gives one.
    pub card_id: Option<CardId>,
    /// Whose it will be.
    pub customer_id: CustomerId,
    /// What kind of card it is, if that is told.
    pub card_type: Option<CardType>,
    /// The credit limit. Its currency is the card's.
    pub limit: Money,
}

impl Cards {
    /// Issues a card for a verified customer.
    ///
    /// # Errors
    /// `NotFound` for an unknown customer; refused as `customer_not_verified` or by the card's own rules;
    /// those of [`crate::Executor::create`].
    pub async fn issue(
        &self,
        context: &CommandContext,
        new: NewCard,
    ) -> Result<Answer<CreditCard>, CommandError> {
        let NewCard { card_id, customer_id, card_type, limit } = new;
        let card_id = card_id.unwrap_or_else(|| fresh(&*self.ids));
        let terms = context
            .settings
            .rules()
            .cards
            .terms(limit.currency())
            .map_err(|error| CommandError::Internal(error.to_string()))?;
        let issue = Issue { customer_id, card_type, limit, limit_is_synthetic: false, terms };
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<Customer>(customer_id)?;
            unit.decide::<Customer>(customer_id, AttachProduct { product: ProductId::of(card_id) })?;
            unit.decide::<CreditCard>(card_id, issue.clone()).map(drop)
        };
        self.executor
            .create::<CreditCard>(context, card_id, &[Participant::of::<Customer>(customer_id)], body)
            .await
    }
}
