//! The process of the simulation: take money out of a purse, pay outside, put the rest into another purse, wait an
//! hour, then be done or regret it all.

use jiff::ToSpan;
use khata_application::processes::{At, Budget, Certainty, Effect, Outcome, Process, Request, Trigger};
use khata_domain::ids::{AccountId, OrderId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The definition. A faulty one undoes its steps in the order in which it did them, or sets its timer again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Errand<const FAULT: u8>;

/// No fault.
pub const SOUND: u8 = 0;
/// Undoes forward.
pub const FORWARD: u8 = 1;
/// Sets the timer again that has fired.
pub const TWICE: u8 = 2;

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub errand: OrderId,
    pub from: AccountId,
    pub to: AccountId,
    pub amount: i64,
    pub regretted: bool,
}

/// What it asks of purses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub errand: OrderId,
    pub purse: AccountId,
    pub step: String,
    /// Out of the purse, if less than nothing.
    pub amount: i64,
}

/// What it asks of the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    Pay { amount: i64 },
    Refund { amount: i64 },
}

/// What the outside answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Paid,
    Declined,
    Refunded,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    pub given: Option<Given>,
    pub declined: bool,
    pub fired: u32,
}

/// The share of the outside: the rest goes to the other purse.
pub fn share(amount: i64) -> i64 {
    amount / 3
}

impl<const FAULT: u8> Process for Errand<FAULT> {
    const CATEGORY: &'static str = "process_errand";
    const VERSION: u32 = 1;
    type Subject = OrderId;
    type Fact = Given;
    type Command = Move;
    type Call = Ask;
    type Answer = Said;
    type State = Memory;

    fn apply(state: &mut Memory, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(given) => state.given = Some((*given).clone()),
            Trigger::Answered { answer: Said::Declined, .. } => state.declined = true,
            Trigger::Fired { .. } => state.fired += 1,
            _ => {}
        }
    }

    fn react(state: &Memory, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let Some(Given { errand, from, to, amount, regretted }) = state.given.clone() else { return vec![] };
        let moves = |step: &'static str, purse, amount| Effect::Command {
            step: step.into(),
            command: Move { errand, purse, step: step.into(), amount },
        };
        let compensate = |reason: &str| vec![Effect::Compensate { reason: reason.to_owned() }];
        let timer = || Effect::Timer { name: "settle".into(), due: at.now + 1.hour() };
        match happened {
            Trigger::Started(_) => vec![moves("take", from, -amount)],
            Trigger::Refused { step: "take", .. } => {
                vec![Effect::Finish(Outcome::Failed("the purse is empty".into()))]
            }
            Trigger::Done { step: "take" } => {
                vec![Effect::Call { step: "pay".into(), call: Ask::Pay { amount: share(amount) } }]
            }
            Trigger::Answered { step: "pay", answer: Said::Paid } | Trigger::Done { step: "pay" } => {
                vec![moves("put", to, amount - share(amount))]
            }
            Trigger::Answered { step: "pay", .. } => compensate("declined"),
            Trigger::Exhausted { step: "pay", .. } if regretted => compensate("nobody answers"),
            Trigger::Done { step: "put" } => vec![timer()],
            Trigger::Fired { .. } if FAULT == TWICE && state.fired == 1 => vec![timer()],
            Trigger::Fired { .. } if regretted && FAULT == FORWARD => {
                vec![moves("take back first", from, amount)]
            }
            Trigger::Done { step: "take back first" } => {
                vec![Effect::Call { step: "refund".into(), call: Ask::Refund { amount: share(amount) } }]
            }
            Trigger::Answered { step: "refund", .. } => {
                vec![moves("put back last", to, share(amount) - amount)]
            }
            Trigger::Done { step: "put back last" } => vec![Effect::Finish(Outcome::Compensated)],
            Trigger::Fired { .. } if regretted => compensate("regretted"),
            Trigger::Fired { .. } => vec![Effect::Finish(Outcome::Completed)],
            _ => vec![],
        }
    }

    fn undo(state: &Memory, step: &str, _: Certainty, _: &At<'_>) -> Option<Request<Self>> {
        let Given { errand, from, to, amount, .. } = state.given.clone()?;
        let moves = |purse, amount| {
            Some(Request::Command(Move { errand, purse, step: format!("undo {step}"), amount }))
        };
        match step {
            "take" => moves(from, amount),
            "pay" if !state.declined => Some(Request::Call(Ask::Refund { amount: share(amount) })),
            "put" => moves(to, share(amount) - amount),
            _ => None,
        }
    }

    fn budget(step: &str) -> Budget {
        let attempts = if step == "pay" { 6 } else { 12 };
        Budget {
            attempts,
            first: Duration::from_secs(10),
            longest: Duration::from_secs(600),
            total: Duration::from_secs(7_200),
        }
    }
}
