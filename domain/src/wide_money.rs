//! Sums of money: as exact as money itself, and wider. An amount that a command brings fits 64 bits of minor
//! units; the sum of many of them need not, and is told as it is.

use crate::{Currency, Money};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;

/// A sum in the minor units of its currency, of up to 128 bits. Written as [`Money`] is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WideMoney {
    minor: i128,
    currency: Currency,
}

impl WideMoney {
    /// A sum given in minor units.
    pub const fn from_minor(minor: i128, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum in minor units.
    pub const fn minor(self) -> i128 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum as a decimal string with all of the currency's digits, e.g. `1500.00`.
    pub fn amount(self) -> String {
        let decimals = self.currency.digits() as usize;
        let digits = format!("{:0width$}", self.minor.unsigned_abs(), width = decimals + 1);
        let (whole, rest) = digits.split_at(digits.len() - decimals);
        let sign = if self.minor < 0 { "-" } else { "" };
        let point = if rest.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{rest}")
    }
}

impl From<Money> for WideMoney {
    fn from(money: Money) -> Self {
        Self { minor: money.minor().into(), currency: money.currency() }
    }
}

impl fmt::Display for WideMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for WideMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for WideMoney {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = serializer.serialize_struct("WideMoney", 2)?;
        written.serialize_field("amount", &self.amount())?;
        written.serialize_field("currency", &self.currency)?;
        written.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sums_beyond_64_bits_are_written_in_full() {
        for (minor, code, written) in [
            (2 * i128::from(i64::MAX), "INR", "184467440737095516.14"),
            (2 * i128::from(i64::MIN), "JPY", "-18446744073709551616"),
            (-5, "KWD", "-0.005"),
            (0, "INR", "0.00"),
            (i128::MIN, "INR", "-1701411834604692317316873037158841057.28"),
        ] {
            let sum = WideMoney::from_minor(minor, code.parse().unwrap());
            assert_eq!(sum.amount(), written);
            assert_eq!(
                serde_json::to_string(&sum).unwrap(),
                format!(r#"{{"amount":"{written}","currency":"{code}"}}"#)
            );
        }
    }

    proptest! {
        #[test]
        fn what_fits_money_is_written_as_money_is(minor: i64, code in prop::sample::select(vec!["INR", "JPY", "KWD"])) {
            let money = Money::from_minor(minor, code.parse().unwrap());
            prop_assert_eq!(serde_json::to_string(&WideMoney::from(money)).unwrap(), serde_json::to_string(&money).unwrap());
        }
    }
}
