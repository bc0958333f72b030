//! An instance of a process: an aggregate like any other, in the same log. So it has history, hash chain, snapshots,
//! mailboxes and backup as all aggregates have.

use super::{
    error::ProcessError,
    event::{ProcessEvent, StepError, StepRequested},
    outline::{Outline, Step},
    process::{At, Process, Request, Trigger, Way},
};
use jiff::Timestamp;
use khata_domain::{Aggregate, ids::CustomerId};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, marker::PhantomData};

/// Rises with every change of what an outline tells: snapshots of before are thrown away.
const OUTLINE_SHAPE: u32 = 1;

/// An instance of a process, as far as its events tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Instance<P: Process> {
    pub outline: Outline,
    /// What the process itself remembers.
    pub state: P::State,
    /// What the steps ask for, by their keys: of those that may still be tried.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, Request<P>>,
    #[serde(skip)]
    kind: PhantomData<fn() -> P>,
}

impl<P: Process> Default for Instance<P> {
    fn default() -> Self {
        Self {
            outline: Outline::default(),
            state: P::State::default(),
            requests: BTreeMap::new(),
            kind: PhantomData,
        }
    }
}

/// What an instance is told.
#[derive(Debug, Clone, PartialEq)]
pub enum InstanceCommand<P: Process> {
    /// Of an event.
    Hear(Hear<P>),
    /// Of a step that was done.
    Done { step: String, undo: bool, answer: Option<P::Answer> },
    /// Of an attempt that failed.
    Fail(Fail),
    /// Of a timer, which may be due.
    Fire { timer: String },
    /// What an operator decided.
    Decide(Decision),
}

/// Something that concerns an instance happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Hear<P: Process> {
    pub process_id: String,
    /// What is noted of it.
    pub fact: P::Fact,
    pub concern: Concern,
    /// The position of the event.
    pub position: u64,
    pub correlation_id: String,
}

/// How an event concerns an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// It begins one, unless there is one.
    Starts,
    /// It concerns one that has begun. Where none has, nothing comes of it.
    Continues,
    /// It is kept for one that may still begin.
    Waits,
}

/// An attempt of a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fail {
    pub step: String,
    pub undo: bool,
    /// Which attempt, from 1.
    pub attempt: u32,
    pub error: StepError,
    /// A rule refused it.
    pub is_refusal: bool,
    /// A number below 1,000, by which the pause is varied.
    pub chance: u32,
}

/// What an operator decides about a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub verb: Verb,
    pub which: Which,
    pub reason: String,
    /// What shows that a step was done outside.
    pub evidence: Option<String>,
}

/// Which step an operator decides about. Where nothing is said, it is the one that waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Which {
    pub step: Option<String>,
    /// The step that undoes it, or the step itself.
    pub undo: Option<bool>,
}

/// What an operator wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Try the step again.
    Retry,
    /// Go on without it.
    Skip,
    /// Go on as if it had been done, since it was done outside.
    Resolve,
    /// Undo what was done.
    Compensate,
}

impl<P: Process> Instance<P> {
    /// What a step asks for.
    pub fn request(&self, step: &Step) -> Option<&Request<P>> {
        self.requests.get(&step.key)
    }

    /// Whether only a newer Khata knows its definition.
    pub fn is_newer(&self) -> bool {
        self.outline.definition_version > P::VERSION
    }

    pub(super) fn at(&self, now: Timestamp) -> At<'_> {
        At { version: self.lifted().0, now, process_id: &self.outline.process_id, outside: false }
    }

    /// The version under which it goes on, and what it remembers as of that.
    pub(super) fn lifted(&self) -> (u32, Cow<'_, P::State>) {
        let (mut version, mut state) = (self.outline.definition_version, Cow::Borrowed(&self.state));
        while version > 0
            && version < P::VERSION
            && let Way::Lifted { to, by } = P::of_version(version)
        {
            (version, state) = (to.max(version + 1), Cow::Owned(by(state.into_owned())));
        }
        (version, state)
    }

    fn remember(&mut self, happened: Option<&Trigger<'_, P>>) {
        if let Some(happened) = happened {
            P::apply(&mut self.state, happened);
        }
    }
}

impl<P: Process> Aggregate for Instance<P> {
    const CATEGORY: &'static str = P::CATEGORY;
    const STATE_SCHEMA: u32 = OUTLINE_SHAPE + P::STATE_SHAPE;
    type Id = P::Subject;
    type Command = InstanceCommand<P>;
    type Event = ProcessEvent<P>;
    type Error = ProcessError;

    fn evolve(&mut self, event: &ProcessEvent<P>) {
        self.outline.apply(event);
        if let ProcessEvent::StepRequested(StepRequested { key, request, .. }) = event {
            self.requests.insert(key.clone(), request.clone());
        }
        self.remember(event.trigger().as_ref());
        let Self { outline, requests, .. } = self;
        if outline.outcome.is_some() && !P::HEARS_LATE {
            requests.clear();
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        P::owner(&self.state)
    }
}
