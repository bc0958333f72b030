//! The order: one stream from the draft to the delivery, and the rules that guard it.
//!
//! In reading order: what it can be asked (`command`), what can happen (`event`), why it refuses (`error`),
//! which rule decides on what (`decisions`), how events change it (`evolution`), what it remembers (`state`).

mod command;
mod decisions;
mod error;
mod event;
mod evolution;
mod state;
#[cfg(test)]
mod tests;

pub use command::*;
pub use decisions::OrderCommand;
pub use error::OrderError;
pub use event::*;
pub use state::{Cancellation, Destination, Opening, Order, OrderStatus, Payment, PaymentStatus, Shipment};

use crate::{
    Aggregate,
    ids::{CustomerId, OrderId},
};

impl Aggregate for Order {
    const CATEGORY: &'static str = "order";
    const STATE_SCHEMA: u32 = 1;
    type Id = OrderId;
    type Command = OrderCommand;
    type Event = OrderEvent;
    type Error = OrderError;

    fn evolve(&mut self, event: &OrderEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.opening().map(|opening| opening.customer_id)
    }
}
