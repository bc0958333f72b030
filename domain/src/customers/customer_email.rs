//! The reservation of an e-mail address: one address, one customer. Its stream is named by a keyed hash of
//! the address, which the application computes, so that no address can be read off a stream name.

mod command;
mod error;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::CustomerEmailCommand;
pub use error::CustomerEmailError;
pub use event::{CustomerEmailEvent, Released, Reserved};
pub use state::{CustomerEmail, EmailHash};
