//! The signal of one junction: who may drive, for how long, and who may interrupt that. What it remembers is here.
//!
//! Both directions belong to one signal, since that is what the rule is about: never both open at once.

mod decisions;
mod error;
mod event;
#[cfg(test)]
mod tests;
mod words;

pub use decisions::*;
pub use error::SignalError;
pub use event::*;
pub use words::*;

use crate::{
    Aggregate,
    ids::{CustomerId, typed_ids},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

typed_ids! {
    /// A traffic signal.
    SignalId = "sig";
}

/// A traffic signal: the lights of both directions of a junction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TrafficSignal {
    pub installed: Option<SignalInstalled>,
    pub hours: Hours,
    /// How long its lights last in these hours.
    pub timing: Timing,
    /// The direction that is open, or was last; the crossing one is closed.
    pub direction: Direction,
    /// What that direction sees.
    pub light: Light,
    pub since: Timestamp,
    pub overridden: Option<EmergencyOverrideActivated>,
    pub fault: Option<FaultReported>,
}

impl Aggregate for TrafficSignal {
    const CATEGORY: &'static str = "traffic_signal";
    const STATE_SCHEMA: u32 = 1;
    type Id = SignalId;
    type Command = SignalCommand;
    type Event = SignalEvent;
    type Error = SignalError;

    fn evolve(&mut self, event: &SignalEvent) {
        match event {
            SignalEvent::SignalInstalled(event) => {
                (self.timing, self.since) = (event.timing, event.installed_at);
                self.installed = Some(event.clone());
            }
            SignalEvent::PhaseChanged(event) => self.show(event.direction, event.to, event.changed_at),
            SignalEvent::TimingAdjusted(event) => (self.hours, self.timing) = (event.hours, event.timing),
            SignalEvent::EmergencyOverrideActivated(event) => {
                self.show(event.direction, Light::Green, event.activated_at);
                self.overridden = Some(event.clone());
            }
            SignalEvent::EmergencyOverrideEnded(event) => {
                (self.overridden, self.since) = (None, event.ended_at);
            }
            SignalEvent::FaultReported(event) => {
                (self.overridden, self.since) = (None, event.reported_at);
                self.fault = Some(event.clone());
            }
            SignalEvent::FaultRepaired(event) => {
                self.fault = None;
                self.show(self.direction, Light::Red, event.repaired_at);
            }
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

impl TrafficSignal {
    /// What it does.
    pub fn status(&self) -> SignalStatus {
        match (&self.fault, &self.overridden) {
            (Some(_), _) => SignalStatus::Faulty,
            (None, Some(_)) => SignalStatus::Overridden,
            (None, None) => SignalStatus::Operating,
        }
    }

    /// What a direction sees; nothing while the signal is dark.
    pub fn light(&self, direction: Direction) -> Option<Light> {
        let lit = self.installed.is_some() && self.fault.is_none();
        lit.then(|| if direction == self.direction { self.light } else { Light::Red })
    }

    fn show(&mut self, direction: Direction, light: Light, since: Timestamp) {
        (self.direction, self.light, self.since) = (direction, light, since);
    }
}
