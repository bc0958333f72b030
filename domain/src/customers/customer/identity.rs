//! Who a customer is.

use crate::names::names;
use serde::{Deserialize, Serialize};

names! {
    /// Person or firm.
    pub enum CustomerType {
        /// A person.
        Individual = "individual",
        /// A firm.
        Business = "business",
    }
}

/// A part of an identity that an import may have to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityPart {
    /// The name.
    Name,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// Whether it is a person or a firm.
    Type,
    /// The address.
    Address,
}
