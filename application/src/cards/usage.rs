//! A card in use: authorisations, entries, statements, points, limit and blocks. One stream each.

use super::Cards;
use crate::{
    Render,
    command::{Answer, CommandContext, CommandError},
};
use jiff::civil::Date;
use khata_domain::{
    Money, Text,
    cards::{
        CreditCard, Request,
        card::{Authorize, Capture, CardRequest, ChargeFee, Refund},
    },
    ids::{AuthorizationId, CardId},
};

impl Cards {
    /// A name for an authorisation whose client has chosen none. Under an idempotency key it is always the
    /// same one, so that a repeat speaks of the first request's authorisation.
    pub fn authorization_id(&self, context: &CommandContext, card_id: CardId) -> AuthorizationId {
        let Some(key) = &context.idempotency_key else { return AuthorizationId::from_uuid(self.ids.uuid()) };
        let mut hasher = blake3::Hasher::new_derive_key("khata authorisation id of an idempotency key");
        for part in [context.actor.as_str(), key, &card_id.to_string()] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        AuthorizationId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Sets credit aside for a merchant, or declines to: that is an event, not a refusal.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn authorize<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        request: Request,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::Authorize(Authorize { authorization_id, request })).await
    }

    /// Books what was authorised: all of it if no amount is given.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn capture<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        amount: Option<Money>,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::Capture(Capture { authorization_id, amount })).await
    }

    /// Gives up an authorisation.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn void<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::VoidAuthorization(authorization_id)).await
    }

    /// Records that an authorisation has run out.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn expire<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::ExpireAuthorization(authorization_id)).await
    }

    /// Takes back money that a merchant returns.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn refund<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        refund: Refund,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::Refund(refund)).await
    }

    /// Takes a payment of the cardholder.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn record_payment<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        amount: Money,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::RecordPayment(amount)).await
    }

    /// Closes the statement of the period that ends with a day. Its business time is the end of that day.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn close_statement<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        closing_date: Date,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(
            &self.at_end_of(closing_date, context),
            card_id,
            CardRequest::CloseStatement(closing_date),
        )
        .await
    }

    /// Charges the interest of the open period, on the balances at the end of a day, which is its business
    /// time.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_interest<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        date: Date,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(&self.at_end_of(date, context), card_id, CardRequest::ChargeInterest(date)).await
    }

    /// Charges a fee.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_fee<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        amount: Money,
        reason: Text<500>,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::ChargeFee(ChargeFee { amount, reason })).await
    }

    /// Spends reward points.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn redeem_rewards<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        points: u64,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::RedeemRewards(points)).await
    }

    /// Lets the card be used from now on.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn activate<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::Activate).await
    }

    /// Changes the credit limit.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn change_limit<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        limit: Money,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::ChangeLimit(limit)).await
    }

    /// Declines everything from now on.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn block<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
        reason: Text<500>,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::Block(reason)).await
    }

    /// Lifts the block.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn unblock<R: Render<CreditCard>>(
        &self,
        context: &CommandContext,
        card_id: CardId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, card_id, CardRequest::Unblock).await
    }
}
