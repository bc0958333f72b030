//! The bank account: one stream of entries, holds, limits and interest, and the rules that guard it.
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`),
//! which rule decides on what (`decisions`), how events change it (`evolution`), what it remembers (`state`, `ledger`,
//! `overdraft`), what that leaves to be debited on any day (`funds`).

mod booking;
mod command;
mod decisions;
mod error;
mod event;
mod evolution;
mod funds;
mod ledger;
mod nightly;
mod overdraft;
mod state;
#[cfg(test)]
mod tests;

pub use command::*;
pub use decisions::AccountCommand;
pub use error::AccountError;
pub use event::*;
pub use state::{BankAccount, Hold, HoldEnd, Opening, Status};

use crate::{
    Aggregate, DecisionContext, Rules,
    aggregate::{Command, decide_after},
    ids::{AccountId, CustomerId},
};

impl Aggregate for BankAccount {
    const CATEGORY: &'static str = "bank_account";
    const STATE_SCHEMA: u32 = 6;
    type Id = AccountId;
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;

    /// Live, holds that have run out are recorded first.
    fn decide(
        &self,
        command: AccountCommand,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<AccountEvent>, AccountError> {
        let run_out = if rules.all() { decisions::run_out(self, at) } else { Vec::new() };
        decide_after(self, run_out, |account| command.decide_on(account, at, rules))
    }

    fn evolve(&mut self, event: &AccountEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.opening().map(|opening| opening.customer_id)
    }
}
