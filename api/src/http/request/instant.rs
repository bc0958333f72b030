//! Instants and dates as clients write them: RFC 3339 to the letter, and nothing that merely resembles it.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A text that is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an instant of RFC 3339 such as 2026-01-31T12:00:00Z")]
pub(crate) struct NoInstant;

/// A text that is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form YYYY-MM-DD")]
pub(crate) struct NoDate;

/// An instant of a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl FromStr for Instant {
    type Err = NoInstant;
    fn from_str(text: &str) -> Result<Self, NoInstant> {
        parse(text).map(Self)
    }
}

/// A date of a path or query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Day(pub(crate) Date);

impl TryFrom<String> for Day {
    type Error = NoDate;
    fn try_from(text: String) -> Result<Self, NoDate> {
        text.parse()
    }
}

impl FromStr for Day {
    type Err = NoDate;
    fn from_str(text: &str) -> Result<Self, NoDate> {
        parse_date(text).map(Self)
    }
}

/// How many characters stand before the fraction, and how many digits of it are read; further ones are less than can be told apart.
const SECONDS: usize = 19;
const DIGITS: usize = 9;

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` of the years 0000 to 9999, cut to microseconds. `T` and `Z` may be small, and the
/// fraction of any length. Instants behind the last one that can be kept (9999-12-30T22:00:00Z), such as
/// `9999-12-31T23:59:59Z`, which says "the end of time" in many systems, are that last one.
pub(crate) fn parse(text: &str) -> Result<Timestamp, NoInstant> {
    let text = text.to_ascii_uppercase();
    let (seconds, rest) = text.split_at_checked(SECONDS).ok_or(NoInstant)?;
    if !fits(seconds.as_bytes(), b"dddd-dd-ddTdd:dd:dd") {
        return Err(NoInstant);
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return Err(NoInstant);
            }
            fraction.split_at(digits)
        }
        None => ("0", rest),
    };
    if zone != "Z" && !fits(zone.as_bytes(), b"+dd:dd") && !fits(zone.as_bytes(), b"-dd:dd") {
        return Err(NoInstant);
    }
    let local: DateTime =
        format!("{seconds}.{}", &fraction[..fraction.len().min(DIGITS)]).parse().map_err(|_| NoInstant)?;
    let offset = offset(zone).ok_or(NoInstant)?;
    // What is a time of day somewhere and yet no instant here lies behind the last one: no year 0000 comes before the first.
    let instant = offset.to_timestamp(local).unwrap_or(Timestamp::MAX);
    // Beyond the last whole second there are no microseconds.
    Timestamp::from_microsecond(instant.as_microsecond())
        .or_else(|_| Timestamp::from_second(instant.as_second()))
        .map_err(|_| NoInstant)
}

/// The offset that `Z` or `±hh:mm` means.
fn offset(zone: &str) -> Option<Offset> {
    if zone == "Z" {
        return Some(Offset::UTC);
    }
    let (hours, minutes): (i32, i32) = (zone.get(1..3)?.parse().ok()?, zone.get(4..6)?.parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (hours * 60 + minutes) * 60;
    Offset::from_seconds(if zone.starts_with('-') { -seconds } else { seconds }).ok()
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Result<Date, NoDate> {
    if fits(text.as_bytes(), b"dddd-dd-dd") { text.parse().map_err(|_| NoDate) } else { Err(NoDate) }
}

/// Whether a text has a form, in which `d` is any digit.
fn fits(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len()
        && text
            .iter()
            .zip(form)
            .all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_is_read_and_cut_to_microseconds() {
        for (text, expected) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00.5+05:30", "2026-01-31T06:30:00.5Z"),
            ("2026-01-31T12:00:00.123456789-01:00", "2026-01-31T13:00:00.123456Z"),
            ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00.12345678999999999999999999Z", "2026-01-31T12:00:00.123456Z"),
            ("2026-01-31T12:00:00+23:59", "2026-01-30T12:01:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("0000-01-01T00:00:00+23:59", "-000001-12-31T00:01:00Z"),
            ("9999-12-30T21:59:59.999999Z", "9999-12-30T21:59:59.999999Z"),
            ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00Z"),
            ("9999-12-31T23:59:59.999999999-12:00", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(parse(text).map(|instant| instant.to_string()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_merely_resembles_it_is_refused() {
        for text in [
            "",
            "now",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00+24:00",
            "2026-01-31T12:00:00-00:60",
            "20260131T120000Z",
            "2026-02-30T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00+0530",
            "2026-01-31T12:00:00Z[UTC]",
            "2026-01-31T12:00:00 05:30",
            "+002026-01-31T12:00:00Z",
            "1769860800",
            "9999-12-32T00:00:00Z",
        ] {
            assert_eq!(parse(text), Err(NoInstant), "{text}");
        }
        for text in ["", "2026-1-31", "2026-02-30", "20260131", "2026-01-31T00:00:00", "-2026-01-31"] {
            assert_eq!(parse_date(text), Err(NoDate), "{text}");
        }
    }
}
