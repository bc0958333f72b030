//! What a bank account remembers: enough to decide, and to answer how it stands at an instant. Folding events
//! into it lies in `evolution`, the interest of a day in `decisions/interest` and `ledger`.

use super::{ledger::Ledger, overdraft::OverdraftLimit};
use crate::{
    Currency, Money, WideMoney,
    accounts::{AccountType, CustomerType, Month, Terms},
    habits::Habits,
    ids::{CustomerId, HoldId, PaymentId, TransactionId},
    names::names,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

/// So many ended holds are remembered, so that a repeated command on one is told what became of it.
pub(super) const ENDED_HOLDS_KEPT: usize = 256;
/// The most money can be set aside at once in so many parts: every answer and every row shows them all.
pub(super) const MOST_HOLDS: usize = 256;

/// A bank account. Amounts are minor units of its currency.
///
/// Parts that seldom change are shared between copies, so that a copy costs little.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BankAccount {
    pub(super) opening: Option<Arc<Opening>>,
    /// That of the opening; by business time, of entries dated before it.
    pub(super) currency: Option<Currency>,
    pub(super) status: Status,
    pub(super) daily_limit: i64,
    pub(super) overdraft_limit: OverdraftLimit,
    pub(super) signatories: Vec<CustomerId>,
    pub(super) holds: Vec<Hold>,
    pub(super) ended_holds: Arc<VecDeque<(HoldId, HoldEnd)>>,
    pub(super) ledger: Ledger,
    pub(super) maintenance_charged: Option<Month>,
    pub(super) reversed: Arc<BTreeSet<TransactionId>>,
    pub(super) habits: Arc<Habits>,
}

names! {
    /// Whether an account takes entries.
    pub enum Status as "AccountStatus", default Active {
        /// Takes credits and debits.
        Active = "active",
        /// Takes credits, refuses debits.
        Frozen = "frozen",
        /// Refuses both.
        Closed = "closed",
    }
}

/// What an account was opened on; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub customer_id: CustomerId,
    /// What kind of customer that is.
    pub customer_type: CustomerType,
    pub account_type: AccountType,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The terms at opening; daily limit and overdraft may have changed since.
    pub terms: Terms,
    /// The day it was opened.
    pub opened_on: Date,
}

/// Money set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub hold_id: HoldId,
    pub amount: Money,
    /// From this instant on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// The day whose limit it took its share of.
    pub business_date: Date,
    /// The later day whose limit it took a share of as well, where it was dated back.
    pub booked_on: Option<Date>,
    /// The payment that it is set aside for.
    pub payment_id: Option<PaymentId>,
    /// Of the amount, what that payment costs.
    pub fee: Option<Money>,
}

impl Hold {
    /// Whether it still counts at an instant.
    pub fn counts_at(&self, at: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| at < expires_at)
    }

    /// What it takes of its day's limit, in minor units: all but the fee.
    pub(super) fn share_minor(&self) -> i64 {
        self.amount.minor().saturating_sub(self.fee_minor())
    }

    pub(super) fn fee_minor(&self) -> i64 {
        self.fee.map_or(0, Money::minor)
    }
}

names! {
    /// What became of a hold.
    pub enum HoldEnd {
        /// It was taken out.
        Captured = "captured",
        /// It was given up.
        Released = "released",
        /// It ran out.
        Expired = "expired",
    }
}

impl BankAccount {
    /// What it was opened on; `None` before it is opened.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }

    /// Whether it takes entries.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The sum of all entries, in minor units.
    pub fn balance_minor(&self) -> i128 {
        self.ledger.balance()
    }

    /// The sum of all entries; `None` before the first and before the opening.
    pub fn balance(&self) -> Option<WideMoney> {
        self.sum(self.ledger.balance())
    }

    /// The sum of all entries up to the end of a business day, in minor units; `None` where the account no
    /// longer knows the day singly.
    pub fn balance_at_end_of(&self, date: Date) -> Option<i128> {
        self.ledger.balance_at_end_of(date)
    }

    /// What can be debited at an instant as far as funds go: balance + overdraft limit - minimum balance -
    /// holds that still count. Negative where history or a minimum balance makes it so.
    pub fn available(&self, at: Timestamp) -> Option<WideMoney> {
        self.sum(self.available_minor(at))
    }

    /// The currency of all its amounts; `None` before the first entry and before the opening.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// How far below zero it may go.
    pub fn overdraft_limit(&self) -> Option<Money> {
        self.money(self.overdraft_limit.present())
    }

    /// What may be debited per business date.
    pub fn daily_limit(&self) -> Option<Money> {
        self.money(self.daily_limit)
    }

    /// What is debited already of a business date's limit.
    pub fn daily_limit_used(&self, date: Date) -> Option<WideMoney> {
        self.sum(self.ledger.debited_on(date))
    }

    /// The holds that still count at an instant, in the order of their placing.
    pub fn active_holds(&self, at: Timestamp) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(move |hold| hold.counts_at(at))
    }

    /// Who may sign, the opener first.
    pub fn signatories(&self) -> &[CustomerId] {
        &self.signatories
    }

    /// Interest accrued and not yet posted, with what remained of the last posting, in major units.
    pub fn accrued_interest(&self) -> rust_decimal::Decimal {
        self.ledger.unposted_interest()
    }

    /// What it has paid out lately.
    pub fn habits(&self) -> &Habits {
        &self.habits
    }

    /// Whether an entry was reversed.
    pub fn is_reversed(&self, transaction_id: TransactionId) -> bool {
        self.reversed.contains(&transaction_id)
    }

    fn money(&self, minor: i64) -> Option<Money> {
        self.opening.as_ref().map(|opening| Money::from_minor(minor, opening.currency))
    }

    fn sum(&self, minor: i128) -> Option<WideMoney> {
        self.currency.map(|currency| WideMoney::from_minor(minor, currency))
    }
}
