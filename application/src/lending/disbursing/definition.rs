//! When a loan is paid out, step by step, and what undoes each step.

use crate::processes::{At, Budget, Certainty, Effect, Outcome, Process, Request, Trigger};
use jiff::Timestamp;
use khata_domain::{
    Text,
    ids::CustomerId,
    lending::{DisbursementId, disbursement::PaidOut},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The definition of the paying out of loans.
///
/// It sleeps until the loan is to begin. Then money is reserved, the disbursement recorded, the money transferred and the
/// loan disbursed. What a rule refuses for good is undone, the last step first; in the end the approval is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoanDisbursement;

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A loan is approved, and is to be paid out.
    Approved {
        #[serde(flatten)]
        paid_out: PaidOut,
        /// Which of the loan's approvals it was.
        approval: u32,
        /// When the day begins on which it is to be paid out.
        due: Timestamp,
    },
}

/// What it asks of the loan, the treasury, the account and the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub disbursement_id: DisbursementId,
    #[serde(flatten)]
    pub paid_out: PaidOut,
    pub approval: u32,
    pub act: Act,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// To make sure that the approval still holds.
    TakeUp {},
    /// To reserve the money, if the loan and the account are still as they must be.
    Reserve {},
    /// To record what is to be paid out.
    Record {},
    /// To pay the money from the treasury to the account.
    Transfer {},
    /// To note that the loan is paid out.
    Complete {},
    /// To take the money back.
    TakeBack { reason: Text<500> },
    /// To give up the record.
    Cancel { reason: Text<500> },
    /// To give up the reservation.
    Release { reason: Text<500> },
    /// To take the approval back.
    ReverseApproval { reason: Text<500> },
}

/// It asks nothing of the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoCall {}

/// The outside answers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoAnswer {}

/// What it remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    approved: Option<Approved>,
    /// By which rule it was refused for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Approved {
    paid_out: PaidOut,
    approval: u32,
}

const TAKE_UP: &str = "take_up";
const RESERVE: &str = "reserve";
const RECORD: &str = "record";
const TRANSFER: &str = "transfer";
const COMPLETE: &str = "complete";
const START: &str = "start";

/// By these rules it is refused for good: no time and no money changes that.
const FINAL: [&str; 13] = [
    "loan_not_approved",
    "approval_superseded",
    "first_due_date_passed",
    "payout_account_closed",
    "account_of_another_customer",
    "account_currency_mismatch",
    "account_closed",
    "currency_mismatch",
    "not_found",
    "treasury_limit_exceeded",
    "reservation_differs",
    "funds_not_reserved",
    "disbursement_status_conflict",
];

impl Process for LoanDisbursement {
    const CATEGORY: &'static str = "process_loan_disbursement";
    const VERSION: u32 = 1;
    type Subject = DisbursementId;
    type Fact = Fact;
    type Command = Command;
    type Call = NoCall;
    type Answer = NoAnswer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(Fact::Approved { paid_out, approval, .. }) => {
                state.approved = Some(Approved { paid_out: *paid_out, approval: *approval });
            }
            Trigger::Refused { code, .. } | Trigger::Exhausted { code, .. } => {
                state.refused_by = Some((*code).to_owned());
            }
            Trigger::Heard(_)
            | Trigger::Done { .. }
            | Trigger::Answered { .. }
            | Trigger::Fired { .. }
            | Trigger::Skipped { .. } => {}
        }
    }

    fn react(state: &State, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let Some(approved) = state.approved else { return Vec::new() };
        let ask = |step: &'static str, act| {
            approved
                .command(at, act)
                .map(|command| Effect::Command { step: step.into(), command })
                .into_iter()
                .collect()
        };
        match happened {
            Trigger::Started(Fact::Approved { due, .. }) if *due > at.now => {
                vec![Effect::Timer { name: START.into(), due: *due }]
            }
            Trigger::Started(_) | Trigger::Fired { .. } => ask(TAKE_UP, Act::TakeUp {}),
            Trigger::Done { step: TAKE_UP } | Trigger::Skipped { step: TAKE_UP } => {
                ask(RESERVE, Act::Reserve {})
            }
            Trigger::Done { step: RESERVE } | Trigger::Skipped { step: RESERVE } => {
                ask(RECORD, Act::Record {})
            }
            Trigger::Done { step: RECORD } | Trigger::Skipped { step: RECORD } => {
                ask(TRANSFER, Act::Transfer {})
            }
            Trigger::Done { step: TRANSFER } | Trigger::Skipped { step: TRANSFER } => {
                ask(COMPLETE, Act::Complete {})
            }
            Trigger::Done { step: COMPLETE } | Trigger::Skipped { step: COMPLETE } => {
                vec![Effect::Finish(Outcome::Completed)]
            }
            // Nothing is done yet, and nothing is to be undone: somebody else has decided otherwise.
            Trigger::Refused { step: TAKE_UP, .. } => {
                let reason = "the approval does not hold any more".to_owned();
                vec![Effect::Finish(Outcome::Failed(reason))]
            }
            Trigger::Refused { code, .. } if FINAL.contains(code) => {
                vec![Effect::Compensate { reason: why(code) }]
            }
            Trigger::Exhausted { code, .. } => vec![Effect::Compensate { reason: why(code) }],
            Trigger::Heard(_)
            | Trigger::Done { .. }
            | Trigger::Skipped { .. }
            | Trigger::Refused { .. }
            | Trigger::Answered { .. } => Vec::new(),
        }
    }

    fn undo(state: &State, step: &str, _: Certainty, at: &At<'_>) -> Option<Request<Self>> {
        let reason = match &state.refused_by {
            Some(code) => why(code),
            None => "the disbursement was called off".to_owned(),
        };
        let reason = Text::fitted(&reason);
        let act = match step {
            TAKE_UP => Act::ReverseApproval { reason },
            RESERVE => Act::Release { reason },
            RECORD => Act::Cancel { reason },
            TRANSFER => Act::TakeBack { reason },
            _ => return None,
        };
        state.approved?.command(at, act).map(Request::Command)
    }

    /// Money may come into the treasury, and an account be unfrozen, within a day.
    fn budget(_step: &str) -> Budget {
        Budget {
            attempts: 100,
            first: Duration::from_secs(2),
            longest: Duration::from_secs(1_800),
            total: Duration::from_secs(86_400),
        }
    }

    fn owner(state: &State) -> Option<CustomerId> {
        state.approved.map(|approved| approved.paid_out.customer_id)
    }
}

impl Approved {
    /// What is asked for, under the name of the instance.
    fn command(self, at: &At<'_>, act: Act) -> Option<Command> {
        let (_, disbursement_id) = at.process_id.split_once('-')?;
        let (disbursement_id, Self { paid_out, approval }) = (disbursement_id.parse().ok()?, self);
        Some(Command { disbursement_id, paid_out, approval, act })
    }
}

fn why(code: &str) -> String {
    format!("the loan could not be paid out: {code}")
}
