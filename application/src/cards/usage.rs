//! A card in use: authorisations, entries, statements, points, limit and blocks. One stream each.

use super::Cards;
use crate::command::{Answer, CommandContext, CommandError};
use jiff::civil::Date;
use khata_domain::{
    Money, Text,
    cards::{
        CreditCard, Request,
        card::{
            Activate, Authorize, Block, Capture, ChangeLimit, ChargeFee, ChargeInterest, CloseStatement,
            ExpireAuthorization, RecordPayment, RedeemRewards, Refund, Unblock, VoidAuthorization,
        },
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
    pub async fn authorize(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        request: Request,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, Authorize { authorization_id, request }.into()).await
    }

    /// Books what was authorised: all of it if no amount is given.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn capture(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        amount: Option<Money>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, Capture { authorization_id, amount }.into()).await
    }

    /// Gives up an authorisation.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn void(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, VoidAuthorization { authorization_id }.into()).await
    }

    /// Records that an authorisation has run out.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn expire(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, ExpireAuthorization { authorization_id }.into()).await
    }

    /// Takes back money that a merchant returns.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn refund(
        &self,
        context: &CommandContext,
        card_id: CardId,
        refund: Refund,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, refund.into()).await
    }

    /// Takes a payment of the cardholder.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn record_payment(
        &self,
        context: &CommandContext,
        card_id: CardId,
        amount: Money,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, RecordPayment { amount }.into()).await
    }

    /// Closes the statement of the period that ends with a day. Its business time is the end of that day.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn close_statement(
        &self,
        context: &CommandContext,
        card_id: CardId,
        closing_date: Date,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(&context.at_end_of(closing_date), card_id, CloseStatement { closing_date }.into()).await
    }

    /// Charges the interest of the open period, on the balances at the end of a day, which is its business
    /// time.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_interest(
        &self,
        context: &CommandContext,
        card_id: CardId,
        date: Date,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(&context.at_end_of(date), card_id, ChargeInterest { date }.into()).await
    }

    /// Charges a fee.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_fee(
        &self,
        context: &CommandContext,
        card_id: CardId,
        amount: Money,
        reason: Text<500>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, ChargeFee { amount, reason }.into()).await
    }

    /// Spends reward points.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn redeem_rewards(
        &self,
        context: &CommandContext,
        card_id: CardId,
        points: u64,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, RedeemRewards { points }.into()).await
    }

    /// Lets the card be used from now on.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn activate(
        &self,
        context: &CommandContext,
        card_id: CardId,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, Activate.into()).await
    }

    /// Changes the credit limit.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn change_limit(
        &self,
        context: &CommandContext,
        card_id: CardId,
        limit: Money,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, ChangeLimit { limit }.into()).await
    }

    /// Declines everything from now on.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn block(
        &self,
        context: &CommandContext,
        card_id: CardId,
        reason: Text<500>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, Block { reason }.into()).await
    }

    /// Lifts the block.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::execute`].
    pub async fn unblock(
        &self,
        context: &CommandContext,
        card_id: CardId,
    ) -> Result<Answer<CreditCard>, CommandError> {
        self.execute(context, card_id, Unblock.into()).await
    }
}
