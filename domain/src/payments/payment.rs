//! The payment: from the order to the money's arrival, and what may come between and after.
//!
//! One to another account of the bank is done in the append that orders it, unless it is for a later day or has to be
//! looked at. One to another bank goes through states of its own, which tell apart what left the house (`sent`), what
//! nobody knows (`unknown`) and what surely came to nothing (`failed`).
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`), which rule
//! decides on what (`decisions`, of gateways `decisions/gateway`), what it remembers (`state`).

mod command;
mod decisions;
mod error;
mod event;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use command::*;
pub use decisions::PaymentCommand;
pub use error::PaymentError;
pub use event::*;
pub use state::{Cancellation, Failure, Payment, ReversalCase, Review, Sending};
pub use words::{CaseOutcome, FailureGround, InquiryOutcome, Learned, PaymentKind, PaymentStatus};

use crate::{
    Aggregate,
    ids::{CustomerId, PaymentId},
};

impl Aggregate for Payment {
    const CATEGORY: &'static str = "payment";
    const STATE_SCHEMA: u32 = 3;
    type Id = PaymentId;
    type Command = PaymentCommand;
    type Event = PaymentEvent;
    type Error = PaymentError;

    fn evolve(&mut self, event: &PaymentEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.request().map(|request| request.from_customer)
    }
}
