//! What the daily reconciliation hears, and how it is done.

use super::{
    comparing::Reconciler,
    definition::{Answer, Call, Command, DailyReconciliation, Fact, Late},
};
use crate::{
    Recorded, StreamName,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
    payments::Payments,
    processes::{Asked, CallError, Concern, Concerned, Port, Surroundings},
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use khata_domain::{
    Aggregate,
    accounts::BankAccount,
    payments::{
        IncomingPayment, IncomingPaymentEvent, Network, Payment, PaymentEvent, Reconciliation,
        ReconciliationId,
        payment::Learned,
        reconciliation::{Compared, KEPT, Reconcile},
    },
};

/// The surroundings of the daily reconciliation.
pub struct ReconciliationSurroundings {
    pub reconciler: Reconciler,
}

/// So long after the end of a day by UTC it is over wherever a network counts its days, and booked.
const SURELY_OVER: SignedDuration = SignedDuration::from_hours(14);

#[async_trait]
impl Surroundings<DailyReconciliation> for ReconciliationSurroundings {
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        Some(&[IncomingPayment::CATEGORY, Payment::CATEGORY])
    }

    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<DailyReconciliation>>, DecodeError> {
        let Some(network) = carried_by(event)? else { return Ok(None) };
        let day = event.recorded_at.to_zoned(TimeZone::UTC).date();
        let over = (day + 1.day()).to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |over| over.timestamp());
        let due = over.saturating_add(SURELY_OVER).unwrap_or(Timestamp::MAX);
        let subject = ReconciliationId { network, day };
        Ok(Some(Concerned { subject, concern: Concern::Starts, fact: Fact::Carried { network, day, due } }))
    }

    fn participants(&self, command: &Command) -> Vec<Participant> {
        match command {
            Command::Record { network, day, .. } => {
                vec![Participant::of::<Reconciliation>(ReconciliationId { network: *network, day: *day })]
            }
            Command::LearnLate { payment_id, from_account, .. } => {
                vec![Participant::of::<Payment>(*payment_id), Participant::of::<BankAccount>(*from_account)]
            }
        }
    }

    fn perform(
        &self,
        command: &Command,
        _context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError> {
        match command {
            Command::Record { network, day, counts, differences } => {
                let id = ReconciliationId { network: *network, day: *day };
                let compared = Compared { counts: *counts, differences: differences.clone() };
                unit.decide::<Reconciliation>(id, Reconcile { id, compared }).map(drop)
            }
            Command::LearnLate { payment_id, gateway_reference, .. } => {
                Payments::settle(unit, *payment_id, gateway_reference, Learned::Inquiry)
            }
        }
    }

    fn port(&self, _call: &Call) -> Port {
        Port { name: "statements", at_once: 1 }
    }

    async fn call(&self, _asked: &Asked<'_>, call: &Call) -> Result<Answer, CallError> {
        let Call::Compare { network, day } = *call;
        let compared = self.reconciler.compare(ReconciliationId { network, day }).await?;
        let Compared { counts, mut differences } = compared;
        differences.truncate(KEPT);
        let mut late = Vec::new();
        for difference in &differences {
            let Some(payment_id) = difference.payment_id else { continue };
            let stream = StreamName::of::<Payment>(payment_id);
            let folded = fold::<Payment>(&*self.reconciler.events, &stream, Until::default())
                .await
                .map_err(|error| CallError { code: "log_unavailable", message: error.to_string() })?;
            let from_account = folded.state.request().map(|request| request.from_account);
            late.extend(from_account.and_then(|from_account| Late::of(difference, from_account)));
        }
        Ok(Answer::Compared { counts, differences, late })
    }
}

/// The network over which something was carried, if an event tells of that.
fn carried_by(event: &Recorded) -> Result<Option<Network>, DecodeError> {
    if let Some(happened) = event.event::<IncomingPayment>() {
        let IncomingPaymentEvent::PaymentReceived(received) = happened?;
        return Ok(Some(received.network));
    }
    let Some(happened) = event.event::<Payment>() else { return Ok(None) };
    Ok(match happened? {
        PaymentEvent::FundsHeld(held) => Some(held.network),
        PaymentEvent::PaymentCompleted(completed) => completed.network,
        PaymentEvent::PaymentReturned(returned) => Some(returned.network),
        PaymentEvent::PaymentRequested(_)
        | PaymentEvent::FraudScreened(_)
        | PaymentEvent::PaymentApproved(_)
        | PaymentEvent::PaymentRejected(_)
        | PaymentEvent::PaymentQueued(_)
        | PaymentEvent::PaymentSent(_)
        | PaymentEvent::PaymentUnanswered(_)
        | PaymentEvent::GatewayAsked(_)
        | PaymentEvent::PaymentFailed(_)
        | PaymentEvent::PaymentCompensated(_)
        | PaymentEvent::PaymentCancelled(_)
        | PaymentEvent::LateSuccessNoted(_)
        | PaymentEvent::ReversalCaseClosed(_) => None,
    })
}
