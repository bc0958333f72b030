//! A payment as answers show it.

use super::words::{FraudDecisionSchema, GroundSchema, KindSchema, NetworkSchema, StatusSchema};
use crate::http::{list::Shown, schemas::MoneySchema};
use jiff::civil::Date;
use khata_domain::{Money, payments::ExternalPayee};
use khata_projections::{cell::Json, payments::PaymentRow};
use serde::Serialize;
use utoipa::ToSchema;

/// A payment: from an account to another, or to another bank.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Payment)]
pub(crate) struct PaymentBody {
    /// `pay_…`
    #[schema(example = "pay_01890a5d-ac96-774b-bcce-b302099a8057")]
    payment_id: String,
    /// Where the money goes.
    #[schema(value_type = KindSchema)]
    kind: Option<String>,
    /// How far it has come.
    #[schema(value_type = StatusSchema)]
    status: String,
    /// How much arrives.
    #[schema(value_type = MoneySchema)]
    amount: Option<Money>,
    /// What it costs the payer beside that.
    #[schema(value_type = MoneySchema)]
    fee: Option<Money>,
    /// The account that pays, `acc_…`
    #[schema(value_type = String)]
    from_account: Option<String>,
    /// The account that is paid, `acc_…`; null where it is at another bank.
    #[schema(required)]
    to_account: Option<String>,
    /// The payee at another bank.
    #[schema(required)]
    external: Option<PayeeShown>,
    /// The customer who pays, `cus_…`
    #[schema(value_type = String)]
    customer_id: Option<String>,
    /// For payer and payee.
    #[schema(required)]
    reference: Option<String>,
    /// The day on which it shall be made; null where that was at once.
    #[schema(required)]
    scheduled_for: Option<Date>,
    /// The standing order that it is of, `sto_…`
    #[schema(required)]
    standing_order_id: Option<String>,
    /// The date of that order that it is for.
    #[schema(required)]
    due_date: Option<Date>,
    /// The day of the order.
    #[schema(value_type = Date)]
    requested_on: Option<Date>,
    /// Who ordered it.
    #[schema(value_type = String)]
    requested_by: Option<String>,
    /// How much it looks like fraud; null before that was judged.
    #[schema(required)]
    fraud: Option<FraudShown>,
    /// Who has looked at it; null for whoever is not to know, too.
    #[schema(required)]
    reviewed_by: Option<String>,
    /// What they said; null for whoever is not to know, too.
    #[schema(required)]
    review_reason: Option<String>,
    /// How the gateway names it.
    #[schema(required)]
    gateway_reference: Option<String>,
    /// The day it arrived.
    #[schema(required)]
    completed_on: Option<Date>,
    /// Why it came to nothing.
    #[schema(required)]
    failure: Option<String>,
    /// The rule that refused it, or the gateway's code.
    #[schema(required)]
    failure_code: Option<String>,
    /// On what ground it was given up.
    #[schema(value_type = Option<GroundSchema>, required)]
    failure_ground: Option<String>,
    /// Who cancelled it.
    #[schema(required)]
    cancelled_by: Option<String>,
    /// Why it was cancelled.
    #[schema(required)]
    cancel_reason: Option<String>,
    /// How much came back after it had arrived.
    #[schema(value_type = Option<MoneySchema>, required)]
    returned: Option<Money>,
    /// Why it came back.
    #[schema(required)]
    return_reason: Option<String>,
    /// `open` where money went out though the payment had been given up; once that is settled, how: `recalled`,
    /// `debited`, `written_off`.
    #[schema(required)]
    reversal_case: Option<String>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the payment has.
    version: u64,
}

/// How much a payment looks like fraud.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = PaymentFraud)]
pub(crate) struct FraudShown {
    /// From 0, not at all, to 1: a decimal string.
    #[schema(example = "0.15")]
    score: String,
    /// What speaks for fraud, or why else somebody has to look at it, in words; null for whoever is not to know.
    #[schema(value_type = Option<Vec<String>>, required)]
    reasons: Vec<String>,
    /// What was decided by the score.
    #[schema(value_type = FraudDecisionSchema)]
    decision: String,
}

/// A payee at another bank.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExternalPayee)]
pub(crate) struct PayeeShown {
    /// The network that reaches it.
    #[schema(value_type = NetworkSchema)]
    network: String,
    /// Its IBAN, without blanks.
    #[schema(required)]
    iban: Option<String>,
    /// The number of an account that has no IBAN.
    #[schema(required)]
    account_number: Option<String>,
    /// Whose account it is.
    name: String,
    /// The bank's code.
    #[schema(required)]
    bic: Option<String>,
}

impl From<ExternalPayee> for PayeeShown {
    fn from(payee: ExternalPayee) -> Self {
        Self {
            network: payee.network.name().to_owned(),
            iban: payee.iban,
            account_number: payee.account_number.map(|number| number.to_string()),
            name: payee.name.to_string(),
            bic: payee.bic,
        }
    }
}

impl From<PaymentRow> for PaymentBody {
    fn from(row: PaymentRow) -> Self {
        let (amount, fee) = (row.money(row.amount_minor), row.money(row.fee_minor));
        let returned = row.money(row.returned_minor);
        let reasons = row.fraud_reasons.map(|Json(reasons)| reasons).unwrap_or_default();
        let fraud = row.fraud_score.zip(row.fraud_decision);
        Self {
            payment_id: row.payment_id,
            kind: row.kind,
            status: row.status,
            amount,
            fee,
            from_account: row.from_account,
            to_account: row.to_account,
            external: row.external.map(|Json(payee)| payee.into()),
            customer_id: row.customer_id,
            reference: row.reference,
            scheduled_for: row.scheduled_for,
            standing_order_id: row.standing_order_id,
            due_date: row.due_date,
            requested_on: row.requested_on,
            requested_by: row.requested_by,
            fraud: fraud.map(|(score, decision)| FraudShown { score, reasons, decision }),
            reviewed_by: row.reviewed_by,
            review_reason: row.review_reason,
            gateway_reference: row.gateway_reference,
            completed_on: row.completed_on,
            failure: row.failure,
            failure_code: row.failure_code,
            failure_ground: row.failure_ground,
            cancelled_by: row.cancelled_by,
            cancel_reason: row.cancel_reason,
            returned,
            return_reason: row.return_reason,
            reversal_case: row.reversal_case,
            parked: false,
            version: row.version,
        }
    }
}

impl Shown for PaymentBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    fn version(&self) -> u64 {
        self.version
    }
}
