//! How far below zero an account may go, now and on the days before.
//!
//! The days since when the limit is what it is are kept as long as debits can be dated there, so that no past
//! day is judged by a limit that came later.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The overdraft limit in minor units, with what it was before.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct OverdraftLimit {
    present: i64,
    before: Vec<Before>,
}

/// What it was before a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Before {
    changed_on: Date,
    limit: i64,
}

impl OverdraftLimit {
    pub(super) fn new(minor: i64) -> Self {
        Self { present: minor, before: Vec::new() }
    }

    /// What it is.
    pub(super) fn present(&self) -> i64 {
        self.present
    }

    /// What it was at the end of a past day.
    pub(super) fn on(&self, date: Date) -> i64 {
        self.before.iter().find(|before| date < before.changed_on).map_or(self.present, |before| before.limit)
    }

    /// The days after one on which it changed.
    pub(super) fn changes_after(&self, date: Date) -> impl Iterator<Item = Date> + '_ {
        self.before.iter().map(|before| before.changed_on).filter(move |changed_on| *changed_on > date)
    }

    /// Changes follow each other. A day that lies before that of the last change, as after one of the time
    /// zone, counts as that.
    pub(super) fn change(&mut self, limit: i64, changed_on: Date) {
        let previous = std::mem::replace(&mut self.present, limit);
        if self.before.last().is_none_or(|last| last.changed_on < changed_on) {
            self.before.push(Before { changed_on, limit: previous });
        }
    }

    /// What it was before a day is of no interest any more.
    pub(super) fn forget_before(&mut self, date: Date) {
        self.before.retain(|before| before.changed_on > date);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const FIRST: Date = date(2026, 1, 1);
    const SECOND: Date = date(2026, 1, 2);
    const THIRD: Date = date(2026, 1, 3);

    #[test]
    fn each_day_has_the_limit_of_its_end() {
        let mut limit = OverdraftLimit::new(5);
        limit.change(7, SECOND);
        limit.change(9, SECOND);
        limit.change(1, THIRD);
        assert_eq!([FIRST, SECOND, THIRD].map(|day| limit.on(day)), [5, 9, 1]);
        assert_eq!(limit.changes_after(FIRST).collect::<Vec<_>>(), [SECOND, THIRD]);
        limit.forget_before(SECOND);
        assert_eq!([SECOND, THIRD].map(|day| limit.on(day)), [9, 1]);
    }

    #[test]
    fn days_of_changes_that_run_backwards_leave_the_days_in_order() {
        let mut limit = OverdraftLimit::new(5);
        limit.change(7, THIRD);
        limit.change(9, SECOND);
        assert_eq!([FIRST, SECOND, THIRD].map(|day| limit.on(day)), [5, 5, 9]);
        assert_eq!(limit.changes_after(FIRST).collect::<Vec<_>>(), [THIRD]);
    }
}
