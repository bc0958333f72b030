//! When a fact happened, as a line tells it.

use crate::calendar::BusinessCalendar;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// When a fact happened: an instant, or a day, which stands for that day's beginning in the namespace's time
/// zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusinessTime {
    /// `"1993-01-01"`
    Day(Date),
    /// `"1993-01-01T09:30:00Z"`, cut to microseconds.
    Instant(Timestamp),
}

impl BusinessTime {
    /// The instant and the business date.
    pub fn place(self, calendar: &BusinessCalendar) -> (Timestamp, Date) {
        match self {
            Self::Day(date) => (calendar.start_of(date), date),
            Self::Instant(instant) => (instant, calendar.date(instant)),
        }
    }
}

impl Serialize for BusinessTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Day(date) => date.serialize(serializer),
            Self::Instant(instant) => instant.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BusinessTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let refused = || {
            de::Error::custom("neither a date such as 1993-01-01 nor an instant such as 1993-01-01T09:30:00Z")
        };
        if text.len() == "1993-01-01".len() {
            return day(&text).map(Self::Day).ok_or_else(refused);
        }
        // Years before the first are written with a sign: no store and no client counts on them.
        let begins_with_year = text.bytes().take_while(u8::is_ascii_digit).count() == "1993".len();
        let instant: Timestamp = text.parse().ok().filter(|_| begins_with_year).ok_or_else(refused)?;
        Timestamp::from_microsecond(instant.as_microsecond()).map(Self::Instant).map_err(de::Error::custom)
    }
}

/// Reads a date in the one form that is taken, `YYYY-MM-DD`.
fn day(text: &str) -> Option<Date> {
    let form = text.bytes().map(|byte| if byte.is_ascii_digit() { b'd' } else { byte });
    if form.eq(*b"dddd-dd-dd") { text.parse().ok() } else { None }
}

/// Reads a member that is a date, or missing.
pub(super) fn optional_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| day(&text).ok_or_else(|| de::Error::custom("no date such as 1993-01-01"))).transpose()
}
