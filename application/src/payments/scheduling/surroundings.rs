//! What the making of payments for a later day hears, and how it is done.

use super::definition::{Command, Fact, NoAnswer, NoCall, ScheduledPayment};
use crate::{
    Recorded,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    payments::{Payments, parties::Parties},
    processes::{Asked, CallError, Concern, Concerned, Port, Surroundings},
};
use async_trait::async_trait;
use khata_domain::{
    Aggregate, Text,
    payments::{
        Payment, PaymentError, PaymentEvent, PaymentStatus,
        payment::{Fail, Ground, Payee},
    },
};

/// The surroundings of the making of payments for a later day.
pub struct ScheduledPaymentSurroundings {
    pub payments: Payments,
}

#[async_trait]
impl Surroundings<ScheduledPayment> for ScheduledPaymentSurroundings {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        Some(&[Payment::CATEGORY])
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<ScheduledPayment>>, DecodeError> {
        let Some(happened) = event.event::<Payment>() else { return Ok(None) };
        let Ok(subject) = event.stream.id().parse() else { return Ok(None) };
        let (concern, fact) = match happened? {
            PaymentEvent::PaymentRequested(ordered) => {
                let Some(day) = ordered.scheduled_for else { return Ok(None) };
                let fact = Fact::Ordered {
                    payment_id: subject,
                    from_account: ordered.from_account,
                    from_customer: ordered.from_customer,
                    to_account: match &ordered.payee {
                        Payee::Account(account_id) => Some(*account_id),
                        Payee::External(_) => None,
                    },
                    due: event.calendar().start_of(day),
                };
                (Concern::Starts, fact)
            }
            PaymentEvent::PaymentCancelled(_) => (Concern::Continues, Fact::Cancelled {}),
            PaymentEvent::FraudScreened(_)
            | PaymentEvent::PaymentApproved(_)
            | PaymentEvent::PaymentRejected(_)
            | PaymentEvent::FundsHeld(_)
            | PaymentEvent::PaymentQueued(_)
            | PaymentEvent::PaymentSent(_)
            | PaymentEvent::PaymentUnanswered(_)
            | PaymentEvent::GatewayAsked(_)
            | PaymentEvent::PaymentCompleted(_)
            | PaymentEvent::PaymentFailed(_)
            | PaymentEvent::PaymentCompensated(_)
            | PaymentEvent::PaymentReturned(_)
            | PaymentEvent::LateSuccessNoted(_)
            | PaymentEvent::ReversalCaseClosed(_) => return Ok(None),
        };
        Ok(Some(Concerned { subject, concern, fact }))
    }

    fn participants(&self, command: &Command) -> Vec<Participant> {
        match *command {
            Command::Make { payment_id, from_account, from_customer, to_account } => {
                let parties = Parties { from_account, from_customer, to_account };
                [Participant::of::<Payment>(payment_id)].into_iter().chain(parties.participants()).collect()
            }
            Command::GiveUp { payment_id, .. } => vec![Participant::of::<Payment>(payment_id)],
        }
    }

    fn perform(
        &self,
        command: &Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        match command {
            Command::Make { payment_id, .. } => match unit.existing::<Payment>(*payment_id)?.status() {
                PaymentStatus::Requested => self.payments.make(unit, context, *payment_id),
                status @ (PaymentStatus::Failed | PaymentStatus::Cancelled) => {
                    Err(CommandError::refused(&PaymentError::PaymentStatusConflict { status }))
                }
                // Whoever looks at it decides how it goes on.
                _ => Ok(()),
            },
            Command::GiveUp { payment_id, code } => {
                let reason = Text::fitted("an account refused it when its day had come");
                let fail = Fail { ground: Ground::NotExecuted, code: code.clone(), reason };
                unit.existing::<Payment>(*payment_id)?;
                unit.decide::<Payment>(*payment_id, fail).map(drop)
            }
        }
    }

    fn port(&self, call: &NoCall) -> Port {
        match *call {}
    }

    async fn call(&self, _asked: &Asked<'_>, call: &NoCall) -> Result<NoAnswer, CallError> {
        match *call {}
    }
}
