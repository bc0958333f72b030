//! The signal of one junction: who may drive, for how long, and who may interrupt that.
//!
//! Both directions belong to one signal, since that is what the rule is about: never both open at once.

mod command;
mod decisions;
mod error;
mod event;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use command::*;
pub use decisions::SignalCommand;
pub use error::SignalError;
pub use event::*;
pub use state::TrafficSignal;
pub use words::{Direction, Emergency, Hours, Light, SignalStatus, Timing};

use crate::{
    Aggregate, DecisionContext, Rules,
    ids::{CustomerId, SignalId},
};

impl Aggregate for TrafficSignal {
    const CATEGORY: &'static str = "traffic_signal";
    const STATE_SCHEMA: u32 = 1;
    type Id = SignalId;
    type Command = SignalCommand;
    type Event = SignalEvent;
    type Error = SignalError;

    fn decide(
        &self,
        command: SignalCommand,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<SignalEvent>, SignalError> {
        command.decide_on(self, at, rules)
    }

    fn evolve(&mut self, event: &SignalEvent) {
        self.apply(event);
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}
