//! Rates in percent, as exact decimals.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A rate in percent per year, e.g. `2.5` for 2.5 % p.a. Between 0 and 1,000, at most nine decimals. Written
/// as a decimal string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(Decimal);

/// A text or number that is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a decimal string between 0 and 1000 with at most nine decimals")]
pub struct PercentError;

impl Percent {
    /// Takes a rate in percent.
    pub fn try_new(percent: Decimal) -> Result<Self, PercentError> {
        let in_range = percent >= Decimal::ZERO && percent <= Decimal::from(1000);
        if in_range && percent.normalize().scale() <= 9 {
            Ok(Self(percent.normalize()))
        } else {
            Err(PercentError)
        }
    }

    /// A rate given in hundredths of a percent: `250` is 2.5 %.
    pub const fn from_basis_points(basis_points: u16) -> Self {
        Self(Decimal::from_parts(basis_points as u32, 0, 0, false, 2))
    }

    /// The rate in percent.
    pub fn percent(self) -> Decimal {
        self.0
    }

    /// The rate as a fraction of one: 2.5 % is 0.025.
    pub fn fraction(self) -> Decimal {
        self.0 / Decimal::ONE_HUNDRED
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} %")
    }
}

impl FromStr for Percent {
    type Err = PercentError;
    fn from_str(text: &str) -> Result<Self, PercentError> {
        Decimal::from_str_exact(text).map_err(|_| PercentError).and_then(Self::try_new)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::parsed::from_text(deserializer)
    }
}
