//! What operators did through the API under an idempotency key: an event each, so that a repeat is given the first answer, and so that
//! it can be seen who did what, and when.

use crate::{
    Aggregate, DomainEvent,
    ids::{CustomerId, OperationId},
};
use serde::{Deserialize, Serialize};

/// One thing that an operator did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    done: Option<OperationDone>,
}

impl Operation {
    /// What was done, once it was.
    pub fn done(&self) -> Option<&OperationDone> {
        self.done.as_ref()
    }
}

/// What an operation can be asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum OperationCommand {
    /// Be recorded, with what it was answered.
    Record(OperationDone),
}

/// What can have happened to an operation. Frozen by golden files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationEvent {
    /// It was done.
    OperationDone(OperationDone),
}

/// An operation that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationDone {
    /// What: `rebuild`, `retry`, `skip`, …
    pub act: String,
    /// On what: a projection, or a parked partition of one.
    pub target: String,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer, JSON.
    pub answer: String,
}

impl DomainEvent for OperationEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("operation_done", 1)];
}

/// What was done is recorded, whatever it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
pub enum OperationError {}

impl Aggregate for Operation {
    const CATEGORY: &'static str = "operation";
    const STATE_SCHEMA: u32 = 1;
    type Id = OperationId;
    type Command = OperationCommand;
    type Event = OperationEvent;
    type Error = OperationError;

    fn decide(&self, command: OperationCommand) -> Result<Vec<OperationEvent>, OperationError> {
        let OperationCommand::Record(done) = command;
        Ok(if self.done.is_none() { vec![OperationEvent::OperationDone(done)] } else { Vec::new() })
    }

    fn decide_history(&self, command: OperationCommand) -> Result<Vec<OperationEvent>, OperationError> {
        self.decide(command)
    }

    fn evolve(&mut self, event: &OperationEvent) {
        match event {
            OperationEvent::OperationDone(done) => self.done = Some(done.clone()),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn rebuilt(generation: u32) -> OperationDone {
        OperationDone { act: "rebuild".into(), target: "accounts".into(), status: 202, answer: format!("{{\"generation\":{generation}}}") }
    }

    #[test]
    fn an_operation_is_recorded_once() {
        let done = || OperationEvent::OperationDone(rebuilt(7));
        given::<Operation>([]).when(OperationCommand::Record(rebuilt(7))).then([done()]);
        given::<Operation>([done()]).when(OperationCommand::Record(rebuilt(8))).then([]);
    }
}
