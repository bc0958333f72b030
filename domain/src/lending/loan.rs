//! The loan: one stream from application to closing, and the rules that guard it.
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`),
//! which rule decides on what (`decisions`), where a payment goes (`allocation`), how events change it (`evolution`), what it
//! remembers (`state`).

mod allocation;
mod command;
mod decisions;
mod error;
mod event;
mod evolution;
mod nightly;
mod state;
#[cfg(test)]
mod tests;

pub use command::*;
pub use decisions::{DebitDue, LoanCommand, RULE_ROLE};
pub use error::{LoanError, NotReversible};
pub use event::*;
pub use state::{
    Application, Approval, Assessment, Charge, ClosedReason, Closing, Loan, OFFICER_ROLE, Payoff,
    StandingDebit, Status, WrittenOff,
};

use crate::{
    Aggregate,
    ids::{CustomerId, LoanId},
};

impl Aggregate for Loan {
    const CATEGORY: &'static str = "loan";
    const STATE_SCHEMA: u32 = 6;
    type Id = LoanId;
    type Command = LoanCommand;
    type Event = LoanEvent;
    type Error = LoanError;

    fn evolve(&mut self, event: &LoanEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.application().map(|application| application.customer_id)
    }
}
