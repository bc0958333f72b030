//! The customer: identity, verification, contact, and which products hang on it. Whether an e-mail is free is the business of
//! `customer_email`.

mod command;
mod error;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{AttachProduct, CustomerCommand, DetachProduct, KycVerdict, Onboard, REQUIRED_DOCUMENTS, Suspend, UpdateContact, VerifyKyc};
pub use error::CustomerError;
pub use event::{
    ContactUpdated, CustomerClosed, CustomerEvent, CustomerOnboarded, CustomerReactivated, CustomerSuspended, KycRejected, KycVerified,
    ProductAttached, ProductDetached,
};
pub use state::{Customer, CustomerStatus, CustomerType, IdentityPart, Profile, Suspension};
