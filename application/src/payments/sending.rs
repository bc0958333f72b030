//! The sending of payments to other banks: a process that begins when the money is set aside.
//!
//! `words` is what is stored of it, `state` what it remembers and what comes next, `definition` when which step follows;
//! `surroundings` puts its commands to payment and account, and its calls to the gateway.

mod definition;
mod state;
mod surroundings;
mod words;

pub use surroundings::ExternalPaymentSurroundings;
pub use words::{Act, Answer, Call, Command, Ending, ExternalPayment, Fact};
