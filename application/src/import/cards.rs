//! Facts about credit cards: that one was issued.

use super::{
    business_time::BusinessTime,
    imported::{Decides, Imported, Refused, Setting, beside},
    lookups::{Known, Lookups},
    report::Counted,
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use khata_domain::{
    Aggregate, Money, Rules,
    cards::{
        CardEvent, CardType, CreditCard,
        card::{Activate, Issue},
    },
    customers::{Customer, ProductId, customer::AttachProduct},
    ids::{CardId, CustomerId},
};
use serde::{Deserialize, Serialize};

/// A card was issued and activated, both on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardIssued {
    pub source: SourceRef,
    pub effective_at: BusinessTime,
    pub customer: SourceRef,
    /// What kind of card it is, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_type: Option<CardType>,
    pub limit: Money,
    /// Whether the limit had to be made up, since the data lacks it.
    #[serde(default)]
    pub limit_is_synthetic: bool,
}

/// What the issue of a card comes to.
#[derive(Debug, PartialEq)]
pub(super) struct Issuance {
    card: CardId,
    customer: CustomerId,
    issue: Issue,
}

impl Imported for CardIssued {
    fn counted(&self) -> Counted {
        Counted::Card
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        let (card, customer) = (self.source.id(), self.customer.id());
        let terms = setting.terms.cards.terms(self.limit.currency());
        let terms =
            terms.map_err(|error| Refused { code: "product_not_available", reason: error.to_string() })?;
        let Self { card_type, limit, limit_is_synthetic, .. } = self;
        let issue = Issue { customer_id: customer, card_type, limit, limit_is_synthetic, terms };
        Ok(Box::new(Issuance { card, customer, issue }))
    }
}

impl Decides for Issuance {
    fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        into.push(Participant::of::<Customer>(self.customer));
        into.push(if presume {
            Participant::new::<CreditCard>(self.card)
        } else {
            Participant::of::<CreditCard>(self.card)
        });
    }

    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        _lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        unit.existing::<Customer>(self.customer)?;
        let attach = AttachProduct { product: ProductId::of(self.card) };
        let attached = unit.decide_history::<Customer>(self.customer, attach, beside(first, 1))?;
        let issued = unit.decide_history::<CreditCard>(self.card, self.issue.clone(), first)?;
        let next = HistoricalFact { event_id: first.nth_event_id(issued), ..first };
        let activated = unit.decide_history::<CreditCard>(self.card, Activate, next)?;
        Ok(attached + issued + activated)
    }

    /// Whether a stored event is the issue that this would lead to, but for the terms, which may have changed
    /// since.
    fn is_told_by(&self, event: &Recorded, first: HistoricalFact, _known: &Known) -> bool {
        let told = CreditCard::default()
            .decide(self.issue.clone().into(), first.alone(), Rules::Structural)
            .ok()
            .and_then(|events| events.into_iter().next());
        let (Some(CardEvent::CardIssued(mut told)), Some(Ok(CardEvent::CardIssued(stored)))) =
            (told, event.event::<CreditCard>())
        else {
            return false;
        };
        told.terms.clone_from(&stored.terms);
        event.stream == StreamName::of::<CreditCard>(self.card) && told == *stored
    }
}
