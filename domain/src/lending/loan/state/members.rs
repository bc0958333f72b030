//! The parts of a loan's state.

use crate::{
    Money, Percent,
    ids::{AccountId, CustomerId},
    lending::{Arithmetic, DayCount, DueDates, DueDay, LoanType, Plan, PrepaymentRule, loan::ChargeKind},
    names::names,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

names! {
    /// How far a loan has come.
    pub enum Status as "LoanStatus", default Pending {
        /// Asked for, to be decided.
        Pending = "pending",
        /// Granted, not yet paid out.
        Approved = "approved",
        /// Turned down.
        Rejected = "rejected",
        /// Paid out, being repaid.
        Active = "active",
        /// Repaid or written off.
        Closed = "closed",
    }
}

/// What was asked for; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub customer_id: CustomerId,
    /// The account it is paid out to.
    pub account_id: Option<AccountId>,
    /// What it is for.
    pub loan_type: LoanType,
    pub principal: Money,
    /// The customer's yearly income, as the customer said.
    pub income: Option<Money>,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How many monthly instalments.
    pub term_months: u32,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// From when on early payments save interest.
    pub prepayment: PrepaymentRule,
    /// How amounts come about.
    pub arithmetic: Arithmetic,
    /// The day on which it should begin, if agreed.
    pub start_date: Option<Date>,
    /// The day on which the first instalment is due, if agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_due_date: Option<Date>,
    /// The day of the month on which the others are due, if agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_day: Option<DueDay>,
    /// The day of the application.
    pub applied_on: Date,
}

impl Application {
    /// The plan of the whole loan from a day on.
    pub(in crate::lending::loan) fn plan(&self, start: Date) -> Plan {
        let Self { principal: balance, annual_rate, day_count, term_months, arithmetic, .. } = *self;
        let dues = DueDates { first: self.first_due_date, day: self.due_day };
        Plan { balance, annual_rate, day_count, term_months, start, dues, arithmetic }
    }
}

/// The customer's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// A credit bureau's score.
    pub credit_score: u16,
    /// Whether the income was shown to be as said.
    pub income_verified: bool,
    /// The day of the assessment.
    pub assessed_on: Date,
}

/// Who granted a loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The how many-th approval of the loan it is.
    #[serde(default)]
    pub number: u32,
    pub approver: String,
    /// Conditions that were agreed upon.
    pub conditions: Option<String>,
    /// The day.
    pub approved_on: Date,
}

/// The account that pays what is due of a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingDebit {
    pub account_id: AccountId,
    /// The due date that it did not pay for last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    /// How often it was tried for that.
    #[serde(default)]
    pub attempts: u16,
    /// The day of the last try that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_on: Option<Date>,
}

impl StandingDebit {
    /// That of an account that was never tried.
    pub(in crate::lending::loan) const fn of(account_id: AccountId) -> Self {
        Self { account_id, due_date: None, attempts: 0, tried_on: None }
    }
}

/// The penalties or the fees of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub kind: ChargeKind,
    /// The day: it is due at once.
    pub charged_on: Date,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// What is paid of it, in minor units.
    pub paid_minor: i64,
}

impl Charge {
    /// What is not paid of it, in minor units.
    pub const fn unpaid_minor(&self) -> i64 {
        self.amount_minor.saturating_sub(self.paid_minor)
    }
}

names! {
    /// Why a loan is closed.
    pub enum ClosedReason as "LoanClosedReason" {
        /// Nothing is owed any more.
        Repaid = "repaid",
        /// What was owed was given up.
        WrittenOff = "written_off",
    }
}

/// How a loan ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub reason: ClosedReason,
    /// The day.
    pub closed_on: Date,
    /// What must have been paid without a payment known.
    pub unrecorded: Money,
    /// What was given up, if it was.
    pub written_off: Option<WrittenOff>,
}

/// What was given up, by part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenOff {
    pub principal: Money,
    pub interest: Money,
    pub penalties: Money,
    pub fees: Money,
    pub reason: String,
}

impl WrittenOff {
    /// All of it. Interest that was paid for days that did not come lowers it.
    pub fn total(&self) -> Money {
        let parts = [self.principal, self.interest, self.penalties, self.fees];
        let sum = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.minor()));
        Money::from_minor(sum, self.principal.currency())
    }
}

/// What pays a loan off on a day, by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payoff {
    pub amount: Money,
    pub principal: Money,
    /// Unpaid interest up to the day. Negative where interest is paid for days that would not come.
    pub interest: Money,
    pub penalties: Money,
    pub fees: Money,
}
