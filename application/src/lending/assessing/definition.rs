//! When a bureau is asked, and what follows from what it answers.

use crate::processes::{At, Budget, Effect, Outcome, Process, Trigger};
use jiff::Timestamp;
use khata_domain::{
    Text,
    ids::{CustomerId, LoanId},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The definition of the assessment of loans.
///
/// The bureau is asked, its answer recorded, and the loan decided where it lies within the bands that the house has
/// configured. Another person's file is asked for once more, and then left to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoanAssessment;

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Somebody asks for a loan.
    Applied { loan_id: LoanId, customer_id: CustomerId },
    /// Somebody else assessed or decided it.
    TakenOver {},
}

/// What it asks of the loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// To take down what the bureau has.
    Record {
        loan_id: LoanId,
        credit_score: u16,
        income_verified: bool,
        source: Text<100>,
        reference: Text<128>,
        answered_at: Timestamp,
    },
    /// To decide, where the bands say how.
    Decide { loan_id: LoanId, customer_id: CustomerId },
}

/// What it asks of the bureau.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// For the customer's file.
    File {
        loan_id: LoanId,
        /// Another person's came before: that it comes again is no answer.
        again: bool,
    },
}

/// What the bureau answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The customer's file.
    File { credit_score: u16, income_verified: bool, source: Text<100>, reference: Text<128> },
    /// Another person's. Nothing of it is kept.
    OtherPerson {},
}

/// What it remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    loan_id: Option<LoanId>,
    customer_id: Option<CustomerId>,
    is_taken_over: bool,
}

const ASK: &str = "ask";
const ASK_AGAIN: &str = "ask_again";
const RECORD: &str = "record";
const DECIDE: &str = "decide";

impl Process for LoanAssessment {
    const CATEGORY: &'static str = "process_loan_assessment";
    const VERSION: u32 = 1;
    type Subject = LoanId;
    type Fact = Fact;
    type Command = Command;
    type Call = Call;
    type Answer = Answer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(Fact::Applied { loan_id, customer_id }) => {
                (state.loan_id, state.customer_id) = (Some(*loan_id), Some(*customer_id));
            }
            Trigger::Heard(Fact::TakenOver {}) => state.is_taken_over = true,
            _ => {}
        }
    }

    fn react(state: &State, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let Some((loan_id, customer_id)) = state.loan_id.zip(state.customer_id) else { return Vec::new() };
        let finish = || vec![Effect::Finish(Outcome::Completed)];
        let failed = |reason: &str| vec![Effect::Finish(Outcome::Failed(reason.to_owned()))];
        if state.is_taken_over {
            return failed("somebody else has assessed or decided the loan");
        }
        match happened {
            Trigger::Started(_) => vec![ask(ASK, loan_id, false)],
            Trigger::Answered { answer: Answer::OtherPerson {}, .. } => vec![ask(ASK_AGAIN, loan_id, true)],
            Trigger::Answered {
                answer: Answer::File { credit_score, income_verified, source, reference },
                ..
            } => {
                let command = Command::Record {
                    loan_id,
                    credit_score: *credit_score,
                    income_verified: *income_verified,
                    source: source.clone(),
                    reference: reference.clone(),
                    answered_at: at.now,
                };
                vec![Effect::Command { step: RECORD.into(), command }]
            }
            Trigger::Done { step: RECORD } => {
                let command = Command::Decide { loan_id, customer_id };
                vec![Effect::Command { step: DECIDE.into(), command }]
            }
            Trigger::Done { step: DECIDE } => finish(),
            // The officers' queue has it.
            Trigger::Done { step: ASK | ASK_AGAIN } | Trigger::Skipped { .. } => {
                failed("the loan is left to the officers")
            }
            Trigger::Refused { step: RECORD | DECIDE, .. } => {
                failed("the loan was decided before the bureau's answer")
            }
            Trigger::Heard(_)
            | Trigger::Done { .. }
            | Trigger::Refused { .. }
            | Trigger::Exhausted { .. }
            | Trigger::Fired { .. } => Vec::new(),
        }
    }

    /// A bureau may be away for days. Another person's file does not become the right one by itself.
    fn budget(step: &str) -> Budget {
        let (attempts, total) = match step {
            ASK => (1_000, Duration::from_secs(3 * 86_400)),
            ASK_AGAIN => (1, Duration::from_secs(3_600)),
            _ => (10, Duration::from_secs(3_600)),
        };
        Budget { attempts, first: Duration::from_secs(2), longest: Duration::from_secs(3_600), total }
    }

    fn owner(state: &State) -> Option<CustomerId> {
        state.customer_id
    }
}

fn ask(step: &'static str, loan_id: LoanId, again: bool) -> Effect<LoanAssessment> {
    Effect::Call { step: step.into(), call: Call::File { loan_id, again } }
}
