//! The words of the sending of payments: what is heard, asked and answered. All of it is stored.

use crate::payments::gateway::{HandedOver, Inquired};
use khata_domain::{
    Text,
    ids::{AccountId, CustomerId, PaymentId},
    payments::{
        GatewayNumbers, Network,
        payment::{InquiryOutcome, Learned},
    },
};
use serde::{Deserialize, Serialize};

/// The definition of the sending of payments to other banks.
///
/// It begins when the money is set aside, and ends when that is gone or free again. Between the two stands the gateway.
/// What it answered is believed. What it did not answer is asked for, and nothing is sent again before it has said, often
/// enough and long enough after, that it knows no such payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExternalPayment;

/// What it hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The money is set aside.
    FundsHeld {
        payment_id: PaymentId,
        from_account: AccountId,
        from_customer: CustomerId,
        network: Network,
        /// What the gateway is believed by, as it was configured then.
        gateway: GatewayNumbers,
    },
    /// Somebody else learned how it ended, or ended it.
    Ended(Ending),
}

/// How a payment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The money has arrived.
    Completed,
    /// It came to nothing, and the money is free again.
    GivenBack,
    /// It was cancelled before it was sent, and the money is free again.
    Cancelled,
}

/// What it asks of the payment and the payer's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub payment_id: PaymentId,
    pub from_account: AccountId,
    pub act: Act,
}

/// What is to be done with a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// To note that it is being sent, unless the gateway is shut and it has not waited for that.
    Send { has_waited: bool },
    /// To let it wait to be sent.
    Queue { reason: Text<500> },
    /// To note that no answer came.
    NoteUnanswered { error: Text<500> },
    /// To note what the gateway says of it.
    RecordInquiry { outcome: InquiryOutcome },
    /// To take the money: it has arrived.
    Settle { gateway_reference: Text<128>, learned_by: Learned },
    /// To give the money back: the gateway refused it.
    GiveBack { code: Text<100>, reason: Text<500>, learned_by: Learned },
    /// To give the money back: the gateway does not know the payment.
    GiveUp {},
    /// To give the money back: it was not sent, and somebody does not want it sent.
    CallOff {},
}

/// What it asks of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// To wait until it is tried again.
    Wait { network: Network },
    /// To pay.
    HandOver { network: Network, payment_id: PaymentId },
    /// What became of it.
    Inquire { network: Network, payment_id: PaymentId },
}

/// What the gateway answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is tried again.
    Reopened {},
    /// To an order.
    HandedOver(HandedOver),
    /// To an inquiry.
    Inquired(Inquired),
}
