//! What can be debited as far as funds go: now, and on the days before, where a debit is dated back.

use super::state::BankAccount;
use crate::DecisionContext;
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeSet;

impl BankAccount {
    /// Balance + overdraft limit - minimum balance - holds that count at an instant.
    pub(super) fn available_minor(&self, at: Timestamp) -> i128 {
        let held: i128 = self.active_holds(at).map(|hold| i128::from(hold.amount.minor())).sum();
        self.ledger.balance() + i128::from(self.overdraft_limit.present()) - self.minimum_balance() - held
    }

    /// The least that is available from a day on, and the day on which that is. The day must be known singly.
    pub(super) fn least_available(&self, from: Date, at: DecisionContext<'_>) -> (Date, i128) {
        let now = (at.today, self.available_minor(at.now));
        // Nearly every debit: nothing is dated later.
        if from >= at.today && self.ledger.days_from(from).all(|day| day == from) {
            return now;
        }
        let turns = self.turns_from(from, at.now);
        self.available_at_end_of(&turns, at.now)
            .chain([now])
            .min_by_key(|(_, available)| *available)
            .unwrap_or(now)
    }

    /// The least that is available from a day on and before another, if there is a day between them.
    pub(super) fn least_available_between(
        &self,
        from: Date,
        before: Date,
        at: Timestamp,
    ) -> Option<(Date, i128)> {
        let turns: BTreeSet<Date> =
            self.turns_from(from, at).into_iter().filter(|day| *day < before).collect();
        self.available_at_end_of(&turns, at).min_by_key(|(_, available)| *available)
    }

    /// A day, and all days after it on which something changes what is available.
    fn turns_from(&self, from: Date, at: Timestamp) -> BTreeSet<Date> {
        let held = self.active_holds(at).map(|hold| hold.business_date).filter(|day| *day > from);
        [from]
            .into_iter()
            .chain(self.ledger.days_from(from))
            .chain(self.overdraft_limit.changes_after(from))
            .chain(held)
            .collect()
    }

    /// What was available at the end of days that rise. Of holds those count that still do: what was set
    /// aside and is free again stands for nobody.
    fn available_at_end_of<'a>(
        &'a self,
        days: &'a BTreeSet<Date>,
        at: Timestamp,
    ) -> impl Iterator<Item = (Date, i128)> + 'a {
        self.ledger.balances_at_end_of(days.iter().copied()).map(move |(day, balance)| {
            let on_that_day = self.active_holds(at).filter(|hold| hold.business_date <= day);
            let held: i128 = on_that_day.map(|hold| i128::from(hold.amount.minor())).sum();
            (day, balance + i128::from(self.overdraft_limit.on(day)) - self.minimum_balance() - held)
        })
    }

    fn minimum_balance(&self) -> i128 {
        self.opening.as_ref().map_or(0, |opening| opening.terms.minimum_balance.minor().into())
    }
}
