//! How far the sending of a payment has come, and what comes next.

use super::words::{Act, Answer, Call, Command, ExternalPayment, Fact};
use crate::{
    payments::gateway::{HandedOver, Inquired},
    processes::{Effect, Outcome, Trigger},
};
use jiff::{SignedDuration, Timestamp};
use khata_domain::{
    Text,
    ids::{AccountId, CustomerId, PaymentId},
    payments::{
        GatewayNumbers, Network,
        payment::{InquiryOutcome, Learned},
    },
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What it remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    payment: Option<Payment>,
    /// How often it was to be sent.
    sends: u32,
    /// So often of those it surely did not leave.
    not_sent: u32,
    /// How often it may have reached the gateway.
    handed_over: u32,
    /// How often the gateway was asked since then, and how often in all.
    inquiries: u32,
    all_inquiries: u32,
    /// What the gateway said of its end.
    told: Option<Told>,
    /// The money is where it belongs.
    has_ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payment {
    payment_id: PaymentId,
    from_account: AccountId,
    pub(super) from_customer: CustomerId,
    network: Network,
    gateway: GatewayNumbers,
}

/// How the gateway says that a payment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Settled { gateway_reference: Text<128>, learned_by: Learned },
    Refused { code: Text<100>, reason: Text<500>, learned_by: Learned },
}

/// The kinds of steps, which are numbered.
pub(super) const SEND: &str = "send";
pub(super) const QUEUE: &str = "queue";
pub(super) const WAIT: &str = "wait";
pub(super) const HAND_OVER: &str = "hand_over";
pub(super) const INQUIRE: &str = "inquire";
const NOTE: &str = "note";
pub(super) const SETTLE: &str = "settle";
pub(super) const GIVE_BACK: &str = "give_back";
/// The timers.
const ASK: &str = "ask";
pub(super) const AGAIN: &str = "again";

/// So often it may reach the gateway, each time after that has denied to know it.
const HAND_OVERS: u32 = 3;
/// The seconds of the first pause, before the gateway is asked or something is sent again; each one after it is twice as
/// long.
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// The kind of a step, without its number.
pub(super) fn kind(step: &str) -> &str {
    step.split_once('/').map_or(step, |(kind, _)| kind)
}

fn numbered(kind: &'static str, number: u32) -> Cow<'static, str> {
    format!("{kind}/{number}").into()
}

impl Payment {
    pub(super) fn command(&self, act: Act) -> Command {
        Command { payment_id: self.payment_id, from_account: self.from_account, act }
    }

    fn ask(&self, kind: &'static str, number: u32, act: Act) -> Effect<ExternalPayment> {
        Effect::Command { step: numbered(kind, number), command: self.command(act) }
    }
}

impl State {
    /// What it is about; nothing before it began.
    pub(super) fn payment(&self) -> Option<Payment> {
        self.payment
    }

    /// Whether the money is where it belongs.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// What is to be done because of what the gateway said of its end.
    pub(super) fn told_act(&self) -> Option<Act> {
        self.told.clone().map(Told::done)
    }

    pub(super) fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::FundsHeld { payment_id, from_account, from_customer, network, gateway } => {
                self.payment = Some(Payment {
                    payment_id: *payment_id,
                    from_account: *from_account,
                    from_customer: *from_customer,
                    network: *network,
                    gateway: *gateway,
                });
            }
            Fact::Ended(_) => self.has_ended = true,
        }
    }

    /// A command was done, or will not be.
    pub(super) fn close(&mut self, kind: &str) {
        match kind {
            SEND => self.sends += 1,
            SETTLE | GIVE_BACK => self.has_ended = true,
            _ => {}
        }
    }

    /// What follows once the money is where it belongs.
    pub(super) fn finished(&self, happened: &Trigger<'_, ExternalPayment>) -> Vec<Effect<ExternalPayment>> {
        match happened {
            Trigger::Done { step } | Trigger::Skipped { step } if kind(step) == SETTLE => {
                vec![Effect::Finish(Outcome::Completed)]
            }
            Trigger::Done { step } | Trigger::Skipped { step } if kind(step) == GIVE_BACK => {
                vec![Effect::Finish(Outcome::Failed("the money was given back".into()))]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn send(&self, payment: Payment, has_waited: bool) -> Effect<ExternalPayment> {
        payment.ask(SEND, self.sends + 1, Act::Send { has_waited })
    }

    pub(super) fn queue(&self, payment: Payment, reason: Text<500>) -> Effect<ExternalPayment> {
        payment.ask(QUEUE, self.sends, Act::Queue { reason })
    }

    pub(super) fn wait(&self, payment: Payment) -> Effect<ExternalPayment> {
        Effect::Call { step: numbered(WAIT, self.sends), call: Call::Wait { network: payment.network } }
    }

    pub(super) fn hand_over(&self, payment: Payment) -> Effect<ExternalPayment> {
        let Payment { network, payment_id, .. } = payment;
        Effect::Call { step: numbered(HAND_OVER, self.sends), call: Call::HandOver { network, payment_id } }
    }

    pub(super) fn inquire(&self, payment: Payment) -> Effect<ExternalPayment> {
        let Payment { network, payment_id, .. } = payment;
        let step = numbered(INQUIRE, self.all_inquiries + 1);
        Effect::Call { step, call: Call::Inquire { network, payment_id } }
    }

    pub(super) fn note(&mut self, answer: &Answer) {
        match answer {
            Answer::Reopened {} => return,
            Answer::HandedOver(HandedOver::NotSent { .. }) => self.not_sent += 1,
            Answer::HandedOver(_) => (self.handed_over, self.inquiries) = (self.handed_over + 1, 0),
            Answer::Inquired(_) => {
                (self.inquiries, self.all_inquiries) = (self.inquiries + 1, self.all_inquiries + 1);
            }
        }
        self.told = Told::of(answer).or(self.told.take());
    }

    pub(super) fn answered(
        &self,
        payment: Payment,
        answer: &Answer,
        now: Timestamp,
    ) -> Vec<Effect<ExternalPayment>> {
        if let Some(told) = Told::of(answer) {
            return vec![payment.ask(told.step(), 1, told.done())];
        }
        match answer {
            Answer::Reopened {} => vec![self.send(payment, true)],
            Answer::HandedOver(HandedOver::NotSent { reason }) => {
                let due = later(now, self.not_sent);
                vec![self.queue(payment, reason.clone()), Effect::Timer { name: AGAIN.into(), due }]
            }
            Answer::HandedOver(HandedOver::Unanswered { error }) => {
                let noted = Act::NoteUnanswered { error: error.clone() };
                vec![self.noted(payment, noted), self.ask_later(now)]
            }
            Answer::Inquired(Inquired::InProgress {}) => {
                let outcome = InquiryOutcome::InProgress;
                vec![self.noted(payment, Act::RecordInquiry { outcome }), self.ask_later(now)]
            }
            Answer::Inquired(Inquired::NotFound {}) => {
                let outcome = InquiryOutcome::NotFound;
                vec![self.noted(payment, Act::RecordInquiry { outcome }), self.not_found(payment, now)]
            }
            Answer::HandedOver(_) | Answer::Inquired(_) => vec![self.ask_later(now)],
        }
    }

    fn noted(&self, payment: Payment, act: Act) -> Effect<ExternalPayment> {
        payment.ask(NOTE, self.handed_over + self.all_inquiries, act)
    }

    /// The gateway knows no such payment. "Not found" means "not yet", until it was said often enough and long enough after
    /// the payment was sent; then it is sent again, and in the end given up.
    fn not_found(&self, payment: Payment, now: Timestamp) -> Effect<ExternalPayment> {
        let GatewayNumbers { quiet_minutes, inquiries, .. } = payment.gateway;
        // The pauses before so many inquiries add up to no less than this.
        let passed = FIRST_PAUSE * ((1 << self.inquiries.min(20)) - 1);
        let is_certain = self.inquiries >= inquiries && passed >= i64::from(quiet_minutes) * 60;
        match is_certain {
            false => self.ask_later(now),
            true if self.handed_over < HAND_OVERS => self.send(payment, true),
            true => payment.ask(GIVE_BACK, 1, Act::GiveUp {}),
        }
    }

    pub(super) fn ask_later(&self, now: Timestamp) -> Effect<ExternalPayment> {
        Effect::Timer { name: ASK.into(), due: later(now, self.inquiries) }
    }
}

/// Behind a pause that doubles with every time.
fn later(now: Timestamp, times: u32) -> Timestamp {
    let pause = SignedDuration::from_secs(FIRST_PAUSE << times.min(12)).min(LONGEST_PAUSE);
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}

impl Told {
    /// What an answer says of the end, if it says anything of it.
    fn of(answer: &Answer) -> Option<Self> {
        Some(match answer.clone() {
            Answer::HandedOver(HandedOver::Settled { gateway_reference }) => {
                Self::Settled { gateway_reference, learned_by: Learned::Answer }
            }
            Answer::HandedOver(HandedOver::Refused { code, reason }) => {
                Self::Refused { code, reason, learned_by: Learned::Answer }
            }
            Answer::Inquired(Inquired::Settled { gateway_reference }) => {
                Self::Settled { gateway_reference, learned_by: Learned::Inquiry }
            }
            Answer::Inquired(Inquired::Refused { code, reason }) => {
                Self::Refused { code, reason, learned_by: Learned::Inquiry }
            }
            Answer::Reopened {} | Answer::HandedOver(_) | Answer::Inquired(_) => return None,
        })
    }

    fn step(&self) -> &'static str {
        match self {
            Self::Settled { .. } => SETTLE,
            Self::Refused { .. } => GIVE_BACK,
        }
    }

    fn done(self) -> Act {
        match self {
            Self::Settled { gateway_reference, learned_by } => Act::Settle { gateway_reference, learned_by },
            Self::Refused { code, reason, learned_by } => Act::GiveBack { code, reason, learned_by },
        }
    }
}
