//! Where a customer lives or does business.

use crate::{Text, names::names};
use serde::{Deserialize, Serialize};

/// A postal address. Data of other systems often knows no more than the city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<Text<200>>,
    /// Flat, floor, care of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Text<200>>,
    /// City, town or village.
    pub city: Text<100>,
    /// How large the city is, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city_tier: Option<CityTier>,
    /// State, province or district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<100>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Text<20>>,
    /// Country, by name or code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Text<60>>,
}

names! {
    /// The class of a city by size.
    pub enum CityTier {
        /// A metropolis.
        Metro = "metro",
        /// A large city.
        Tier1 = "tier_1",
        /// A middle-sized city.
        Tier2 = "tier_2",
        /// A small town or the country.
        Tier3 = "tier_3",
    }
}
