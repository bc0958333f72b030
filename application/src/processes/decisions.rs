//! What becomes of an instance when it is told something: the event itself, then what the process wants done.
//!
//! Whatever is told twice, late, or by two who both believe to be the one who tells, comes to nothing the second time.

use super::{
    error::{Candidate, ProcessError},
    event::{
        CompensationBegun, Ended, Heard, ProcessEvent, Started, StepDecided, StepDone, StepFailed,
        StepParked, StepRequested, Then, TimerNamed, TimerSet,
    },
    instance::{Concern, Decision, Fail, Hear, Instance, InstanceCommand, Verb, Which},
    outline::{Outline, Step},
    process::{At, Effect, Outcome, Process, Request, Trigger},
};
use jiff::Timestamp;
use khata_domain::{
    Aggregate, DecisionContext, Rules,
    aggregate::Command,
    processes::{ProcessStatus, StepStatus},
};
use std::borrow::Cow;

type Decided<P> = Result<Vec<ProcessEvent<P>>, ProcessError>;

impl<P: Process> Command<Instance<P>> for InstanceCommand<P> {
    fn decide_on(
        self,
        aggregate: &Instance<P>,
        at: DecisionContext<'_>,
        _rules: Rules,
    ) -> Result<Vec<ProcessEvent<P>>, ProcessError> {
        decide(aggregate, self, at.now)
    }
}

/// Decides.
pub(super) fn decide<P: Process>(
    instance: &Instance<P>,
    command: InstanceCommand<P>,
    now: Timestamp,
) -> Decided<P> {
    if instance.is_newer() {
        let definition_version = instance.outline.definition_version;
        return Err(ProcessError::NewerProcess { definition_version, known: P::VERSION });
    }
    let mut draft = Draft { instance: Cow::Borrowed(instance), events: Vec::new(), now };
    match command {
        InstanceCommand::Hear(hear) => draft.hear(hear),
        InstanceCommand::Done { step, undo, answer } => draft.done(step, undo, answer),
        InstanceCommand::Fail(fail) => draft.fail(fail),
        InstanceCommand::Fire { timer } => draft.fire(timer),
        InstanceCommand::Decide(decision) => draft.operate(decision)?,
    }
    Ok(draft.events)
}

/// The events so far, and the instance after them.
struct Draft<'i, P: Process> {
    instance: Cow<'i, Instance<P>>,
    events: Vec<ProcessEvent<P>>,
    now: Timestamp,
}

impl<P: Process> Draft<'_, P> {
    fn push(&mut self, event: ProcessEvent<P>) {
        self.instance.to_mut().evolve(&event);
        self.events.push(event);
    }

    /// Notes what happened, and what the process wants done now.
    fn happen(&mut self, event: ProcessEvent<P>) {
        self.push(event.clone());
        if let Some(trigger) = event.trigger() {
            let effects = self.reaction(&trigger, matches!(event, ProcessEvent::StepResolved(_)));
            self.enact(effects);
        }
        self.undo_next();
    }

    fn reaction(&self, trigger: &Trigger<'_, P>, outside: bool) -> Vec<Effect<P>> {
        let outline = &self.instance.outline;
        let is_over = outline.outcome.is_some();
        let is_asked =
            outline.has_begun() && (!is_over || P::HEARS_LATE) && (is_over || outline.compensating.is_none());
        if !is_asked {
            return Vec::new();
        }
        P::react(&self.instance.lifted().1, trigger, &At { outside, ..self.instance.at(self.now) })
    }

    fn hear(&mut self, hear: Hear<P>) {
        let outline = &self.instance.outline;
        if outline.heard >= hear.position || (outline.outcome.is_some() && !P::HEARS_LATE) {
            return;
        }
        let Hear { process_id, fact, concern, position, correlation_id } = hear;
        let (at, has_begun) = (self.now, outline.has_begun());
        match concern {
            Concern::Starts if has_begun => {}
            Concern::Continues if !has_begun => {}
            Concern::Starts => {
                let definition_version = P::VERSION;
                let started = Started { process_id, definition_version, fact, position, correlation_id, at };
                self.happen(ProcessEvent::Started(started));
            }
            Concern::Continues | Concern::Waits => {
                self.happen(ProcessEvent::Heard(Heard { fact, position, at }));
            }
        }
    }

    fn done(&mut self, step: String, undo: bool, answer: Option<P::Answer>) {
        let Some(known) = self.instance.outline.step(&step, undo) else { return };
        let is_late = P::HEARS_LATE && matches!(known.status, StepStatus::Refused | StepStatus::GivenUp);
        let is_noted = answer.is_some()
            && P::notes_late_answers(self.instance.lifted().0)
            && matches!(known.status, StepStatus::Skipped | StepStatus::GivenUp);
        if !known.status.is_open() && known.status != StepStatus::Parked && !is_late && !is_noted {
            return;
        }
        self.happen(ProcessEvent::StepDone(StepDone { step, undo, answer, at: self.now }));
    }

    fn fail(&mut self, fail: Fail) {
        let Fail { step, undo, attempt, error, is_refusal, chance } = fail;
        let Some(known) = self.instance.outline.step(&step, undo) else { return };
        if !known.status.is_open() || known.attempts + 1 != attempt {
            return;
        }
        let (at, requested_at) = (self.now, known.requested_at);
        let failed = |then| {
            ProcessEvent::StepFailed(StepFailed {
                step: step.clone(),
                undo,
                attempt,
                error: error.clone(),
                then,
                at,
            })
        };
        if self.instance.outline.undoes(known) {
            // What is being undone is not tried any more.
            self.push(failed(Then::Exhausted));
            return self.undo_next();
        }
        if is_refusal && self.goes_another_way(failed(Then::Refused)) {
            return;
        }
        if let Some(due) = P::budget(&step).next(requested_at, attempt, at, chance) {
            return self.push(failed(Then::Retry(due)));
        }
        if !self.goes_another_way(failed(Then::Exhausted)) {
            self.push(failed(Then::Exhausted));
            self.push(ProcessEvent::StepParked(StepParked { step, undo, at }));
        }
    }

    /// Notes a failure, if the process knows what to do about it.
    fn goes_another_way(&mut self, failed: ProcessEvent<P>) -> bool {
        let Some(trigger) = failed.trigger() else { return false };
        let mut after = self.instance.clone();
        after.to_mut().evolve(&failed);
        let effects = Draft { instance: after, events: Vec::new(), now: self.now }.reaction(&trigger, false);
        if effects.is_empty() {
            return false;
        }
        self.push(failed);
        self.enact(effects);
        self.undo_next();
        true
    }

    fn fire(&mut self, timer: String) {
        let is_due = self.instance.outline.timers.get(&timer).is_some_and(|due| *due <= self.now);
        if is_due {
            self.happen(ProcessEvent::TimerFired(TimerNamed { timer, at: self.now }));
        }
    }

    fn operate(&mut self, decision: Decision) -> Result<(), ProcessError> {
        let outline = &self.instance.outline;
        let (process_status, at) = (outline.status(), self.now);
        let Decision { verb, which, reason, evidence } = decision;
        if verb == Verb::Compensate {
            if outline.outcome.is_some() {
                return Err(ProcessError::ProcessEnded { process_status });
            }
            if outline.compensating.is_some() {
                return Err(ProcessError::ProcessCompensating);
            }
            self.push(ProcessEvent::CompensationBegun(CompensationBegun { reason, at }));
            self.undo_next();
            return Ok(());
        }
        let step = meant(outline, verb, which)?;
        if verb == Verb::Resolve && evidence.as_ref().is_none_or(|evidence| evidence.trim().is_empty()) {
            return Err(ProcessError::EvidenceMissing);
        }
        let decided = StepDecided { step: step.name.clone(), undo: step.undo, reason, evidence, at };
        self.happen(match verb {
            Verb::Retry | Verb::Compensate => ProcessEvent::StepRetried(decided),
            Verb::Skip => ProcessEvent::StepSkipped(decided),
            Verb::Resolve => ProcessEvent::StepResolved(decided),
        });
        Ok(())
    }

    fn enact(&mut self, effects: Vec<Effect<P>>) {
        let at = self.now;
        for effect in effects {
            match effect {
                Effect::Command { step, command } => self.ask(&step, Request::Command(command)),
                Effect::Call { step, call } => self.ask(&step, Request::Call(call)),
                Effect::Timer { name, due } => {
                    self.push(ProcessEvent::TimerSet(TimerSet { timer: name.into_owned(), due, at }));
                }
                Effect::CancelTimer { name } if self.instance.outline.timers.contains_key(&*name) => {
                    self.push(ProcessEvent::TimerCancelled(TimerNamed { timer: name.into_owned(), at }));
                }
                Effect::CancelTimer { .. } => {}
                Effect::Drop { step, reason } => self.drop_step(&step, reason),
                Effect::Compensate { reason } if self.instance.outline.compensating.is_none() => {
                    self.push(ProcessEvent::CompensationBegun(CompensationBegun { reason, at }));
                }
                Effect::Compensate { .. } => {}
                Effect::Finish(outcome) if self.instance.outline.outcome.is_none() => {
                    self.push(ProcessEvent::Ended(Ended { outcome, at }));
                }
                Effect::Finish(_) => {}
            }
        }
    }

    /// Goes on without a step, if something is still to come of it. Its process knows, so it is not asked about that.
    fn drop_step(&mut self, step: &str, reason: String) {
        let waits = |step: &Step| step.status.is_open() || step.status == StepStatus::Parked;
        if self.instance.outline.step(step, false).is_some_and(waits) {
            let (step, at) = (step.to_owned(), self.now);
            let skipped = StepDecided { step, undo: false, reason, evidence: None, at };
            self.push(ProcessEvent::StepSkipped(skipped));
        }
    }

    /// Asks for a step, unless one of its name was asked for before, or is undone.
    fn ask(&mut self, step: &str, request: Request<P>) {
        let outline = &self.instance.outline;
        if outline.step(step, false).is_none() && outline.step(step, true).is_none() {
            self.request(step.to_owned(), false, request);
        }
    }

    fn request(&mut self, step: String, undo: bool, request: Request<P>) {
        let at = self.now;
        let key = self.instance.at(at).key(&step, undo);
        self.push(ProcessEvent::StepRequested(StepRequested { step, undo, key, request, at }));
    }

    /// While it is compensating: asks to undo the step that was done last, once nothing is open; ends it once all is
    /// undone.
    fn undo_next(&mut self) {
        let outline = &self.instance.outline;
        let waits = |status: StepStatus| status.is_open() || status == StepStatus::Parked;
        if outline.compensating.is_none()
            || outline.status() == ProcessStatus::Compensated
            || outline.outcome.is_some()
            || outline.steps.iter().any(|step| waits(step.status))
        {
            return;
        }
        let (at, state) = (self.instance.at(self.now), self.instance.lifted().1);
        let next = outline
            .to_undo()
            .find_map(|(step, certainty)| Some((step.to_owned(), P::undo(&state, step, certainty, &at)?)));
        match next {
            Some((step, request)) => self.request(step, true, request),
            None => self.push(ProcessEvent::Ended(Ended { outcome: Outcome::Compensated, at: self.now })),
        }
    }
}

/// The step that an operator decides about: one that is parked before one that waits for its next attempt.
fn meant(outline: &Outline, verb: Verb, which: Which) -> Result<&Step, ProcessError> {
    let is_named = |step: &&Step| {
        which.step.as_ref().is_none_or(|name| *name == step.name)
            && which.undo.is_none_or(|undo| undo == step.undo)
    };
    let of = |status: StepStatus| -> Vec<&Step> {
        outline.steps.iter().filter(is_named).filter(|step| step.status == status).collect()
    };
    let mut waiting = of(StepStatus::Parked);
    if waiting.is_empty() && verb == Verb::Retry {
        waiting = of(StepStatus::Failed);
    }
    match (&waiting[..], which) {
        ([step], _) => Ok(step),
        ([], Which { step: Some(step), undo }) => Err(ProcessError::StepNotWaiting { step, undo }),
        ([], _) => Err(ProcessError::ProcessNotParked { process_status: outline.status() }),
        _ => {
            let candidate = |step: &&Step| Candidate { step: step.name.clone(), undo: step.undo };
            Err(ProcessError::StepAmbiguous { candidates: waiting.iter().map(candidate).collect() })
        }
    }
}
