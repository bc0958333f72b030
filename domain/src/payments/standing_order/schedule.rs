//! On which dates a standing order is due, and under which terms. Pure: a date is due or not, whoever asks when.

use super::words::DayOfWeek;
use crate::{
    Money, Text,
    payments::{HolidayRule, Payee},
};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// A day of the month: 1 to 31; the last one of months that are shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct DayOfMonth(i8);

/// A number that no day of a month has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day of the month is 1 to 31")]
pub struct NoDayOfMonth;

impl TryFrom<i8> for DayOfMonth {
    type Error = NoDayOfMonth;

    fn try_from(day: i8) -> Result<Self, NoDayOfMonth> {
        if (1..=31).contains(&day) { Ok(Self(day)) } else { Err(NoDayOfMonth) }
    }
}

impl From<DayOfMonth> for i8 {
    fn from(day: DayOfMonth) -> Self {
        day.0
    }
}

/// From this many days to the next date: 1 to 366.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Interval(u16);

/// A number of days that is none between two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are 1 to 366 days between two dates")]
pub struct NoInterval;

impl TryFrom<u16> for Interval {
    type Error = NoInterval;

    fn try_from(days: u16) -> Result<Self, NoInterval> {
        if (1..=366).contains(&days) { Ok(Self(days)) } else { Err(NoInterval) }
    }
}

impl From<Interval> for u16 {
    fn from(days: Interval) -> Self {
        days.0
    }
}

/// How often something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// On a day of each month.
    DayOfMonth(DayOfMonth),
    /// On a day of each week.
    Weekday(DayOfWeek),
    /// Each time so many days have gone by.
    Days(Interval),
}

impl Rhythm {
    /// The first date on a day or later, if counting begins on `first`; nothing beyond the calendar.
    pub fn next(self, first: Date, from: Date) -> Option<Date> {
        let from = from.max(first);
        match self {
            Self::DayOfMonth(DayOfMonth(day)) => {
                let in_month = |of: Date| of.with().day(day.min(of.days_in_month())).build().ok();
                let this = in_month(from.first_of_month()).filter(|date| *date >= from);
                this.or_else(|| in_month(from.first_of_month().checked_add(1.month()).ok()?))
            }
            Self::Weekday(day) => {
                let ahead = (day.offset() - from.weekday().to_monday_zero_offset()).rem_euclid(7);
                from.checked_add(i64::from(ahead).days()).ok()
            }
            Self::Days(Interval(days)) => {
                let (days, gone) = (i32::from(days), first.until(from).ok()?.get_days());
                let ahead = (-gone).rem_euclid(days);
                from.checked_add(i64::from(ahead).days()).ok()
            }
        }
    }
}

/// Until when something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Until somebody ends it.
    #[default]
    Ended,
    /// On this day for the last time at most.
    Date(Date),
    /// So often in all.
    Times(u32),
}

/// What is paid, to whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub payee: Payee,
    /// How much arrives.
    pub amount: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<140>>,
    pub rhythm: Rhythm,
    /// Counting begins on this day.
    pub first_date: Date,
    #[serde(default)]
    pub until: Until,
    #[serde(default)]
    pub on_holiday: HolidayRule,
}

/// Terms with the first day that they hold for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    pub from: Date,
    pub terms: Terms,
}

/// The terms that hold for a due date: the last ones that hold from it or an earlier day on.
pub fn terms_on(all: &[InForce], date: Date) -> Option<&Terms> {
    let at = all.partition_point(|held| held.from <= date);
    all.get(at.saturating_sub(1)).map(|held| &held.terms)
}

/// Due dates from a day on, in order, each once; `counted` dates count already as those of [`Until::Times`].
#[derive(Debug, Clone)]
pub struct Dates<'a> {
    all: &'a [InForce],
    from: Option<Date>,
    counted: u32,
}

impl<'a> Dates<'a> {
    /// By terms that are in the order of their days.
    pub fn new(all: &'a [InForce], from: Date, counted: u32) -> Self {
        Self { all, from: Some(from), counted }
    }
}

impl Iterator for Dates<'_> {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        // Each turn goes on to later terms, so there is an end.
        loop {
            let from = self.from?;
            let terms = terms_on(self.all, from)?;
            let later = self.all.iter().map(|held| held.from).find(|later| *later > from);
            let date = terms.rhythm.next(terms.first_date, from).filter(|date| {
                let is_meant = match terms.until {
                    Until::Ended => true,
                    Until::Date(last) => *date <= last,
                    Until::Times(times) => self.counted < times,
                };
                is_meant && later.is_none_or(|later| *date < later)
            });
            let Some(date) = date else {
                self.from = later;
                continue;
            };
            self.from = date.tomorrow().ok();
            self.counted = self.counted.saturating_add(1);
            return Some(date);
        }
    }
}
