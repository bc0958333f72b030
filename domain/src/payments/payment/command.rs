//! What a payment can be asked to do. Every fact from outside arrives here: scores, answers of the gateway, numbers.

pub use crate::fraud::Reviewer;

use super::words::{CaseOutcome, InquiryOutcome, Learned};
use crate::{
    Money, Text,
    fraud::{Assessment, PaymentBands},
    ids::{AccountId, CustomerId, HoldId, StandingOrderId},
    payments::{ExternalPayee, GatewayNumbers},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where the money shall go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payee {
    /// To an account of the bank.
    #[serde(rename = "to_account")]
    Account(AccountId),
    /// To another bank.
    #[serde(rename = "external")]
    External(ExternalPayee),
}

impl Payee {
    /// The account, if it is one of the bank.
    pub fn account_id(&self) -> Option<AccountId> {
        match self {
            Self::Account(account_id) => Some(*account_id),
            Self::External(_) => None,
        }
    }

    /// How entries and habits name it: the account's id, or what names the payee's account at the other bank.
    pub fn account(&self) -> String {
        match self {
            Self::Account(account_id) => account_id.to_string(),
            Self::External(payee) => payee.account(),
        }
    }
}

/// A date of a standing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfStandingOrder {
    pub standing_order_id: StandingOrderId,
    pub due_date: Date,
}

/// Order the payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose money it is: an account, and the customer it belongs to.
    pub from_account: AccountId,
    pub from_customer: CustomerId,
    pub payee: Payee,
    /// How much arrives; more than nothing.
    pub amount: Money,
    /// What it costs the payer beside that.
    pub fee: Money,
    pub reference: Option<Text<140>>,
    /// The day on which it shall be made; at once, if none is told.
    pub scheduled_for: Option<Date>,
    /// So many days ahead that may be at most.
    pub days_ahead: u16,
    /// What the check against money laundering said, if it was asked.
    pub aml_approved: Option<bool>,
    /// The date of a standing order that it is for.
    pub standing_order: Option<OfStandingOrder>,
}

/// Judge whether it looks like fraud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    pub assessment: Assessment,
    pub bands: PaymentBands,
    /// Above this somebody has to look at it for money laundering, unless that was done before.
    pub aml_threshold: Money,
}

/// Let it go on: somebody has looked at it, for fraud and for money laundering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    pub reason: Option<Text<500>>,
    /// Who that is, where they have proved it.
    pub reviewer: Option<Reviewer>,
}

/// Do not let it go on: somebody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub reason: Text<500>,
}

/// Note that both accounts are booked: it was one between accounts of the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complete {}

/// Note that the money is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub hold_id: HoldId,
}

/// Let it wait: the gateway cannot be reached now, and this time nothing has left the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub reason: Text<500>,
}

/// Note that it is being sent: from here on bytes may have left the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// A hash of what is sent: whenever it is sent again, the same bytes.
    pub body_hash: Text<128>,
    pub gateway: GatewayNumbers,
}

/// Note that no answer came, or none that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteUnanswered {
    pub error: Text<500>,
}

/// Note what the gateway says of a payment that it has not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordInquiry {
    pub outcome: InquiryOutcome,
}

/// Note that the gateway has paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    pub gateway_reference: Text<128>,
    pub learned_by: Learned,
}

/// Give it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fail {
    pub ground: Ground,
    /// The rule or the gateway's code.
    pub code: Text<100>,
    pub reason: Text<500>,
}

/// On what ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// An account refused it when its day had come.
    NotExecuted,
    /// It surely never left the house.
    NotSent,
    /// The gateway refused it.
    Refused(Learned),
    /// The gateway does not know it, by these numbers.
    NotFound(GatewayNumbers),
}

/// Note that what was set aside is free again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compensate {
    pub reason: Text<500>,
}

/// Do not make it after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    pub reason: Option<Text<500>>,
}

/// Note that the money came back after it had arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteReturn {
    /// How much, at most what was paid.
    pub amount: Money,
    pub reason: Text<500>,
    /// How the gateway names the return.
    pub gateway_reference: Text<128>,
}

/// Settle what a late success has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseCase {
    pub outcome: CaseOutcome,
    pub reason: Text<500>,
}
