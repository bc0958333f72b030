//! How far below zero an account may go, now and on the days before.
//!
//! The days since when the limit is what it is are kept as long as debits can be dated there, so that no past day is judged by a limit
//! that came later.

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
    /// The day of the change; nothing where the event does not tell it, as the first events did not.
    changed_on: Option<Date>,
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

    /// What it was at the end of a past day. Where it cannot be told, the lesser of what it may have been.
    pub(super) fn on(&self, date: Date) -> i64 {
        let changed_later = |before: &&Before| before.changed_on.is_none_or(|changed_on| date < changed_on);
        self.before.iter().find(changed_later).map_or(self.present, |before| before.limit)
    }

    /// The days after one on which it changed.
    pub(super) fn changes_after(&self, date: Date) -> impl Iterator<Item = Date> + '_ {
        self.before.iter().filter_map(|before| before.changed_on).filter(move |changed_on| *changed_on > date)
    }

    pub(super) fn change(&mut self, limit: i64, changed_on: Option<Date>) {
        let previous = std::mem::replace(&mut self.present, limit);
        match (self.before.last_mut(), changed_on) {
            // The day of a change that does not tell it lies before that of any later one.
            (Some(last), Some(_)) if last.changed_on.is_none() => last.changed_on = changed_on,
            (Some(last), Some(_)) if last.changed_on == changed_on => {}
            (Some(last), None) if last.changed_on.is_none() => last.limit = last.limit.min(limit),
            (_, Some(_)) => self.before.push(Before { changed_on, limit: previous }),
            (_, None) => self.before.push(Before { changed_on, limit: previous.min(limit) }),
        }
    }

    /// What it was before a day is of no interest any more.
    pub(super) fn forget_before(&mut self, date: Date) {
        self.before.retain(|before| before.changed_on.is_none_or(|changed_on| changed_on > date));
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
        limit.change(7, Some(SECOND));
        limit.change(9, Some(SECOND));
        limit.change(1, Some(THIRD));
        assert_eq!([FIRST, SECOND, THIRD].map(|day| limit.on(day)), [5, 9, 1]);
        assert_eq!(limit.changes_after(FIRST).collect::<Vec<_>>(), [SECOND, THIRD]);
        limit.forget_before(SECOND);
        assert_eq!([SECOND, THIRD].map(|day| limit.on(day)), [9, 1]);
    }

    #[test]
    fn a_change_of_unknown_day_leaves_the_past_the_lesser_limit() {
        let mut raised = OverdraftLimit::new(5);
        raised.change(7, None);
        assert_eq!((raised.on(FIRST), raised.present()), (5, 7));
        raised.change(3, None);
        assert_eq!((raised.on(FIRST), raised.present()), (3, 3));
        raised.change(9, Some(SECOND));
        assert_eq!([FIRST, SECOND].map(|day| raised.on(day)), [3, 9]);
    }
}
