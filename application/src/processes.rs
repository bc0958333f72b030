//! Processes: work that spans aggregates or reaches outside, done once however often anything fails.
//!
//! A kind of process is a pure definition ([`Process`]): events, answers and timers go in, effects come out. An instance
//! of it is an event-sourced aggregate in the same log ([`Instance`]), so what it intends, what it asks of other
//! aggregates, and what came of that are one append. The [`Engine`] of a kind tells its instances what happened; its
//! [`Runner`] is a subscriber to the log, under a lease for each kind.
//!
//! Reading order: `process` (a definition), `event` and `outline` (what is stored, and what it comes to), `instance` and
//! `decisions`; `surroundings` (the ports), `work`, `engine`, `runner`; `kind` (a kind without its type).

mod decisions;
mod engine;
mod error;
mod event;
mod instance;
mod kind;
mod outline;
mod process;
mod runner;
mod running;
mod surroundings;
mod work;

pub use engine::{Engine, EngineError, EnginePorts};
pub use error::{Candidate, ProcessError};
pub use event::{
    CompensationBegun, Ended, Heard, ProcessEvent, Started, StepDecided, StepDone, StepError, StepFailed,
    StepParked, StepRequested, Then, TimerNamed, TimerSet,
};
pub use instance::{Concern, Decision, Fail, Hear, Instance, InstanceCommand, Verb, Which};
pub use kind::{Decided, ProcessKind, Standing};
pub use outline::{Outline, Step};
pub use process::{At, Budget, Certainty, Effect, Outcome, Payload, Process, Request, Trigger, Way};
pub use runner::Runner;
pub use running::{RunningProcess, RuntimeTasks};
pub use surroundings::{
    Asked, CallError, Concerned, Due, DueIndex, Pace, Place, Port, Random, Surroundings, Task, Tasks,
};

use crate::context::Context;

/// The context of processes as such: how all of them stand, and what operators decide about them. Each kind belongs to
/// the context that it works for.
pub const CONTEXT: Context =
    Context { name: "processes", version: 1, imports: &[], exports: &[], aggregates: &[], processes: &[] };
