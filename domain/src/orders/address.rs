//! Where an order goes.

use crate::Text;
use serde::{Deserialize, Serialize};

/// Where an order goes, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingAddress {
    /// Who takes it in.
    pub recipient: Text<200>,
    /// Street and house.
    pub line1: Text<200>,
    /// Flat, floor, care of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Text<200>>,
    /// City, town or village.
    pub city: Text<100>,
    /// State, province or district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<100>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Text<20>>,
    /// Country, by name or code.
    pub country: Text<60>,
}
