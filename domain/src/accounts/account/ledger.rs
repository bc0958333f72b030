//! The account's book: the balance, what each recent business date did to it, and the interest calculated from
//! that.
//!
//! Days are kept singly since [`DAYS_KEPT`] days before the last posting of interest; what lies before is in
//! the balance that they start from, and of its days only the lowest and the highest balance are known. An
//! entry dated before an already posted month changes the interest of the open days only.

use crate::accounts::Month;
use jiff::{Span, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many days before the last posting of interest debits can still be dated back.
pub(super) const DAYS_KEPT: i32 = 92;
/// So many months of transaction counts are kept; in older ones all transactions are free.
const MONTHS_COUNTED: usize = 6;

/// The book of one account, in minor units. Sums are wider than any amount, so that they are exact in
/// whatever order entries come. The days, of which there can be thousands, are shared between copies.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    balance: i128,
    days: Arc<Vec<Day>>,
    transactions: Vec<(Month, u32)>,
    accrued: Arc<Vec<AccruedDay>>,
    residual: Decimal,
    posted_month: Option<Month>,
    posted_through: Option<Date>,
    known_from: Option<Date>,
    earlier: Reach,
    /// The earliest day that has an entry.
    earliest: Option<Date>,
    /// The day that an opening balance was taken over for.
    begins_on: Option<Date>,
}

/// What one business date did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Day {
    date: Date,
    /// Credits minus debits.
    net: i128,
    /// What it took of its daily limit.
    debited: i128,
}

/// A day whose interest is calculated and not yet posted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct AccruedDay {
    pub(super) date: Date,
    pub(super) amount: Decimal,
}

/// The lowest and the highest balance at the end of some days.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Reach {
    pub(super) lowest: i128,
    pub(super) highest: i128,
}

impl Reach {
    const fn of(balance: i128) -> Self {
        Self { lowest: balance, highest: balance }
    }

    fn and(self, other: Self) -> Self {
        Self { lowest: self.lowest.min(other.lowest), highest: self.highest.max(other.highest) }
    }
}

impl Ledger {
    pub(super) fn balance(&self) -> i128 {
        self.balance
    }

    /// Books an entry.
    pub(super) fn book(&mut self, date: Date, signed_minor: i64) {
        let signed = i128::from(signed_minor);
        self.balance += signed;
        self.earliest = Some(self.earliest.map_or(date, |earliest| earliest.min(date)));
        self.day(date).net += signed;
        if self.known_from.is_some_and(|known_from| date < known_from) {
            self.earlier.lowest += signed.min(0);
            self.earlier.highest += signed.max(0);
        }
    }

    /// Notes that history begins on a day.
    pub(super) fn begin(&mut self, date: Date) {
        self.begins_on.get_or_insert(date);
    }

    /// The day that history begins on, where an opening balance was taken over.
    pub(super) fn begins_on(&self) -> Option<Date> {
        self.begins_on
    }

    /// The earliest day that has an entry.
    pub(super) fn earliest(&self) -> Option<Date> {
        self.earliest
    }

    /// The balance at the end of a day; `None` where the days around it are no longer known singly.
    pub(super) fn balance_at_end_of(&self, date: Date) -> Option<i128> {
        if self.known_from.is_some_and(|known_from| date < known_from) {
            return None;
        }
        Some(
            self.balance
                - self.days.iter().rev().take_while(|day| day.date > date).map(|day| day.net).sum::<i128>(),
        )
    }

    /// Takes a share of a day's limit.
    pub(super) fn take_limit(&mut self, date: Date, minor: i64) {
        self.day(date).debited += i128::from(minor);
    }

    /// Gives a share of a day's limit back. A day that is no longer kept has none.
    pub(super) fn give_limit_back(&mut self, date: Date, minor: i64) {
        if let Ok(index) = self.days.binary_search_by_key(&date, |day| day.date) {
            Arc::make_mut(&mut self.days)[index].debited -= i128::from(minor);
        }
    }

    /// What a day took of its limit.
    pub(super) fn debited_on(&self, date: Date) -> i128 {
        match self.days.binary_search_by_key(&date, |day| day.date) {
            Ok(index) => self.days[index].debited,
            Err(_) => 0,
        }
    }

    /// Days before this one are no longer known singly, so no debit can be dated there.
    pub(super) fn known_from(&self) -> Option<Date> {
        self.known_from
    }

    /// The days from one on that changed something, in order.
    pub(super) fn days_from(&self, date: Date) -> impl Iterator<Item = Date> + '_ {
        let first = self.days.partition_point(|day| day.date < date);
        self.days[first..].iter().map(|day| day.date)
    }

    /// The lowest and the highest balance at the end of a day and of all that follow.
    pub(super) fn reach_from(&self, date: Date) -> Reach {
        let (mut balance, mut reach) = (self.balance, Reach::of(self.balance));
        for day in self.days.iter().rev().take_while(|day| day.date > date) {
            balance -= day.net;
            reach = reach.and(Reach::of(balance));
        }
        let into_the_unknown = self.known_from.is_some_and(|known_from| date < known_from);
        if into_the_unknown { reach.and(self.earlier) } else { reach }
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

    /// The balance at the end of each of the given days, which must rise and be known singly.
    pub(super) fn balances_at_end_of<'a>(
        &'a self,
        dates: impl Iterator<Item = Date> + 'a,
    ) -> impl Iterator<Item = (Date, i128)> + 'a {
        let mut balance = self.balance - self.days.iter().map(|day| day.net).sum::<i128>();
        let mut days = self.days.iter().peekable();
        dates.map(move |date| {
            while let Some(day) = days.next_if(|day| day.date <= date) {
                balance += day.net;
            }
            (date, balance)
        })
    }

    /// Whether a day's interest is calculated, or lies in what is posted.
    pub(super) fn is_accrued(&self, date: Date) -> bool {
        self.posted_through.is_some_and(|posted| date <= posted)
            || self.accrued.binary_search_by_key(&date, |day| day.date).is_ok()
    }

    /// Whether a month's interest is posted.
    pub(super) fn is_posted(&self, month: Month) -> bool {
        self.posted_month.is_some_and(|posted| month <= posted)
    }

    /// The last day whose interest lies in what is posted.
    pub(super) fn posted_through(&self) -> Option<Date> {
        self.posted_through
    }

    /// The days whose interest is calculated and not yet posted, in order.
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
        let accrued = Arc::make_mut(&mut self.accrued);
        match accrued.binary_search_by_key(&date, |day| day.date) {
            Ok(index) => accrued[index].amount = amount,
            Err(index) => accrued.insert(index, AccruedDay { date, amount }),
        }
    }

    /// Closes the days up to one: their interest is paid, apart from a residual.
    pub(super) fn post(&mut self, month: Month, through: Date, residual: Decimal) {
        self.residual = residual;
        self.posted_month = self.posted_month.max(Some(month));
        self.posted_through = self.posted_through.max(Some(through));
        Arc::make_mut(&mut self.accrued).retain(|day| day.date > through);
        self.forget_before(through.saturating_sub(Span::new().days(DAYS_KEPT)));
    }

    /// Days before one are from now on known by the lowest and the highest of their balances alone.
    fn forget_before(&mut self, horizon: Date) {
        let forgotten = self.days.partition_point(|day| day.date < horizon);
        if forgotten == 0 {
            return;
        }
        let known_from = self.known_from;
        // What was dated back behind the earlier horizon is in the reach already, by its utmost.
        let known = |date: &Date| known_from.is_none_or(|known_from| *date >= known_from);
        let dates = self.days[..forgotten].iter().map(|day| day.date).filter(known);
        let earlier = self
            .balances_at_end_of(dates)
            .fold(self.earlier, |reach, (_, balance)| reach.and(Reach::of(balance)));
        self.earlier = earlier;
        Arc::make_mut(&mut self.days).drain(..forgotten);
        self.known_from = known_from.max(Some(horizon));
    }

    fn day(&mut self, date: Date) -> &mut Day {
        let days = Arc::make_mut(&mut self.days);
        let index = match days.last() {
            Some(last) if last.date == date => days.len() - 1,
            _ => match days.binary_search_by_key(&date, |day| day.date) {
                Ok(index) => index,
                Err(index) => {
                    days.insert(index, Day { date, net: 0, debited: 0 });
                    index
                }
            },
        };
        &mut days[index]
    }
}
