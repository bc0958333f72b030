//! What a reservation can be asked to do.

use crate::ids::CustomerId;

/// Take the address for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    pub customer_id: CustomerId,
}

/// Give the address back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    pub customer_id: CustomerId,
}
