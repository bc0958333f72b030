//! From the disbursement to the end: payments, charges, lateness, restructuring, writing off.

use super::{Answered, done, rate::RateField, state::LoanBody};
use crate::{
    app::App,
    http::{
        request::{
            CommandRequest, PathId,
            fields::{DateField, IdField, MoneyField, Object, TextField},
        },
        schemas::{CommandAnswerSchema, MoneySchema},
    },
};
use axum::extract::State;
use khata_application::lending::{NewCharge, NewPayment, NewTerms};
use khata_domain::{
    ids::{AccountId, LoanId, TransactionId},
    lending::loan::{AccountTransaction, ChargeKind},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanPaymentRequest)]
pub(super) struct PaymentBody {
    /// How much: at most what pays the loan off.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// On which day; today if nothing is said. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
    /// The entry of the customer's account, where it is known. One entry is one payment.
    #[schema(value_type = Option<AccountTransactionBody>)]
    account_transaction: Option<Object<AccountTransactionBody>>,
}

/// The entry of an account that a payment came from.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountEntryReference)]
pub(super) struct AccountTransactionBody {
    /// `acc_…`
    #[schema(value_type = String)]
    account_id: IdField<AccountId>,
    /// `txn_…`
    #[schema(value_type = String)]
    transaction_id: IdField<TransactionId>,
}

/// A penalty or a fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanCharge)]
pub(super) struct ChargeBody {
    /// Which of both; a penalty if nothing is said.
    #[schema(value_type = Option<ChargeKindSchema>)]
    kind: Option<ChargeKind>,
    /// How much.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// What for.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// On which day; today if nothing is said. It is due at once.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

/// What a charge is.
#[derive(ToSchema)]
#[schema(as = ChargeKind, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is read")]
pub(super) enum ChargeKindSchema {
    /// For being late.
    Penalty,
    /// For a service.
    Fee,
}

/// A day.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DelinquencyDay)]
pub(super) struct MarkBody {
    /// At this day's end; today if nothing is said. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

/// Another rate and term for what is owed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Restructuring)]
pub(super) struct RestructureBody {
    /// Percent per year; as before if nothing is said.
    #[schema(value_type = Option<String>, example = "10.5", pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    annual_rate: Option<RateField>,
    /// How many monthly instalments from then on.
    #[schema(minimum = 1, maximum = 600)]
    term_months: u32,
    /// The first day of the new schedule; today if nothing is said. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    from: Option<DateField>,
    /// Why.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

/// A write-off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WriteOffRequest)]
pub(super) struct WriteOffBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// On which day; today if nothing is said. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

fn day(field: Option<DateField>) -> Option<jiff::civil::Date> {
    field.map(|DateField(date)| date)
}

/// Record a payment: past-due before due before in advance, and of each instalment its interest before its principal. What goes beyond
/// the running instalment shortens the schedule; exactly what pays the loan off closes it.
#[utoipa::path(post, path = "/v1/loans/{id}/payments", operation_id = "record_loan_payment", tag = "loans", params(("id" = String, Path, description = "`loan_…`")),
    request_body = PaymentBody, responses((status = 200, description = "The payment is recorded.", body = CommandAnswerSchema<LoanBody>)))]
pub(super) async fn pay(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    CommandRequest { context, body }: CommandRequest<PaymentBody>,
) -> Answered {
    let entry = |Object(entry): Object<AccountTransactionBody>| AccountTransaction {
        account_id: entry.account_id.0,
        transaction_id: entry.transaction_id.0,
    };
    let payment = NewPayment {
        amount: body.amount.0,
        date: day(body.date),
        account_transaction: body.account_transaction.map(entry),
    };
    done(&app, app.loans.pay(&context, id, payment).await)
}

/// Charge a penalty or a fee.
#[utoipa::path(post, path = "/v1/loans/{id}/penalties", operation_id = "charge_loan_penalty", tag = "loans", params(("id" = String, Path, description = "`loan_…`")),
    request_body = ChargeBody, responses((status = 200, description = "It is charged.", body = CommandAnswerSchema<LoanBody>)))]
pub(super) async fn charge(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    CommandRequest { context, body }: CommandRequest<ChargeBody>,
) -> Answered {
    let charge = NewCharge {
        kind: body.kind.unwrap_or_default(),
        amount: body.amount.0,
        reason: body.reason.into_string(),
        date: day(body.date),
    };
    done(&app, app.loans.charge(&context, id, charge).await)
}

/// Note how late a loan is: an event if its bucket of days past due has changed, also back to current.
#[utoipa::path(post, path = "/v1/loans/{id}/delinquency", operation_id = "mark_loan_delinquency", tag = "loans", params(("id" = String, Path, description = "`loan_…`")),
    request_body = Option<MarkBody>, responses((status = 200, description = "The bucket is noted.", body = CommandAnswerSchema<LoanBody>)))]
pub(super) async fn mark_delinquent(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    CommandRequest { context, body }: CommandRequest<MarkBody>,
) -> Answered {
    done(&app, app.loans.mark_delinquent(&context, id, day(body.date)).await)
}

/// Agree on another rate and term. Unpaid interest becomes principal; penalties and fees stay as they are.
#[utoipa::path(post, path = "/v1/loans/{id}/restructure", operation_id = "restructure_loan", tag = "loans", params(("id" = String, Path, description = "`loan_…`")),
    request_body = RestructureBody, responses((status = 200, description = "The loan has another schedule.", body = CommandAnswerSchema<LoanBody>)))]
pub(super) async fn restructure(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    CommandRequest { context, body }: CommandRequest<RestructureBody>,
) -> Answered {
    let terms = NewTerms {
        annual_rate: body.annual_rate.map(|RateField(rate)| rate),
        term_months: body.term_months,
        from: day(body.from),
        reason: body.reason.map(TextField::into_string),
    };
    done(&app, app.loans.restructure(&context, id, terms).await)
}

/// Give up what is owed: the loan is closed.
#[utoipa::path(post, path = "/v1/loans/{id}/write-off", operation_id = "write_off_loan", tag = "loans", params(("id" = String, Path, description = "`loan_…`")),
    request_body = WriteOffBody, responses((status = 200, description = "The loan is closed.", body = CommandAnswerSchema<LoanBody>)))]
pub(super) async fn write_off(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    CommandRequest { context, body }: CommandRequest<WriteOffBody>,
) -> Answered {
    done(&app, app.loans.write_off(&context, id, body.reason.into_string(), day(body.date)).await)
}
