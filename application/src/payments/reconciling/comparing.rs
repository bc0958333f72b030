//! Comparing the books of a day.

use crate::{
    EventStore, StreamName,
    fold::{Until, fold},
    payments::{
        gateway::{PaymentGateway, StatementLine},
        notices::incoming_id,
    },
    processes::CallError,
};
use async_trait::async_trait;
use jiff::civil::Date;
use khata_domain::{
    Aggregate,
    ids::PaymentId,
    payments::{
        IncomingPayment, Network, Payment, PaymentStatus, ReconciliationId,
        payment::Payee,
        reconciliation::{Booking, Compared, Ours, Theirs, compare},
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// Finds payments by the day on which they arrived.
#[async_trait]
pub trait SettledPayments: Send + Sync + 'static {
    /// The payments to other banks that arrived on a business day.
    ///
    /// # Errors
    /// Why it cannot be told now.
    async fn settled_on(&self, day: Date) -> Result<Vec<PaymentId>, String>;
}

/// Compares what networks have booked with what Khata knows.
#[derive(Clone)]
pub struct Reconciler {
    pub events: Arc<dyn EventStore>,
    pub settled: Arc<dyn SettledPayments>,
    /// One for each network.
    pub gateways: Arc<[Arc<dyn PaymentGateway>]>,
}

fn unavailable(message: String) -> CallError {
    CallError { code: "log_unavailable", message }
}

impl Reconciler {
    /// Compares a day. What one side has on it, the other may have on a day beside it: their calendars differ.
    ///
    /// # Errors
    /// The network gives no statement, or Khata's own side cannot be read now.
    pub async fn compare(&self, id: ReconciliationId) -> Result<Compared, CallError> {
        let ReconciliationId { network, day } = id;
        let theirs = self.theirs(network, day).await?;
        let settled = self.settled.settled_on(day).await.map_err(unavailable)?;
        let settled: BTreeSet<PaymentId> = settled.into_iter().collect();
        let named: BTreeSet<PaymentId> = theirs.iter().filter_map(|booked| booked.payment_id).collect();
        let mut ours = Vec::new();
        for payment_id in settled.union(&named) {
            let payment: Payment = self.state(*payment_id).await?;
            ours.extend(of_payment(network, *payment_id, &payment, settled.contains(payment_id)));
        }
        let received = theirs.iter().filter(|booked| booked.booking == Booking::Received);
        for booked in received.filter(|booked| booked.is_of_the_day) {
            let id = incoming_id(network, &booked.gateway_reference);
            ours.extend(of_incoming(&self.state::<IncomingPayment>(id).await?));
        }
        Ok(compare(&ours, &theirs))
    }

    async fn theirs(&self, network: Network, day: Date) -> Result<Vec<Theirs>, CallError> {
        let gateway = self.gateways.iter().find(|gateway| gateway.network() == network);
        let gateway = gateway.ok_or_else(|| CallError {
            code: "no_gateway",
            message: format!("no gateway to {} is configured", network.name()),
        })?;
        let mut theirs = Vec::new();
        for of in [day.yesterday().ok(), Some(day), day.tomorrow().ok()].into_iter().flatten() {
            let lines = gateway.statement(of).await?;
            theirs.extend(lines.into_iter().map(|line| booked(line, of == day)));
        }
        Ok(theirs)
    }

    async fn state<A: Aggregate>(&self, id: A::Id) -> Result<A, CallError> {
        let folded = fold::<A>(&*self.events, &StreamName::of::<A>(id), Until::default()).await;
        Ok(folded.map_err(|error| unavailable(error.to_string()))?.state)
    }
}

fn booked(line: StatementLine, is_of_the_day: bool) -> Theirs {
    let StatementLine { payment_id, gateway_reference, booking, amount, .. } = line;
    Theirs { booking, payment_id, gateway_reference, amount, is_of_the_day }
}

/// What Khata knows of a payment over a network: that it was paid, and that it came back.
fn of_payment(
    network: Network,
    payment_id: PaymentId,
    payment: &Payment,
    is_of_the_day: bool,
) -> impl Iterator<Item = Ours> {
    let request = payment
        .request()
        .filter(|request| matches!(&request.payee, Payee::External(payee) if payee.network == network));
    let status = payment.status();
    let ours = |booking, amount, gateway_reference, is_of_the_day| Ours {
        booking,
        payment_id: Some(payment_id),
        gateway_reference,
        amount,
        status,
        is_of_the_day,
    };
    let paid = request.map(|request| {
        ours(Booking::Paid, request.amount, payment.gateway_reference().cloned(), is_of_the_day)
    });
    let returned = payment.returned().map(|returned| {
        ours(Booking::Returned, returned.amount, Some(returned.gateway_reference.clone()), false)
    });
    [paid, returned].into_iter().flatten()
}

fn of_incoming(payment: &IncomingPayment) -> Option<Ours> {
    payment.received().map(|received| Ours {
        booking: Booking::Received,
        payment_id: None,
        gateway_reference: Some(received.gateway_reference.clone()),
        amount: received.amount,
        status: PaymentStatus::Completed,
        is_of_the_day: false,
    })
}
