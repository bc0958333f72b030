//! What is due for an account at the end of a day. It follows from the state alone, so whoever asks again after it is done
//! is told so.

use super::{
    AccountCommand, AccrueInterest, ChargeMaintenanceFee, ExpireHold, MissingDays, PostInterest,
    state::{BankAccount, Status},
};
use crate::{Due, Evening, accounts::Month};
use jiff::{ToSpan, civil::Date};

/// So many days that were missed are made up for.
const DAYS_MADE_UP: i64 = 31;

/// What is said of an account that was closed since it was looked for.
const CLOSED: &str = "account_closed";

impl BankAccount {
    /// Holds whose time has passed.
    pub fn holds_to_expire(&self, evening: &Evening) -> Due<AccountCommand> {
        let passed = self.holds.iter().filter(|hold| !hold.counts_at(evening.ends_at));
        Due::of(passed.map(|hold| ExpireHold { hold_id: hold.hold_id }.into()).collect())
    }

    /// The interest of the day, and of days before it that were missed since the last one accrued or paid out, 31 at
    /// most.
    pub fn interest_to_accrue(&self, evening: &Evening) -> Due<AccountCommand> {
        if self.status() == Status::Closed {
            return Due::Left(CLOSED);
        }
        let Some(opened_on) = self.opening().map(|opening| opening.opened_on) else { return Due::Nothing };
        if opened_on > evening.date {
            return Due::Nothing;
        }
        let missing: Vec<AccountCommand> = self
            .days_without_interest(opened_on, evening.date)
            .into_iter()
            .map(|date| AccrueInterest { date }.into())
            .collect();
        if missing.is_empty() { Due::Done } else { Due::Commands(missing) }
    }

    fn days_without_interest(&self, opened_on: Date, until: Date) -> Vec<Date> {
        let accrued = self.ledger.accrued_days().last().map(|day| day.date);
        let known = accrued.max(self.ledger.posted_through()).and_then(|last| last.tomorrow().ok());
        let earliest = until.checked_sub((DAYS_MADE_UP - 1).days()).unwrap_or(until);
        // Nobody has accrued anything yet: interest begins tonight, not years ago.
        let begun = accrued.is_some() || opened_on >= earliest;
        let from = known.unwrap_or(if begun { opened_on } else { until }).max(earliest).max(opened_on);
        from.series(1.day())
            .take_while(|date| *date <= until)
            .filter(|date| !self.ledger.is_accrued(*date))
            .collect()
    }

    /// The product's monthly fee, on the last day of a month.
    pub fn fee_to_charge(&self, evening: &Evening) -> Due<AccountCommand> {
        let month = Month::of(evening.date);
        let fee = self.opening().and_then(|opening| opening.terms.maintenance_fee);
        match (evening.ends_month(), fee.filter(|fee| fee.is_positive())) {
            (true, Some(_)) if self.status() == Status::Closed => Due::Left(CLOSED),
            (true, Some(_)) if self.maintenance_charged.is_some_and(|charged| month <= charged) => Due::Done,
            (true, Some(_)) => Due::Commands(vec![ChargeMaintenanceFee { month }.into()]),
            (false, _) | (_, None) => Due::Nothing,
        }
    }

    /// The month's interest, on its last day.
    pub fn interest_to_post(&self, evening: &Evening) -> Due<AccountCommand> {
        let month = Month::of(evening.date);
        if !evening.ends_month() || self.opening().is_none_or(|opening| opening.opened_on > evening.date) {
            return Due::Nothing;
        }
        if self.status() == Status::Closed {
            return Due::Left(CLOSED);
        }
        if self.ledger.is_posted(month) {
            return Due::Done;
        }
        Due::Commands(vec![PostInterest { month, missing_days: MissingDays::Accept }.into()])
    }
}
