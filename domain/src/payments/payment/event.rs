//! What can have happened to a payment. The JSON of these is stored for ever: golden files guard it.

use super::{
    command::{OfStandingOrder, Payee},
    words::{CaseOutcome, FailureGround, InquiryOutcome, Learned},
};
use crate::{
    DomainEvent, Money, Text,
    declared::events,
    fraud::{Assessment, FraudDecision, PaymentBands},
    ids::{AccountId, CustomerId, HoldId},
    payments::{GatewayNumbers, Network},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to a payment.
    pub enum PaymentEvent {
        PaymentRequested in Box = "payment_requested" v 2,
        FraudScreened in Box = "fraud_screened" v 2,
        PaymentApproved = "payment_approved" v 1,
        PaymentRejected = "payment_rejected" v 1,
        FundsHeld = "funds_held" v 1,
        PaymentQueued = "payment_queued" v 1,
        PaymentSent = "payment_sent" v 1,
        PaymentUnanswered = "payment_unanswered" v 1,
        GatewayAsked = "gateway_asked" v 1,
        PaymentCompleted = "payment_completed" v 1,
        PaymentFailed = "payment_failed" v 1,
        PaymentCompensated = "payment_compensated" v 1,
        PaymentCancelled = "payment_cancelled" v 1,
        PaymentReturned = "payment_returned" v 1,
        LateSuccessNoted = "late_success_noted" v 1,
        ReversalCaseClosed = "reversal_case_closed" v 1,
    }
}

impl DomainEvent for PaymentEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    fn business_date(&self) -> Option<Date> {
        match self {
            Self::PaymentRequested(event) => Some(event.business_date),
            Self::PaymentCompleted(event) => Some(event.business_date),
            Self::PaymentReturned(event) => Some(event.business_date),
            Self::FraudScreened(_)
            | Self::PaymentApproved(_)
            | Self::PaymentRejected(_)
            | Self::FundsHeld(_)
            | Self::PaymentQueued(_)
            | Self::PaymentSent(_)
            | Self::PaymentUnanswered(_)
            | Self::GatewayAsked(_)
            | Self::PaymentFailed(_)
            | Self::PaymentCompensated(_)
            | Self::PaymentCancelled(_)
            | Self::LateSuccessNoted(_)
            | Self::ReversalCaseClosed(_) => None,
        }
    }
}

/// It was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequested {
    pub from_account: AccountId,
    pub from_customer: CustomerId,
    pub payee: Payee,
    /// How much arrives.
    pub amount: Money,
    /// What it costs the payer beside that.
    pub fee: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<140>>,
    /// The day on which it shall be made; at once, if none is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Date>,
    /// What the check against money laundering said, if it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aml_approved: Option<bool>,
    /// The date of a standing order that it is for. Not told by version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing_order: Option<OfStandingOrder>,
    pub requested_by: String,
    /// The day of the order.
    pub business_date: Date,
}

impl PaymentRequested {
    /// Whether somebody has to look at it for money laundering, where that is to be done above a threshold.
    pub fn lacks_aml_verdict(&self, threshold: Money) -> bool {
        self.aml_approved.is_none() && self.amount.minor() > threshold.minor()
    }
}

/// It was judged whether it looks like fraud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudScreened {
    #[serde(flatten)]
    pub assessment: Assessment,
    pub bands: PaymentBands,
    pub decision: FraudDecision,
    pub screened_at: Timestamp,
    /// Above this somebody has to look at it for money laundering, whatever the score, unless that was done before it was
    /// ordered. Not told by version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aml_threshold: Option<Money>,
}

/// Somebody has looked at it, and it may go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentApproved {
    pub approved_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

/// Somebody has looked at it, and it must not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRejected {
    pub rejected_by: String,
    pub reason: Text<500>,
}

/// The amount and the fee are set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsHeld {
    pub hold_id: HoldId,
    /// Where.
    pub from_account: AccountId,
    pub from_customer: CustomerId,
    /// The network that is to carry it.
    pub network: Network,
    /// With the fee.
    pub amount: Money,
}

/// It waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentQueued {
    pub reason: Text<500>,
}

/// It was sent: bytes may have left the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSent {
    /// The how many-th time.
    pub attempt: u32,
    pub body_hash: Text<128>,
    pub sent_at: Timestamp,
    /// For so many hours the gateway knows it again.
    pub key_window_hours: u16,
}

/// No answer came, or none that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentUnanswered {
    pub attempt: u32,
    pub error: Text<500>,
}

/// The gateway was asked what became of it, and has not settled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayAsked {
    pub outcome: InquiryOutcome,
    pub asked_at: Timestamp,
}

/// The money has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCompleted {
    /// The day it counts for.
    pub business_date: Date,
    /// How the gateway names it; nothing of one between accounts of the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_reference: Option<Text<128>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_by: Option<Learned>,
    /// The network that carried it; nothing of one between accounts of the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

/// It came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFailed {
    pub ground: FailureGround,
    /// The rule or the gateway's code.
    pub code: Text<100>,
    pub reason: Text<500>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_by: Option<Learned>,
    /// By which numbers the gateway was believed that it does not know the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayNumbers>,
}

/// What had been set aside for it is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCompensated {
    pub reason: Text<500>,
}

/// It will not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCancelled {
    pub cancelled_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

/// The money came back after it had arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReturned {
    /// The network that brought it.
    pub network: Network,
    pub amount: Money,
    pub reason: Text<500>,
    pub gateway_reference: Text<128>,
    /// The day it counts for.
    pub business_date: Date,
}

/// The gateway has paid after all, though the payment had been given up: a reversal case is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateSuccessNoted {
    pub gateway_reference: Text<128>,
    pub learned_by: Learned,
    /// What was paid and is owed by nobody yet.
    pub amount: Money,
    pub noted_at: Timestamp,
}

/// The reversal case is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversalCaseClosed {
    pub outcome: CaseOutcome,
    pub reason: Text<500>,
    pub closed_by: String,
}
