//! A loan as answers show it.

use super::words::{
    ArithmeticSchema, BucketSchema, ClosedReasonSchema, DayCountSchema, LoanTypeSchema, PrepaymentSchema,
    StatusSchema,
};
use crate::http::{declared::shown, resource::Picture, schemas::MoneySchema};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Money,
    lending::{Loan, loan::WrittenOff},
};
use khata_projections::lending::LoanRow;
use serde::Serialize;
use utoipa::ToSchema;

/// A loan. Members are null where they do not apply yet, or nothing is known yet: by business time, before the application.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
#[schema(as = Loan)]
pub(crate) struct LoanBody {
    /// `loan_…`
    #[schema(example = "loan_01890a5d-ac96-774b-bcce-b302099a8057")]
    loan_id: String,
    /// The customer, `cus_…`
    #[schema(required)]
    customer_id: Option<String>,
    /// The account it is paid out to, `acc_…`
    #[schema(required)]
    account_id: Option<String>,
    /// What it is for.
    #[schema(value_type = Option<LoanTypeSchema>, required)]
    loan_type: Option<String>,
    /// Its status.
    #[schema(value_type = StatusSchema)]
    status: String,
    /// Why it is closed.
    #[schema(value_type = Option<ClosedReasonSchema>, required)]
    closed_reason: Option<String>,
    /// How much was asked for.
    #[schema(value_type = Option<MoneySchema>, required)]
    principal: Option<Money>,
    /// The customer's yearly income, as stated.
    #[schema(value_type = Option<MoneySchema>, required)]
    income: Option<Money>,
    /// Percent per year; since a restructuring, the rate of that.
    #[schema(required, example = "12.5", pattern = "^[0-9]+(\\.[0-9]+)?$")]
    annual_rate: Option<String>,
    /// How many monthly instalments; since a restructuring, so many from then on.
    #[schema(required)]
    term_months: Option<u32>,
    /// How the days of a period count.
    #[schema(value_type = Option<DayCountSchema>, required)]
    day_count: Option<String>,
    /// From when on money that comes before its instalment is due saves interest.
    #[schema(value_type = Option<PrepaymentSchema>, required)]
    prepayment: Option<String>,
    /// How amounts come about; fixed by the application.
    #[schema(value_type = Option<ArithmeticSchema>, required)]
    arithmetic: Option<String>,
    /// The equal monthly instalment, from the approval on.
    #[schema(value_type = Option<MoneySchema>, required)]
    instalment: Option<Money>,
    /// What is owed on the day: unpaid principal, unpaid interest of instalments due by then, unpaid penalties and fees. Zero before
    /// the disbursement and after the end.
    #[schema(value_type = Option<MoneySchema>, required)]
    outstanding: Option<Money>,
    /// Of that, principal.
    #[schema(value_type = Option<MoneySchema>, required)]
    outstanding_principal: Option<Money>,
    /// Of that, interest.
    #[schema(value_type = Option<MoneySchema>, required)]
    outstanding_interest: Option<Money>,
    /// Of that, penalties.
    #[schema(value_type = Option<MoneySchema>, required)]
    outstanding_penalties: Option<Money>,
    /// Of that, fees.
    #[schema(value_type = Option<MoneySchema>, required)]
    outstanding_fees: Option<Money>,
    /// What is unpaid of instalments past due.
    #[schema(value_type = Option<MoneySchema>, required)]
    overdue: Option<Money>,
    /// The first due date, from the day on, of an instalment that is not all paid.
    #[schema(required)]
    next_due_date: Option<Date>,
    /// The due date of the oldest instalment that is not all paid.
    #[schema(required)]
    oldest_unpaid_due_date: Option<Date>,
    /// How many days that one is past due on the day; 0 if it is not.
    days_past_due: u32,
    /// The bucket of days past due as it was noted last.
    #[schema(value_type = Option<BucketSchema>, required)]
    bucket: Option<String>,
    /// As of which day it was noted.
    #[schema(required)]
    bucket_as_of: Option<Date>,
    /// A credit bureau's score.
    #[schema(required)]
    credit_score: Option<u64>,
    /// Whether the stated income was verified.
    #[schema(required)]
    income_verified: Option<bool>,
    /// Who approved it.
    #[schema(required)]
    approver: Option<String>,
    /// Conditions that were agreed upon.
    #[schema(required)]
    conditions: Option<String>,
    /// Why it was rejected.
    rejection_reasons: Vec<String>,
    /// Why the last approval was reversed.
    #[schema(required)]
    reversal_reason: Option<String>,
    /// The day on which it should begin.
    #[schema(required)]
    start_date: Option<Date>,
    /// The day on which its first instalment was to be due, if agreed.
    #[schema(required)]
    first_due_date: Option<Date>,
    /// The day of the month on which the others are due, if agreed; 1 to 31.
    #[schema(required)]
    due_day: Option<u64>,
    /// The day of the application.
    #[schema(required)]
    applied_on: Option<Date>,
    /// The day of the approval.
    #[schema(required)]
    approved_on: Option<Date>,
    /// The day it was paid out.
    #[schema(required)]
    disbursed_on: Option<Date>,
    /// The day of the last restructuring.
    #[schema(required)]
    restructured_on: Option<Date>,
    /// The day of the last payment.
    #[schema(required)]
    last_payment_on: Option<Date>,
    /// The day it was repaid or written off.
    #[schema(required)]
    closed_on: Option<Date>,
    /// What was given up, by part.
    #[schema(required)]
    written_off: Option<WrittenOffBody>,
    /// Of what was given up, what came in after all.
    #[schema(value_type = Option<MoneySchema>, required)]
    recovered: Option<Money>,
    /// What must have been paid without a known payment: of loans imported from another system.
    #[schema(value_type = Option<MoneySchema>, required)]
    unrecorded: Option<Money>,
    /// When the last event was recorded; in queries to the view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    updated_at: Option<Timestamp>,
    /// True if this is missing events: one of them could not be processed, or is known only to a newer Khata,
    /// and later ones wait; absent otherwise. Only in queries to the view.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the loan has.
    version: u64,
}

/// What was given up, by part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WrittenOff)]
pub(crate) struct WrittenOffBody {
    /// Of the principal.
    #[schema(value_type = MoneySchema)]
    principal: Money,
    /// Of the interest; negative where interest was paid for days that did not come.
    #[schema(value_type = MoneySchema)]
    interest: Money,
    /// Of the penalties.
    #[schema(value_type = MoneySchema)]
    penalties: Money,
    /// Of the fees.
    #[schema(value_type = MoneySchema)]
    fees: Money,
    /// Why.
    reason: String,
}

shown!(LoanBody);

impl LoanBody {
    /// Shows the state of a loan as it stands on a day.
    pub(super) fn of_state(Picture { id, state, version, at }: Picture<Loan>, day: Date) -> Self {
        let loan_id = id.to_string();
        match LoanRow::of(&loan_id, &state, version, at) {
            Some(row) => Self { updated_at: None, ..Self::of_row(row, day) },
            None => Self { loan_id, status: state.status().name().to_owned(), version, ..Self::default() },
        }
    }

    /// Shows a row as it stands on a day.
    pub(crate) fn of_row(row: LoanRow, on: Date) -> Self {
        let money = |minor| Some(row.money(minor));
        Self {
            principal: money(row.principal_minor),
            income: row.income_minor.and_then(money),
            instalment: row.instalment_minor.and_then(money),
            outstanding: money(row.outstanding_minor(on)),
            outstanding_principal: money(row.principal_outstanding_minor),
            outstanding_interest: money(row.interest_due_minor(on)),
            outstanding_penalties: money(row.penalties_outstanding_minor),
            outstanding_fees: money(row.fees_outstanding_minor),
            overdue: money(row.overdue_minor(on)),
            next_due_date: row.next_due_date(on),
            oldest_unpaid_due_date: row.oldest_unpaid_due_date,
            days_past_due: row.days_past_due(on),
            recovered: row.recovered_minor.and_then(money),
            unrecorded: row.unrecorded_minor.and_then(money),
            loan_id: row.loan_id,
            customer_id: Some(row.customer_id),
            account_id: row.account_id,
            loan_type: Some(row.loan_type),
            status: row.status,
            closed_reason: row.closed_reason,
            annual_rate: Some(row.annual_rate),
            term_months: Some(row.term_months),
            day_count: Some(row.day_count),
            prepayment: Some(row.prepayment),
            arithmetic: Some(row.arithmetic),
            bucket: Some(row.bucket),
            bucket_as_of: row.bucket_as_of,
            credit_score: row.credit_score,
            income_verified: row.income_verified,
            approver: row.approver,
            conditions: row.conditions,
            rejection_reasons: row.rejection_reasons.0,
            reversal_reason: row.reversal_reason,
            start_date: row.start_date,
            first_due_date: row.first_due_date,
            due_day: row.due_day,
            applied_on: Some(row.applied_on),
            approved_on: row.approved_on,
            disbursed_on: row.disbursed_on,
            restructured_on: row.restructured_on,
            last_payment_on: row.last_payment_on,
            closed_on: row.closed_on,
            written_off: row.written_off.map(|parts| parts.0.into()),
            updated_at: Some(row.updated_at),
            parked: false,
            version: row.version,
        }
    }
}

impl From<WrittenOff> for WrittenOffBody {
    fn from(parts: WrittenOff) -> Self {
        let WrittenOff { principal, interest, penalties, fees, reason } = parts;
        Self { principal, interest, penalties, fees, reason }
    }
}
