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
    /// The key of what it undoes.
    pub(super) undoes: Option<String>,
    /// Nobody can have tried it before.
    pub(super) is_first: bool,
}

impl<R> Todo<R> {
    fn of(step: &Step, request: R) -> Self {
        Self {
            step: step.name.clone(),
            undo: step.undo,
            key: step.key.clone(),
            attempt: step.attempts + 1,
            request,
            is_undone: false,
            since: step.requested_at,
            undoes: None,
            is_first: false,
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
        Request::Command(command) if can_be_put(&step.key, command) => Some(Todo::of(step, command.clone())),
        Request::Command(_) | Request::Call(_) => None,
    })
}

/// Whether a call is to be made still that was to be made before.
pub(super) fn still_wants<P: Process>(instance: &Instance<P>, call: &Todo<P::Call>) -> bool {
    let outline = &instance.outline;
    let step = outline.steps.iter().find(|step| step.key == call.key);
    step.is_some_and(|step| {
        step.status.is_open() && step.attempts + 1 == call.attempt && !outline.undoes(step)
    })
}

impl<P: Process> Work<P> {
    /// What is to be done about an instance, apart from commands of some keys. Of its steps so many were known before
    /// what has just been stored.
    pub(super) fn of(
        instance: &Instance<P>,
        now: Timestamp,
        except: &BTreeSet<String>,
        known: usize,
    ) -> Self {
        let Instance { outline, .. } = instance;
        let is_newer = instance.is_newer();
        let steps = outline.steps.iter().enumerate();
        let calls = steps.filter(|(_, step)| step.is_call && is_due(step, now));
        let calls = calls.filter_map(|(nth, step)| match instance.request(step)? {
            Request::Call(call) => Some(Todo {
                is_undone: outline.undoes(step),
                undoes: step
                    .undo
                    .then(|| outline.step(&step.name, false))
                    .flatten()
                    .map(|step| step.key.clone()),
                is_first: nth >= known && step.attempts == 0,
                ..Todo::of(step, call.clone())
            }),
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
}
