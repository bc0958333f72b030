//! From the disbursement to the end: payments, charges, lateness, restructuring, writing off.

use super::{
    LoanRoutes,
    rate::RateField,
    words::{ChargeKindSchema, PrepaymentEffectSchema},
};
use crate::http::{
    request::fields::{DateField, IdField, MoneyField, Object, TextField},
    resource::post,
    schemas::MoneySchema,
};
use khata_application::lending::{NewLoanPayment, NewRecovery};
use khata_domain::{
    ids::{AccountId, TransactionId},
    lending::{
        DueDates, DueDay, PrepaymentEffect,
        loan::{
            AccountTransaction, ChargeKind, ChargePenalty, CloseDay, MarkDelinquent, Restructure, WriteOff,
        },
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanPaymentRequest, examples(json!({
    "amount": {"amount": "1066.19", "currency": "INR"}, "date": "2026-04-10",
})))]
pub(super) struct PaymentBody {
    /// How much: at most what pays the loan off.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// On which day; by default today. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
    /// The account that pays, `acc_…`: it is debited in the same append, by its own rules. Whoever asks only for their
    /// own loans names one of theirs.
    #[schema(value_type = Option<String>)]
    from_account: Option<IdField<AccountId>>,
    /// The entry of the account, where it has been debited already. One entry is one payment. Not beside
    /// `from_account`.
    #[schema(value_type = Option<AccountTransactionBody>)]
    account_transaction: Option<Object<AccountTransactionBody>>,
    /// What becomes of the later instalments if it pays principal ahead of them; by default the term becomes shorter.
    #[schema(value_type = Option<PrepaymentEffectSchema>)]
    effect: Option<PrepaymentEffect>,
}

/// What comes in of a loan that was written off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoanRecoveryRequest, examples(json!({
    "amount": {"amount": "250.00", "currency": "INR"}, "reason": "sale of the car",
})))]
pub(super) struct RecoveryBody {
    /// How much: with what came in before at most what was written off.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// On which day; by default today. Not before the write-off.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
    /// The account that pays, `acc_…`: it is debited in the same append, by its own rules.
    #[schema(value_type = Option<String>)]
    from_account: Option<IdField<AccountId>>,
    /// The entry of the account, where it has been debited already. Not beside `from_account`.
    #[schema(value_type = Option<AccountTransactionBody>)]
    account_transaction: Option<Object<AccountTransactionBody>>,
    /// From whom or what it came.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
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
#[schema(as = LoanCharge, examples(json!({
    "amount": {"amount": "100.00", "currency": "INR"}, "reason": "late", "kind": "penalty",
})))]
pub(super) struct ChargeBody {
    /// Which of the two; by default a penalty.
    #[schema(value_type = Option<ChargeKindSchema>)]
    kind: Option<ChargeKind>,
    /// How much.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// What for.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// On which day; by default today. It is due at once.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

/// A day.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DelinquencyDay, examples(json!({"date": "2026-05-31"})))]
pub(super) struct MarkBody {
    /// At the end of this day; by default today. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

/// Another rate and term for what is owed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Restructuring, examples(json!({
    "annual_rate": "9.5", "term_months": 24, "from": "2026-06-01", "reason": "loss of employment",
})))]
pub(super) struct RestructureBody {
    /// Percent per year; by default as before.
    #[schema(value_type = Option<String>, example = "10.5", pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    annual_rate: Option<RateField>,
    /// How many monthly instalments from then on.
    #[schema(minimum = 1, maximum = 600)]
    term_months: u32,
    /// The first day of the new schedule; by default today. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    from: Option<DateField>,
    /// The day on which its first instalment is due: after that day, and within twelve months of it.
    #[schema(value_type = Option<Date>)]
    first_due_date: Option<DateField>,
    /// The day of the month on which the others are due; by default as before.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 31, example = 5)]
    due_day: Option<DueDay>,
    /// Why.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

/// A write-off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WriteOffRequest, examples(json!({"reason": "insolvent"})))]
pub(super) struct WriteOffBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// On which day; by default today. Not before the last payment.
    #[schema(value_type = Option<Date>)]
    date: Option<DateField>,
}

fn day(field: Option<DateField>) -> Option<jiff::civil::Date> {
    field.map(|DateField(date)| date)
}

impl From<AccountTransactionBody> for AccountTransaction {
    fn from(entry: AccountTransactionBody) -> Self {
        Self { account_id: entry.account_id.0, transaction_id: entry.transaction_id.0 }
    }
}

impl From<PaymentBody> for NewLoanPayment {
    fn from(body: PaymentBody) -> Self {
        Self {
            amount: body.amount.0,
            date: day(body.date),
            from_account: body.from_account.map(|IdField(id)| id),
            account_transaction: body.account_transaction.map(|Object(entry)| entry.into()),
            effect: body.effect.unwrap_or_default(),
        }
    }
}

impl From<RecoveryBody> for NewRecovery {
    fn from(body: RecoveryBody) -> Self {
        Self {
            amount: body.amount.0,
            date: day(body.date),
            from_account: body.from_account.map(|IdField(id)| id),
            account_transaction: body.account_transaction.map(|Object(entry)| entry.into()),
            reason: body.reason.map(TextField::into_string),
        }
    }
}

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes
        .use_case(
            post("payments", "record_loan_payment")
                .about(
                    "Record a payment: past-due before due before in advance, and of each instalment its interest \
                     before its principal. What goes beyond the running instalment shortens the schedule, or makes \
                     the later instalments smaller; exactly what pays the loan off closes it.",
                )
                .done("The payment is recorded."),
            async |app, context, id, body: PaymentBody| {
                app.loans.pay(&context, id, body.into()).await
            },
        )
        .command_with(
            post("penalties", "charge_loan_penalty")
                .about("Charge a penalty or a fee.")
                .done("It is charged."),
            |_, context, body: ChargeBody| {
                let (date, context) = context.on(day(body.date));
                let (kind, reason) = (body.kind.unwrap_or_default(), body.reason.into_string());
                (context, ChargePenalty { kind, amount: body.amount.0, reason, date })
            },
        )
        .command_with(
            post("day-end", "close_loan_day").optional()
                .about(
                    "Close a loan's day: record how late it is, and charge for each overdue instalment what is \
                     configured, once. Done again it changes nothing.",
                )
                .done("The day is closed."),
            |_, context, body: MarkBody| {
                let (date, context) = context.on(day(body.date));
                let penalties = context.settings.rules().lending.penalties();
                (context, CloseDay { date, penalties })
            },
        )
        .command_with(
            post("delinquency", "mark_loan_delinquency").optional()
                .about(
                    "Record how late a loan is: an event if its bucket of days past due has changed, \
                     also back to current.",
                )
                .done("The bucket is recorded."),
            |_, context, body: MarkBody| {
                let (date, context) = context.on(day(body.date));
                (context, MarkDelinquent { date, bucket: None })
            },
        )
}

pub(super) fn endings(routes: LoanRoutes) -> LoanRoutes {
    routes
        .command_with(
            post("restructure", "restructure_loan")
                .about(
                    "Agree on another rate and term. Unpaid interest becomes principal; penalties and fees stay as \
                     they are.",
                )
                .done("The loan has another schedule."),
            |_, context, body: RestructureBody| {
                let (from, context) = context.on(day(body.from));
                let (annual_rate, term_months) = (body.annual_rate.map(|RateField(rate)| rate), body.term_months);
                let dues = DueDates { first: day(body.first_due_date), day: body.due_day };
                let reason = body.reason.map(TextField::into_string);
                (context, Restructure { annual_rate, term_months, from, dues, reason })
            },
        )
        .use_case(
            post("write-off", "write_off_loan")
                .about("Write off what is owed: the loan is closed.")
                .done("The loan is closed."),
            async |app, context, id, body: WriteOffBody| {
                let (date, context) = context.on(day(body.date));
                let write_off = WriteOff { reason: body.reason.into_string(), date };
                app.loans.execute_to_the_end(&context, id, write_off.into()).await
            },
        )
        .use_case(
            post("recoveries", "record_loan_recovery")
                .about("Record what comes in after all of a loan that was written off: the loan stays closed.")
                .done("It is recorded."),
            async |app, context, id, body: RecoveryBody| app.loans.recover(&context, id, body.into()).await,
        )
}
