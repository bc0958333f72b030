//! What onboarding is.

use crate::processes::{At, Budget, Effect, Outcome, Process, Trigger};
use khata_domain::{
    Currency, Text,
    accounts::AccountType,
    ids::{AccountId, CustomerId, TypedId},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, time::Duration};

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
        /// The version of the customer's stream as of then. Since shape 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
    },
    /// What a provider is asked about is another, as of this version of the customer's stream. Since shape 2.
    CustomerChanged { version: u64 },
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
    Verify {
        customer_id: CustomerId,
        /// The version of the customer's stream that tells what is asked about, so that the question is the same
        /// however often it is put. Since shape 2; before, the customer as of each attempt was asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
    },
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
    /// The version of the customer's stream that is asked about; none under version 1, and once it is left to people.
    version: Option<u64>,
    /// How often it was asked anew, since the customer had changed.
    asked_anew: u32,
}

impl Process for Onboarding {
    const CATEGORY: &'static str = "process_onboarding";
    /// Version 2 asks about the customer as of a version, anew where the customer changes; notes verdicts of the
    /// provider that come too late; and tells customers of no account that it has not opened itself.
    const VERSION: u32 = 2;
    const SHAPE: u32 = 2;
    const STATE_SHAPE: u32 = 2;
    type Subject = CustomerId;
    type Fact = Fact;
    type Command = Command;
    type Call = Call;
    type Answer = Answer;
    type State = State;

    fn apply(state: &mut State, happened: &Trigger<'_, Self>) {
        match happened {
            Trigger::Started(fact) | Trigger::Heard(fact) => state.hear(fact),
            Trigger::Answered { step, answer: Answer::Verdict { verified, .. } }
                if *step == state.question() =>
            {
                state.verified.get_or_insert(*verified);
            }
            Trigger::Done { step: RECORD } => state.is_recorded = true,
            Trigger::Done { step } | Trigger::Skipped { step } if *step == state.question() => {
                state.version = None;
            }
            Trigger::Answered { .. }
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
            Trigger::Started(_) => vec![state.ask(customer_id)],
            Trigger::Answered { step, answer: Answer::Verdict { verified, reasons } }
                if *step == state.question() && !state.is_recorded =>
            {
                let command =
                    Command::RecordVerdict { customer_id, verified: *verified, reasons: reasons.clone() };
                vec![Effect::Command { step: RECORD.into(), command }]
            }
            Trigger::Answered { answer: Answer::Verdict { .. }, .. } => Vec::new(),
            Trigger::Heard(Fact::VerdictRecorded { .. }) => {
                let dropped = |step: Cow<'static, str>| Effect::Drop {
                    step,
                    reason: "a verdict was recorded by somebody else".into(),
                };
                [dropped(state.question()), dropped(RECORD.into())]
                    .into_iter()
                    .chain(state.go_on(customer_id, at))
                    .collect()
            }
            Trigger::Heard(Fact::CustomerChanged { .. }) if state.is_asking() => state.ask_anew(customer_id),
            Trigger::Heard(_) => Vec::new(),
            // Somebody was quicker, and what they recorded stands. It is heard of.
            Trigger::Refused { step: RECORD, code: "customer_already_verified" } => {
                vec![Effect::Drop { step: RECORD.into(), reason: "the customer is verified already".into() }]
            }
            Trigger::Refused { step: RECORD, code: "kyc_decided" } if at.version > 1 => {
                vec![Effect::Drop { step: RECORD.into(), reason: "somebody has decided already".into() }]
            }
            Trigger::Done { step: RECORD } | Trigger::Skipped { step: RECORD } => {
                state.go_on(customer_id, at)
            }
            // Which account was opened outside, nobody knows here.
            Trigger::Done { step: OPEN } if at.outside && at.version > 1 => {
                vec![notify(customer_id, Notice::Welcome(None))]
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
        let (attempts, total) = match step.split('/').next().unwrap_or_default() {
            VERIFY => (1_000, Duration::from_secs(3 * 86_400)),
            NOTIFY => (100, Duration::from_secs(86_400)),
            _ => (10, Duration::from_secs(3_600)),
        };
        Budget { attempts, first: Duration::from_secs(2), longest: Duration::from_secs(3_600), total }
    }

    fn notes_late_answers(version: u32) -> bool {
        version > 1
    }

    fn owner(state: &State) -> Option<CustomerId> {
        state.customer_id
    }
}

impl State {
    fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::CustomerCame { customer_id, first_account, version } => {
                (self.customer_id, self.first_account) = (Some(*customer_id), *first_account);
                self.version = *version;
            }
            Fact::CustomerChanged { version } => {
                if self.is_asking() {
                    self.version = Some(*version);
                    self.asked_anew = self.asked_anew.saturating_add(1);
                }
            }
            Fact::VerdictRecorded { verified } => {
                (self.verified, self.is_recorded) = (Some(*verified), true);
            }
            Fact::CustomerLeft {} => self.has_left = true,
        }
    }

    /// Whether a verdict on the customer as of a version is waited for.
    fn is_asking(&self) -> bool {
        self.version.is_some() && self.verified.is_none()
    }

    /// The step of the question that is of interest.
    fn question(&self) -> Cow<'static, str> {
        question(self.asked_anew)
    }

    fn ask(&self, customer_id: CustomerId) -> Effect<Onboarding> {
        let call = Call::Verify { customer_id, version: self.version };
        Effect::Call { step: self.question(), call }
    }

    /// Asks about the customer as of now, and no more about what was so before.
    fn ask_anew(&self, customer_id: CustomerId) -> Vec<Effect<Onboarding>> {
        let reason = "the customer has changed since".into();
        let before = Effect::Drop { step: question(self.asked_anew.saturating_sub(1)), reason };
        vec![before, self.ask(customer_id)]
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

/// The step of the first question, or of one that was put anew.
fn question(asked_anew: u32) -> Cow<'static, str> {
    match asked_anew {
        0 => VERIFY.into(),
        again => format!("{VERIFY}/{}", again.saturating_add(1)).into(),
    }
}

fn notify(customer_id: CustomerId, notice: Notice) -> Effect<Onboarding> {
    Effect::Call { step: NOTIFY.into(), call: Call::Notify { customer_id, notice } }
}
