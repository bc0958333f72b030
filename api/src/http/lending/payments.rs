//! The payments of a loan, and where each went.

use super::{LoanRoutes, words::PrepaymentEffectSchema};
use crate::http::{
    list::Paged, parts, request::query_string::NoParameters, resource::get, schemas::MoneySchema,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Money,
    ids::{TransactionId, TypedId},
};
use khata_projections::lending::{LoanPaymentRow, LoanRow};
use serde::Serialize;
use utoipa::ToSchema;

/// A payment of a loan. Penalties, fees, interest and principal, less unearned interest, and the surplus add up to
/// the amount.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoanPayment)]
pub(super) struct PaymentBody {
    /// Its name, `txn_…`: that of its event.
    payment_id: String,
    /// The id of its event.
    event_id: String,
    /// Its place in the log.
    position: u64,
    /// The number of the payment among those of the loan.
    number: u64,
    /// The day of the payment.
    paid_on: Date,
    /// How much.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// To penalties.
    #[schema(value_type = MoneySchema)]
    penalties: Money,
    /// To fees.
    #[schema(value_type = MoneySchema)]
    fees: Money,
    /// To interest.
    #[schema(value_type = MoneySchema)]
    interest: Money,
    /// To principal in all.
    #[schema(value_type = MoneySchema)]
    principal: Money,
    /// Of that, ahead of the instalments: the schedule ends earlier, or the later ones are smaller.
    #[schema(value_type = MoneySchema)]
    prepaid: Money,
    /// Interest that had been paid for days that did not come, and pays principal now.
    #[schema(value_type = MoneySchema)]
    unearned_interest: Money,
    /// The part for which nothing was owed: only payments imported from another system have one.
    #[schema(value_type = MoneySchema)]
    surplus: Money,
    /// What it makes of the instalments behind principal paid ahead.
    #[schema(value_type = PrepaymentEffectSchema)]
    effect: String,
    /// The parts of single instalments.
    instalments: Vec<PartBody>,
    /// The account that it came from, `acc_…`
    #[schema(required)]
    account_id: Option<String>,
    /// The entry of that account, `txn_…`
    #[schema(required)]
    transaction_id: Option<String>,
    /// The day on which it was reversed, if it was: it no longer counts, and the parts are those it had.
    #[schema(required)]
    reversed_on: Option<Date>,
    /// Why it was reversed.
    #[schema(required)]
    reversal_reason: Option<String>,
    /// Its business time.
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
}

/// The part of a payment that went to one instalment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoanPaymentPart)]
pub(super) struct PartBody {
    /// Which instalment.
    number: u32,
    /// To its interest.
    #[schema(value_type = MoneySchema)]
    interest: Money,
    /// To its principal.
    #[schema(value_type = MoneySchema)]
    principal: Money,
}

impl From<LoanPaymentRow> for PaymentBody {
    fn from(row: LoanPaymentRow) -> Self {
        Self {
            amount: row.money(row.amount_minor),
            penalties: row.money(row.penalties_minor),
            fees: row.money(row.fees_minor),
            interest: row.money(row.interest_minor),
            principal: row.money(row.principal_minor),
            prepaid: row.money(row.prepaid_minor),
            unearned_interest: row.money(row.unearned_interest_minor),
            surplus: row.money(row.surplus_minor),
            payment_id: format!("{}_{}", TransactionId::PREFIX, row.event_id),
            event_id: row.event_id,
            position: row.position,
            number: row.number,
            paid_on: row.paid_on,
            effect: row.effect,
            instalments: row
                .instalments
                .0
                .into_iter()
                .map(|part| PartBody {
                    number: part.number,
                    interest: part.interest,
                    principal: part.principal,
                })
                .collect(),
            account_id: row.account_id,
            transaction_id: row.transaction_id,
            reversed_on: row.reversed_on,
            reversal_reason: row.reversal_reason,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
        }
    }
}

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes.question(
        get("payments", "list_loan_payments")
            .about("List a loan's payments by their days.")
            .answers_list::<PaymentBody>("A page of payments."),
        async |app, id, asked: Paged<NoParameters>, reader| {
            let query = |_: &mut NoParameters, id: &str, limit| Ok(LoanPaymentRow::of_loan(id, limit));
            let (list, show) = (("loan payments", id), PaymentBody::from);
            parts::lines::<LoanRow, LoanPaymentRow, _, _>(&app, list, asked, &reader, query, show).await
        },
    )
}
