//! When a day is reconciled.

use crate::processes::{At, Budget, Effect, Outcome, Process, Trigger};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Text,
    ids::{AccountId, PaymentId},
    payments::{
        Network, PaymentStatus, ReconciliationId,
        reconciliation::{Booking, Counts, Difference},
    },
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The definition of the daily reconciliation: begun by the first payment that a network carries on a day, done when that day is
/// over there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyReconciliation;

/// What it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Something is carried on the day, which is surely over at `due`.
    Carried { network: Network, day: Date, due: Timestamp },
}

/// What it asks of aggregates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Of the day's reconciliation: to note what was found.
    Record { network: Network, day: Date, counts: Counts, differences: Vec<Difference> },
    /// Of a payment that was given up: that the network has paid it after all.
    LearnLate { payment_id: PaymentId, from_account: AccountId, gateway_reference: Text<128> },
}

/// What it asks of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// What it has booked on the day, to be compared with what is known here.
    Compare { network: Network, day: Date },
}

/// What comes of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The differences, as many as are kept.
    Compared { counts: Counts, differences: Vec<Difference>, late: Vec<Late> },
}

/// A payment that was given up here, and paid there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    pub payment_id: PaymentId,
    pub from_account: AccountId,
    pub gateway_reference: Text<128>,
}

/// What it remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    day: Option<(Network, Date)>,
    late: Vec<Late>,
}

const COMPARE: &str = "compare";
const RECORD: &str = "record";
const LEARN: &str = "learn";
const DAY_OVER: &str = "day_over";

impl Process for DailyReconciliation {
    const CATEGORY: &'static str = "process_reconciliation";
    const VERSION: u32 = 1;
    type Subject = ReconciliationId;
    type Fact = Fact;
    type Command = Command;
    type Call = Call;
    type Answer = Answer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(Fact::Carried { network, day, .. }) => state.day = Some((*network, *day)),
            Trigger::Answered { answer: Answer::Compared { late, .. }, .. } => state.late.clone_from(late),
            Trigger::Done { step } | Trigger::Skipped { step } | Trigger::Refused { step, .. } => {
                state.late.retain(|late| late.step() != *step);
            }
            Trigger::Heard(_) | Trigger::Exhausted { .. } | Trigger::Fired { .. } => {}
        }
    }

    fn react(state: &State, happened: &Trigger<'_, Self>, _at: &At<'_>) -> Vec<Effect<Self>> {
        let Some((network, day)) = state.day else { return Vec::new() };
        let done =
            || if state.late.is_empty() { vec![Effect::Finish(Outcome::Completed)] } else { Vec::new() };
        match happened {
            Trigger::Started(Fact::Carried { due, .. }) => {
                vec![Effect::Timer { name: DAY_OVER.into(), due: *due }]
            }
            Trigger::Fired { .. } => {
                vec![Effect::Call { step: COMPARE.into(), call: Call::Compare { network, day } }]
            }
            Trigger::Answered { answer: Answer::Compared { counts, differences, .. }, .. } => {
                let command =
                    Command::Record { network, day, counts: *counts, differences: differences.clone() };
                vec![Effect::Command { step: RECORD.into(), command }]
            }
            Trigger::Done { step: RECORD } if !state.late.is_empty() => {
                state.late.iter().map(Late::learned).collect()
            }
            Trigger::Done { .. } | Trigger::Skipped { .. } => done(),
            // It is no success after all by the payment's own rules: the difference stays.
            Trigger::Refused { step, .. } if step.starts_with(LEARN) => {
                let (step, reason) = ((*step).to_owned().into(), "the payment does not take it".to_owned());
                [Effect::Drop { step, reason }].into_iter().chain(done()).collect()
            }
            Trigger::Heard(_) | Trigger::Refused { .. } | Trigger::Exhausted { .. } => Vec::new(),
        }
    }

    /// A network that gives no statement for days is somebody's business.
    fn budget(_step: &str) -> Budget {
        let (first, longest) = (Duration::from_secs(60), Duration::from_secs(3_600));
        Budget { attempts: 100, first, longest, total: Duration::from_secs(3 * 86_400) }
    }
}

impl Late {
    fn step(&self) -> String {
        format!("{LEARN}/{}", self.payment_id)
    }

    fn learned(&self) -> Effect<DailyReconciliation> {
        let Self { payment_id, from_account, gateway_reference } = self.clone();
        let command = Command::LearnLate { payment_id, from_account, gateway_reference };
        Effect::Command { step: self.step().into(), command }
    }

    /// The payment behind a difference, if it was given up here and paid there.
    pub(super) fn of(difference: &Difference, from_account: AccountId) -> Option<Self> {
        let was_given_up = matches!(
            difference.status,
            Some(PaymentStatus::Failed | PaymentStatus::Compensated | PaymentStatus::Cancelled)
        );
        let payment_id =
            difference.payment_id.filter(|_| was_given_up && difference.booking == Booking::Paid)?;
        Some(Self { payment_id, from_account, gateway_reference: difference.gateway_reference.clone()? })
    }
}
