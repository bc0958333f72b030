//! Money that came from another bank: taken once, and booked on the account that it is for in the same append.

use super::Network;
use crate::{
    Aggregate, DecisionContext, DomainEvent, Money, Rules, Text,
    declared::{commands, events},
    ids::{AccountId, CustomerId, IncomingPaymentId},
    refusals,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A payment that came, once it is taken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IncomingPayment {
    received: Option<PaymentReceived>,
}

impl IncomingPayment {
    /// What came.
    pub fn received(&self) -> Option<&PaymentReceived> {
        self.received.as_ref()
    }
}

/// Take what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receive {
    pub network: Network,
    /// How the network names it.
    pub gateway_reference: Text<128>,
    /// The account that it is for, and whose that is.
    pub to_account: AccountId,
    pub to_customer: CustomerId,
    /// More than nothing.
    pub amount: Money,
    /// Who pays, as the network tells it.
    pub payer: Text<140>,
    pub reference: Option<Text<140>>,
}

commands! {
    /// What a payment that came can be asked to do.
    pub enum IncomingPaymentCommand for IncomingPayment {
        Receive => receive,
    }
}

events! {
    /// What can have happened to a payment that came. Frozen by golden files.
    pub enum IncomingPaymentEvent {
        PaymentReceived = "payment_received" v 1,
    }
}

/// Money came from another bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReceived {
    pub network: Network,
    /// How the network names it.
    pub gateway_reference: Text<128>,
    pub to_account: AccountId,
    pub to_customer: CustomerId,
    pub amount: Money,
    /// Who paid.
    pub payer: Text<140>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<140>>,
    /// The day it counts for.
    pub business_date: Date,
}

impl DomainEvent for IncomingPaymentEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    fn business_date(&self) -> Option<Date> {
        match self {
            Self::PaymentReceived(received) => Some(received.business_date),
        }
    }
}

refusals! {
    /// Why money that came is not taken.
    pub enum IncomingPaymentError {
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        /// The network told otherwise of the same payment before.
        #[error("the network told otherwise of it before")]
        IncomingPaymentDiffers,
    }
}

fn receive(
    payment: &IncomingPayment,
    command: Receive,
    at: DecisionContext<'_>,
    _: Rules,
) -> Result<Vec<IncomingPaymentEvent>, IncomingPaymentError> {
    let Receive { network, gateway_reference, to_account, to_customer, amount, payer, reference } = command;
    if !amount.is_positive() {
        return Err(IncomingPaymentError::AmountNotPositive { amount });
    }
    if let Some(known) = &payment.received {
        let is_same = (known.to_account, known.amount) == (to_account, amount);
        return if is_same { Ok(Vec::new()) } else { Err(IncomingPaymentError::IncomingPaymentDiffers) };
    }
    let business_date = at.business_date;
    let received = PaymentReceived {
        network,
        gateway_reference,
        to_account,
        to_customer,
        amount,
        payer,
        reference,
        business_date,
    };
    Ok(vec![received.into()])
}

impl Aggregate for IncomingPayment {
    const CATEGORY: &'static str = "incoming_payment";
    const STATE_SCHEMA: u32 = 1;
    type Id = IncomingPaymentId;
    type Command = IncomingPaymentCommand;
    type Event = IncomingPaymentEvent;
    type Error = IncomingPaymentError;

    fn evolve(&mut self, event: &IncomingPaymentEvent) {
        match event {
            IncomingPaymentEvent::PaymentReceived(received) => self.received = Some(received.clone()),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        self.received.as_ref().map(|received| received.to_customer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::TypedId,
        testing::{TODAY, given},
    };
    use uuid::Uuid;

    fn came(minor: i64) -> Receive {
        Receive {
            network: Network::VelocityPay,
            gateway_reference: Text::parse("VP-1").unwrap(),
            to_account: AccountId::from_uuid(Uuid::from_u128(1)),
            to_customer: CustomerId::from_uuid(Uuid::from_u128(1)),
            amount: Money::from_minor(minor, "INR".parse().unwrap()),
            payer: Text::parse("Erik").unwrap(),
            reference: None,
        }
    }

    fn received(minor: i64) -> IncomingPaymentEvent {
        let Receive { network, gateway_reference, to_account, to_customer, amount, payer, reference } =
            came(minor);
        let business_date = TODAY;
        PaymentReceived {
            network,
            gateway_reference,
            to_account,
            to_customer,
            amount,
            payer,
            reference,
            business_date,
        }
        .into()
    }

    #[test]
    fn what_came_is_taken_once() {
        given::<IncomingPayment>([]).when(came(100)).then([received(100)]);
        given::<IncomingPayment>([received(100)]).when(came(100)).then([]);
        given::<IncomingPayment>([received(100)])
            .when(came(101))
            .then_refused(IncomingPaymentError::IncomingPaymentDiffers);
        let amount = Money::from_minor(0, "INR".parse().unwrap());
        given::<IncomingPayment>([])
            .when(came(0))
            .then_refused(IncomingPaymentError::AmountNotPositive { amount });
    }
}
