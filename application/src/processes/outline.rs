//! How far an instance has come, whatever its kind: its steps, its timers, its end.

use super::{
    event::{Ended, ProcessEvent, StepError, StepFailed, Then},
    process::{Certainty, Outcome, Process, Request},
};
use jiff::Timestamp;
use khata_domain::processes::{ProcessStatus, StepStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far an instance has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outline {
    /// The name of its stream; empty before it began.
    pub process_id: String,
    /// The version of the definition that it began with; 0 before.
    pub definition_version: u32,
    pub correlation_id: String,
    /// The position of the last event that it heard.
    pub heard: u64,
    /// In the order in which they were asked for.
    pub steps: Vec<Step>,
    /// The timers that are set, with the instants at which they are due.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timers: BTreeMap<String, Timestamp>,
    /// The steps that were done, and the calls that were given up or skipped without anybody knowing whether they were,
    /// in the order of the log. One that is named twice counts where it is named last.
    pub done: Vec<String>,
    /// Why what was done is undone, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensating: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A step of an instance, or what undoes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    /// It undoes the step of this name.
    pub undo: bool,
    pub key: String,
    /// Whether it goes outside; otherwise it is a command to aggregates.
    pub is_call: bool,
    /// Whether it does nothing outside but wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_wait: bool,
    pub status: StepStatus,
    /// How many attempts have failed since it was asked for, or since an operator had it tried again.
    pub attempts: u32,
    /// When it was asked for, or an operator had it tried again.
    pub requested_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When it failed first, and last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<[Timestamp; 2]>,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
}

impl Outline {
    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.definition_version > 0
    }

    /// Where it stands.
    pub fn status(&self) -> ProcessStatus {
        let parked =
            |undo| self.steps.iter().any(|step| step.undo == undo && step.status == StepStatus::Parked);
        match &self.outcome {
            // What was asked for after the end.
            Some(_) if parked(true) || parked(false) => ProcessStatus::Parked,
            Some(Outcome::Completed) => ProcessStatus::Completed,
            Some(Outcome::Failed(_)) => ProcessStatus::Failed,
            Some(Outcome::Compensated) => ProcessStatus::Compensated,
            None if parked(true) => ProcessStatus::CompensationParked,
            None if parked(false) => ProcessStatus::Parked,
            None if self.compensating.is_some() => ProcessStatus::Compensating,
            None if self.steps.iter().any(|step| step.status == StepStatus::Requested) => {
                ProcessStatus::Running
            }
            None => ProcessStatus::Waiting,
        }
    }

    /// Whether a step belongs to what is being undone: it is not tried any more. What is asked for after the end is not.
    pub fn undoes(&self, step: &Step) -> bool {
        !step.undo && self.compensating.is_some() && self.outcome.is_none()
    }

    /// A step by its name.
    pub fn step(&self, name: &str, undo: bool) -> Option<&Step> {
        self.steps.iter().find(|step| step.undo == undo && step.name == name)
    }

    fn step_mut(&mut self, name: &str, undo: bool) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.undo == undo && step.name == name)
    }

    /// The step that it is at: one that waits for an operator, else one that is open, else the last.
    pub fn current(&self) -> Option<&Step> {
        let parked = self.steps.iter().find(|step| step.status == StepStatus::Parked);
        parked.or_else(|| self.steps.iter().find(|step| step.status.is_open())).or_else(|| self.steps.last())
    }

    /// When something is due of itself: a timer, the next attempt of a step. `None` if nothing is.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let retries = self.steps.iter().filter_map(|step| step.retry_at);
        self.timers.values().copied().chain(retries).min()
    }

    /// Whether a step was asked for whose outcome is not known yet.
    pub fn is_open(&self) -> bool {
        self.steps.iter().any(|step| step.status == StepStatus::Requested)
    }

    /// The steps to undo, the last one done first: commands and calls in one sequence.
    pub fn to_undo(&self) -> impl Iterator<Item = (&str, Certainty)> {
        let left = self.done.iter().rev().filter(|name| self.step(name, true).is_none());
        left.filter_map(|name| {
            let certainty = match self.step(name, false)?.status {
                StepStatus::Done | StepStatus::Resolved => Certainty::Done,
                StepStatus::Skipped
                | StepStatus::GivenUp
                | StepStatus::Requested
                | StepStatus::Failed
                | StepStatus::Parked
                | StepStatus::Refused => Certainty::Unknown,
            };
            Some((name.as_str(), certainty))
        })
    }

    /// Follows what happened.
    pub fn apply<P: Process>(&mut self, event: &ProcessEvent<P>) {
        match event {
            ProcessEvent::Started(started) => {
                self.process_id.clone_from(&started.process_id);
                self.correlation_id.clone_from(&started.correlation_id);
                self.definition_version = started.definition_version;
                self.heard = self.heard.max(started.position);
                self.started_at = Some(started.at);
            }
            ProcessEvent::Heard(heard) => self.heard = self.heard.max(heard.position),
            ProcessEvent::StepRequested(requested) => self.steps.push(Step {
                name: requested.step.clone(),
                undo: requested.undo,
                key: requested.key.clone(),
                is_call: matches!(requested.request, Request::Call(_)),
                is_wait: matches!(&requested.request, Request::Call(call) if P::only_waits(call)),
                status: StepStatus::Requested,
                attempts: 0,
                requested_at: requested.at,
                answered_at: None,
                failed_at: None,
                retry_at: None,
                error: None,
            }),
            ProcessEvent::StepDone(done) => {
                self.close(&done.step, done.undo, StepStatus::Done, done.at);
            }
            ProcessEvent::StepFailed(failed) => {
                let is_undone = !failed.undo && self.compensating.is_some() && self.outcome.is_none();
                let step = self.step_mut(&failed.step, failed.undo);
                if step.is_some_and(|step| step.fail(failed, is_undone)) {
                    self.done.push(failed.step.clone());
                }
            }
            ProcessEvent::StepParked(parked) => {
                if let Some(step) = self.step_mut(&parked.step, parked.undo) {
                    (step.status, step.answered_at) = (StepStatus::Parked, None);
                }
            }
            ProcessEvent::StepRetried(retried) => {
                if let Some(step) = self.step_mut(&retried.step, retried.undo) {
                    (step.status, step.attempts, step.requested_at) = (StepStatus::Requested, 0, retried.at);
                    step.retry_at = None;
                }
            }
            ProcessEvent::StepSkipped(skipped) => {
                self.close(&skipped.step, skipped.undo, StepStatus::Skipped, skipped.at);
            }
            ProcessEvent::StepResolved(resolved) => {
                self.close(&resolved.step, resolved.undo, StepStatus::Resolved, resolved.at);
            }
            ProcessEvent::TimerSet(set) => {
                self.timers.insert(set.timer.clone(), set.due);
            }
            ProcessEvent::TimerFired(named) | ProcessEvent::TimerCancelled(named) => {
                self.timers.remove(&named.timer);
            }
            ProcessEvent::CompensationBegun(begun) => self.turn_back(&begun.reason),
            ProcessEvent::Ended(ended) => self.end(ended),
        }
    }

    fn close(&mut self, name: &str, undo: bool, status: StepStatus, at: Timestamp) {
        let Some(step) = self.step_mut(name, undo) else { return };
        // A call that is skipped may have been done; a command that is skipped was not.
        let may_be_done = status != StepStatus::Skipped || step.reaches_outside();
        (step.status, step.answered_at, step.retry_at) = (status, Some(at), None);
        if may_be_done && !undo {
            self.done.push(name.to_owned());
        }
    }

    fn turn_back(&mut self, reason: &str) {
        self.compensating = Some(reason.to_owned());
        self.timers.clear();
        // Whether a call that is under way was done will be known; so it will be of one that waits for its next attempt,
        // which may be under way. Commands that wait were not done, and what is parked is not under way.
        for step in &mut self.steps {
            match step.status {
                StepStatus::Requested | StepStatus::Failed if step.reaches_outside() => {
                    (step.status, step.retry_at) = (StepStatus::Requested, None);
                }
                StepStatus::Requested | StepStatus::Failed | StepStatus::Parked => {
                    (step.status, step.retry_at) = (StepStatus::GivenUp, None);
                }
                StepStatus::Done
                | StepStatus::Refused
                | StepStatus::Skipped
                | StepStatus::Resolved
                | StepStatus::GivenUp => {}
            }
        }
    }

    fn end(&mut self, ended: &Ended) {
        (self.outcome, self.ended_at) = (Some(ended.outcome.clone()), Some(ended.at));
        self.timers.clear();
        let waits = |step: &&mut Step| step.status.is_open() || step.status == StepStatus::Parked;
        self.steps.iter_mut().filter(waits).for_each(|step| {
            (step.status, step.retry_at) = (StepStatus::GivenUp, None);
        });
    }
}

impl Step {
    /// Whether it does something outside, so that it may be done though nobody has heard of it.
    fn reaches_outside(&self) -> bool {
        self.is_call && !self.is_wait
    }

    /// Tells whether it is given up without anybody knowing whether it was done.
    fn fail(&mut self, failed: &StepFailed, is_undone: bool) -> bool {
        let at = failed.at;
        self.attempts = failed.attempt;
        self.failed_at = Some([self.failed_at.map_or(at, |[first, _]| first), at]);
        self.error = Some(failed.error.clone());
        (self.status, self.answered_at, self.retry_at) = match failed.then {
            Then::Retry(due) => (StepStatus::Failed, None, Some(due)),
            Then::Refused | Then::Exhausted if is_undone => (StepStatus::GivenUp, Some(at), None),
            // Nobody knows whether a call without an answer was done.
            Then::Exhausted if self.is_call => (StepStatus::GivenUp, Some(at), None),
            Then::Refused | Then::Exhausted => (StepStatus::Refused, Some(at), None),
        };
        !self.undo && self.reaches_outside() && self.status == StepStatus::GivenUp
    }
}
