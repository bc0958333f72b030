//! The bank account: one stream of entries, holds, limits and interest, and the rules that guard it.
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`),
//! the rules (`decisions`), how events change it (`evolution`), what it remembers (`state`, `ledger`,
//! `overdraft`), what that leaves to be debited on any day (`funds`).

mod booking;
mod command;
mod decisions;
mod error;
mod event;
mod evolution;
mod funds;
mod ledger;
mod overdraft;
mod state;
#[cfg(test)]
mod tests;

pub use command::*;
pub use error::AccountError;
pub use event::*;
pub use state::{BankAccount, Hold, HoldEnd, Opening, Status};

use crate::{
    Aggregate,
    ids::{AccountId, CustomerId},
};

impl Aggregate for BankAccount {
    const CATEGORY: &'static str = "bank_account";
    const STATE_SCHEMA: u32 = 4;
    type Id = AccountId;
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;

    fn decide(&self, command: AccountCommand) -> Result<Vec<AccountEvent>, AccountError> {
        decisions::live(self, command)
    }

    fn decide_history(&self, command: AccountCommand) -> Result<Vec<AccountEvent>, AccountError> {
        decisions::history(self, command)
    }

    fn evolve(&mut self, event: &AccountEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.opening().map(|opening| opening.customer_id)
    }
}
