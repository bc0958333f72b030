//! One instalment: what it asks for, what is paid of it, and how that stands on a day.

use super::due_dates::{DAYS_OF_A_MONTH, Period, days_between};
use crate::names::names;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An instalment. Amounts are minor units of the loan's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// From 1 on.
    pub number: u32,
    /// The first day of its period: the due date before, or the start.
    pub from: Date,
    /// The day on which it must be paid.
    pub due_date: Date,
    /// Its period's days where each month has thirty, where it is no month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thirties: Option<u32>,
    pub principal_minor: i64,
    /// What it pays for its period.
    pub interest_minor: i64,
    /// Paid in its period beyond it: the balance falls by that at its end.
    pub prepaid_minor: i64,
    /// The balance once it is paid.
    pub balance_after_minor: i64,
    /// What is paid of the principal.
    pub paid_principal_minor: i64,
    /// What is paid of the interest.
    pub paid_interest_minor: i64,
    /// What came in its period before it was due, where that saves interest from its day on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid_early: Vec<PaidEarly>,
}

/// Money that came before its instalment was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidEarly {
    /// The day: from here on the period's interest is calculated on so much less.
    pub on: Date,
    /// How much came beyond the interest of the days gone by, in minor units.
    pub amount_minor: i64,
}

names! {
    /// How an instalment stands on a day.
    pub enum InstalmentStatus {
        /// All of it is paid.
        Paid = "paid",
        /// Some of it is paid, whether it is due already or not.
        Partial = "partial",
        /// Nothing is paid, and this is the day.
        Due = "due",
        /// Nothing is paid, and the day has passed.
        Overdue = "overdue",
        /// Nothing is paid, and the day is still to come.
        Upcoming = "upcoming",
        /// The loan was written off before it was paid.
        WrittenOff = "written_off",
    }
}

impl InstalmentStatus {
    /// How an instalment stands on a day, from what is asked, what is paid, and its due date.
    pub fn on(day: Date, due_date: Date, total_minor: i64, paid_minor: i64) -> Self {
        match due_date.cmp(&day) {
            _ if paid_minor >= total_minor => Self::Paid,
            _ if paid_minor > 0 => Self::Partial,
            std::cmp::Ordering::Less => Self::Overdue,
            std::cmp::Ordering::Equal => Self::Due,
            std::cmp::Ordering::Greater => Self::Upcoming,
        }
    }
}

impl Instalment {
    pub(super) fn unpaid(period: &Period, (principal, interest): (i64, i64), balance_after: i64) -> Self {
        let Period { number, from, to: due_date, thirties } = *period;
        Self {
            number,
            from,
            due_date,
            thirties: (thirties != DAYS_OF_A_MONTH).then_some(thirties),
            principal_minor: principal,
            interest_minor: interest,
            prepaid_minor: 0,
            balance_after_minor: balance_after,
            paid_principal_minor: 0,
            paid_interest_minor: 0,
            paid_early: Vec::new(),
        }
    }

    /// Its period.
    pub(super) fn period(&self) -> Period {
        let thirties = self.thirties.unwrap_or(DAYS_OF_A_MONTH);
        Period { number: self.number, from: self.from, to: self.due_date, thirties }
    }

    /// Principal and interest.
    pub const fn total_minor(&self) -> i64 {
        self.principal_minor.saturating_add(self.interest_minor)
    }

    /// What is paid of both.
    pub const fn paid_minor(&self) -> i64 {
        self.paid_principal_minor.saturating_add(self.paid_interest_minor)
    }

    /// What is not paid of the principal.
    pub const fn unpaid_principal_minor(&self) -> i64 {
        self.principal_minor.saturating_sub(self.paid_principal_minor)
    }

    /// What is not paid of the interest.
    pub const fn unpaid_interest_minor(&self) -> i64 {
        self.interest_minor.saturating_sub(self.paid_interest_minor)
    }

    /// Whether nothing of it is left to pay.
    pub const fn is_paid(&self) -> bool {
        self.unpaid_principal_minor() <= 0 && self.unpaid_interest_minor() <= 0
    }

    /// How many days it is past due; 0 if it is paid or not past due.
    pub fn days_past_due(&self, on: Date) -> u32 {
        if self.is_paid() { 0 } else { days_between(self.due_date, on) }
    }

    /// The balance with which its period begins.
    pub(super) const fn opening_balance_minor(&self) -> i64 {
        self.principal_minor.saturating_add(self.prepaid_minor).saturating_add(self.balance_after_minor)
    }

    /// The balances of its period's days up to a day, added up: what bears its interest.
    pub(super) fn balance_days(&self, until: Date) -> i128 {
        let over = |minor: i64, from: Date| i128::from(minor) * i128::from(days_between(from, until));
        let early: i128 =
            self.paid_early.iter().map(|paid| over(paid.amount_minor, paid.on.max(self.from))).sum();
        over(self.opening_balance_minor(), self.from) - early
    }

    /// What came in its period in advance and did not pay the interest of the days gone by.
    pub(in crate::lending) fn paid_early_minor(&self) -> i64 {
        self.paid_early.iter().fold(0, |sum, paid| sum.saturating_add(paid.amount_minor))
    }

    /// It ends on a day with what is paid of it; gives the principal that goes on without it.
    pub(super) fn end_as_paid(&mut self, on: Date) -> i64 {
        let left = self.unpaid_principal_minor();
        self.due_date = self.due_date.min(on);
        self.principal_minor = self.paid_principal_minor;
        self.interest_minor = self.paid_interest_minor;
        left
    }
}
