//! What can have happened to a reservation. Frozen by golden files. The address itself never stands here.

use crate::{DomainEvent, ids::CustomerId};
use serde::{Deserialize, Serialize};

/// An event of the reservation of one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerEmailEvent {
    /// The address was taken.
    Reserved(Reserved),
    /// The address became free.
    Released(Released),
}

impl DomainEvent for CustomerEmailEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("reserved", 1), ("released", 1)];
}

/// The address was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    pub customer_id: CustomerId,
}

/// The address became free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    pub customer_id: CustomerId,
}
