//! How a card begins: issued, then activated.

use super::{Decision, issued, not_closed, positive};
use crate::{
    DecisionContext, Rules,
    cards::card::{Activate, CardActivated, CardError, CardIssued, CardStatus, CreditCard, Issue},
};

pub(super) fn issue(card: &CreditCard, command: Issue, at: DecisionContext<'_>, rules: Rules) -> Decision {
    if issued(card).is_ok() {
        return Err(CardError::CardAlreadyIssued);
    }
    let Issue { customer_id, card_type, limit, limit_is_synthetic, terms } = command;
    positive(limit, terms.minimum_due_floor.currency())?;
    let business_date = at.business_date;
    if rules.all() {
        limit.currency().in_use_on(business_date)?;
    }
    Ok(vec![CardIssued { customer_id, card_type, limit, limit_is_synthetic, terms, business_date }.into()])
}

pub(super) fn activate(card: &CreditCard, _: Activate, at: DecisionContext<'_>, rules: Rules) -> Decision {
    not_closed(card)?;
    if card.activated {
        return Ok(Vec::new());
    }
    match card.status() {
        status @ CardStatus::Blocked if rules.all() => Err(CardError::CardNotActive { status }),
        CardStatus::Issued | CardStatus::Active | CardStatus::Blocked | CardStatus::Closed => {
            Ok(vec![CardActivated { business_date: at.business_date }.into()])
        }
    }
}
