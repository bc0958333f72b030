//! The treasury of a currency: what the house has to lend in it, and what of that is reserved for loans. There is one
//! for each currency.
//!
//! Money goes to a loan in two steps: it is reserved, then spent. What is reserved can be released, and what was spent
//! can come back to its reservation. So what is reserved and what is there never fall below zero.

mod decisions;
mod error;
mod event;
#[cfg(test)]
mod tests;

pub use decisions::*;
pub use error::TreasuryError;
pub use event::*;

use crate::{
    Aggregate, Currency, Money,
    ids::{CustomerId, IdError, LoanId},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Names the treasury of a currency: `INR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreasuryId(pub Currency);

impl fmt::Display for TreasuryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code())
    }
}

impl FromStr for TreasuryId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self).map_err(|_| IdError { expected: "<currency>" })
    }
}

/// How the treasury of a currency stands. Amounts are minor units of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Treasury {
    /// Known with its first event.
    currency: Option<Currency>,
    balance_minor: i64,
    /// The most that is reserved for one loan.
    limit_minor: Option<i64>,
    /// What is reserved, by loan.
    reserved: BTreeMap<LoanId, i64>,
}

impl Treasury {
    /// Its currency; nothing before it was funded or limited.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// What is there, with what is reserved.
    pub fn balance(&self) -> Option<Money> {
        self.money(self.balance_minor)
    }

    /// What is reserved, for all loans.
    pub fn reserved(&self) -> Option<Money> {
        self.money(self.reserved_minor())
    }

    /// What can be reserved or withdrawn.
    pub fn available(&self) -> Option<Money> {
        self.money(self.available_minor())
    }

    /// The most that is reserved for one loan; nothing where there is no limit.
    pub fn limit(&self) -> Option<Money> {
        self.limit_minor.and_then(|limit| self.money(limit))
    }

    /// For how many loans something is reserved.
    pub fn reservations(&self) -> usize {
        self.reserved.len()
    }

    /// What is reserved for a loan.
    pub fn reserved_for(&self, loan_id: LoanId) -> Option<Money> {
        self.reserved.get(&loan_id).and_then(|minor| self.money(*minor))
    }

    fn reserved_minor(&self) -> i64 {
        self.reserved.values().fold(0, |sum: i64, minor| sum.saturating_add(*minor))
    }

    fn available_minor(&self) -> i64 {
        self.balance_minor.saturating_sub(self.reserved_minor())
    }

    fn money(&self, minor: i64) -> Option<Money> {
        self.currency.map(|currency| Money::from_minor(minor, currency))
    }

    /// The balance changes by an amount.
    fn grow(&mut self, amount: Money) {
        self.currency = Some(amount.currency());
        self.balance_minor = self.balance_minor.saturating_add(amount.minor());
    }

    fn shrink(&mut self, amount: Money) {
        self.currency = Some(amount.currency());
        self.balance_minor = self.balance_minor.saturating_sub(amount.minor());
    }
}

impl Aggregate for Treasury {
    const CATEGORY: &'static str = "treasury";
    const STATE_SCHEMA: u32 = 1;
    type Id = TreasuryId;
    type Command = TreasuryCommand;
    type Event = TreasuryEvent;
    type Error = TreasuryError;

    fn evolve(&mut self, event: &TreasuryEvent) {
        match event {
            TreasuryEvent::TreasuryFunded(event) => self.grow(event.amount),
            TreasuryEvent::TreasuryWithdrawn(event) => self.shrink(event.amount),
            TreasuryEvent::TreasuryLimitSet(event) => {
                (self.currency, self.limit_minor) = (Some(event.currency), event.limit.map(Money::minor));
            }
            TreasuryEvent::FundsReserved(event) => {
                self.reserved.insert(event.loan_id, event.amount.minor());
            }
            TreasuryEvent::ReservationReleased(event) => {
                self.reserved.remove(&event.loan_id);
            }
            TreasuryEvent::FundsSpent(event) => {
                self.reserved.remove(&event.loan_id);
                self.shrink(event.amount);
            }
            TreasuryEvent::FundsReturned(event) => {
                self.reserved.insert(event.loan_id, event.amount.minor());
                self.grow(event.amount);
            }
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}
