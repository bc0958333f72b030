//! The card's book: what is owed by kind, what each recent business date changed, and the last statement.
//!
//! What a refund or a dispute credits is told by the days of the captures that it lowers: it helps to pay the
//! last statement as far as those stand on it or on one before, and not where it undoes a purchase that was
//! never billed.
//!
//! Days are kept singly since the last closed statement, so that a statement or interest can look back to the
//! end of a day. A period with entries on more than [`DAYS_KEPT`] days can be closed for the later ones only.

use super::event::StatementClosed;
use crate::cards::{CardEntry, CardEntryKind, allocation::Parts};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many days with entries are kept singly.
pub(super) const DAYS_KEPT: usize = 100;

/// What came back of captures, by the days in whose periods these stand; those that nobody remembers stand on
/// the first day there is.
pub(super) type Returned = BTreeMap<Date, i64>;

/// What came back of captures that stand on the statement of a day, or on one before.
fn returned_of_billed(returned: &Returned, closing_date: Date) -> i64 {
    returned.range(..=closing_date).fold(0, |sum, (_, minor)| sum.saturating_add(*minor))
}

/// The book of one card, in minor units.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    balance: Parts,
    days: Vec<Day>,
    /// Interest and fees of the open period on days that are no longer kept.
    earlier_interest: i64,
    earlier_fees: i64,
    known_from: Option<Date>,
    statement: Option<Statement>,
    interest_charged_for: Option<Date>,
    /// Whether that was in the open period.
    interest_is_charged: bool,
}

/// What one business date changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Day {
    date: Date,
    change: Parts,
    interest: i64,
    fees: i64,
    payments: i64,
    /// What came back by refunds and disputes, by the day of the capture.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    returned: Returned,
}

/// The last statement and what has come in since.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Statement {
    closing_date: Date,
    due_date: Date,
    closing_balance: i64,
    minimum_due: i64,
    payments: i64,
    /// Payments by the due date, and what came back by then of captures that were billed.
    credits_in_time: i64,
    /// Whether the statement before was paid in time, or could still be on the closing day.
    period_is_exempt: bool,
}

impl Statement {
    const fn is_paid_in_full(&self) -> bool {
        self.credits_in_time >= self.closing_balance
    }
}

/// How the last statement stands. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementStanding {
    /// The last day of its period.
    pub closing_date: Date,
    /// The last day to pay on.
    pub due_date: Date,
    /// What was outstanding at its end; negative for a credit.
    pub closing_balance_minor: i64,
    /// The least that must be paid until the due date.
    pub minimum_due_minor: i64,
    /// What is still to be paid of that.
    pub minimum_remaining_minor: i64,
    /// Whether all of it came in by the due date.
    pub paid_in_full: bool,
}

/// What a statement says of its period, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) balance: Parts,
    pub(super) interest: i64,
    pub(super) fees: i64,
}

impl Ledger {
    pub(super) fn balance(&self) -> Parts {
        self.balance
    }

    /// The first day there is: statements cannot be closed for earlier ones.
    pub(super) fn begin(&mut self, date: Date) {
        self.known_from = self.known_from.max(Some(date));
    }

    /// Statements and interest cannot look further back than this.
    pub(super) fn known_from(&self) -> Option<Date> {
        self.known_from
    }

    /// Books an entry, and what of captures came back with it.
    pub(super) fn book(&mut self, entry: &CardEntry<'_>, returned: &Returned) {
        let (minor, parts) = (entry.amount.minor(), entry.allocation.parts());
        let sign = entry.side().sign();
        self.balance.change(parts, sign);
        let of_kind = |kind| if entry.kind == kind { minor } else { 0 };
        let payments = of_kind(CardEntryKind::Payment);
        if let Some(statement) = &mut self.statement {
            statement.payments = statement.payments.saturating_add(payments);
            if entry.business_date <= statement.due_date {
                let credits = payments.saturating_add(returned_of_billed(returned, statement.closing_date));
                statement.credits_in_time = statement.credits_in_time.saturating_add(credits);
            }
        }
        let day = self.day(self.counts_on(entry.business_date));
        day.change.change(parts, sign);
        day.interest = day.interest.saturating_add(of_kind(CardEntryKind::Interest));
        day.fees = day.fees.saturating_add(of_kind(CardEntryKind::Fee));
        day.payments = day.payments.saturating_add(payments);
        for (captured_on, minor) in returned {
            let of_day = day.returned.entry(*captured_on).or_default();
            *of_day = of_day.saturating_add(*minor);
        }
        self.forget_old_days();
    }

    /// The day in whose period an entry stands: what is booked after the closing belongs to the open period,
    /// whichever day it is dated.
    pub(super) fn counts_on(&self, business_date: Date) -> Date {
        let open_from = self.closed_through().map(|closed| closed.tomorrow().unwrap_or(closed));
        open_from.map_or(business_date, |open_from| business_date.max(open_from))
    }

    /// Whether a day lies in a period whose statement is closed.
    fn is_closed(&self, date: Date) -> bool {
        self.statement.is_some_and(|statement| date <= statement.closing_date)
    }

    /// The day up to which statements are closed.
    pub(super) fn closed_through(&self) -> Option<Date> {
        self.statement.map(|statement| statement.closing_date)
    }

    /// The period that a day would end.
    pub(super) fn period_through(&self, date: Date) -> Period {
        let mut period =
            Period { balance: self.balance, interest: self.earlier_interest, fees: self.earlier_fees };
        for day in &self.days {
            if day.date > date {
                period.balance = minus(period.balance, day.change);
            } else {
                period.interest = period.interest.saturating_add(day.interest);
                period.fees = period.fees.saturating_add(day.fees);
            }
        }
        period
    }

    /// Closes a statement.
    pub(super) fn close(&mut self, event: &StatementClosed) {
        if self.is_closed(event.closing_date) {
            return;
        }
        let period_is_exempt = self.purchases_are_exempt(event.closing_date);
        let since = || self.days.iter().filter(|day| day.date > event.closing_date);
        let in_time = since().filter(|day| day.date <= event.due_date);
        self.statement = Some(Statement {
            closing_date: event.closing_date,
            due_date: event.due_date,
            closing_balance: event.closing_balance.minor(),
            minimum_due: event.minimum_due.minor(),
            payments: since().fold(0, |sum, day| sum.saturating_add(day.payments)),
            credits_in_time: in_time.fold(0, |sum, day| {
                sum.saturating_add(day.payments)
                    .saturating_add(returned_of_billed(&day.returned, event.closing_date))
            }),
            period_is_exempt,
        });
        self.days.retain(|day| day.date > event.closing_date);
        (self.earlier_interest, self.earlier_fees) = (0, 0);
        self.interest_is_charged &=
            self.interest_charged_for.is_some_and(|charged_for| charged_for > event.closing_date);
    }

    /// How the last statement stands.
    pub(super) fn statement(&self) -> Option<StatementStanding> {
        self.statement.map(|statement| StatementStanding {
            closing_date: statement.closing_date,
            due_date: statement.due_date,
            closing_balance_minor: statement.closing_balance,
            minimum_due_minor: statement.minimum_due,
            minimum_remaining_minor: statement.minimum_due.saturating_sub(statement.payments).max(0),
            paid_in_full: statement.is_paid_in_full(),
        })
    }

    /// Whether purchases bear no interest on a day: before they were billed, while their bill can still be
    /// paid, and after it was paid in time. A closing day belongs to the period that it ends, so there the
    /// bill before counts, closed already or not.
    pub(super) fn purchases_are_exempt(&self, date: Date) -> bool {
        self.statement.is_none_or(|statement| match date <= statement.closing_date {
            true => statement.period_is_exempt,
            false => statement.is_paid_in_full() || date <= statement.due_date,
        })
    }

    /// Marks the open period's interest as charged.
    pub(super) fn charge_interest_for(&mut self, date: Date) {
        self.interest_charged_for = self.interest_charged_for.max(Some(date));
        self.interest_is_charged = true;
    }

    /// The last day for which interest was charged.
    pub(super) fn interest_charged_for(&self) -> Option<Date> {
        self.interest_charged_for
    }

    /// Whether the open period's interest is charged.
    pub(super) fn interest_is_charged(&self) -> bool {
        self.interest_is_charged
    }

    fn day(&mut self, date: Date) -> &mut Day {
        let index = match self.days.binary_search_by_key(&date, |day| day.date) {
            Ok(index) => index,
            Err(index) => {
                self.days.insert(
                    index,
                    Day {
                        date,
                        change: Parts::default(),
                        interest: 0,
                        fees: 0,
                        payments: 0,
                        returned: Returned::new(),
                    },
                );
                index
            }
        };
        &mut self.days[index]
    }

    fn forget_old_days(&mut self) {
        while self.days.len() > DAYS_KEPT {
            let oldest = self.days.remove(0);
            self.earlier_interest = self.earlier_interest.saturating_add(oldest.interest);
            self.earlier_fees = self.earlier_fees.saturating_add(oldest.fees);
            self.known_from = self.known_from.max(Some(oldest.date));
        }
    }
}

/// A balance without a change.
fn minus(balance: Parts, change: Parts) -> Parts {
    Parts {
        cash: balance.cash.saturating_sub(change.cash),
        purchases: balance.purchases.saturating_sub(change.purchases),
        charges: balance.charges.saturating_sub(change.charges),
        credit: balance.credit.saturating_sub(change.credit),
    }
}
