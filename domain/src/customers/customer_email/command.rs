//! What a reservation can be asked to do.

use crate::ids::CustomerId;

/// A command to the reservation of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerEmailCommand {
    /// Takes the address for a customer.
    Reserve {
        /// For whom.
        customer_id: CustomerId,
    },
    /// Gives the address back.
    Release {
        /// By whom.
        customer_id: CustomerId,
    },
}
