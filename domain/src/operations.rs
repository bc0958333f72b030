//! What operators did through the API under an idempotency key, and what they decided about the log itself:
//! an event each, so that a repeat is given the first answer, and so that it can be seen who did what, and
//! when.

use crate::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    declared::{commands, events},
    ids::{CustomerId, OperationId},
};
use serde::{Deserialize, Serialize};

/// One thing that an operator did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    done: Option<OperationDone>,
    lost_tail: Option<LostTailAccepted>,
}

impl Operation {
    /// What was done, once it was.
    pub fn done(&self) -> Option<&OperationDone> {
        self.done.as_ref()
    }
}

commands! {
    /// What an operation can be asked to do.
    pub enum OperationCommand for Operation {
        /// Be recorded, with what it was answered.
        Record { done: OperationDone } => record,
        /// Go on with a log that has lost its end.
        AcceptLostTail { accepted: LostTailAccepted } => accept_lost_tail,
    }
}

events! {
    /// What can have happened to an operation. Frozen by golden files.
    pub enum OperationEvent: DomainEvent {
        OperationDone = "operation_done" v 1,
        LostTailAccepted = "lost_tail_accepted" v 1,
    }
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

/// Where the log ended, and what proved that it had gone on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostTailAccepted {
    /// The last event that was left.
    pub head: SeenEvent,
    /// Views that had seen what the log did not hold.
    pub views: Vec<WitnessingView>,
}

/// A place in the log and what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenEvent {
    /// From 1 on; 0 in an empty log.
    pub position: u64,
    pub hash: String,
}

/// A view, and the last event that it had seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WitnessingView {
    pub projection: String,
    pub generation: u64,
    /// What it had seen.
    #[serde(flatten)]
    pub seen: SeenEvent,
}

/// What was done is recorded, whatever it was; each operation is one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize)]
pub enum OperationError {}

type Decision = Result<Vec<OperationEvent>, OperationError>;

fn record(_: &Operation, command: Record, _: DecisionContext<'_>, _: Rules) -> Decision {
    Ok(vec![command.done.into()])
}

fn accept_lost_tail(_: &Operation, command: AcceptLostTail, _: DecisionContext<'_>, _: Rules) -> Decision {
    Ok(vec![command.accepted.into()])
}

impl Aggregate for Operation {
    const CATEGORY: &'static str = "operation";
    const STATE_SCHEMA: u32 = 2;
    type Id = OperationId;
    type Command = OperationCommand;
    type Event = OperationEvent;
    type Error = OperationError;

    fn decide(
        &self,
        command: OperationCommand,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<OperationEvent>, OperationError> {
        if *self == Self::default() { command.decide_on(self, at, rules) } else { Ok(vec![]) }
    }

    fn evolve(&mut self, event: &OperationEvent) {
        match event {
            OperationEvent::OperationDone(done) => self.done = Some(done.clone()),
            OperationEvent::LostTailAccepted(accepted) => self.lost_tail = Some(accepted.clone()),
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
        OperationDone {
            act: "rebuild".into(),
            target: "accounts".into(),
            status: 202,
            answer: format!("{{\"generation\":{generation}}}"),
        }
    }

    #[test]
    fn an_operation_is_recorded_once() {
        let done = || OperationEvent::OperationDone(rebuilt(7));
        given::<Operation>([]).when(Record { done: rebuilt(7) }).then([done()]);
        given::<Operation>([done()]).when(Record { done: rebuilt(8) }).then([]);
    }

    #[test]
    fn an_acceptance_is_an_operation_of_its_own() {
        let accepted =
            || LostTailAccepted { head: SeenEvent { position: 4, hash: "00".into() }, views: Vec::new() };
        given::<Operation>([])
            .when(AcceptLostTail { accepted: accepted() })
            .then([OperationEvent::LostTailAccepted(accepted())]);
        given::<Operation>([OperationEvent::OperationDone(rebuilt(7))])
            .when(AcceptLostTail { accepted: accepted() })
            .then([]);
    }
}
