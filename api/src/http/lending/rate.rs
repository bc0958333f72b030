//! Rates as bodies write them.

use khata_domain::Percent;
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;

/// A rate in percent per year: a plain decimal string from 0 to 1000 with at most nine decimals.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateField(pub(super) Percent);

impl<'de> Deserialize<'de> for RateField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, "0"));
        let digits =
            |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let rate = if digits(whole) && digits(decimals) { text.parse().ok() } else { None };
        rate.map(Self).ok_or_else(|| {
            de::Error::custom("a rate is a decimal string between 0 and 1000 with at most nine decimals")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_plain_decimal_string() {
        let read =
            |json: &str| serde_json::from_str::<RateField>(json).ok().map(|RateField(rate)| rate.to_string());
        for (json, rate) in [
            (r#""15.678""#, "15.678"),
            (r#""0""#, "0"),
            (r#""1000.000000000""#, "1000"),
            (r#""007.50""#, "7.5"),
        ] {
            assert_eq!(read(json).as_deref(), Some(rate), "{json}");
        }
        for json in [
            "7",
            r#""""#,
            r#"".5""#,
            r#""5.""#,
            r#""+5""#,
            r#""-5""#,
            r#""1e2""#,
            r#""1_0""#,
            r#""1000.1""#,
            r#""1.0000000000""#,
            r#"" 5""#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
