//! What operators did through the API, and what they decided about the log itself: that it was begun, before
//! anything was done, and what it came to, so that a repeat is given the first answer, and so that it can be seen
//! who did what, and when.

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
    begun: Option<OperationBegun>,
    done: Option<OperationDone>,
    failed: Option<OperationFailed>,
    lost_tail: Option<LostTailAccepted>,
}

impl Operation {
    /// What was done, once it was.
    pub fn done(&self) -> Option<&OperationDone> {
        self.done.as_ref()
    }

    /// Whether it came to an end.
    fn is_ended(&self) -> bool {
        self.done.is_some() || self.failed.is_some() || self.lost_tail.is_some()
    }
}

commands! {
    /// What an operation can be asked to do.
    pub enum OperationCommand for Operation {
        /// Be recorded before it is done.
        Begin { begun: OperationBegun } => begin,
        /// Be recorded, with what it was answered.
        Record { done: OperationDone } => record,
        /// Be recorded as something that came to nothing.
        RecordFailure { failed: OperationFailed } => record_failure,
        /// Go on with a log that has lost its end.
        AcceptLostTail { accepted: LostTailAccepted } => accept_lost_tail,
    }
}

events! {
    /// What can have happened to an operation. Frozen by golden files.
    pub enum OperationEvent: DomainEvent {
        OperationBegun = "operation_begun" v 1,
        OperationDone = "operation_done" v 1,
        OperationFailed = "operation_failed" v 1,
        LostTailAccepted = "lost_tail_accepted" v 1,
    }
}

/// An operation that is about to be done. Without one of the others behind it nobody knows whether it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationBegun {
    /// What: `rebuild`, `retry`, `skip`, …
    pub act: String,
    /// On what: a projection, or a parked partition of one.
    pub target: String,
}

/// An operation that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationFailed {
    /// The status of the answer.
    pub status: u16,
    /// The code of the problem that it was answered with.
    pub code: String,
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

fn begin(operation: &Operation, command: Begin, _: DecisionContext<'_>, _: Rules) -> Decision {
    Ok(operation.begun.is_none().then(|| command.begun.into()).into_iter().collect())
}

fn record(_: &Operation, command: Record, _: DecisionContext<'_>, _: Rules) -> Decision {
    Ok(vec![command.done.into()])
}

fn record_failure(
    operation: &Operation,
    command: RecordFailure,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    Ok(operation.begun.is_some().then(|| command.failed.into()).into_iter().collect())
}

fn accept_lost_tail(
    operation: &Operation,
    command: AcceptLostTail,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    Ok(operation.begun.is_none().then(|| command.accepted.into()).into_iter().collect())
}

impl Aggregate for Operation {
    const CATEGORY: &'static str = "operation";
    const STATE_SCHEMA: u32 = 3;
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
        if self.is_ended() { Ok(vec![]) } else { command.decide_on(self, at, rules) }
    }

    fn evolve(&mut self, event: &OperationEvent) {
        match event {
            OperationEvent::OperationBegun(begun) => self.begun = Some(begun.clone()),
            OperationEvent::OperationDone(done) => self.done = Some(done.clone()),
            OperationEvent::OperationFailed(failed) => self.failed = Some(failed.clone()),
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
    fn what_was_begun_comes_to_one_end() {
        let begun = || OperationBegun { act: "rebuild".into(), target: "accounts".into() };
        let failed = || OperationFailed { status: 409, code: "conflict".into() };
        given::<Operation>([]).when(Begin { begun: begun() }).then([begun().into()]);
        given::<Operation>([begun().into()]).when(Begin { begun: begun() }).then([]);
        given::<Operation>([begun().into()]).when(Record { done: rebuilt(7) }).then([rebuilt(7).into()]);
        given::<Operation>([begun().into()]).when(RecordFailure { failed: failed() }).then([failed().into()]);
        given::<Operation>([]).when(RecordFailure { failed: failed() }).then([]);
        for end in [failed().into(), rebuilt(7).into()] {
            let ended = || given::<Operation>([begun().into(), OperationEvent::clone(&end)]);
            ended().when(Record { done: rebuilt(8) }).then([]);
            ended().when(RecordFailure { failed: failed() }).then([]);
        }
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
