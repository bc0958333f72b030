//! The reservation of an e-mail address: one address, one customer. Its stream is named by a keyed hash of
//! the address, which the application computes, so that no address can be read off a stream name.

mod command;
mod decisions;
mod error;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Release, Reserve};
pub use decisions::CustomerEmailCommand;
pub use error::CustomerEmailError;
pub use event::{CustomerEmailEvent, Released, Reserved};
pub use state::{CustomerEmail, EmailHash};

use crate::{Aggregate, DecisionContext, Rules, ids::CustomerId};

impl Aggregate for CustomerEmail {
    const CATEGORY: &'static str = "customer_email";
    const STATE_SCHEMA: u32 = 1;
    type Id = EmailHash;
    type Command = CustomerEmailCommand;
    type Event = CustomerEmailEvent;
    type Error = CustomerEmailError;

    fn decide(
        &self,
        command: CustomerEmailCommand,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<CustomerEmailEvent>, CustomerEmailError> {
        command.decide_on(self, at, rules)
    }

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
