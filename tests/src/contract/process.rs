//! Instances of processes in the stories, of whatever kind: a kind gives samples of what is its own, and everything
//! else follows.

use super::{Asked, Contract, DAY, Sample, Step};
use jiff::{Timestamp, ToSpan};
use khata_application::{
    accounts::onboarding::Onboarding,
    lending::{assessing::LoanAssessment, disbursing::LoanDisbursement},
    payments::{reconciling::DailyReconciliation, scheduling::ScheduledPayment, sending::ExternalPayment},
    processes::{
        CompensationBegun, Concern, Decision, Ended, Fail, Hear, Heard, Instance, InstanceCommand, Outcome,
        Process, ProcessEvent, Request, Started, StepDecided, StepDone, StepError, StepFailed, StepParked,
        StepRequested, Then, TimerNamed, TimerSet, Verb, Which,
    },
};
use khata_domain::testing::noon_of;

/// What the suites have to know of a kind of process.
pub trait Sampled: Process {
    /// The nth of its subjects.
    fn subject(number: u128) -> Self::Subject;
    /// What it hears; the first begins it, the others concern one that has begun.
    fn facts() -> Vec<Self::Fact>;
    /// What it asks of aggregates, one of each kind.
    fn commands() -> Vec<Self::Command>;
    /// What it asks of the outside, one of each kind.
    fn calls() -> Vec<Self::Call>;
    /// What the outside answers, one of each kind.
    fn answers() -> Vec<Self::Answer>;
    /// What golden traces hold it to.
    fn traces() -> Vec<Trace<Self>>;
    /// What it said in the shapes of before.
    fn earlier_shapes() -> Vec<Words<Self>> {
        Vec::new()
    }
    /// What instances are held to that began under an earlier version of the definition, by that version.
    fn earlier_traces() -> Vec<(u32, Trace<Self>)> {
        Vec::new()
    }
}

/// What a process says, in one shape.
pub struct Words<P: Process> {
    pub shape: u32,
    /// The version of the definition that had it.
    pub version: u32,
    pub facts: Vec<P::Fact>,
    pub commands: Vec<P::Command>,
    pub calls: Vec<P::Call>,
    pub answers: Vec<P::Answer>,
}

impl<P: Sampled> Words<P> {
    fn of_today() -> Self {
        let (facts, commands, calls, answers) = (P::facts(), P::commands(), P::calls(), P::answers());
        Self { shape: P::SHAPE, version: P::VERSION, facts, commands, calls, answers }
    }

    /// As samples of events.
    fn samples(self) -> Vec<Sample<ProcessEvent<P>>> {
        let Self { shape, version, facts, commands, calls, answers } = self;
        let mut facts = facts.into_iter();
        let begun = facts.next().map(|fact| started::<P>(version, fact));
        let heard = facts.map(|fact| ProcessEvent::Heard(Heard { fact, position: 9, at: later() }));
        let commands = commands.into_iter().map(|command| requested("do", true, Request::Command(command)));
        let calls = calls.into_iter().map(|call| requested("ask", false, Request::Call(call)));
        let answers = answers.into_iter().map(|answer| was_done("ask", Some(answer)));
        let own = [
            numbered(begun),
            numbered(heard),
            numbered(commands.chain(calls)),
            numbered(answers.chain([was_done("do", None)])),
        ];
        own.into_iter().flatten().map(|sample| Sample { version: shape, ..sample }).collect()
    }
}

/// What an instance is told, one thing after another. What it makes of that is frozen.
pub struct Trace<P: Process> {
    /// In snake case.
    pub name: &'static str,
    pub told: Vec<InstanceCommand<P>>,
}

/// Looks at one kind of process after the other.
pub trait EveryProcess {
    /// Looks at one of them.
    fn visit<P: Sampled>(&mut self);
}

/// Shows every kind of process to a visitor. A new one gets its line here.
pub fn every_process(visitor: &mut impl EveryProcess) {
    visitor.visit::<ExternalPayment>();
    visitor.visit::<LoanAssessment>();
    visitor.visit::<LoanDisbursement>();
    visitor.visit::<Onboarding>();
    visitor.visit::<DailyReconciliation>();
    visitor.visit::<ScheduledPayment>();
}

/// It hears of something.
pub(super) fn heard<P: Sampled>(fact: P::Fact, concern: Concern, position: u64) -> InstanceCommand<P> {
    let process_id = process_id::<P>();
    InstanceCommand::Hear(Hear { process_id, fact, concern, position, correlation_id: "c-1".into() })
}

/// A command of it was done.
pub(super) fn done<P: Process>(step: &str) -> InstanceCommand<P> {
    InstanceCommand::Done { step: step.into(), undo: false, answer: None }
}

/// A call of it was answered.
pub(super) fn answered<P: Process>(step: &str, answer: P::Answer) -> InstanceCommand<P> {
    InstanceCommand::Done { step: step.into(), undo: false, answer: Some(answer) }
}

/// A rule refused a command of it.
pub(super) fn refused<P: Process>(step: &str, code: &str) -> InstanceCommand<P> {
    refused_at(step, code, 1)
}

/// A rule refused a command of it, at an attempt.
pub(super) fn refused_at<P: Process>(step: &str, code: &str, attempt: u32) -> InstanceCommand<P> {
    let error = StepError { code: code.into(), message: code.replace('_', " ") };
    let (step, undo, is_refusal, chance) = (step.into(), false, true, 500);
    InstanceCommand::Fail(Fail { step, undo, attempt, error, is_refusal, chance })
}

/// A timer of it is due.
pub(super) fn fires<P: Process>(timer: &str) -> InstanceCommand<P> {
    InstanceCommand::Fire { timer: timer.into() }
}

/// An operator decides.
pub(super) fn decided_to<P: Process>(verb: Verb) -> InstanceCommand<P> {
    let (which, evidence) = (Which::default(), Some("letter".into()));
    InstanceCommand::Decide(Decision { verb, which, reason: "so".into(), evidence })
}

/// Numbers that set samples of one event apart.
const LABELS: [&str; 9] = ["", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9"];

fn noon() -> Timestamp {
    noon_of(DAY)
}

fn later() -> Timestamp {
    noon() + 1.hour()
}

fn process_id<P: Sampled>() -> String {
    format!("{}-{}", P::CATEGORY, P::subject(1))
}

fn started<P: Sampled>(definition_version: u32, fact: P::Fact) -> ProcessEvent<P> {
    ProcessEvent::Started(Started {
        process_id: process_id::<P>(),
        definition_version,
        fact,
        position: 7,
        correlation_id: "c-1".into(),
        at: noon(),
    })
}

fn requested<P: Sampled>(step: &str, undo: bool, request: Request<P>) -> ProcessEvent<P> {
    let key = format!("{}/{step}{}", process_id::<P>(), if undo { "/undo" } else { "" });
    ProcessEvent::StepRequested(StepRequested { step: step.into(), undo, key, request, at: noon() })
}

fn failed<P: Process>(undo: bool, then: Then) -> ProcessEvent<P> {
    let error = StepError { code: "timeout".into(), message: "no answer came within 10 s".into() };
    ProcessEvent::StepFailed(StepFailed { step: "ask".into(), undo, attempt: 1, error, then, at: noon() })
}

fn decided(undo: bool, evidence: Option<&str>) -> StepDecided {
    let (reason, evidence) = ("told by telephone".to_owned(), evidence.map(str::to_owned));
    StepDecided { step: "ask".into(), undo, reason, evidence, at: later() }
}

fn was_done<P: Process>(step: &str, answer: Option<P::Answer>) -> ProcessEvent<P> {
    ProcessEvent::StepDone(StepDone { step: step.into(), undo: false, answer, at: later() })
}

/// Each as a sample of its own.
fn numbered<P: Process>(events: impl IntoIterator<Item = ProcessEvent<P>>) -> Vec<Sample<ProcessEvent<P>>> {
    events.into_iter().zip(LABELS).map(|(event, label)| Sample { version: 1, label, event }).collect()
}

fn samples<P: Sampled>() -> Vec<Sample<ProcessEvent<P>>> {
    let named = || TimerNamed { timer: "wake".into(), at: later() };
    let outcomes =
        [Outcome::Completed, Outcome::Failed("the customer has left".into()), Outcome::Compensated];
    let one_shape = [
        numbered([
            failed(true, Then::Retry(later())),
            failed(false, Then::Refused),
            failed(false, Then::Exhausted),
        ]),
        numbered([ProcessEvent::StepParked(StepParked { step: "ask".into(), undo: true, at: noon() })]),
        numbered([ProcessEvent::StepRetried(decided(true, None))]),
        numbered([ProcessEvent::StepSkipped(decided(false, None))]),
        numbered([ProcessEvent::StepResolved(decided(false, Some("letter of 3 March")))]),
        numbered([ProcessEvent::TimerSet(TimerSet { timer: "wake".into(), due: later(), at: noon() })]),
        numbered([ProcessEvent::TimerFired(named())]),
        numbered([ProcessEvent::TimerCancelled(named())]),
        numbered([ProcessEvent::CompensationBegun(CompensationBegun {
            reason: "by mistake".into(),
            at: noon(),
        })]),
        numbered(outcomes.map(|outcome| ProcessEvent::Ended(Ended { outcome, at: later() }))),
    ];
    let words = P::earlier_shapes().into_iter().chain([Words::of_today()]);
    words.flat_map(Words::samples).chain(one_shape.into_iter().flatten()).collect()
}

/// A past that fills every field: it ends, and goes on nevertheless.
fn past<P: Sampled>() -> Vec<ProcessEvent<P>> {
    let call = P::calls().into_iter().next().map(|call| requested("ask", false, Request::Call(call)));
    let ended = ProcessEvent::Ended(Ended { outcome: Outcome::Compensated, at: later() });
    let begun = CompensationBegun { reason: "by mistake".into(), at: later() };
    let mut events: Vec<ProcessEvent<P>> =
        P::facts().into_iter().take(1).map(|fact| started::<P>(P::VERSION, fact)).collect();
    events.extend(
        P::commands().into_iter().take(1).map(|command| requested("do", false, Request::Command(command))),
    );
    events.push(was_done("do", None));
    events.extend(
        P::facts()
            .into_iter()
            .skip(1)
            .map(|fact| ProcessEvent::Heard(Heard { fact, position: 9, at: later() })),
    );
    events.extend([ProcessEvent::CompensationBegun(begun), ended]);
    events.extend(call);
    events.extend([
        was_done::<P>("ask", P::answers().into_iter().next()),
        failed::<P>(false, Then::Retry(later())),
        ProcessEvent::TimerSet(TimerSet { timer: "wake".into(), due: later(), at: noon() }),
    ]);
    events
}

impl<P: Sampled> Contract for Instance<P> {
    const SUBJECTS: u128 = 3;

    const NTH: fn(u128) -> P::Subject = P::subject;

    fn samples() -> Vec<Sample<ProcessEvent<P>>> {
        samples::<P>()
    }

    fn past() -> Vec<ProcessEvent<P>> {
        past::<P>()
    }

    fn asked(&self, step: &Step) -> Asked<InstanceCommand<P>> {
        let facts = P::facts();
        let number = step.number as usize;
        let open = self.outline.steps.iter().find(|known| known.status.is_open());
        let command = match (step.deed, open) {
            _ if !self.outline.has_begun() => hear(step.subject, facts[0].clone(), Concern::Starts, 1),
            (0, _) => {
                let fact = facts[number % facts.len()].clone();
                hear(step.subject, fact, Concern::Continues, self.outline.heard + 1)
            }
            (1, _) => InstanceCommand::Fire { timer: "wake".into() },
            (2..=3, _) => {
                let verb = [Verb::Retry, Verb::Skip, Verb::Resolve, Verb::Compensate][number];
                let evidence = (step.minor % 2 == 0).then(|| "letter".to_owned());
                InstanceCommand::Decide(Decision {
                    verb,
                    which: Which::default(),
                    reason: "so".into(),
                    evidence,
                })
            }
            (4..=6, Some(open)) => InstanceCommand::Fail(Fail {
                step: open.name.clone(),
                undo: open.undo,
                attempt: open.attempts + 1,
                error: StepError { code: "timeout".into(), message: "no answer".into() },
                is_refusal: !open.is_call && step.minor % 2 == 0,
                chance: step.day.unsigned_abs() * 11,
            }),
            (_, Some(open)) => {
                let answers = P::answers();
                let answer = open.is_call.then(|| answers[number % answers.len()].clone());
                InstanceCommand::Done { step: open.name.clone(), undo: open.undo, answer }
            }
            (_, None) => InstanceCommand::Done { step: "never asked for".into(), undo: false, answer: None },
        };
        (step.at(), command)
    }
}

fn hear<P: Sampled>(subject: u128, fact: P::Fact, concern: Concern, position: u64) -> InstanceCommand<P> {
    InstanceCommand::Hear(Hear {
        process_id: format!("{}-{}", P::CATEGORY, P::subject(subject)),
        fact,
        concern,
        position,
        correlation_id: "c-1".into(),
    })
}
