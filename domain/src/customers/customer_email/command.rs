//! What a reservation can be asked to do.

use crate::ids::CustomerId;

/// A command to the reservation of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerEmailCommand {
    /// Takes the address for a customer.
    Reserve { customer_id: CustomerId },
    /// Gives the address back.
    Release { customer_id: CustomerId },
}
