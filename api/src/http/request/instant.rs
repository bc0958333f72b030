//! Instants and dates as clients write them: RFC 3339 to the letter, and nothing that merely resembles it.

use jiff::{Timestamp, civil::Date};
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

/// A date of a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) Date);

impl FromStr for Day {
    type Err = NoDate;
    fn from_str(text: &str) -> Result<Self, NoDate> {
        parse_date(text).map(Self)
    }
}

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` of the years 0000 to 9999, cut to microseconds.
pub(crate) fn parse(text: &str) -> Result<Timestamp, NoInstant> {
    let bytes = text.as_bytes();
    let rest = bytes.get(19..).ok_or(NoInstant)?;
    if !fits(&bytes[..19], b"dddd-dd-ddTdd:dd:dd") {
        return Err(NoInstant);
    }
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 || digits > 9 {
                return Err(NoInstant);
            }
            &fraction[digits..]
        }
        None => rest,
    };
    if zone != b"Z" && !fits(zone, b"+dd:dd") && !fits(zone, b"-dd:dd") {
        return Err(NoInstant);
    }
    let instant: Timestamp = text.parse().map_err(|_| NoInstant)?;
    Timestamp::from_microsecond(instant.as_microsecond()).map_err(|_| NoInstant)
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Result<Date, NoDate> {
    if fits(text.as_bytes(), b"dddd-dd-dd") { text.parse().map_err(|_| NoDate) } else { Err(NoDate) }
}

/// Whether a text has a form, in which `d` is any digit.
fn fits(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len() && text.iter().zip(form).all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form })
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
            "2026-01-31T12:00:00z",
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
            "2026-01-31T12:00:00.1234567890Z",
        ] {
            assert_eq!(parse(text), Err(NoInstant), "{text}");
        }
        for text in ["", "2026-1-31", "2026-02-30", "20260131", "2026-01-31T00:00:00", "-2026-01-31"] {
            assert_eq!(parse_date(text), Err(NoDate), "{text}");
        }
    }
}
