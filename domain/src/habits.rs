//! What was paid out lately: how much each time, to whom, how often on a day. Whoever judges whether a payment
//! looks like the others before it asks this; an account or a card keeps it of its own past.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// So many amounts are remembered.
pub const AMOUNTS_KEPT: usize = 20;
/// So many payees are remembered.
pub const PAYEES_KEPT: usize = 32;

/// What was paid out lately.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Habits {
    /// In minor units, the latest last.
    amounts: VecDeque<i64>,
    /// The latest last.
    payees: VecDeque<Payee>,
    /// The latest day on which anything was paid.
    day: Option<Date>,
    /// How often on that day.
    on_day: u32,
}

/// Somebody who was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Payee {
    /// What names them is hashed: nobody has to be known by name here.
    name: u64,
    /// The day of the first payment.
    since: Date,
}

/// How much is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// Of so many amounts.
    pub count: u32,
    /// Their mean, in minor units, rounded down.
    pub mean_minor: i64,
    /// Their standard deviation, in minor units, rounded down.
    pub deviation_minor: i64,
}

impl Habits {
    /// Notes a payment.
    pub fn note(&mut self, date: Date, minor: i64, payee: Option<&str>) {
        self.remember(date, minor, payee);
        self.count(date);
    }

    /// Notes how much was paid, and to whom, where it was counted before.
    pub fn remember(&mut self, date: Date, minor: i64, payee: Option<&str>) {
        keep(&mut self.amounts, minor, AMOUNTS_KEPT);
        if let Some(name) = payee.map(hash) {
            let known = self.payees.iter().position(|known| known.name == name);
            let since = known.and_then(|place| self.payees.remove(place)).map_or(date, |known| known.since);
            keep(&mut self.payees, Payee { name, since: since.min(date) }, PAYEES_KEPT);
        }
    }

    /// Counts what is only set aside so far, or came to nothing.
    pub fn count(&mut self, date: Date) {
        if self.day.is_none_or(|day| day < date) {
            (self.day, self.on_day) = (Some(date), 0);
        }
        if self.day == Some(date) {
            self.on_day = self.on_day.saturating_add(1);
        }
    }

    /// How much is usual; nothing where nothing was paid yet.
    pub fn usual(&self) -> Option<Usual> {
        let count = i128::try_from(self.amounts.len()).ok().filter(|count| *count > 0)?;
        let sum: i128 = self.amounts.iter().map(|minor| i128::from(*minor)).sum();
        let mean = sum / count;
        let squares: i128 = self
            .amounts
            .iter()
            .map(|minor| (i128::from(*minor) - mean).saturating_mul(i128::from(*minor) - mean))
            .fold(0, i128::saturating_add);
        Some(Usual {
            count: u32::try_from(count).unwrap_or(u32::MAX),
            mean_minor: i64::try_from(mean).unwrap_or(i64::MAX),
            deviation_minor: i64::try_from((squares / count).isqrt()).unwrap_or(i64::MAX),
        })
    }

    /// Whether a payee was paid on an earlier day, and is remembered. What was paid on the same day tells nothing: whoever
    /// steals pays a trifle first.
    pub fn knew(&self, payee: &str, on: Date) -> bool {
        let name = hash(payee);
        self.payees.iter().any(|known| known.name == name && known.since < on)
    }

    /// How often something was paid on a day, or was to be, as long as it is the latest.
    pub fn on(&self, date: Date) -> u32 {
        if self.day == Some(date) { self.on_day } else { 0 }
    }
}

fn keep<T>(kept: &mut VecDeque<T>, one: T, most: usize) {
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(one);
}

/// FNV-1a, 64 bits: short, and the same in every build.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const MONDAY: Date = date(2026, 3, 9);
    const TUESDAY: Date = date(2026, 3, 10);

    #[test]
    fn what_is_usual_is_the_mean_of_the_latest_amounts_and_how_far_they_lie_from_it() {
        let mut habits = Habits::default();
        assert_eq!(habits.usual(), None);
        for minor in [200, 400, 400, 400, 500, 500, 700, 900] {
            habits.note(MONDAY, minor, None);
        }
        assert_eq!(habits.usual(), Some(Usual { count: 8, mean_minor: 500, deviation_minor: 200 }));
        (0..AMOUNTS_KEPT).for_each(|_| habits.note(MONDAY, 10, None));
        assert_eq!(habits.usual(), Some(Usual { count: 20, mean_minor: 10, deviation_minor: 0 }));
    }

    #[test]
    fn the_largest_amounts_do_not_overflow() {
        let mut habits = Habits::default();
        for minor in [i64::MAX, i64::MIN, i64::MAX, 0] {
            habits.note(MONDAY, minor, None);
        }
        assert!(habits.usual().is_some_and(|usual| usual.deviation_minor > 0));
    }

    #[test]
    fn payees_are_known_by_name_until_others_took_their_place() {
        let mut habits = Habits::default();
        habits.note(MONDAY, 1, Some("acc_1"));
        assert!(habits.knew("acc_1", TUESDAY) && !habits.knew("acc_2", TUESDAY));
        for number in 2..=PAYEES_KEPT {
            habits.note(MONDAY, 1, Some(&format!("acc_{number}")));
        }
        habits.note(MONDAY, 1, Some("acc_1"));
        habits.note(MONDAY, 1, Some("one more"));
        let knew = |payee| habits.knew(payee, TUESDAY);
        assert!(knew("acc_1") && !knew("acc_2"), "the one paid longest ago goes first");
    }

    #[test]
    fn a_payee_is_known_from_the_day_after_the_first_payment_on() {
        let mut habits = Habits::default();
        for _ in 0..3 {
            habits.note(MONDAY, 1, Some("acc_1"));
        }
        assert!(!habits.knew("acc_1", MONDAY) && habits.knew("acc_1", TUESDAY));
        habits.note(TUESDAY, 1, Some("acc_1"));
        assert!(habits.knew("acc_1", TUESDAY), "the first day counts, not the last");
    }

    #[test]
    fn payments_are_counted_on_the_latest_day() {
        let mut habits = Habits::default();
        habits.note(MONDAY, 1, None);
        habits.count(MONDAY);
        assert_eq!((habits.on(MONDAY), habits.on(TUESDAY)), (2, 0));
        habits.note(TUESDAY, 1, None);
        habits.note(MONDAY, 1, None);
        assert_eq!((habits.on(MONDAY), habits.on(TUESDAY)), (0, 1));
    }
}
