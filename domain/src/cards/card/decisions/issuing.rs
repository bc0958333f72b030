//! How a card begins: issued, then activated.

use super::{Circumstances, Decision, Rules, issued, not_closed, positive};
use crate::cards::card::{CardActivated, CardError, CardEvent, CardIssued, CardStatus, CreditCard, Issue};

pub(super) fn issue(card: &CreditCard, command: Issue, circumstances: Circumstances) -> Decision {
    if issued(card).is_ok() {
        return Err(CardError::CardAlreadyIssued);
    }
    let Issue { customer_id, card_type, limit, limit_is_synthetic, terms } = command;
    positive(limit, terms.minimum_due_floor.currency())?;
    let business_date = circumstances.business_date;
    if circumstances.rules == Rules::All {
        limit.currency().in_use_on(business_date)?;
    }
    Ok(vec![CardEvent::CardIssued(Box::new(CardIssued {
        customer_id,
        card_type,
        limit,
        limit_is_synthetic,
        terms,
        business_date,
    }))])
}

pub(super) fn activate(card: &CreditCard, circumstances: Circumstances) -> Decision {
    not_closed(card)?;
    if card.activated {
        return Ok(Vec::new());
    }
    match card.status() {
        status @ CardStatus::Blocked if circumstances.rules == Rules::All => {
            Err(CardError::CardNotActive { status })
        }
        CardStatus::Issued | CardStatus::Active | CardStatus::Blocked | CardStatus::Closed => {
            Ok(vec![CardEvent::CardActivated(CardActivated { business_date: circumstances.business_date })])
        }
    }
}
