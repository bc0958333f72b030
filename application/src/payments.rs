//! What is done with payments. One between accounts of the bank is one append over the payment and both accounts: no
//! instant shows the money on its way. What a score needs to know is taken from the same aggregates in the same
//! moment, so that a decision rests on nothing that did not come to be.

mod execution;
mod gateway;
mod notices;
mod outcomes;
mod parties;
pub mod reconciling;
mod request;
mod review;
pub mod scheduling;
pub mod sending;
mod standing_orders;

pub use gateway::{GatewayOrder, HandedOver, Inquired, PaymentGateway, StatementLine};
pub use khata_domain::payments::reconciliation::Booking;
pub use notices::{GatewayNotice, IncomingNotice, REFUSALS as NOTICE_REFUSALS};
pub use request::{NewExternal, NewPayment};
pub use standing_orders::{NewRhythm, NewStandingOrder, NewTerms, NewUntil, StandingOrders};

use crate::{
    EventStore, Executor, IdSource, accounts,
    context::{AggregateType, Context},
    customers,
    fraud::FraudScorer,
    processes::ProcessKind,
};
use jiff::civil::Date;
use khata_domain::{
    payments::{IncomingPayment, Network, Payment, Reconciliation, StandingOrder},
    refusal::Refusal,
    refusals,
};
use std::sync::Arc;

/// The context of payments: money leaves an account of a customer, and arrives on another.
pub const CONTEXT: Context = Context {
    name: "payments",
    version: 1,
    imports: &[customers::CUSTOMER, accounts::ACCOUNT],
    exports: &[PAYMENT],
    aggregates: &[
        AggregateType::of::<Payment>(),
        AggregateType::of::<IncomingPayment>(),
        AggregateType::of::<Reconciliation>(),
        AggregateType::of::<StandingOrder>(),
    ],
    processes: &[
        ProcessKind::of::<sending::ExternalPayment>(),
        ProcessKind::of::<reconciling::DailyReconciliation>(),
        ProcessKind::of::<scheduling::ScheduledPayment>(),
    ],
};

/// The payment, for the commands of others.
pub const PAYMENT: crate::context::Port =
    crate::context::Port { context: "payments", name: "payment", aggregate: AggregateType::of::<Payment>() };

refusals! {
    /// What is refused before a payment is asked.
    enum Unfit {
        /// No gateway to this network is configured, so nothing can be paid to other banks by it (`network`).
        #[error("no gateway to {} is configured", network.name())]
        NoGateway { network: Network },
        /// A payment goes either to an account of the bank or to another bank.
        #[error("a payment has one payee: `to_account` or `external`")]
        PayeeUnclear,
        /// The payee at the other bank is not named as it must be (`reason`).
        #[error("{reason}")]
        PayeeInvalid { reason: String },
        /// A standing order is due by one of `day_of_month`, `every.weekday` and `every.days`, and until one of `end_date`,
        /// `occurrences` and nothing.
        #[error("it is not clear on which days it is due, or until when")]
        ScheduleUnclear,
        /// A standing order is carried out for today or a day that has gone by (`date`, `today`).
        #[error("{date} has not come yet")]
        RunInFuture { date: Date, today: Date },
    }
}

/// What commands are refused by before a payment is asked.
pub const REFUSALS: &[Refusal] = Unfit::REFUSALS;

/// The use cases of payments.
#[derive(Clone)]
pub struct Payments {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
    scorer: Arc<dyn FraudScorer>,
    /// The networks that a gateway reaches.
    networks: Arc<[Network]>,
}

impl Payments {
    /// Works on a store through an executor of that store. No other bank can be reached.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        ids: Arc<dyn IdSource>,
        scorer: Arc<dyn FraudScorer>,
    ) -> Self {
        Self { executor, store, ids, scorer, networks: Arc::default() }
    }

    /// The same with gateways to these networks: somebody carries payments to other banks on from there.
    #[must_use]
    pub fn reaching(self, networks: &[Network]) -> Self {
        Self { networks: networks.into(), ..self }
    }
}

impl std::fmt::Debug for Payments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payments").field("networks", &self.networks).finish_non_exhaustive()
    }
}
