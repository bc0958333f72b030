//! The standing order: what is paid regularly, to whom, when, and what became of each date.
//!
//! A date is paid once. What cannot be paid is tried again on later days, then given up, and each of that is told;
//! the next date comes on its own. Other terms hold for later dates only, so what is due is paid as it was agreed
//! when it became due. Which days are business days comes as a fact.
//!
//! In reading order: its dates (`schedule`), what it can be asked and which rule decides on it (`decisions`), what can
//! happen (`event`), why it refuses (`error`), what it remembers (`state`).

mod decisions;
mod error;
mod event;
mod schedule;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use decisions::*;
pub use error::StandingOrderError;
pub use event::*;
pub use schedule::{
    Dates, DayOfMonth, InForce, Interval, NoDayOfMonth, NoInterval, Rhythm, Terms, Until, terms_on,
};
pub use state::{Due, Ending, LastPayment, Miss, StandingOrder};
pub use words::{DayOfWeek, StandingOrderEnd, StandingOrderKind, StandingOrderStatus};

use crate::{
    Aggregate,
    ids::{CustomerId, StandingOrderId},
};

impl Aggregate for StandingOrder {
    const CATEGORY: &'static str = "standing_order";
    const STATE_SCHEMA: u32 = 1;
    type Id = StandingOrderId;
    type Command = StandingOrderCommand;
    type Event = StandingOrderEvent;
    type Error = StandingOrderError;

    fn evolve(&mut self, event: &StandingOrderEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        self.given().map(|given| given.from_customer)
    }
}
