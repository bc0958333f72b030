//! Money: integer minor units plus currency, checked arithmetic, one place for rounding.

use crate::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in the minor units of its currency: 150000 of INR is ₹1,500.00. Negative amounts are debts.
///
/// Written as `{"amount": "1500.00", "currency": "INR"}`, always with all of the currency's digits; read with at most that many.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "WrittenMoney", try_from = "WrittenMoney")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// What cannot be an amount, or cannot be reckoned.
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

    /// Reads a plain decimal string: an optional minus, digits, at most the currency's decimals. No exponent, no plus, no spaces.
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
            minor = minor.checked_mul(10).and_then(|shifted| shifted.checked_add(signed)).ok_or(MoneyError::OutOfRange)?;
        }
        Ok(Self { minor, currency })
    }

    /// Rounds an exact amount in major units to minor units, half to even. The only place where money is rounded.
    pub fn round_half_even(major: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scale = Decimal::from(10_i64.pow(currency.digits()));
        let minor = major.checked_mul(scale).ok_or(MoneyError::OutOfRange)?;
        let minor = minor.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        let minor = i64::try_from(minor).map_err(|_| MoneyError::OutOfRange)?;
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
        let digits = self.currency.digits() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let units = self.minor.unsigned_abs();
        if digits == 0 {
            return format!("{sign}{units}");
        }
        let scale = 10_u64.pow(self.currency.digits());
        format!("{sign}{}.{:0digits$}", units / scale, units % scale)
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

/// Money as JSON holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMoney {
    amount: String,
    currency: Currency,
}

impl From<Money> for WrittenMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency }
    }
}

impl TryFrom<WrittenMoney> for Money {
    type Error = MoneyError;
    fn try_from(written: WrittenMoney) -> Result<Self, MoneyError> {
        Self::parse(&written.amount, written.currency)
    }
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
    fn rounding_goes_half_to_even() {
        for (text, minor) in [("0.005", 0), ("0.015", 2), ("0.025", 2), ("0.0251", 3), ("-0.015", -2), ("-0.025", -2)] {
            assert_eq!(Money::round_half_even(text.parse().unwrap(), currency("INR")).map(Money::minor), Ok(minor), "{text}");
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
