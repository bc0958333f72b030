//! The customer: identity, verification, contact, and which products hang on it. Whether an e-mail is free is
//! the business of `customer_email`.
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`),
//! which rule decides on what (`decisions`), what it remembers (`state`).

mod command;
mod decisions;
mod error;
mod event;
mod identity;
mod state;
#[cfg(test)]
mod tests;

pub use command::{
    AssignManager, AttachProduct, Close, DetachProduct, KycJudge, KycVerdict, Onboard, REQUIRED_DOCUMENTS,
    Reactivate, Suspend, UnassignManager, UpdateContact, VerifyKyc,
};
pub use decisions::CustomerCommand;
pub use error::CustomerError;
pub use event::{
    ContactUpdated, CustomerClosed, CustomerEvent, CustomerOnboarded, CustomerReactivated, CustomerSuspended,
    KycRejected, KycVerified, ManagerAssigned, ManagerUnassigned, ProductAttached, ProductDetached,
};
pub use identity::{CustomerType, IdentityPart};
pub use state::{Customer, CustomerStatus, Profile, Suspension};

use crate::{Aggregate, ids::CustomerId};

impl Aggregate for Customer {
    const CATEGORY: &'static str = "customer";
    const STATE_SCHEMA: u32 = 3;
    type Id = CustomerId;
    type Command = CustomerCommand;
    type Event = CustomerEvent;
    type Error = CustomerError;

    fn evolve(&mut self, event: &CustomerEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.profile().map(|profile| profile.customer_id)
    }
}
