//! What the sending of payments hears, and how its commands and calls are done.

use super::words::{Act, Answer, Call, Command, Ending, ExternalPayment, Fact};
use crate::{
    EventStore, Recorded, SettingsBook, StreamName,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
    payments::{
        Payments,
        gateway::{GatewayOrder, HandedOver, Inquired, PaymentGateway},
    },
    processes::{Asked, CallError, Concern, Concerned, Port, Process, Surroundings},
};
use async_trait::async_trait;
use khata_domain::{
    Aggregate, Text,
    accounts::BankAccount,
    ids::PaymentId,
    payments::{
        Network, Payment, PaymentCommand, PaymentError, PaymentEvent, PaymentStatus,
        payment::{Ground, NoteUnanswered, Payee, Queue, RecordInquiry, Send},
    },
    refusals,
};
use std::sync::Arc;

/// The surroundings of the sending of payments.
pub struct ExternalPaymentSurroundings {
    pub events: Arc<dyn EventStore>,
    pub book: Arc<SettingsBook>,
    /// One for each network.
    pub gateways: Vec<Arc<dyn PaymentGateway>>,
}

refusals! {
    /// Why a payment is not sent now.
    enum Unsent {
        /// The gateway failed too often and is not tried now (`network`).
        #[error("the gateway of {} is shut", network.name())]
        GatewayShut { network: Network },
    }
}

/// The orders that are under way at once, and the inquiries beside them.
const ORDERS_AT_ONCE: usize = 16;
const INQUIRIES_AT_ONCE: usize = 4;

#[async_trait]
impl Surroundings<ExternalPayment> for ExternalPaymentSurroundings {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        Some(&[Payment::CATEGORY])
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<ExternalPayment>>, DecodeError> {
        let Some(happened) = event.event::<Payment>() else { return Ok(None) };
        let Ok(subject) = event.stream.id().parse() else { return Ok(None) };
        let ending = match happened? {
            PaymentEvent::FundsHeld(held) => {
                let fact = Fact::FundsHeld {
                    payment_id: subject,
                    from_account: held.from_account,
                    from_customer: held.from_customer,
                    network: held.network,
                    gateway: self.book.in_force().rules().payments.gateway,
                };
                return Ok(Some(Concerned { subject, concern: Concern::Starts, fact }));
            }
            PaymentEvent::PaymentCompleted(_) => Ending::Completed,
            PaymentEvent::PaymentCompensated(_) => Ending::GivenBack,
            PaymentEvent::PaymentCancelled(_) => Ending::Cancelled,
            PaymentEvent::PaymentRequested(_)
            | PaymentEvent::FraudScreened(_)
            | PaymentEvent::PaymentApproved(_)
            | PaymentEvent::PaymentRejected(_)
            | PaymentEvent::PaymentQueued(_)
            | PaymentEvent::PaymentSent(_)
            | PaymentEvent::PaymentUnanswered(_)
            | PaymentEvent::GatewayAsked(_)
            | PaymentEvent::PaymentFailed(_)
            | PaymentEvent::PaymentReturned(_)
            | PaymentEvent::LateSuccessNoted(_)
            | PaymentEvent::ReversalCaseClosed(_) => return Ok(None),
        };
        let is_own = event.metadata().is_ok_and(|metadata| metadata.actor == ExternalPayment::CATEGORY);
        let fact = Fact::Ended(ending);
        Ok((!is_own).then_some(Concerned { subject, concern: Concern::Continues, fact }))
    }

    fn participants(&self, command: &Command) -> Vec<Participant> {
        let payment = Participant::of::<Payment>(command.payment_id);
        let account = || Participant::of::<BankAccount>(command.from_account);
        match command.act {
            Act::Send { .. } | Act::Queue { .. } | Act::NoteUnanswered { .. } | Act::RecordInquiry { .. } => {
                vec![payment]
            }
            Act::Settle { .. } | Act::GiveBack { .. } | Act::GiveUp {} | Act::CallOff {} => {
                vec![payment, account()]
            }
        }
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        let payment_id = command.payment_id;
        match &command.act {
            Act::Send { has_waited } => self.send(unit, context, payment_id, *has_waited),
            Act::Queue { reason } => note(unit, payment_id, Queue { reason: reason.clone() }),
            Act::NoteUnanswered { error } => note(unit, payment_id, NoteUnanswered { error: error.clone() }),
            Act::RecordInquiry { outcome } => note(unit, payment_id, RecordInquiry { outcome: *outcome }),
            Act::Settle { gateway_reference, learned_by } => {
                Payments::settle(unit, payment_id, gateway_reference, *learned_by)
            }
            Act::GiveBack { code, reason, learned_by } => {
                Payments::give_back(unit, payment_id, Ground::Refused(*learned_by), (code, reason))
            }
            Act::GiveUp {} => {
                let ground = Ground::NotFound(context.settings.rules().payments.gateway);
                let reason = Text::fitted("the gateway knows no such payment, long after it was sent");
                Payments::give_back(unit, payment_id, ground, (&Text::fitted("not_found"), &reason))
            }
            Act::CallOff {} => call_off(unit, payment_id),
        }
    }

    fn port(&self, call: &Call) -> Port {
        match call {
            Call::HandOver { network: Network::VelocityPay, .. } => {
                Port { name: "velocitypay", at_once: ORDERS_AT_ONCE }
            }
            Call::Inquire { network: Network::VelocityPay, .. } => {
                Port { name: "velocitypay inquiries", at_once: INQUIRIES_AT_ONCE }
            }
            // One stands at the door, and the others behind it, in the order in which they came.
            Call::Wait { network: Network::VelocityPay } => {
                Port { name: "velocitypay reopening", at_once: 1 }
            }
        }
    }

    async fn call(&self, asked: &Asked<'_>, call: &Call) -> Result<Answer, CallError> {
        match *call {
            Call::Wait { network } => {
                self.gateway(network)?.reopened().await;
                Ok(Answer::Reopened {})
            }
            Call::HandOver { network, payment_id } => {
                let (gateway, order) = (self.gateway(network)?, self.order(payment_id).await?);
                if !asked.is_first {
                    return Ok(Answer::HandedOver(asked_before(gateway, &order).await));
                }
                let handed = gateway.hand_over(payment_id, gateway.written(&order)).await;
                Ok(Answer::HandedOver(handed))
            }
            Call::Inquire { network, payment_id } => {
                let amount = self.order(payment_id).await?.amount;
                self.gateway(network)?.inquire(payment_id, amount).await.map(Answer::Inquired)
            }
        }
    }
}

/// What became of an order that may have left before: that is asked, and it is not sent again.
async fn asked_before(gateway: &dyn PaymentGateway, order: &GatewayOrder) -> HandedOver {
    let unanswered = |error: &str| HandedOver::Unanswered { error: Text::fitted(error) };
    match gateway.inquire(order.payment_id, order.amount).await {
        Ok(Inquired::Settled { gateway_reference }) => HandedOver::Settled { gateway_reference },
        Ok(Inquired::Refused { code, reason }) => HandedOver::Refused { code, reason },
        Ok(Inquired::InProgress {}) => HandedOver::InProgress {},
        Ok(Inquired::NotFound {}) => {
            unanswered("what was to be sent may have been cut off, and the gateway does not know it")
        }
        Err(error) => unanswered(&error.message),
    }
}

fn note(
    unit: &mut Unit<'_>,
    payment_id: PaymentId,
    command: impl Into<PaymentCommand>,
) -> Result<(), CommandError> {
    unit.existing::<Payment>(payment_id)?;
    unit.decide::<Payment>(payment_id, command).map(drop)
}

/// What may have left the house is not called off. Where somebody else has learned or decided how it ends, nothing is left to
/// call off.
fn call_off(unit: &mut Unit<'_>, payment_id: PaymentId) -> Result<(), CommandError> {
    let payment = unit.existing::<Payment>(payment_id)?;
    match payment.status() {
        PaymentStatus::Completed
        | PaymentStatus::Returned
        | PaymentStatus::Compensated
        | PaymentStatus::Cancelled => return Ok(()),
        PaymentStatus::Requested
        | PaymentStatus::Screening
        | PaymentStatus::RejectedFraud
        | PaymentStatus::Held
        | PaymentStatus::Queued
        | PaymentStatus::Sent
        | PaymentStatus::Unknown
        | PaymentStatus::Failed => {}
    }
    let may_have_left = matches!(payment.status(), PaymentStatus::Sent | PaymentStatus::Unknown);
    if let Some(sending) = payment.sending().filter(|_| may_have_left) {
        let since = sending.window_since;
        return Err(CommandError::refused(&PaymentError::InquiryNeeded { since }));
    }
    let (code, reason) =
        (Text::fitted("called_off"), Text::fitted("its process was told to undo what it did"));
    Payments::give_back(unit, payment_id, Ground::NotSent, (&code, &reason))
}

impl ExternalPaymentSurroundings {
    fn gateway(&self, network: Network) -> Result<&dyn PaymentGateway, CallError> {
        let found = self.gateways.iter().find(|gateway| gateway.network() == network);
        found.map(|gateway| &**gateway).ok_or_else(|| CallError {
            code: "no_gateway",
            message: format!("no gateway to {} is configured", network.name()),
        })
    }

    fn send(
        &self,
        unit: &mut Unit<'_>,
        context: &CommandContext,
        payment_id: PaymentId,
        has_waited: bool,
    ) -> Result<(), CommandError> {
        let Some(order) = order(payment_id, unit.existing::<Payment>(payment_id)?) else {
            return Err(CommandError::Internal(format!("{payment_id} goes to no other bank")));
        };
        let network = order.payee.network;
        let Ok(gateway) = self.gateway(network) else {
            return Err(CommandError::refused(&Unsent::GatewayShut { network }));
        };
        if !has_waited && gateway.is_shut() {
            return Err(CommandError::refused(&Unsent::GatewayShut { network }));
        }
        let body_hash = Text::fitted(&blake3::hash(gateway.written(&order).as_bytes()).to_hex());
        let gateway = context.settings.rules().payments.gateway;
        unit.decide::<Payment>(payment_id, Send { body_hash, gateway }).map(drop)
    }

    /// What a payment orders, by the log.
    async fn order(&self, payment_id: PaymentId) -> Result<GatewayOrder, CallError> {
        let stream = StreamName::of::<Payment>(payment_id);
        let folded = fold::<Payment>(&*self.events, &stream, Until::default())
            .await
            .map_err(|error| CallError { code: "log_unavailable", message: error.to_string() })?;
        order(payment_id, &folded.state).ok_or_else(|| CallError {
            code: "payment_unknown",
            message: format!("{payment_id} goes to no other bank"),
        })
    }
}

/// What a payment orders, if it goes to another bank.
fn order(payment_id: PaymentId, payment: &Payment) -> Option<GatewayOrder> {
    let request = payment.request()?;
    let Payee::External(payee) = &request.payee else { return None };
    Some(GatewayOrder {
        payment_id,
        from_account: request.from_account,
        payee: payee.clone(),
        amount: request.amount,
        reference: request.reference.clone(),
    })
}
