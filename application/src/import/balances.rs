//! Balances that another system tells: the one that an account's history begins with, and those that its
//! entries must lead to.
//!
//! A balance that must be led to is no event: it says nothing of the account that its entries do not say.
//! Where it holds nothing is appended; where it does not the import stops there.

use super::{
    business_time::BusinessTime,
    lookups::{Lookups, Wanted},
    source::SourceRef,
};
use crate::{command::CommandError, executor::Unit};
use jiff::civil::Date;
use khata_domain::{Currency, Money, WideMoney, accounts::BankAccount, ids::AccountId};
use serde::{Deserialize, Serialize};

/// An account held so much when its history begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningBalance {
    pub source: SourceRef,
    /// The day at whose beginning it stood so; no entry lies before it.
    pub effective_at: BusinessTime,
    pub account: SourceRef,
    /// What it held; negative for an overdrawn account.
    pub amount: Money,
}

/// An account's balance was so much at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceChecked {
    pub source: SourceRef,
    /// The day at whose end it stood so: of all entries that count for that day or an earlier one.
    pub effective_at: BusinessTime,
    pub account: SourceRef,
    /// What the balance must be.
    pub amount: Money,
}

/// A balance that must be led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) account: AccountId,
    pub(super) date: Date,
    pub(super) amount: Money,
}

/// Why a balance does not hold.
#[derive(Debug, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Differs {
    #[error(
        "the balance at the end of {date} is {balance} by the account's entries and {expected} by this line"
    )]
    BalanceDiffers { date: Date, balance: WideMoney, expected: Money },
    #[error("the amount is in {}, the account in {expected}", amount.currency())]
    CurrencyMismatch { amount: Money, expected: Currency },
}

impl Check {
    /// Compares it with the account's entries.
    pub(super) fn hold(&self, unit: &Unit<'_>, lookups: &Lookups<'_>) -> Result<(), CommandError> {
        let account = unit.existing::<BankAccount>(self.account)?;
        let currency = account.currency().unwrap_or(self.amount.currency());
        if currency != self.amount.currency() {
            return Err(CommandError::refused(&Differs::CurrencyMismatch {
                amount: self.amount,
                expected: currency,
            }));
        }
        let minor = match account.balance_at_end_of(self.date) {
            Some(minor) => minor,
            None => match lookups.days_of(self.account, unit.version::<BankAccount>(self.account)?) {
                Some(days) => days.balance_at_end_of(self.date),
                None => return Err(lookups.want(Wanted::Days(self.account))),
            },
        };
        if minor == i128::from(self.amount.minor()) {
            return Ok(());
        }
        let balance = WideMoney::from_minor(minor, currency);
        Err(CommandError::refused(&Differs::BalanceDiffers {
            date: self.date,
            balance,
            expected: self.amount,
        }))
    }
}
