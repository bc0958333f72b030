//! Authorising: where the caller brings no verdict of its own, the card's own habits and its customer are judged.

use super::Cards;
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
    fraud,
};
use khata_domain::{
    cards::{CreditCard, FraudVerdict, Request, card::Authorize},
    customers::Customer,
    fraud::{CardScreening, FraudFacts},
    ids::{AuthorizationId, CardId, CustomerId},
};

impl Cards {
    /// Authorises an amount, or declines it. With a verdict that somebody else came to, that counts; without one the
    /// transaction is scored, and declined as `manual_review` where somebody has to look at it first.
    ///
    /// # Errors
    /// The card's refusal; those of [`crate::Executor::transact`].
    pub async fn authorize(
        &self,
        context: &CommandContext,
        card_id: CardId,
        authorization_id: AuthorizationId,
        request: Request,
        verdict: Option<FraudVerdict>,
    ) -> Result<Answer<CreditCard>, CommandError> {
        let request = Request { fraud_verdict: verdict.unwrap_or_default(), ..request };
        let owner = if verdict.is_some() { None } else { self.owner(card_id).await? };
        let Some(owner) = owner else {
            let authorize = Authorize { authorization_id, request, screening: None };
            return self.executor.execute::<CreditCard>(context, card_id, authorize.into()).await;
        };
        let numbers = context.settings.rules().fraud;
        let body = |unit: &mut Unit<'_>| {
            let assessment =
                self.scorer.score(facts(unit, context, (card_id, owner), &request)?, &numbers.weights);
            let screening = Some(Box::new(CardScreening::of(assessment, numbers.cards)));
            let authorize = Authorize { authorization_id, request: request.clone(), screening };
            unit.decide::<CreditCard>(card_id, authorize).map(drop)
        };
        let others = [Participant::of::<Customer>(owner)];
        self.executor.transact::<CreditCard>(context, card_id, &others, body).await
    }

    /// Whose card it is; nothing where there is no such card. A card never changes hands.
    async fn owner(&self, card_id: CardId) -> Result<Option<CustomerId>, CommandError> {
        if let Some(owner) = self.owners.get(&card_id) {
            return Ok(Some(owner));
        }
        let stream = StreamName::of::<CreditCard>(card_id);
        let stored = fold::<CreditCard>(&*self.store, &stream, Until::default()).await?.known()?;
        let owner = stored.state.issuance().map(|issuance| issuance.customer_id);
        owner.iter().for_each(|owner| self.owners.insert(card_id, *owner));
        Ok(owner)
    }
}

/// What is known of a transaction, by the card and its customer as they are held.
fn facts(
    unit: &Unit<'_>,
    context: &CommandContext,
    (card_id, owner): (CardId, CustomerId),
    request: &Request,
) -> Result<FraudFacts, CommandError> {
    let (city_tier, identity_verified) = fraud::of_customer(unit.existing::<Customer>(owner)?);
    let habits = unit.existing::<CreditCard>(card_id)?.habits();
    Ok(FraudFacts {
        amount: request.amount,
        usual: habits.usual(),
        payee_known: habits.knew(request.merchant_id.as_str(), context.today()),
        earlier_today: habits.on(context.today()),
        hour: Some(context.settings.calendar().hour(context.now)),
        city_tier,
        identity_verified,
    })
}
