//! The row of a loan, and what follows from it on a day.

use crate::{cell::Json, row};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    lending::{
        Loan, Schedule,
        loan::{ChargeKind, Status, WrittenOff},
    },
};
use serde::{Deserialize, Serialize};

row! {
    /// How a loan stands.
    pub struct LoanRow in "loans", partition loan_id, owner customer_id, key [loan_id],
        index [customer_id, loan_id],
        index [status, loan_id],
        index [oldest_unpaid_due_date, loan_id] {
        /// `loan_…`
        pub loan_id: String,
        /// Whose it is, `cus_…`
        pub customer_id: String,
        /// The account it is paid out to, `acc_…`
        pub account_id: Option<String>,
        /// `personal`, `home` or `business`.
        pub loan_type: String,
        /// `pending`, `approved`, `rejected`, `active` or `closed`.
        pub status: String,
        /// `repaid` or `written_off`, once it is closed.
        pub closed_reason: Option<String>,
        /// The currency of all its amounts.
        pub currency: Currency,
        /// How much was asked for.
        pub principal_minor: i64,
        /// The customer's yearly income, as the customer said.
        pub income_minor: Option<i64>,
        /// Percent per year, a decimal number.
        pub annual_rate: String,
        /// How many monthly instalments.
        pub term_months: u32,
        /// `ACT/365` or `30/360`.
        pub day_count: String,
        /// `period` or `daily`.
        pub prepayment: String,
        /// `rounded_rates` or `exact`.
        pub arithmetic: String,
        /// The equal instalment, once there is a schedule.
        pub instalment_minor: Option<i64>,
        /// The unpaid principal; 0 unless active.
        pub principal_outstanding_minor: i64,
        /// Unpaid penalties; 0 unless active.
        pub penalties_outstanding_minor: i64,
        /// Unpaid fees; 0 unless active.
        pub fees_outstanding_minor: i64,
        /// The instalments of an active loan that are not all paid, the oldest first.
        pub unpaid: Json<Vec<UnpaidInstalment>>,
        /// The due date of the first of them.
        pub oldest_unpaid_due_date: Option<Date>,
        /// The bucket of days past due as it was noted last.
        pub bucket: String,
        /// As of which day.
        pub bucket_as_of: Option<Date>,
        /// A credit bureau's score.
        pub credit_score: Option<u64>,
        /// Whether the income was shown to be as said.
        pub income_verified: Option<bool>,
        pub approver: Option<String>,
        /// Conditions that were agreed upon.
        pub conditions: Option<String>,
        /// Why it was rejected.
        pub rejection_reasons: Json<Vec<String>>,
        /// Why the last approval was taken back.
        pub reversal_reason: Option<String>,
        /// The day on which it should begin.
        pub start_date: Option<Date>,
        /// The day on which its first instalment is due, if agreed.
        pub first_due_date: Option<Date>,
        /// The day of the month on which the others are due, if agreed: 1 to 31.
        pub due_day: Option<u64>,
        /// The day of the application.
        pub applied_on: Date,
        /// The day of the approval.
        pub approved_on: Option<Date>,
        /// The day it was paid out.
        pub disbursed_on: Option<Date>,
        /// The day of the last restructuring.
        pub restructured_on: Option<Date>,
        /// The day of the last payment.
        pub last_payment_on: Option<Date>,
        /// The day it was repaid or written off.
        pub closed_on: Option<Date>,
        /// What was given up, by part.
        pub written_off: Option<Json<WrittenOff>>,
        /// Of what was given up, what came in after all.
        pub recovered_minor: Option<i64>,
        /// What must have been paid without a payment known.
        pub unrecorded_minor: Option<i64>,
        /// How many events the loan has.
        pub version: u64,
        /// When the last event was recorded.
        pub updated_at: Timestamp,
    }
}

/// What is unpaid of an instalment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpaidInstalment {
    /// The day on which it must be paid.
    pub due_date: Date,
    /// What is unpaid of its principal.
    pub principal_minor: i64,
    /// What is unpaid of its interest.
    pub interest_minor: i64,
}

impl LoanRow {
    /// The row of a loan; `None` before its application is known.
    pub fn of(loan_id: &str, loan: &Loan, version: u64, updated_at: Timestamp) -> Option<Self> {
        let application = loan.application()?;
        let (assessment, closing, approval) = (loan.assessment(), loan.closing(), loan.approval());
        let unpaid = unpaid(loan);
        let (bucket, bucket_as_of) = loan.bucket();
        let charges = |kind| loan.outstanding_charges(kind).map_or(0, Money::minor);
        Some(Self {
            loan_id: loan_id.to_owned(),
            customer_id: application.customer_id.to_string(),
            account_id: application.account_id.map(|account_id| account_id.to_string()),
            loan_type: application.loan_type.name().to_owned(),
            status: loan.status().name().to_owned(),
            closed_reason: closing.map(|closing| closing.reason.name().to_owned()),
            currency: application.principal.currency(),
            principal_minor: application.principal.minor(),
            income_minor: application.income.map(Money::minor),
            annual_rate: loan.annual_rate().unwrap_or(application.annual_rate).to_string(),
            term_months: loan.term_months(),
            day_count: application.day_count.name().to_owned(),
            prepayment: application.prepayment.name().to_owned(),
            arithmetic: application.arithmetic.name().to_owned(),
            instalment_minor: loan.schedule().map(|schedule| schedule.instalment_minor),
            principal_outstanding_minor: loan.outstanding_principal().map_or(0, Money::minor),
            penalties_outstanding_minor: charges(ChargeKind::Penalty),
            fees_outstanding_minor: charges(ChargeKind::Fee),
            oldest_unpaid_due_date: unpaid.first().map(|oldest| oldest.due_date),
            unpaid: Json(unpaid),
            bucket: bucket.name().to_owned(),
            bucket_as_of,
            credit_score: assessment.map(|assessment| assessment.credit_score.into()),
            income_verified: assessment.map(|assessment| assessment.income_verified),
            approver: approval.map(|approval| approval.approver.clone()),
            conditions: approval.and_then(|approval| approval.conditions.clone()),
            rejection_reasons: Json(loan.rejection().to_vec()),
            reversal_reason: loan.reversal().map(str::to_owned),
            start_date: application.start_date,
            first_due_date: application.first_due_date,
            due_day: loan.due_day().map(|day| i8::from(day).unsigned_abs().into()),
            applied_on: application.applied_on,
            approved_on: approval.map(|approval| approval.approved_on),
            disbursed_on: loan.disbursed_on(),
            restructured_on: loan.restructured_on(),
            last_payment_on: loan.last_payment_on(),
            closed_on: closing.map(|closing| closing.closed_on),
            recovered_minor: loan.recovered().map(Money::minor),
            written_off: closing.and_then(|closing| closing.written_off.clone()).map(Json),
            unrecorded_minor: closing
                .map(|closing| closing.unrecorded.minor())
                .filter(|unrecorded| *unrecorded != 0),
            version,
            updated_at,
        })
    }

    /// What is owed on a day: the unpaid principal, the unpaid interest of instalments due by then, unpaid
    /// penalties and fees.
    pub fn outstanding_minor(&self, on: Date) -> i64 {
        let charges = self.penalties_outstanding_minor.saturating_add(self.fees_outstanding_minor);
        self.principal_outstanding_minor.saturating_add(self.interest_due_minor(on)).saturating_add(charges)
    }

    /// The unpaid interest of instalments due by a day.
    pub fn interest_due_minor(&self, on: Date) -> i64 {
        self.unpaid_by(|due_date| due_date <= on)
            .fold(0, |sum, unpaid| sum.saturating_add(unpaid.interest_minor))
    }

    /// What is unpaid of instalments that are past due on a day.
    pub fn overdue_minor(&self, on: Date) -> i64 {
        let overdue = self.unpaid_by(|due_date| due_date < on);
        overdue.fold(0, |sum, unpaid| {
            sum.saturating_add(unpaid.interest_minor).saturating_add(unpaid.principal_minor)
        })
    }

    /// The first unpaid instalment's due date that is not past on a day.
    pub fn next_due_date(&self, on: Date) -> Option<Date> {
        self.unpaid_by(|due_date| due_date >= on).map(|unpaid| unpaid.due_date).next()
    }

    /// How many days its oldest unpaid instalment is past due.
    pub fn days_past_due(&self, on: Date) -> u32 {
        let days = self
            .oldest_unpaid_due_date
            .and_then(|due_date| due_date.until(on).ok())
            .map_or(0, |span| span.get_days());
        u32::try_from(days).unwrap_or(0)
    }

    /// An amount of this loan.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    fn unpaid_by(&self, wanted: impl Fn(Date) -> bool) -> impl Iterator<Item = &UnpaidInstalment> {
        self.unpaid.0.iter().filter(move |unpaid| wanted(unpaid.due_date))
    }
}

fn unpaid(loan: &Loan) -> Vec<UnpaidInstalment> {
    let schedule: Option<&Schedule> = loan.schedule().filter(|_| loan.status() == Status::Active);
    let instalments = schedule
        .into_iter()
        .flat_map(|schedule| &schedule.instalments)
        .filter(|instalment| !instalment.is_paid());
    let unpaid = instalments.map(|instalment| UnpaidInstalment {
        due_date: instalment.due_date,
        principal_minor: instalment.unpaid_principal_minor(),
        interest_minor: instalment.unpaid_interest_minor(),
    });
    unpaid.collect()
}
