//! On which days instalments are due, and how long their periods are.
//!
//! Where nothing was agreed, due dates keep the start's day of month. A first due date makes the first period
//! short or long; a due day of the month holds for all instalments behind it, and for the first one too where
//! that has no date of its own: then it is in the month after the start's. A day that a month has not is that
//! month's last.

use super::PlanError;
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// The longest time from the start to the first due date, in months.
pub const LONGEST_FIRST_PERIOD_MONTHS: i32 = 12;

/// A period of an equal instalment, of which twelve are a year.
pub(super) const DAYS_OF_A_MONTH: u32 = 30;

/// A day of the month: 1 to 31, where 31 is the last day of each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct DueDay(i8);

/// A number that is no day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day of the month is 1 to 31")]
pub struct NoDayOfMonth;

impl TryFrom<i8> for DueDay {
    type Error = NoDayOfMonth;

    fn try_from(day: i8) -> Result<Self, NoDayOfMonth> {
        if (1..=31).contains(&day) { Ok(Self(day)) } else { Err(NoDayOfMonth) }
    }
}

impl From<DueDay> for i8 {
    fn from(day: DueDay) -> Self {
        day.0
    }
}

impl DueDay {
    fn of(date: Date) -> Self {
        Self(date.day())
    }

    /// This day in a month so many months after another date's month; the month's last where it has no such
    /// day.
    fn in_month_after(self, date: Date, months: u32) -> Result<Date, PlanError> {
        let first = date.first_of_month().checked_add(i64::from(months).months());
        let first = first.map_err(|_| PlanError::OutOfRange)?;
        first.with().day(self.0.min(first.days_in_month())).build().map_err(|_| PlanError::OutOfRange)
    }
}

/// What was agreed on the days on which instalments are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueDates {
    /// The first one.
    pub first: Option<Date>,
    /// The day of the month of the others.
    pub day: Option<DueDay>,
}

/// One period of a schedule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub(super) number: u32,
    pub(super) from: Date,
    pub(super) to: Date,
    /// Its days where each month has thirty.
    pub(super) thirties: u32,
}

impl DueDates {
    /// So many periods from a start on, numbered behind a number.
    pub(super) fn periods(self, start: Date, count: u32, last_number: u32) -> Result<Vec<Period>, PlanError> {
        let day = self.day.unwrap_or_else(|| DueDay::of(self.first.unwrap_or(start)));
        let first = self.first.map_or_else(|| day.in_month_after(start, 1), Ok)?;
        let latest = start.checked_add(LONGEST_FIRST_PERIOD_MONTHS.months());
        if first <= start || latest.is_ok_and(|latest| first > latest) {
            return Err(PlanError::FirstDueDate { start });
        }
        let (mut periods, mut from, mut from_day) = (Vec::new(), start, DueDay::of(start));
        for index in 0..count {
            let (to, to_day) = match (index, self.first) {
                (0, Some(named)) => (named, DueDay::of(named)),
                (index, _) => (day.in_month_after(first, index)?, day),
            };
            let number = last_number
                .checked_add(index)
                .and_then(|number| number.checked_add(1))
                .ok_or(PlanError::OutOfRange)?;
            periods.push(Period { number, from, to, thirties: thirties((from, from_day), (to, to_day)) });
            (from, from_day) = (to, to_day);
        }
        Ok(periods)
    }
}

/// The days from one date to another where each month has thirty (30E/360), by the days of the month that were
/// agreed: the last of February counts as the thirtieth where the thirtieth was meant.
fn thirties((from, from_day): (Date, DueDay), (to, to_day): (Date, DueDay)) -> u32 {
    let months = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month() - from.month());
    let days = months * 30 + i32::from(to_day.0.min(30)) - i32::from(from_day.0.min(30));
    u32::try_from(days).unwrap_or_else(|_| days_between(from, to)).max(1)
}

/// Whole days from one day to a later one; 0 if it is not later.
pub(in crate::lending) fn days_between(from: Date, to: Date) -> u32 {
    from.until(to).map_or(0, |span| u32::try_from(span.get_days()).unwrap_or(0))
}
