//! What is to be done about an instance now: commands that can be put, calls that can be made, timers that are due.

use super::{
    instance::Instance,
    outline::Step,
    process::{Process, Request},
};
use jiff::Timestamp;
use khata_domain::processes::StepStatus;
use std::collections::BTreeSet;

/// A step that is to be done now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Todo<R> {
    pub(super) step: String,
    pub(super) undo: bool,
    pub(super) key: String,
    /// Which attempt, from 1.
    pub(super) attempt: u32,
    pub(super) request: R,
    /// It belongs to what is being undone, so it is not to be tried any more.
    pub(super) is_undone: bool,
    /// When it was asked for.
    pub(super) since: Timestamp,
}

impl<R> Todo<R> {
    fn of(step: &Step, request: R, is_undone: bool) -> Self {
        Self {
            step: step.name.clone(),
            undo: step.undo,
            key: step.key.clone(),
            attempt: step.attempts + 1,
            request,
            is_undone,
            since: step.requested_at,
        }
    }
}

/// What is to be done about an instance, beside commands.
#[derive(Debug)]
pub(super) struct Work<P: Process> {
    pub(super) calls: Vec<Todo<P::Call>>,
    /// Commands wait whose mailboxes were not at hand.
    pub(super) has_commands: bool,
    /// A timer that is due.
    pub(super) timer: Option<String>,
    /// When something is due of itself next.
    pub(super) wake_at: Option<Timestamp>,
    pub(super) correlation_id: String,
    /// Only a newer Khata knows its definition.
    pub(super) is_newer: bool,
}

fn is_due(step: &Step, now: Timestamp) -> bool {
    match step.status {
        StepStatus::Requested => true,
        StepStatus::Failed => step.retry_at.is_some_and(|due| due <= now),
        StepStatus::Parked
        | StepStatus::Done
        | StepStatus::Refused
        | StepStatus::Skipped
        | StepStatus::Resolved
        | StepStatus::GivenUp => false,
    }
}

/// The next command that is to be put now, apart from those of some keys; `can_be_put` is asked with its key.
pub(super) fn next_command<P: Process>(
    instance: &Instance<P>,
    now: Timestamp,
    except: &BTreeSet<String>,
    can_be_put: impl Fn(&str, &P::Command) -> bool,
) -> Option<Todo<P::Command>> {
    if instance.is_newer() {
        return None;
    }
    let steps = &instance.outline.steps;
    let mut due =
        steps.iter().filter(|step| !step.is_call && is_due(step, now) && !except.contains(&step.key));
    due.find_map(|step| match instance.request(step)? {
        Request::Command(command) if can_be_put(&step.key, command) => {
            Some(Todo::of(step, command.clone(), false))
        }
        Request::Command(_) | Request::Call(_) => None,
    })
}

impl<P: Process> Work<P> {
    /// What is to be done about an instance, apart from commands of some keys.
    pub(super) fn of(instance: &Instance<P>, now: Timestamp, except: &BTreeSet<String>) -> Self {
        let Instance { outline, .. } = instance;
        let is_newer = instance.is_newer();
        let calls = outline.steps.iter().filter(|step| step.is_call && is_due(step, now));
        let calls = calls.filter_map(|step| match instance.request(step)? {
            Request::Call(call) => {
                Some(Todo::of(step, call.clone(), outline.compensating.is_some() && !step.undo))
            }
            Request::Command(_) => None,
        });
        let timer = outline.timers.iter().filter(|(_, due)| **due <= now).min_by_key(|(_, due)| **due);
        Self {
            calls: if is_newer { Vec::new() } else { calls.collect() },
            has_commands: next_command(instance, now, except, |_, _| true).is_some(),
            timer: timer.filter(|_| !is_newer).map(|(timer, _)| timer.clone()),
            wake_at: outline.wake_at(),
            correlation_id: outline.correlation_id.clone(),
            is_newer,
        }
    }

    /// Whether there is nothing to do now.
    pub(super) fn is_nothing(&self, is_under_way: impl Fn(&str) -> bool) -> bool {
        !self.has_commands && self.timer.is_none() && self.calls.iter().all(|call| is_under_way(&call.key))
    }
}
