//! The lines of an order, and what each comes to.

use crate::{Money, Percent, Text, money::MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A discount in percent of a line's gross amount: 0 to 100, at most four decimals, e.g. `5` for 5 %. Written
/// as a decimal string.
///
/// With four decimals, a discount on any amount can be calculated exactly before it is rounded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DiscountRate(Percent);

/// A text or number that is no discount rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a discount rate is a decimal string between 0 and 100, in percent, with at most four decimals")]
pub struct DiscountRateError;

impl DiscountRate {
    /// Takes a rate in percent.
    pub fn try_new(percent: Decimal) -> Result<Self, DiscountRateError> {
        let rate = Percent::try_new(percent).map_err(|_| DiscountRateError)?;
        if rate.percent() <= Decimal::ONE_HUNDRED && rate.percent().scale() <= 4 {
            Ok(Self(rate))
        } else {
            Err(DiscountRateError)
        }
    }

    /// Takes a rate as a fraction of one, as some shops write it: 0.05 is 5 %.
    pub fn from_fraction(fraction: Decimal) -> Result<Self, DiscountRateError> {
        fraction.checked_mul(Decimal::ONE_HUNDRED).ok_or(DiscountRateError).and_then(Self::try_new)
    }

    /// The rate in percent.
    pub fn percent(self) -> Decimal {
        self.0.percent()
    }

    /// What it takes off an amount: amount x rate, rounded half to even.
    pub fn of(self, gross: Money) -> Result<Money, MoneyError> {
        let exact = gross.to_decimal().checked_mul(self.0.fraction()).ok_or(MoneyError::OutOfRange)?;
        Money::round_half_even(exact, gross.currency())
    }
}

impl fmt::Display for DiscountRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for DiscountRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for DiscountRate {
    type Err = DiscountRateError;
    fn from_str(text: &str) -> Result<Self, DiscountRateError> {
        Decimal::from_str_exact(text).map_err(|_| DiscountRateError).and_then(Self::try_new)
    }
}

impl Serialize for DiscountRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DiscountRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::parsed::from_text(deserializer)
    }
}

/// A line of an order: so many of one product of one seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Its number in the order: 1, 2, … A number is never used twice.
    pub line: u32,
    /// The product, as its catalogue names it.
    pub product_id: Text<64>,
    /// The seller, as the sellers' register names them.
    pub seller_id: Text<64>,
    /// What the product was called when it was added.
    pub name: Text<200>,
    pub quantity: u32,
    /// What one costs, before the discount.
    pub unit_price: Money,
    /// What is taken off.
    pub discount_rate: DiscountRate,
}

impl OrderLine {
    /// Unit price x quantity.
    pub fn gross(&self) -> Result<Money, MoneyError> {
        let minor =
            self.unit_price.minor().checked_mul(i64::from(self.quantity)).ok_or(MoneyError::OutOfRange)?;
        Ok(Money::from_minor(minor, self.unit_price.currency()))
    }

    /// Gross x discount rate, rounded half to even.
    pub fn discount(&self) -> Result<Money, MoneyError> {
        self.discount_rate.of(self.gross()?)
    }

    /// Gross - discount.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let gross = self.gross()?;
        gross.checked_sub(self.discount_rate.of(gross)?)
    }

    /// Whether it is of a product of a seller.
    pub fn is_of(&self, product_id: &Text<64>, seller_id: &Text<64>) -> bool {
        self.product_id == *product_id && self.seller_id == *seller_id
    }

    /// Whether it is sold at a price and a discount.
    pub fn costs(&self, unit_price: Money, discount_rate: DiscountRate) -> bool {
        self.unit_price == unit_price && self.discount_rate == discount_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(unit_price: &str, quantity: u32, rate: &str) -> OrderLine {
        OrderLine {
            line: 1,
            product_id: Text::parse("11").unwrap(),
            seller_id: Text::parse("5").unwrap(),
            name: Text::parse("Queso Cabrales").unwrap(),
            quantity,
            unit_price: Money::parse(unit_price, "USD".parse().unwrap()).unwrap(),
            discount_rate: rate.parse().unwrap(),
        }
    }

    #[test]
    fn a_discount_is_rounded_half_to_even_and_the_total_is_what_is_left() {
        // 0.10 at 5 % is 0.005, 0.30 at 5 % is 0.015, 0.50 at 5 % is 0.025.
        for (price, quantity, rate, gross, discount, total) in [
            ("16.80", 10, "5", "168.00", "8.40", "159.60"),
            ("0.10", 1, "5", "0.10", "0.00", "0.10"),
            ("0.10", 3, "5", "0.30", "0.02", "0.28"),
            ("0.10", 5, "5", "0.50", "0.02", "0.48"),
            ("9.99", 3, "0", "29.97", "0.00", "29.97"),
            ("9.99", 3, "100", "29.97", "29.97", "0.00"),
        ] {
            let line = line(price, quantity, rate);
            let amounts =
                [line.gross(), line.discount(), line.total()].map(|amount| amount.unwrap().amount());
            assert_eq!(
                amounts,
                [gross, discount, total].map(str::to_owned),
                "{quantity} x {price} at {rate} %"
            );
        }
    }

    #[test]
    fn what_is_no_discount_rate_is_refused() {
        for text in ["-1", "100.0001", "5.00001", "5%", "", "five", "1e1"] {
            assert_eq!(text.parse::<DiscountRate>(), Err(DiscountRateError), "{text:?}");
        }
        assert_eq!("5.00000".parse::<DiscountRate>().unwrap().to_string(), "5");
    }

    #[test]
    fn a_fraction_is_a_hundredth_of_a_percentage() {
        let rate = |fraction: &str| {
            DiscountRate::from_fraction(fraction.parse().unwrap()).map(|rate| rate.to_string())
        };
        assert_eq!(
            [rate("0.05"), rate("0"), rate("1"), rate("0.0005")],
            ["5", "0", "100", "0.05"].map(|text| Ok(text.to_owned()))
        );
        assert_eq!(rate("1.01"), Err(DiscountRateError));
    }

    #[test]
    fn an_amount_beyond_the_books_is_told() {
        assert_eq!(line("92233720368547758.07", 2, "0").total(), Err(MoneyError::OutOfRange));
    }

    proptest! {
        #[test]
        fn discount_and_total_make_up_the_gross_amount(minor in 0..=i64::MAX, rate in 0_i64..=1_000_000, code in prop::sample::select(vec!["USD", "JPY", "KWD"])) {
            let gross = Money::from_minor(minor, code.parse().unwrap());
            let discount = DiscountRate::try_new(Decimal::new(rate, 4)).unwrap().of(gross).unwrap();
            // Calculated in whole numbers: minor x rate / 1,000,000, half to even.
            let (scaled, divisor) = (i128::from(minor) * i128::from(rate), 1_000_000_i128);
            let (whole, rest) = (scaled / divisor, scaled % divisor);
            let up = rest * 2 > divisor || (rest * 2 == divisor && whole % 2 == 1);
            prop_assert_eq!(i128::from(discount.minor()), whole + i128::from(up));
            prop_assert!(discount.minor() <= minor);
        }
    }
}
