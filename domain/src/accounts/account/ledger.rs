//! The account's book: the balance, what each recent business date did to it, and the interest reckoned from that.
//!
//! Days are kept singly since the last posting of interest; what lies before is in the balance that they start from. So an entry
//! dated before an already posted month changes the interest of the open days only. Days with debits are kept
//! [`DEBITS_KEPT_DAYS`] days longer, so that no debit dated back passes its day's limit.

use crate::accounts::Month;
use jiff::{Span, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How many days before the last posting debits can still be dated back.
pub(super) const DEBITS_KEPT_DAYS: i32 = 92;
/// So many months of transaction counts are kept; in older ones all transactions are free.
const MONTHS_COUNTED: usize = 6;

/// The book of one account, in minor units.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    balance: i64,
    days: Vec<Day>,
    transactions: Vec<(Month, u32)>,
    accrued: Vec<AccruedDay>,
    residual: Decimal,
    posted_month: Option<Month>,
    posted_through: Option<Date>,
    debits_known_from: Option<Date>,
}

/// What one business date did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Day {
    date: Date,
    /// Credits minus debits. Wider than a balance: credits of one day and debits of
    /// another may each go far beyond it.
    net: i128,
    /// What it took of its daily limit.
    debited: i128,
}

/// A day whose interest is reckoned and not yet posted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct AccruedDay {
    pub(super) date: Date,
    pub(super) amount: Decimal,
}

impl Ledger {
    pub(super) fn balance(&self) -> i64 {
        self.balance
    }

    /// Books an entry.
    pub(super) fn book(&mut self, date: Date, signed_minor: i64) {
        self.balance = self.balance.saturating_add(signed_minor);
        self.day(date).net += i128::from(signed_minor);
    }

    /// Takes a share of a day's limit.
    pub(super) fn take_limit(&mut self, date: Date, minor: i64) {
        self.day(date).debited += i128::from(minor);
    }

    /// Gives a share of a day's limit back. A day that is no longer kept has none.
    pub(super) fn give_limit_back(&mut self, date: Date, minor: i64) {
        if let Ok(index) = self.days.binary_search_by_key(&date, |day| day.date) {
            self.days[index].debited -= i128::from(minor);
        }
    }

    /// What a day took of its limit.
    pub(super) fn debited_on(&self, date: Date) -> i128 {
        match self.days.binary_search_by_key(&date, |day| day.date) {
            Ok(index) => self.days[index].debited,
            Err(_) => 0,
        }
    }

    /// Debits before this day can no longer be counted against their day's limit.
    pub(super) fn debits_known_from(&self) -> Option<Date> {
        self.debits_known_from
    }

    /// Counts a transaction against its month's free ones.
    pub(super) fn count_transaction(&mut self, date: Date) {
        let month = Month::of(date);
        match self.transactions.binary_search_by_key(&month, |(month, _)| *month) {
            Ok(index) => self.transactions[index].1 = self.transactions[index].1.saturating_add(1),
            Err(index) => self.transactions.insert(index, (month, 1)),
        }
        if self.transactions.len() > MONTHS_COUNTED {
            self.transactions.remove(0);
        }
    }

    /// How many transactions a day's month has seen.
    pub(super) fn transactions_in_month_of(&self, date: Date) -> u32 {
        let month = Month::of(date);
        self.transactions.iter().find(|(of, _)| *of == month).map_or(0, |(_, count)| *count)
    }

    /// The balance at the end of each of the given days, which must rise and lie behind what is posted.
    pub(super) fn balances_at_end_of<'a>(&'a self, dates: impl Iterator<Item = Date> + 'a) -> impl Iterator<Item = (Date, i128)> + 'a {
        let mut balance = i128::from(self.balance) - self.days.iter().map(|day| day.net).sum::<i128>();
        let mut days = self.days.iter().peekable();
        dates.map(move |date| {
            while let Some(day) = days.next_if(|day| day.date <= date) {
                balance += day.net;
            }
            (date, balance)
        })
    }

    /// Whether a day's interest is reckoned, or lies in what is posted.
    pub(super) fn is_accrued(&self, date: Date) -> bool {
        self.posted_through.is_some_and(|posted| date <= posted) || self.accrued.binary_search_by_key(&date, |day| day.date).is_ok()
    }

    /// Whether a month's interest is posted.
    pub(super) fn is_posted(&self, month: Month) -> bool {
        self.posted_month.is_some_and(|posted| month <= posted)
    }

    /// The days whose interest is reckoned and not yet posted, in order.
    pub(super) fn accrued_days(&self) -> &[AccruedDay] {
        &self.accrued
    }

    /// What remained of the last posting.
    pub(super) fn residual(&self) -> Decimal {
        self.residual
    }

    pub(super) fn unposted_interest(&self) -> Decimal {
        self.accrued.iter().fold(self.residual, |sum, day| sum.saturating_add(day.amount))
    }

    /// Notes a day's interest, in place of what was noted before.
    pub(super) fn accrue(&mut self, date: Date, amount: Decimal) {
        match self.accrued.binary_search_by_key(&date, |day| day.date) {
            Ok(index) => self.accrued[index].amount = amount,
            Err(index) => self.accrued.insert(index, AccruedDay { date, amount }),
        }
    }

    /// Closes the days up to one: their interest is paid, apart from a residual.
    pub(super) fn post(&mut self, month: Month, through: Date, residual: Decimal) {
        self.residual = residual;
        self.posted_month = self.posted_month.max(Some(month));
        self.posted_through = self.posted_through.max(Some(through));
        self.accrued.retain(|day| day.date > through);
        let horizon = through.saturating_sub(Span::new().days(DEBITS_KEPT_DAYS));
        if self.days.iter().any(|day| day.date < horizon && day.debited != 0) {
            self.debits_known_from = self.debits_known_from.max(Some(horizon));
        }
        self.days.retain(|day| day.date > through || (day.date >= horizon && day.debited != 0));
    }

    fn day(&mut self, date: Date) -> &mut Day {
        let index = match self.days.last() {
            Some(last) if last.date == date => self.days.len() - 1,
            _ => match self.days.binary_search_by_key(&date, |day| day.date) {
                Ok(index) => index,
                Err(index) => {
                    self.days.insert(index, Day { date, net: 0, debited: 0 });
                    index
                }
            },
        };
        &mut self.days[index]
    }
}
