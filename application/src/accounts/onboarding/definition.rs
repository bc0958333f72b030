//! What onboarding is.

use crate::processes::{At, Budget, Effect, Outcome, Process, Trigger};
use khata_domain::{
    Currency, Text,
    accounts::AccountType,
    ids::{AccountId, CustomerId, TypedId},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const VERIFY: &str = "verify";
const RECORD: &str = "record_verdict";
const OPEN: &str = "open_account";
const NOTIFY: &str = "notify";

/// The definition of onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Onboarding;

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A customer came.
    CustomerCame {
        customer_id: CustomerId,
        /// The account that such customers get at first, as it was configured then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first_account: Option<FirstAccount>,
    },
    /// Somebody else recorded a verdict.
    VerdictRecorded { verified: bool },
    /// The relation has ended.
    CustomerLeft {},
}

/// An account that verified customers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstAccount {
    pub account_type: AccountType,
    pub currency: Currency,
}

/// What it asks of aggregates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// The customer's own: to take the provider's verdict.
    RecordVerdict { customer_id: CustomerId, verified: bool, reasons: Vec<Text<500>> },
    /// To open the first account.
    OpenAccount { customer_id: CustomerId, account_id: AccountId, account: FirstAccount },
}

/// What it asks of the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Whether the customer is who they say.
    Verify { customer_id: CustomerId },
    /// To tell the customer.
    Notify { customer_id: CustomerId, notice: Notice },
}

/// What a customer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// They are verified; this account is theirs, if one was opened.
    Welcome(Option<AccountId>),
    /// They could not be verified.
    Rejected,
}

/// What the outside answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The provider's verdict.
    Verdict { verified: bool, reasons: Vec<Text<500>> },
    /// The customer is told.
    Told {},
}

/// What it remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    customer_id: Option<CustomerId>,
    first_account: Option<FirstAccount>,
    /// What the provider, or somebody else, found.
    verified: Option<bool>,
    /// The verdict stands in the customer.
    is_recorded: bool,
    has_left: bool,
}

impl Process for Onboarding {
    const CATEGORY: &'static str = "process_onboarding";
    const VERSION: u32 = 1;
    type Subject = CustomerId;
    type Fact = Fact;
    type Command = Command;
    type Call = Call;
    type Answer = Answer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(fact) | Trigger::Heard(fact) => state.hear(fact),
            Trigger::Answered { answer: Answer::Verdict { verified, .. }, .. } => {
                state.verified.get_or_insert(*verified);
            }
            Trigger::Done { step: RECORD } => state.is_recorded = true,
            Trigger::Answered { answer: Answer::Told {}, .. }
            | Trigger::Done { .. }
            | Trigger::Refused { .. }
            | Trigger::Exhausted { .. }
            | Trigger::Fired { .. }
            | Trigger::Skipped { .. } => {}
        }
    }

    fn react(state: &State, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>> {
        let Some(customer_id) = state.customer_id else { return Vec::new() };
        if state.has_left {
            let reason = "the customer has left".to_owned();
            return vec![Effect::Finish(Outcome::Failed(reason))];
        }
        match happened {
            Trigger::Started(_) => vec![verify(customer_id)],
            Trigger::Answered { answer: Answer::Verdict { verified, reasons }, .. } if !state.is_recorded => {
                let command =
                    Command::RecordVerdict { customer_id, verified: *verified, reasons: reasons.clone() };
                vec![Effect::Command { step: RECORD.into(), command }]
            }
            Trigger::Answered { answer: Answer::Verdict { .. }, .. } => Vec::new(),
            Trigger::Heard(Fact::VerdictRecorded { .. }) => {
                let dropped = |step: &'static str| Effect::Drop {
                    step: step.into(),
                    reason: "a verdict was recorded by somebody else".into(),
                };
                [dropped(VERIFY), dropped(RECORD)].into_iter().chain(state.go_on(customer_id, at)).collect()
            }
            Trigger::Heard(_) => Vec::new(),
            // Somebody was quicker, and what they recorded stands. It is heard of.
            Trigger::Refused { step: RECORD, code: "customer_already_verified" } => {
                vec![Effect::Drop { step: RECORD.into(), reason: "the customer is verified already".into() }]
            }
            Trigger::Done { step: VERIFY } | Trigger::Skipped { step: VERIFY } => Vec::new(),
            Trigger::Done { step: RECORD } | Trigger::Skipped { step: RECORD } => {
                state.go_on(customer_id, at)
            }
            Trigger::Done { step: OPEN } => {
                vec![notify(customer_id, Notice::Welcome(Some(AccountId::from_uuid(at.id(OPEN)))))]
            }
            Trigger::Skipped { step: OPEN } => vec![notify(customer_id, Notice::Welcome(None))],
            Trigger::Answered { answer: Answer::Told {}, .. }
            | Trigger::Done { step: NOTIFY }
            | Trigger::Skipped { step: NOTIFY } => vec![Effect::Finish(Outcome::Completed)],
            Trigger::Done { .. }
            | Trigger::Skipped { .. }
            | Trigger::Refused { .. }
            | Trigger::Exhausted { .. }
            | Trigger::Fired { .. } => Vec::new(),
        }
    }

    /// A provider may be away for days: then somebody looks at the customer's papers.
    fn budget(step: &str) -> Budget {
        let (attempts, total) = match step {
            VERIFY => (1_000, Duration::from_secs(3 * 86_400)),
            NOTIFY => (100, Duration::from_secs(86_400)),
            _ => (10, Duration::from_secs(3_600)),
        };
        Budget { attempts, first: Duration::from_secs(2), longest: Duration::from_secs(3_600), total }
    }

    fn owner(state: &State) -> Option<CustomerId> {
        state.customer_id
    }
}

impl State {
    fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::CustomerCame { customer_id, first_account } => {
                (self.customer_id, self.first_account) = (Some(*customer_id), *first_account);
            }
            Fact::VerdictRecorded { verified } => {
                (self.verified, self.is_recorded) = (Some(*verified), true);
            }
            Fact::CustomerLeft {} => self.has_left = true,
        }
    }

    /// What follows a verdict that stands in the customer.
    fn go_on(&self, customer_id: CustomerId, at: &At<'_>) -> Vec<Effect<Onboarding>> {
        match (self.verified, self.first_account) {
            (Some(true), Some(account)) => {
                let account_id = AccountId::from_uuid(at.id(OPEN));
                let command = Command::OpenAccount { customer_id, account_id, account };
                vec![Effect::Command { step: OPEN.into(), command }]
            }
            (Some(true), None) => vec![notify(customer_id, Notice::Welcome(None))],
            (Some(false), _) => vec![notify(customer_id, Notice::Rejected)],
            (None, _) => Vec::new(),
        }
    }
}

fn verify(customer_id: CustomerId) -> Effect<Onboarding> {
    Effect::Call { step: VERIFY.into(), call: Call::Verify { customer_id } }
}

fn notify(customer_id: CustomerId, notice: Notice) -> Effect<Onboarding> {
    Effect::Call { step: NOTIFY.into(), call: Call::Notify { customer_id, notice } }
}
