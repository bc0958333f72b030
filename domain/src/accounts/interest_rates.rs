//! What an account earns: one rate, or a rate by the height of the balance.

use crate::{Money, Percent};
use serde::{Deserialize, Serialize};

/// The rates of an account, by the height of its whole balance: the first tier that the balance does not
/// exceed gives the rate of all of it. A single tier without a bound is a flat rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RateTier>", into = "Vec<RateTier>")]
pub struct InterestRates(Vec<RateTier>);

/// One tier of rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateTier {
    /// Balances up to this, itself included; nothing for the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Money>,
    /// Percent per year.
    pub rate: Percent,
}

/// Tiers that do not cover every balance exactly once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rate tiers rise, in one currency, and the last one alone has no bound")]
pub struct RateTiersError;

impl InterestRates {
    /// One rate for every balance.
    pub fn flat(rate: Percent) -> Self {
        Self(vec![RateTier { up_to: None, rate }])
    }

    /// Takes tiers: rising bounds in one currency, the last one without.
    pub fn try_tiered(tiers: Vec<RateTier>) -> Result<Self, RateTiersError> {
        let (last, bounded) = tiers.split_last().ok_or(RateTiersError)?;
        let bounds: Option<Vec<Money>> = bounded.iter().map(|tier| tier.up_to).collect();
        let bounds = bounds.ok_or(RateTiersError)?;
        let rising = bounds
            .windows(2)
            .all(|pair| pair[0].currency() == pair[1].currency() && pair[0].minor() < pair[1].minor());
        if last.up_to.is_none() && rising { Ok(Self(tiers)) } else { Err(RateTiersError) }
    }

    /// The rate of a balance, in percent per year.
    pub fn rate_of(&self, balance_minor: i64) -> Percent {
        let tier = self.0.iter().find(|tier| tier.up_to.is_none_or(|bound| balance_minor <= bound.minor()));
        tier.map_or_else(Percent::default, |tier| tier.rate)
    }

    /// The tiers, lowest first.
    pub fn tiers(&self) -> &[RateTier] {
        &self.0
    }
}

impl TryFrom<Vec<RateTier>> for InterestRates {
    type Error = RateTiersError;
    fn try_from(tiers: Vec<RateTier>) -> Result<Self, RateTiersError> {
        Self::try_tiered(tiers)
    }
}

impl From<InterestRates> for Vec<RateTier> {
    fn from(rates: InterestRates) -> Self {
        rates.0
    }
}
