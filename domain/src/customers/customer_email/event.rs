//! What can have happened to a reservation. Frozen by golden files. The address itself never stands here.

use crate::{DomainEvent, declared::events, ids::CustomerId};
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to the reservation of one address.
    pub enum CustomerEmailEvent {
        Reserved = "reserved" v 1,
        Released = "released" v 1,
    }
}

impl DomainEvent for CustomerEmailEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;
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
