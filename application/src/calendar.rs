//! The business calendar: which day an instant belongs to, in the namespace's time zone.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Turns instants into business dates and back. UTC unless configured otherwise.
#[derive(Debug, Clone)]
pub struct BusinessCalendar {
    zone: TimeZone,
}

/// A name that no known time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {0:?}; a name looks like Asia/Kolkata")]
pub struct UnknownTimeZone(pub String);

impl Default for BusinessCalendar {
    fn default() -> Self {
        Self { zone: TimeZone::UTC }
    }
}

impl BusinessCalendar {
    /// The calendar of a time zone.
    pub const fn in_zone(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// The calendar of a time zone of the IANA database, e.g. `Asia/Kolkata`.
    pub fn parse(name: &str) -> Result<Self, UnknownTimeZone> {
        TimeZone::get(name).map(Self::in_zone).map_err(|_| UnknownTimeZone(name.to_owned()))
    }

    /// The IANA name of its zone; `None` for UTC, and for a zone that has no name.
    pub fn zone_name(&self) -> Option<&str> {
        self.zone.iana_name().filter(|name| *name != "UTC")
    }

    /// The day an instant belongs to.
    pub fn date(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// The hour of the day that an instant falls into, 0 to 23.
    pub fn hour(&self, instant: Timestamp) -> u8 {
        self.zone.to_datetime(instant).hour().unsigned_abs()
    }

    /// The first instant of a day. Where clocks skip midnight, it is the first one after it.
    pub fn start_of(&self, date: Date) -> Timestamp {
        let earliest = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        date.to_zoned(self.zone.clone()).map_or(earliest, |start| start.timestamp())
    }

    /// The last microsecond of a day.
    pub fn end_of(&self, date: Date) -> Timestamp {
        let next = date.tomorrow().map_or(Timestamp::MAX, |tomorrow| self.start_of(tomorrow));
        Timestamp::from_microsecond(next.as_microsecond() - 1).unwrap_or(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kolkata() -> BusinessCalendar {
        BusinessCalendar::parse("Asia/Kolkata").unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_the_zones_midnight() {
        for (at, day) in
            [("2026-03-01T18:29:59.999999Z", "2026-03-01"), ("2026-03-01T18:30:00Z", "2026-03-02")]
        {
            assert_eq!(kolkata().date(instant(at)).to_string(), day, "{at}");
        }
        assert_eq!(
            BusinessCalendar::default().date(instant("2026-03-01T18:30:00Z")).to_string(),
            "2026-03-01"
        );
    }

    #[test]
    fn the_hour_is_that_of_the_zone() {
        let instant = instant("2026-03-01T18:30:00Z");
        assert_eq!((kolkata().hour(instant), BusinessCalendar::default().hour(instant)), (0, 18));
    }

    #[test]
    fn a_day_ends_a_microsecond_before_the_next() {
        let day = "2026-03-01".parse().unwrap();
        assert_eq!(kolkata().start_of(day), instant("2026-02-28T18:30:00Z"));
        assert_eq!(kolkata().end_of(day), instant("2026-03-01T18:29:59.999999Z"));
    }

    #[test]
    fn a_day_without_midnight_begins_after_it_and_is_one_day_still() {
        // Clocks in Beirut went from 23:59:59 on 27 March 2021 to 01:00 on the 28th.
        let beirut = BusinessCalendar::parse("Asia/Beirut").unwrap();
        let day: Date = "2021-03-28".parse().unwrap();
        assert_eq!(beirut.date(beirut.start_of(day)), day);
        assert_eq!(beirut.date(beirut.end_of(day)), day);
        assert_eq!(
            beirut.end_of(day.yesterday().unwrap()).as_microsecond() + 1,
            beirut.start_of(day).as_microsecond()
        );
    }

    #[test]
    fn the_last_days_there_are_have_ends_too() {
        for day in [Date::MIN, Date::MAX] {
            assert!(kolkata().start_of(day) <= kolkata().end_of(day), "{day}");
        }
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert_eq!(
            BusinessCalendar::parse("Mars/Olympus").unwrap_err(),
            UnknownTimeZone("Mars/Olympus".into())
        );
    }
}
