//! When a payment for a later day is made, and how often that is tried.

use crate::processes::{At, Effect, Outcome, Process, Trigger};
use jiff::{SignedDuration, Timestamp};
use khata_domain::{
    Text,
    ids::{AccountId, CustomerId, PaymentId},
};
use serde::{Deserialize, Serialize};

/// The definition of the making of payments for a later day.
///
/// It sleeps until the day begins. What an account refuses then is tried again later on the day, since money may come in;
/// what no money changes is given up at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScheduledPayment;

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A payment was ordered for a day.
    Ordered {
        payment_id: PaymentId,
        from_account: AccountId,
        from_customer: CustomerId,
        /// The other account, if it is one of the bank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_account: Option<AccountId>,
        /// When that day begins.
        due: Timestamp,
    },
    /// It was cancelled.
    Cancelled {},
}

/// What it asks of the payment and the accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// To make it.
    Make {
        payment_id: PaymentId,
        from_account: AccountId,
        from_customer: CustomerId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_account: Option<AccountId>,
    },
    /// To give it up. `code` is the rule that refused it.
    GiveUp { payment_id: PaymentId, code: Text<100> },
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
    payment: Option<Payment>,
    /// How often an account has refused it.
    refused: u32,
    /// How often its day had not come.
    early: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Payment {
    payment_id: PaymentId,
    from_account: AccountId,
    from_customer: CustomerId,
    to_account: Option<AccountId>,
}

const MAKE: &str = "make";
const GIVE_UP: &str = "give_up";
const DAY: &str = "day";

/// So often it is tried on its day.
const TRIES: u32 = 4;
/// The time between two tries.
const PAUSE: SignedDuration = SignedDuration::from_hours(5);
/// How soon a day is looked at again that has not come by the settings of now.
const SOON: SignedDuration = SignedDuration::from_mins(30);
/// By these rules it is refused for good.
const FINAL: [&str; 5] =
    ["account_closed", "currency_mismatch", "not_found", "same_account", "payment_status_conflict"];

impl Process for ScheduledPayment {
    const CATEGORY: &'static str = "process_scheduled_payment";
    const VERSION: u32 = 1;
    type Subject = PaymentId;
    type Fact = Fact;
    type Command = Command;
    type Call = NoCall;
    type Answer = NoAnswer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(Fact::Ordered {
                payment_id, from_account, from_customer, to_account, ..
            }) => {
                state.payment = Some(Payment {
                    payment_id: *payment_id,
                    from_account: *from_account,
                    from_customer: *from_customer,
                    to_account: *to_account,
                });
            }
            Trigger::Refused { code: NOT_DUE, .. } => state.early += 1,
            Trigger::Refused { .. } => state.refused += 1,
            Trigger::Started(_)
            | Trigger::Heard(_)
            | Trigger::Done { .. }
            | Trigger::Answered { .. }
            | Trigger::Exhausted { .. }
            | Trigger::Fired { .. }
            | Trigger::Skipped { .. } => {}
        }
    }

    fn react(state: &State, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let Some(payment) = state.payment else { return Vec::new() };
        let wake = |due| vec![Effect::Timer { name: DAY.into(), due }];
        let failed = |reason: String| vec![Effect::Finish(Outcome::Failed(reason))];
        match happened {
            Trigger::Started(Fact::Ordered { due, .. }) => wake(*due),
            Trigger::Fired { .. } => vec![state.make(payment)],
            Trigger::Refused { step, code: NOT_DUE } if is_try(step) => wake(later(at.now, SOON)),
            Trigger::Refused { step, code } if is_try(step) => {
                if FINAL.contains(code) || state.refused >= TRIES {
                    vec![give_up(payment, code)]
                } else {
                    wake(later(at.now, PAUSE))
                }
            }
            Trigger::Heard(Fact::Cancelled {}) => failed("the payment was cancelled".into()),
            Trigger::Done { step: GIVE_UP } | Trigger::Skipped { step: GIVE_UP } => {
                failed("an account refused the payment".into())
            }
            Trigger::Done { step } if is_try(step) => vec![Effect::Finish(Outcome::Completed)],
            Trigger::Skipped { step } if is_try(step) => failed("somebody let it be".into()),
            Trigger::Started(_)
            | Trigger::Heard(_)
            | Trigger::Done { .. }
            | Trigger::Answered { .. }
            | Trigger::Refused { .. }
            | Trigger::Exhausted { .. }
            | Trigger::Skipped { .. } => Vec::new(),
        }
    }

    fn owner(state: &State) -> Option<CustomerId> {
        state.payment.map(|payment| payment.from_customer)
    }
}

/// The rule that refuses a payment before its day.
const NOT_DUE: &str = "payment_not_due";

impl State {
    fn make(&self, payment: Payment) -> Effect<ScheduledPayment> {
        let Payment { payment_id, from_account, from_customer, to_account } = payment;
        let command = Command::Make { payment_id, from_account, from_customer, to_account };
        Effect::Command { step: format!("{MAKE}/{}", self.refused + self.early + 1).into(), command }
    }
}

fn give_up(payment: Payment, code: &str) -> Effect<ScheduledPayment> {
    let command = Command::GiveUp { payment_id: payment.payment_id, code: Text::fitted(code) };
    Effect::Command { step: GIVE_UP.into(), command }
}

fn is_try(step: &str) -> bool {
    step.starts_with(MAKE)
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
