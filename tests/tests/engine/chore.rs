//! A process that does as it is told: an event of a board names an instance, and what it wants now and later.

use jiff::Timestamp;
use khata_application::processes::{At, Budget, Certainty, Effect, Outcome, Process, Request, Trigger};
use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    ids::{CustomerId, OrderId},
    refusals,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// The definition. One of them wants to know what comes after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chore<const LATE: bool>;

/// What an instance is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Script {
    pub now: Vec<Wish>,
    /// What it wants once a step is done or a timer has fired.
    pub then: BTreeMap<String, Vec<Wish>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// A call: of a step, at a port.
    Call(String, Lane),
    /// A command.
    Do(String),
    Timer(String, Timestamp),
    Drop(String),
    Compensate,
    Finish,
    /// The definition panics.
    Panic,
}

/// The ports that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// One call at once.
    Narrow,
    /// Four.
    Wide,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done(pub String);

impl<const LATE: bool> Chore<LATE> {
    fn effects(wishes: &[Wish]) -> Vec<Effect<Self>> {
        let effect = |wish: &Wish| match wish.clone() {
            Wish::Call(step, lane) => Effect::Call { step: step.into(), call: lane },
            Wish::Do(step) => Effect::Command { step: step.clone().into(), command: Done(step) },
            Wish::Timer(name, due) => Effect::Timer { name: name.into(), due },
            Wish::Drop(step) => Effect::Drop { step: step.into(), reason: "not needed".into() },
            Wish::Compensate => Effect::Compensate { reason: "told to".into() },
            Wish::Finish => Effect::Finish(Outcome::Completed),
            Wish::Panic => panic!("as it was told"),
        };
        wishes.iter().map(effect).collect()
    }
}

impl<const LATE: bool> Process for Chore<LATE> {
    const CATEGORY: &'static str = "process_chore";
    const VERSION: u32 = 1;
    const HEARS_LATE: bool = LATE;
    type Subject = OrderId;
    type Fact = Script;
    type Command = Done;
    type Call = Lane;
    type Answer = Done;
    type State = Script;

    fn apply(state: &mut Script, happened: &Trigger<'_, Self>) {
        if let Trigger::Started(script) | Trigger::Heard(script) = happened {
            state.then.extend(script.then.clone());
        }
    }

    fn react(state: &Script, happened: &Trigger<'_, Self>, _: &At<'_>) -> Vec<Effect<Self>> {
        let name = match happened {
            Trigger::Started(script) | Trigger::Heard(script) => return Self::effects(&script.now),
            Trigger::Done { step } | Trigger::Answered { step, .. } | Trigger::Skipped { step } => step,
            Trigger::Fired { timer } => timer,
            Trigger::Refused { .. } | Trigger::Exhausted { .. } => return Vec::new(),
        };
        state.then.get(*name).map(|wishes| Self::effects(wishes)).unwrap_or_default()
    }

    fn undo(_: &Script, step: &str, _: Certainty, _: &At<'_>) -> Option<Request<Self>> {
        step.starts_with("pay").then_some(Request::Call(Lane::Wide))
    }

    fn budget(step: &str) -> Budget {
        let attempts = if step.ends_with("once") { 1 } else { 100 };
        Budget { attempts, first: Duration::from_secs(10), longest: Duration::from_secs(10), total: WEEK }
    }
}

const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// An aggregate on which chores are posted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Board {
    pub noted: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum BoardCommand {
    Post(Posted),
    Note(Done),
}

/// Something concerns a chore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub chore: OrderId,
    pub manner: Manner,
    pub script: Script,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    Starts,
    Continues,
    /// Only a newer Khata can read it.
    Unreadable,
    /// Whoever hears it panics.
    Panics,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardEvent {
    Posted(Posted),
    Noted(Done),
}

impl DomainEvent for BoardEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("posted", 1), ("noted", 1)];
}

refusals! {
    /// Why a board refuses.
    pub enum BoardError {
        /// It was told to.
        #[error("as it was told")]
        BoardShut,
    }
}

impl Command<Board> for BoardCommand {
    fn decide_on(self, _: &Board, _: DecisionContext<'_>, _: Rules) -> Result<Vec<BoardEvent>, BoardError> {
        match self {
            Self::Post(posted) => Ok(vec![BoardEvent::Posted(posted)]),
            Self::Note(Done(what)) if what == "refused" => Err(BoardError::BoardShut),
            Self::Note(Done(what)) if what == "panics" => panic!("as it was told"),
            Self::Note(done) => Ok(vec![BoardEvent::Noted(done)]),
        }
    }
}

impl Aggregate for Board {
    const CATEGORY: &'static str = "board";
    const STATE_SCHEMA: u32 = 1;
    type Id = OrderId;
    type Command = BoardCommand;
    type Event = BoardEvent;
    type Error = BoardError;

    fn evolve(&mut self, event: &BoardEvent) {
        match event {
            BoardEvent::Posted(_) => {}
            BoardEvent::Noted(Done(what)) => self.noted.push(what.clone()),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}
