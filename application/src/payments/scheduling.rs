//! Payments for a later day: a process that makes each when its day comes, or gives it up.

mod definition;
mod surroundings;

pub use definition::{Command, Fact, NoAnswer, NoCall, ScheduledPayment};
pub use surroundings::ScheduledPaymentSurroundings;
