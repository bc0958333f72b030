//! What payments look like from outside: how each stands.

mod reconciliations;
mod standing_orders;

pub use reconciliations::{ReconciliationRow, SettledIndex};
pub use standing_orders::{MissedDate, StandingOrderRow};

use crate::{
    Current,
    cell::Json,
    current::{Stand, Viewed},
    read_models::{ReadModels, register},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    payments::{
        ExternalPayee, Payment, PaymentKind, Reconciliation, StandingOrder,
        payment::{Payee, PaymentRequested},
    },
};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::payments::CONTEXT,
    subscribes_to: &[],
    projections: || {
        vec![
            register(Current::<Payment>::default()),
            register(Current::<Reconciliation>::default()),
            register(Current::<StandingOrder>::default()),
        ]
    },
};

row! {
    /// How a payment stands. Amounts are in minor units. What is told of its order is missing only by business time,
    /// before it was ordered.
    #[derive(Default)]
    pub struct PaymentRow in "payments", partition payment_id, owner customer_id, key [payment_id],
        index [customer_id, payment_id],
        index [from_account, payment_id],
        index [to_account, payment_id],
        index [status, payment_id],
        index [requested_on, payment_id],
        index [standing_order_id, payment_id],
        index [completed_on, payment_id] {
        /// `pay_…`
        pub payment_id: String,
        /// Whose money it is, `cus_…`.
        pub customer_id: Option<String>,
        /// `internal` or `external`.
        pub kind: Option<String>,
        /// `requested`, `screening`, `held`, `queued`, `sent`, `unknown`, `completed`, `rejected_fraud`, `failed`,
        /// `cancelled`, `returned`, `compensated`.
        pub status: String,
        /// `acc_…`
        pub from_account: Option<String>,
        /// `acc_…`, if it goes to an account of the bank.
        pub to_account: Option<String>,
        /// The payee at another bank.
        pub external: Option<Json<ExternalPayee>>,
        /// How much arrives.
        pub amount_minor: Option<i64>,
        /// What it costs the payer beside that.
        pub fee_minor: Option<i64>,
        /// The currency of both.
        pub currency: Option<Currency>,
        pub reference: Option<String>,
        /// The day on which it shall be made, if not at once.
        pub scheduled_for: Option<Date>,
        /// `sto_…`, the standing order that it is of.
        pub standing_order_id: Option<String>,
        /// The date of that order that it is for.
        pub due_date: Option<Date>,
        /// The day of the order.
        pub requested_on: Option<Date>,
        pub requested_by: Option<String>,
        /// Between 0 and 1, as decimal text; nothing before it was scored.
        pub fraud_score: Option<String>,
        /// `approved`, `review`, `rejected`.
        pub fraud_decision: Option<String>,
        /// Why, in words.
        pub fraud_reasons: Option<Json<Vec<String>>>,
        /// Who has looked at it.
        pub reviewed_by: Option<String>,
        pub review_reason: Option<String>,
        /// How the gateway names it.
        pub gateway_reference: Option<String>,
        /// The day it arrived.
        pub completed_on: Option<Date>,
        /// `not_executed`, `not_sent`, `refused`, `not_found`.
        pub failure_ground: Option<String>,
        /// The rule, or the gateway's code.
        pub failure_code: Option<String>,
        /// Why it came to nothing.
        pub failure: Option<String>,
        pub cancelled_by: Option<String>,
        pub cancel_reason: Option<String>,
        /// How much came back.
        pub returned_minor: Option<i64>,
        pub return_reason: Option<String>,
        /// `open`, `recalled`, `debited`, `written_off`, where money went out though it had been given up.
        pub reversal_case: Option<String>,
        /// The version of the payment's stream that the row shows.
        pub version: u64,
        /// When the last event was recorded.
        pub updated_at: Timestamp,
    }
}

impl PaymentRow {
    /// The row of a payment.
    pub fn of(payment_id: String, payment: &Payment, version: u64) -> Self {
        let request = payment.request();
        let screening = payment.screening();
        let failure = payment.failure();
        Self {
            payment_id,
            kind: payment.kind().map(|kind| kind.name().to_owned()),
            status: payment.status().name().to_owned(),
            fraud_score: screening.map(|screened| screened.assessment.score.to_string()),
            fraud_decision: screening.map(|screened| screened.decision.name().to_owned()),
            fraud_reasons: screening.map(|_| Json(payment.reasons())),
            reviewed_by: payment.review().map(|review| review.by.clone()),
            review_reason: text(payment.review().and_then(|review| review.reason.as_ref())),
            gateway_reference: text(payment.gateway_reference()),
            completed_on: payment.completed_on(),
            failure_ground: failure.map(|failure| failure.ground.name().to_owned()),
            failure_code: text(failure.map(|failure| &failure.code)),
            failure: text(failure.map(|failure| &failure.reason)),
            cancelled_by: payment.cancellation().map(|cancelled| cancelled.by.clone()),
            cancel_reason: text(payment.cancellation().and_then(|cancelled| cancelled.reason.as_ref())),
            returned_minor: payment.returned().map(|returned| returned.amount.minor()),
            return_reason: text(payment.returned().map(|returned| &returned.reason)),
            reversal_case: payment
                .reversal_case()
                .map(|case| case.outcome.map_or("open", |outcome| outcome.name()).to_owned()),
            version,
            ..request.map(Self::ordered).unwrap_or_default()
        }
    }

    /// What is told of the order.
    fn ordered(request: &PaymentRequested) -> Self {
        let (to_account, external) = match &request.payee {
            Payee::Account(account_id) => (Some(account_id.to_string()), None),
            Payee::External(payee) => (None, Some(Json(payee.clone()))),
        };
        Self {
            customer_id: Some(request.from_customer.to_string()),
            from_account: Some(request.from_account.to_string()),
            to_account,
            external,
            amount_minor: Some(request.amount.minor()),
            fee_minor: Some(request.fee.minor()),
            currency: Some(request.amount.currency()),
            reference: text(request.reference.as_ref()),
            scheduled_for: request.scheduled_for,
            standing_order_id: request.standing_order.map(|of| of.standing_order_id.to_string()),
            due_date: request.standing_order.map(|of| of.due_date),
            requested_on: Some(request.business_date),
            requested_by: Some(request.requested_by.clone()),
            ..Self::default()
        }
    }

    /// An amount of this payment.
    pub fn money(&self, minor: Option<i64>) -> Option<Money> {
        minor.zip(self.currency).map(|(minor, currency)| Money::from_minor(minor, currency))
    }

    /// Whether it goes to another bank.
    pub fn is_external(&self) -> bool {
        self.kind.as_deref() == Some(PaymentKind::External.name())
    }
}

fn text(text: Option<impl ToString>) -> Option<String> {
    text.map(|text| text.to_string())
}

impl Viewed for Payment {
    const VIEW: &'static str = "payments";
    const VIEW_VERSION: u32 = 3;
    type Row = PaymentRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<PaymentRow> {
        self.request()?;
        let updated_at = stand.updated_at;
        Some(PaymentRow { updated_at, ..PaymentRow::of(id.to_owned(), self, stand.version) })
    }
}
