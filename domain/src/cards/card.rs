//! The credit card: one stream of authorisations, entries, statements, rewards and disputes, and the rules
//! that guard it.
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`),
//! which rule decides on what (`decisions`), how events change it (`evolution`), what it remembers (`state`, `ledger`,
//! `captured`).

mod booking;
mod captured;
mod command;
mod decisions;
mod error;
mod event;
mod evolution;
mod ledger;
mod nightly;
mod state;
#[cfg(test)]
mod tests;

pub use command::*;
pub use decisions::CardCommand;
pub use error::CardError;
pub use event::*;
pub use ledger::StatementStanding;
pub use state::{AuthorizationEnd, CardStatus, CreditCard, Dispute, Issuance, OpenAuthorization};

use crate::{
    Aggregate, DecisionContext, Rules,
    aggregate::{Command, decide_after},
    ids::{CardId, CustomerId},
};

impl Aggregate for CreditCard {
    const CATEGORY: &'static str = "credit_card";
    const STATE_SCHEMA: u32 = 5;
    type Id = CardId;
    type Command = CardCommand;
    type Event = CardEvent;
    type Error = CardError;

    /// Live, authorisations that have run out are recorded first.
    fn decide(
        &self,
        command: CardCommand,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<CardEvent>, CardError> {
        decisions::not_in_future(at.business_date, at)?;
        let run_out = if rules.all() { decisions::run_out(self, at) } else { Vec::new() };
        decide_after(self, run_out, |card| command.decide_on(card, at, rules))
    }

    fn evolve(&mut self, event: &CardEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.issuance().map(|issuance| issuance.customer_id)
    }
}
