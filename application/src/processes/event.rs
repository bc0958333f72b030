//! What can have happened to an instance of a process. Stored as JSON and frozen by golden files.

use super::process::{Outcome, Process, Request, Trigger};
use jiff::Timestamp;
use khata_domain::DomainEvent;
use serde::{Deserialize, Serialize};

/// What can have happened to an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound = "")]
pub enum ProcessEvent<P: Process> {
    Started(Started<P>),
    Heard(Heard<P>),
    StepRequested(StepRequested<P>),
    StepDone(StepDone<P>),
    StepFailed(StepFailed),
    StepParked(StepParked),
    StepRetried(StepDecided),
    StepSkipped(StepDecided),
    StepResolved(StepDecided),
    TimerSet(TimerSet),
    TimerFired(TimerNamed),
    TimerCancelled(TimerNamed),
    CompensationBegun(CompensationBegun),
    Ended(Ended),
}

/// It began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Started<P: Process> {
    /// The name of its stream.
    pub process_id: String,
    /// The version of the definition that it ends under.
    pub definition_version: u32,
    /// What began it.
    pub fact: P::Fact,
    /// The position of the event that did.
    pub position: u64,
    /// Ties together all that one request led to.
    pub correlation_id: String,
    pub at: Timestamp,
}

/// Something happened that concerns it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Heard<P: Process> {
    pub fact: P::Fact,
    /// The position of the event.
    pub position: u64,
    pub at: Timestamp,
}

/// A step is to be done: stored before anything is sent, or with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct StepRequested<P: Process> {
    pub step: String,
    /// It undoes the step of this name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    /// The idempotency key that it is asked under, however often.
    pub key: String,
    pub request: Request<P>,
    pub at: Timestamp,
}

/// A step was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct StepDone<P: Process> {
    pub step: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    /// What the outside answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<P::Answer>,
    pub at: Timestamp,
}

/// An attempt of a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFailed {
    pub step: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    /// Which attempt, from 1.
    pub attempt: u32,
    pub error: StepError,
    pub then: Then,
    pub at: Timestamp,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// The rule that refused it, or what went wrong outside.
    pub code: String,
    pub message: String,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The next one, at this instant.
    Retry(Timestamp),
    /// It was refused, and the process goes another way.
    Refused,
    /// None: all were used. The process goes another way, or is parked.
    Exhausted,
}

/// A step cannot go on without an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepParked {
    pub step: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    pub at: Timestamp,
}

/// An operator decided about a step; who it was is in the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDecided {
    pub step: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    pub reason: String,
    /// What shows that it was done outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    pub at: Timestamp,
}

/// It wants to be woken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerSet {
    pub timer: String,
    pub due: Timestamp,
    pub at: Timestamp,
}

/// A timer was due, or is not needed any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerNamed {
    pub timer: String,
    pub at: Timestamp,
}

/// What was done begins to be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompensationBegun {
    pub reason: String,
    pub at: Timestamp,
}

/// It is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub outcome: Outcome,
    pub at: Timestamp,
}

impl<P: Process> DomainEvent for ProcessEvent<P> {
    const SCHEMA: &'static [(&'static str, u32)] = &[
        ("started", P::SHAPE),
        ("heard", P::SHAPE),
        ("step_requested", P::SHAPE),
        ("step_done", P::SHAPE),
        ("step_failed", 1),
        ("step_parked", 1),
        ("step_retried", 1),
        ("step_skipped", 1),
        ("step_resolved", 1),
        ("timer_set", 1),
        ("timer_fired", 1),
        ("timer_cancelled", 1),
        ("compensation_begun", 1),
        ("ended", 1),
    ];
}

impl<P: Process> ProcessEvent<P> {
    /// What its process is told of it. Of steps that undo, of operators' retries and of its own doings it is told
    /// nothing.
    pub fn trigger(&self) -> Option<Trigger<'_, P>> {
        Some(match self {
            Self::Started(Started { fact, .. }) => Trigger::Started(fact),
            Self::Heard(Heard { fact, .. }) => Trigger::Heard(fact),
            Self::StepDone(StepDone { step, undo: false, answer: None, .. })
            | Self::StepResolved(StepDecided { step, undo: false, .. }) => Trigger::Done { step },
            Self::StepDone(StepDone { step, undo: false, answer: Some(answer), .. }) => {
                Trigger::Answered { step, answer }
            }
            Self::StepFailed(StepFailed { step, undo: false, error, then, .. }) => match then {
                Then::Retry(_) => return None,
                Then::Refused => Trigger::Refused { step, code: &error.code },
                Then::Exhausted => Trigger::Exhausted { step, code: &error.code },
            },
            Self::StepSkipped(StepDecided { step, undo: false, .. }) => Trigger::Skipped { step },
            Self::TimerFired(TimerNamed { timer, .. }) => Trigger::Fired { timer },
            Self::StepDone(_)
            | Self::StepFailed(_)
            | Self::StepSkipped(_)
            | Self::StepResolved(_)
            | Self::StepRequested(_)
            | Self::StepParked(_)
            | Self::StepRetried(_)
            | Self::TimerSet(_)
            | Self::TimerCancelled(_)
            | Self::CompensationBegun(_)
            | Self::Ended(_) => return None,
        })
    }
}
