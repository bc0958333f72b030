//! How instants are told: RFC 3339 in UTC with six fraction digits, always, so that their order as texts is
//! their order in time. What is stored keeps the spelling that it was stored with.

use jiff::Timestamp;
use serde::Serializer;

/// An instant as text, such as `2026-01-31T12:00:00.500000Z`.
pub fn text(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// Writes an instant: `#[serde(serialize_with = "instants::write")]`.
///
/// # Errors
/// The serializer's.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
pub fn write<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{instant:.6}"))
}

/// Writes an instant that there need not be.
///
/// # Errors
/// The serializer's.
#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
pub fn write_optional<S: Serializer>(instant: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => write(instant, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_six_fraction_digits_whatever_they_are() {
        for (instant, expected) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"),
            ("2026-01-31T12:00:00.77978Z", "2026-01-31T12:00:00.779780Z"),
            ("2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.123456Z"),
        ] {
            assert_eq!(text(instant.parse().unwrap()), expected);
        }
    }
}
