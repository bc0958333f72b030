//! The port to a network that carries payments to other banks.

use crate::processes::CallError;
use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Money, Text,
    ids::{AccountId, PaymentId},
    payments::{ExternalPayee, Network, reconciliation::Booking},
};
use serde::{Deserialize, Serialize};

/// What a gateway is asked to pay: fixed when the payment was ordered, so it is the same whenever it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayOrder {
    /// The gateway knows it again by this.
    pub payment_id: PaymentId,
    pub from_account: AccountId,
    pub payee: ExternalPayee,
    pub amount: Money,
    pub reference: Option<Text<140>>,
}

/// What came of handing an order over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandedOver {
    /// The money is paid.
    Settled { gateway_reference: Text<128> },
    /// It will not be paid.
    Refused { code: Text<100>, reason: Text<500> },
    /// The gateway has it and works on it.
    InProgress {},
    /// It surely did not reach the gateway.
    NotSent { reason: Text<500> },
    /// Nobody knows whether the gateway has it.
    Unanswered { error: Text<500> },
}

/// What a gateway says of a payment that it is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inquired {
    /// The money is paid.
    Settled { gateway_reference: Text<128> },
    /// It will not be paid.
    Refused { code: Text<100>, reason: Text<500> },
    /// The gateway works on it.
    InProgress {},
    /// It knows no such payment, or not yet.
    NotFound {},
}

/// A line of what a gateway has booked on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Khata's name of the payment, if it is one that Khata sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// How the gateway names the booking.
    pub gateway_reference: Text<128>,
    pub booking: Booking,
    pub amount: Money,
    pub booked_at: Timestamp,
}

/// A network that carries payments to other banks.
///
/// It can be shut, since it failed too often: then nothing is sent, and those who wait for it go on one by one.
#[async_trait]
pub trait PaymentGateway: Send + Sync + 'static {
    /// Which network that is.
    fn network(&self) -> Network;

    /// What is sent for an order, to the byte.
    fn written(&self, order: &GatewayOrder) -> String;

    /// Whether it is shut, as far as is known.
    fn is_shut(&self) -> bool;

    /// Waits until it is tried again, however long that takes. Of those who wait while nobody knows whether the other
    /// side is back, one goes on.
    async fn reopened(&self);

    /// Hands an order over, under the payment's id. One that the other side has already it answers as it did before.
    async fn hand_over(&self, payment_id: PaymentId, written: String) -> HandedOver;

    /// Asks what became of a payment of an amount: of another amount, it is another payment.
    ///
    /// # Errors
    /// There is no answer that can be used.
    async fn inquire(&self, payment_id: PaymentId, amount: Money) -> Result<Inquired, CallError>;

    /// All that it has booked on a day, by its own calendar, in the order of booking.
    ///
    /// # Errors
    /// There is no answer that can be used.
    async fn statement(&self, day: Date) -> Result<Vec<StatementLine>, CallError>;
}
