//! What a card is issued on: rates, minimum payment, windows, limits, rewards; and the product that gives
//! them.

use crate::{
    Currency, Money, Percent,
    cards::{MerchantCategory, PurchaseChannel},
    money::MoneyError,
    names::names,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

names! {
    /// What kind of card it is. It changes no rule.
    pub enum CardType {
        /// The usual one.
        Classic = "classic",
        /// For the young.
        Junior = "junior",
        /// With more service.
        Gold = "gold",
        /// With the most service.
        Platinum = "platinum",
        /// For firms.
        Business = "business",
    }
}

/// What a card is issued on; stored with it, so that a changed product changes no card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardTerms {
    /// What purchases bear, a year.
    pub purchase_rate: Percent,
    /// What cash bears, a year.
    pub cash_rate: Percent,
    /// The part of purchases and cash that must be paid each period.
    pub minimum_due_rate: Percent,
    /// The least that must be paid each period.
    pub minimum_due_floor: Money,
    /// From the closing of a statement to its due date, in days.
    pub payment_window_days: u16,
    /// How long an authorisation counts, in days of 24 hours.
    pub authorization_lifetime_days: u16,
    /// How long after its capture a transaction can be refunded or disputed, in days.
    pub dispute_window_days: u16,
    /// What may be authorised over the network per business date.
    pub daily_online_limit: Money,
    /// Points for each 100 captured, in major units.
    pub points_per_hundred: u32,
    /// How many times as many points a merchant category earns, by its name in lower case; all others earn
    /// them once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub points_multipliers: BTreeMap<MerchantCategory, Decimal>,
}

impl CardTerms {
    /// Points for one major unit captured. Cash earns none.
    pub(crate) fn points_rate(&self, channel: PurchaseChannel, category: &MerchantCategory) -> Decimal {
        if channel == PurchaseChannel::Atm {
            return Decimal::ZERO;
        }
        let multiplier = lower_case(category)
            .and_then(|category| self.points_multipliers.get(&category).copied())
            .unwrap_or(Decimal::ONE);
        multiplier
            .saturating_mul(Decimal::from(self.points_per_hundred))
            .saturating_mul(Decimal::new(1, 2))
            .normalize()
    }
}

fn lower_case(category: &MerchantCategory) -> Option<MerchantCategory> {
    MerchantCategory::parse(&category.as_str().to_lowercase()).ok()
}

/// The defaults of new cards, in major units of whatever currency a card has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardProduct {
    /// What purchases bear, a year.
    pub purchase_rate: Percent,
    /// What cash bears, a year.
    pub cash_rate: Percent,
    /// The part of purchases and cash that must be paid each period.
    pub minimum_due_rate: Percent,
    /// The least that must be paid each period.
    pub minimum_due_floor: Decimal,
    /// From the closing of a statement to its due date, in days.
    pub payment_window_days: u16,
    /// How long an authorisation counts, in days.
    pub authorization_lifetime_days: u16,
    /// How long after its capture a transaction can be refunded or disputed, in days.
    pub dispute_window_days: u16,
    /// What may be authorised over the network per business date.
    pub daily_online_limit: Decimal,
    /// Points for each 100 captured.
    pub points_per_hundred: u32,
    /// How many times as many points a merchant category earns.
    pub points_multipliers: BTreeMap<MerchantCategory, Decimal>,
}

/// A configured product that cannot be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardProductError {
    /// An amount does not fit the currency.
    #[error("a configured amount does not fit: {0}")]
    Amount(#[from] MoneyError),
    /// A multiplier that is negative, over 100, or has more than four decimals.
    #[error("the multiplier of {category} is not between 0 and 100 with at most four decimals")]
    Multiplier { category: MerchantCategory },
}

impl CardProduct {
    /// The terms of a new card.
    ///
    /// # Errors
    /// A configured amount beyond 64 bits of minor units, or a multiplier out of range.
    pub fn terms(&self, currency: Currency) -> Result<CardTerms, CardProductError> {
        let money = |major: Decimal| Money::round_half_even(major, currency);
        let multiplier = |(category, multiplier): (&MerchantCategory, &Decimal)| {
            let in_range = *multiplier >= Decimal::ZERO
                && *multiplier <= Decimal::ONE_HUNDRED
                && multiplier.normalize().scale() <= 4;
            let named = lower_case(category).filter(|_| in_range);
            named
                .map(|category| (category, multiplier.normalize()))
                .ok_or_else(|| CardProductError::Multiplier { category: category.clone() })
        };
        Ok(CardTerms {
            purchase_rate: self.purchase_rate,
            cash_rate: self.cash_rate,
            minimum_due_rate: self.minimum_due_rate,
            minimum_due_floor: money(self.minimum_due_floor)?,
            payment_window_days: self.payment_window_days,
            authorization_lifetime_days: self.authorization_lifetime_days,
            dispute_window_days: self.dispute_window_days,
            daily_online_limit: money(self.daily_online_limit)?,
            points_per_hundred: self.points_per_hundred,
            points_multipliers: self.points_multipliers.iter().map(multiplier).collect::<Result<_, _>>()?,
        })
    }
}

impl Default for CardProduct {
    fn default() -> Self {
        Self {
            purchase_rate: Percent::from_basis_points(1999),
            cash_rate: Percent::from_basis_points(2499),
            minimum_due_rate: Percent::from_basis_points(100),
            minimum_due_floor: Decimal::from(25),
            payment_window_days: 20,
            authorization_lifetime_days: 7,
            dispute_window_days: 120,
            daily_online_limit: Decimal::from(100_000),
            points_per_hundred: 1,
            points_multipliers: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(text: &str) -> MerchantCategory {
        MerchantCategory::parse(text).unwrap()
    }

    fn with_multiplier(name: &str, multiplier: &str) -> CardProduct {
        CardProduct {
            points_multipliers: BTreeMap::from([(category(name), multiplier.parse().unwrap())]),
            ..CardProduct::default()
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_rules() {
        let terms = CardProduct::default().terms("INR".parse().unwrap()).unwrap();
        assert_eq!(
            (terms.purchase_rate.to_string(), terms.cash_rate.to_string()),
            ("19.99".into(), "24.99".into())
        );
        assert_eq!(
            (terms.minimum_due_rate.to_string(), terms.minimum_due_floor.amount()),
            ("1".into(), "25.00".into())
        );
        assert_eq!((terms.payment_window_days, terms.authorization_lifetime_days), (20, 7));
        assert_eq!((terms.daily_online_limit.amount(), terms.points_per_hundred), ("100000.00".into(), 1));
    }

    #[test]
    fn a_category_multiplies_its_points_and_cash_earns_none() {
        let terms = with_multiplier("Grocery", "2.50").terms("INR".parse().unwrap()).unwrap();
        for (channel, name, rate) in [
            (PurchaseChannel::Pos, "fuel", "0.01"),
            (PurchaseChannel::Online, "grocery", "0.025"),
            (PurchaseChannel::Pos, "GROCERY", "0.025"),
            (PurchaseChannel::Atm, "grocery", "0"),
        ] {
            assert_eq!(terms.points_rate(channel, &category(name)).to_string(), rate, "{name}");
        }
    }

    #[test]
    fn a_multiplier_out_of_range_makes_no_terms() {
        for multiplier in ["-1", "100.01", "1.00001"] {
            let refusal = CardProductError::Multiplier { category: category("fuel") };
            assert_eq!(
                with_multiplier("fuel", multiplier).terms("INR".parse().unwrap()),
                Err(refusal),
                "{multiplier}"
            );
        }
    }
}
