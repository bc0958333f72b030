//! Why an address is not given.

use serde::Serialize;

/// A refusal. Who holds the address is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CustomerEmailError {
    /// Another customer has the address.
    #[error("the e-mail address belongs to another customer")]
    EmailAlreadyUsed,
}
