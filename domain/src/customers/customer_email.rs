//! The reservation of an e-mail address: one address, one customer. Its stream is named by a keyed hash of
//! the address, which the application computes, so that no address can be read off a stream name.

mod decisions;
mod error;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use decisions::{CustomerEmailCommand, Release, Reserve};
pub use error::CustomerEmailError;
pub use event::{CustomerEmailEvent, Released, Reserved};
pub use state::{CustomerEmail, EmailHash};

use crate::{Aggregate, ids::CustomerId};

impl Aggregate for CustomerEmail {
    const CATEGORY: &'static str = "customer_email";
    const STATE_SCHEMA: u32 = 1;
    type Id = EmailHash;
    type Command = CustomerEmailCommand;
    type Event = CustomerEmailEvent;
    type Error = CustomerEmailError;

    fn evolve(&mut self, event: &CustomerEmailEvent) {
        match event {
            CustomerEmailEvent::Reserved(reserved) => {
                *self = Self { customer_id: Some(reserved.customer_id), held: true }
            }
            CustomerEmailEvent::Released(released) => {
                *self = Self { customer_id: Some(released.customer_id), held: false }
            }
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        self.customer_id
    }
}
