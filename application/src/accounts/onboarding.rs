//! Onboarding, the process: a customer who comes is verified by a provider, the verdict is recorded, a verified one gets
//! a first account where that is configured, and is told.
//!
//! It belongs to accounts since that is what it ends with; of customers it hears what they publish, and takes part in
//! them by their own command. Without a provider it does not run, and verdicts are recorded by hand.

mod definition;
mod ports;
mod surroundings;

pub use definition::{Answer, Call, Command, Fact, FirstAccount, Notice, Onboarding, State};
pub use ports::{KycProvider, KycQuestion, KycVerdict, Notifier};
pub use surroundings::{FirstAccounts, OnboardingSurroundings};
