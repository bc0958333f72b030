//! Money: integer minor units plus currency, checked arithmetic, one place for rounding.

use crate::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use std::{borrow::Cow, cmp::Ordering, fmt};

/// An amount in the minor units of its currency: 150000 of INR is ₹1,500.00. Negative amounts are debts.
///
/// Written as `{"amount": "1500.00", "currency": "INR"}`, always with all of the currency's digits; read with
/// at most that many.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// A sign, the 19 digits of 64 bits, a point.
const LONGEST_AMOUNT: usize = 21;

/// What cannot be an amount, or cannot be calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyError {
    /// Not a plain decimal number.
    #[error("an amount is a plain decimal string such as \"1500.00\"")]
    NotANumber,
    /// More decimals than the currency has.
    #[error("the amount has more decimals than its currency")]
    TooManyDigits,
    /// Beyond 64 bits of minor units.
    #[error("the amount is out of range")]
    OutOfRange,
    /// Two currencies in one sum.
    #[error("the amounts are in different currencies")]
    CurrencyMismatch,
}

impl Money {
    /// An amount given in minor units.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads a plain decimal string: an optional minus, digits, at most the currency's decimals. No exponent,
    /// no plus, no spaces.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(decimals) {
            return Err(MoneyError::NotANumber);
        }
        let digits = currency.digits() as usize;
        let has_decimals = unsigned.len() > whole.len();
        if has_decimals && decimals.len() > digits {
            return Err(MoneyError::TooManyDigits);
        }
        let decimals = if has_decimals { decimals } else { "" };
        let padding = std::iter::repeat_n(b'0', digits - decimals.len());
        let mut minor: i64 = 0;
        for byte in whole.bytes().chain(decimals.bytes()).chain(padding) {
            let digit = i64::from(byte - b'0');
            let signed = if negative { -digit } else { digit };
            minor = minor
                .checked_mul(10)
                .and_then(|shifted| shifted.checked_add(signed))
                .ok_or(MoneyError::OutOfRange)?;
        }
        Ok(Self { minor, currency })
    }

    /// Rounds an exact amount in major units to minor units, half to even.
    pub fn round_half_even(major: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scale = Decimal::from(10_i64.pow(currency.digits()));
        let minor = major.checked_mul(scale).ok_or(MoneyError::OutOfRange)?;
        let minor = minor.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        let minor = i64::try_from(minor).map_err(|_| MoneyError::OutOfRange)?;
        Ok(Self { minor, currency })
    }

    /// Rounds an exact fraction of minor units, half to even.
    ///
    /// # Errors
    /// A denominator that is not positive; an amount beyond 64 bits.
    pub fn of_ratio(numerator: i128, denominator: i128, currency: Currency) -> Result<Self, MoneyError> {
        let floor = if denominator > 0 {
            numerator.div_euclid(denominator)
        } else {
            return Err(MoneyError::OutOfRange);
        };
        let rest = numerator.rem_euclid(denominator);
        Self::of_floor(floor, rest.cmp(&(denominator - rest)), currency)
    }

    /// Rounds half to even what lies `beyond` or before the middle between a whole number of minor units and
    /// the next one.
    pub(crate) fn of_floor(floor: i128, beyond: Ordering, currency: Currency) -> Result<Self, MoneyError> {
        let up = match beyond {
            Ordering::Less => 0,
            Ordering::Equal => floor & 1,
            Ordering::Greater => 1,
        };
        let minor = floor
            .checked_add(up)
            .and_then(|minor| i64::try_from(minor).ok())
            .ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, currency })
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units, exactly.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }

    /// The amount as a decimal string with all of the currency's digits, e.g. `1500.00`.
    pub fn amount(self) -> String {
        self.written(&mut [0; LONGEST_AMOUNT]).to_owned()
    }

    /// Writes the amount from its last digit to the front, into a buffer on the stack: every stored event
    /// passes here.
    fn written(self, buffer: &mut [u8; LONGEST_AMOUNT]) -> &str {
        let (decimals, mut units, mut start) =
            (self.currency.digits() as usize, self.minor.unsigned_abs(), LONGEST_AMOUNT);
        let mut written = 0;
        while units > 0 || written <= decimals {
            if written == decimals && decimals > 0 {
                start -= 1;
                buffer[start] = b'.';
            }
            start -= 1;
            buffer[start] = b'0' + (units % 10) as u8;
            units /= 10;
            written += 1;
        }
        if self.minor < 0 {
            start -= 1;
            buffer[start] = b'-';
        }
        // Only ASCII was written.
        std::str::from_utf8(&buffer[start..]).unwrap_or_default()
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum, if the currencies agree and it fits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// The difference, if the currencies agree and it fits.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = serializer.serialize_struct("Money", 2)?;
        written.serialize_field("amount", self.written(&mut [0; LONGEST_AMOUNT]))?;
        written.serialize_field("currency", &self.currency)?;
        written.end()
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = WrittenMoney::deserialize(deserializer)?;
        Self::parse(&written.amount, written.currency).map_err(de::Error::custom)
    }
}

/// Money as JSON holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMoney<'a> {
    #[serde(borrow)]
    amount: Cow<'a, str>,
    currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn amounts_read_with_at_most_their_currencys_digits() {
        for (text, code, expected) in [
            ("1500.00", "INR", Ok(150_000)),
            ("1500.5", "INR", Ok(150_050)),
            ("0", "JPY", Ok(0)),
            ("-0.01", "INR", Ok(-1)),
            ("92233720368547758.07", "INR", Ok(i64::MAX)),
            ("-92233720368547758.08", "INR", Ok(i64::MIN)),
            ("92233720368547758.08", "INR", Err(MoneyError::OutOfRange)),
            ("1.001", "INR", Err(MoneyError::TooManyDigits)),
            ("1.0", "JPY", Err(MoneyError::TooManyDigits)),
            ("1.", "INR", Err(MoneyError::NotANumber)),
            (".5", "INR", Err(MoneyError::NotANumber)),
            ("+1", "INR", Err(MoneyError::NotANumber)),
            ("1e3", "INR", Err(MoneyError::NotANumber)),
            ("", "INR", Err(MoneyError::NotANumber)),
            ("1,5", "INR", Err(MoneyError::NotANumber)),
        ] {
            assert_eq!(Money::parse(text, currency(code)).map(Money::minor), expected, "{text} {code}");
        }
    }

    #[test]
    fn amounts_are_written_with_all_of_their_currencys_digits() {
        for (minor, code, written) in [
            (0, "INR", "0.00"),
            (-1, "INR", "-0.01"),
            (150_000, "INR", "1500.00"),
            (i64::MIN, "INR", "-92233720368547758.08"),
            (0, "JPY", "0"),
            (-70, "JPY", "-70"),
            (i64::MIN, "JPY", "-9223372036854775808"),
            (1_005, "KWD", "1.005"),
            (i64::MAX, "KWD", "9223372036854775.807"),
        ] {
            let money = Money::from_minor(minor, currency(code));
            assert_eq!(money.amount(), written);
            let json = format!(r#"{{"amount":"{written}","currency":"{code}"}}"#);
            assert_eq!(serde_json::to_string(&money).unwrap(), json);
            assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }
    }

    #[test]
    fn fractions_are_rounded_half_to_even() {
        for (numerator, denominator, minor) in [
            (5, 10, 0),
            (15, 10, 2),
            (25, 10, 2),
            (-5, 10, 0),
            (-15, 10, -2),
            (49, 100, 0),
            (51, 100, 1),
            (-51, 100, -1),
            (7, 1, 7),
            (i128::from(i64::MAX) * 3 + 1, 3, i64::MAX),
        ] {
            assert_eq!(
                Money::of_ratio(numerator, denominator, currency("INR")).map(Money::minor),
                Ok(minor),
                "{numerator}/{denominator}"
            );
        }
        for (numerator, denominator) in
            [(1, 0), (1, -1), (i128::from(i64::MAX) * 2 + 1, 2), (i128::MAX, 1), (i128::MIN, 1)]
        {
            assert_eq!(
                Money::of_ratio(numerator, denominator, currency("INR")),
                Err(MoneyError::OutOfRange),
                "{numerator}/{denominator}"
            );
        }
    }

    #[test]
    fn money_reads_only_what_it_is() {
        let read = |json: &str| serde_json::from_str::<Money>(json).is_ok();
        assert!(read(r#"{"currency":"INR","amount":"1\u0030.5"}"#));
        for json in [
            r#"{"amount":"1.005","currency":"INR"}"#,
            r#"{"amount":1,"currency":"INR"}"#,
            r#"{"amount":"1"}"#,
            r#"{"amount":"1","currency":"INR","x":1}"#,
        ] {
            assert!(!read(json), "{json}");
        }
    }

    #[test]
    fn rounding_goes_half_to_even() {
        for (text, minor) in
            [("0.005", 0), ("0.015", 2), ("0.025", 2), ("0.0251", 3), ("-0.015", -2), ("-0.025", -2)]
        {
            assert_eq!(
                Money::round_half_even(text.parse().unwrap(), currency("INR")).map(Money::minor),
                Ok(minor),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_amount_reads_back_what_it_writes(minor: i64, code in prop::sample::select(vec!["INR", "JPY", "KWD"])) {
            let money = Money::from_minor(minor, currency(code));
            prop_assert_eq!(Money::parse(&money.amount(), money.currency()), Ok(money));
            prop_assert_eq!(Money::round_half_even(money.to_decimal(), money.currency()), Ok(money));
        }

        #[test]
        fn what_is_added_can_be_taken_away(a: i64, b: i64) {
            let (a, b) = (Money::from_minor(a, currency("INR")), Money::from_minor(b, currency("INR")));
            if let Ok(sum) = a.checked_add(b) {
                prop_assert_eq!(sum.checked_sub(b), Ok(a));
            }
        }
    }
}
