//! What can have happened to a loan. The JSON of these is stored for ever: golden files guard it.
//!
//! The schedule is in none of them: it follows from the application, the day of disbursement, prepayments and
//! restructurings.

mod members;

pub use crate::ids::AccountTransaction;
pub use members::{
    Allocation, BureauReference, ChargeKind, EarlyMoney, InstalmentPart, OverdueInstalment, Payout,
    Prepayment, Reallocated,
};

use crate::{
    DomainEvent, Money, Percent, Text,
    declared::events,
    ids::{AccountId, CustomerId, TransactionId},
    lending::{Arithmetic, Bucket, DayCount, DueDay, LoanType, PrepaymentEffect, PrepaymentRule},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to a loan.
    pub enum LoanEvent {
        LoanApplied in Box = "loan_applied" v 3,
        LoanAssessed = "loan_assessed" v 2,
        LoanApproved = "loan_approved" v 2,
        LoanRejected = "loan_rejected" v 1,
        LoanApprovalReversed = "loan_approval_reversed" v 1,
        LoanDisbursed = "loan_disbursed" v 1,
        LoanPaymentMade = "loan_payment_made" v 3,
        LoanPaymentReversed in Box = "loan_payment_reversed" v 2,
        LoanPenaltyCharged = "loan_penalty_charged" v 2,
        LoanBecameDelinquent = "loan_became_delinquent" v 1,
        LoanRestructured = "loan_restructured" v 2,
        LoanWrittenOff = "loan_written_off" v 1,
        LoanFullyRepaid = "loan_fully_repaid" v 1,
        LoanRecovered = "loan_recovered" v 1,
        StandingDebitSet = "standing_debit_set" v 1,
        StandingDebitCancelled = "standing_debit_cancelled" v 1,
        StandingDebitFailed = "standing_debit_failed" v 1,
    }
}

impl DomainEvent for LoanEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    fn business_date(&self) -> Option<Date> {
        Some(match self {
            Self::LoanApplied(event) => event.applied_on,
            Self::LoanAssessed(event) => event.assessed_on,
            Self::LoanApproved(event) => event.approved_on,
            Self::LoanRejected(event) => event.rejected_on,
            Self::LoanApprovalReversed(event) => event.reversed_on,
            Self::LoanDisbursed(event) => event.disbursed_on,
            Self::LoanPaymentMade(event) => event.paid_on,
            // By business time it was never paid.
            Self::LoanPaymentReversed(event) => event.payment.paid_on,
            Self::LoanPenaltyCharged(event) => event.charged_on,
            Self::LoanBecameDelinquent(event) => event.as_of,
            Self::LoanRestructured(event) => event.from,
            Self::LoanWrittenOff(event) => event.written_off_on,
            Self::LoanFullyRepaid(event) => event.repaid_on,
            Self::LoanRecovered(event) => event.recovered_on,
            Self::StandingDebitSet(event) => event.set_on,
            Self::StandingDebitCancelled(event) => event.cancelled_on,
            Self::StandingDebitFailed(event) => event.tried_on,
        })
    }
}

impl LoanEvent {
    /// Whether another event tells the same, but for what no teller chooses: the arithmetic and the
    /// prepayment rule of the house.
    pub fn is_of_the_same_terms(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::LoanApplied(one), Self::LoanApplied(other)) => {
                let (arithmetic, prepayment) = (other.arithmetic, other.prepayment);
                LoanApplied { arithmetic, prepayment, ..(**one).clone() } == **other
            }
            _ => self == other,
        }
    }

    /// How it changes the principal that is owed: more by a disbursement, a payment taken back and interest
    /// that a restructuring adds to it, less by payments, by a write-off, and by repayment without known
    /// payments. `None` if it does not touch it. The sum over all events of a loan is its outstanding
    /// principal, without interest, penalties and fees; it ends at zero.
    pub fn principal_change(&self) -> Option<Money> {
        let less = |amount: Money| Money::from_minor(amount.minor().saturating_neg(), amount.currency());
        match self {
            Self::LoanDisbursed(event) => Some(event.amount),
            Self::LoanPaymentMade(event) => Some(less(event.principal())),
            Self::LoanPaymentReversed(event) => Some(event.principal),
            Self::LoanRestructured(event) => Some(event.capitalised_interest),
            Self::LoanWrittenOff(event) => Some(less(event.principal)),
            Self::LoanFullyRepaid(event) => Some(less(event.unrecorded_principal)),
            Self::LoanApplied(_)
            | Self::LoanAssessed(_)
            | Self::LoanApproved(_)
            | Self::LoanRejected(_)
            | Self::LoanApprovalReversed(_)
            | Self::LoanPenaltyCharged(_)
            | Self::LoanBecameDelinquent(_)
            | Self::LoanRecovered(_)
            | Self::StandingDebitSet(_)
            | Self::StandingDebitCancelled(_)
            | Self::StandingDebitFailed(_) => None,
        }
    }
}

/// Somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanApplied {
    pub customer_id: CustomerId,
    /// The account it is to be paid out to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// What it is for.
    pub loan_type: LoanType,
    pub principal: Money,
    /// The customer's yearly income, as the customer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub income: Option<Money>,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How many monthly instalments.
    pub term_months: u32,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// From when on early payments save interest.
    pub prepayment: PrepaymentRule,
    /// How amounts come about: the same for as long as the loan lasts.
    pub arithmetic: Arithmetic,
    /// The day on which it shall begin, if agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// The customer's standing was assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanAssessed {
    /// A credit bureau's score.
    pub credit_score: u16,
    /// Whether the income was shown to be as said.
    pub income_verified: bool,
    /// The day of the assessment.
    pub assessed_on: Date,
    /// The credit bureau that it comes from. Nothing where somebody recorded it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bureau: Option<BureauReference>,
}

/// It was granted; from here on it has a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanApproved {
    pub approver: String,
    pub role: String,
    /// Conditions that were agreed upon, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<String>,
    /// The score that was needed. Nothing where history tells only that it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_score: Option<u16>,
    /// Up to how much the approver could grant. Nothing where history tells only that it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// The day of the approval.
    pub approved_on: Date,
    /// The start of the schedule, until the disbursement shows it.
    pub starts_on: Date,
    /// What the house itself pays out because of it, if that was configured so. Otherwise somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<Payout>,
}

/// It was turned down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanRejected {
    pub reasons: Vec<String>,
    /// The day of the rejection.
    pub rejected_on: Date,
}

/// Its approval was taken back: it is to be decided anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanApprovalReversed {
    pub reason: String,
    /// The day of the reversal.
    pub reversed_on: Date,
}

/// The money was paid out; the schedule begins on this day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanDisbursed {
    /// How much: the principal.
    pub amount: Money,
    /// The day.
    pub disbursed_on: Date,
}

/// The customer has paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanPaymentMade {
    pub amount: Money,
    /// The day.
    pub paid_on: Date,
    pub allocation: Allocation,
    /// What of it nothing was owed for. Only history tells of such: a live payment of more than the payoff is
    /// refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surplus: Option<Money>,
    /// The entry of the customer's account, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_transaction: Option<AccountTransaction>,
    /// What becomes of the later instalments where it pays principal ahead of them.
    #[serde(default, skip_serializing_if = "PrepaymentEffect::is_default")]
    pub effect: PrepaymentEffect,
}

impl LoanPaymentMade {
    /// To principal in all.
    pub fn principal(&self) -> Money {
        let surplus = self.surplus.map_or(0, Money::minor);
        self.allocation
            .principal(Money::from_minor(self.amount.minor().saturating_sub(surplus), self.amount.currency()))
    }
}

/// A payment was taken back: the loan stands as if it had never been made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanPaymentReversed {
    /// Which: the id of its event.
    pub payment_id: TransactionId,
    /// The how many-th reversal of the loan it is.
    pub number: u32,
    /// The payment as it was recorded.
    pub payment: LoanPaymentMade,
    /// Payments that were recorded after it and go elsewhere without it, in the order of their recording.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reallocated: Vec<Reallocated>,
    /// So much more principal is owed than before.
    pub principal: Money,
    /// Whether the loan had been repaid and is so no longer.
    pub reopened: bool,
    pub reason: String,
    /// The day of the reversal.
    pub reversed_on: Date,
}

/// A penalty or a fee was charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanPenaltyCharged {
    pub kind: ChargeKind,
    pub amount: Money,
    pub reason: String,
    /// The day: it is due at once.
    pub charged_on: Date,
    /// The instalment that a rule charged it for. Nothing where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instalment: Option<OverdueInstalment>,
}

/// It fell into another bucket of days past due, or came back to current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanBecameDelinquent {
    /// Which it was in before.
    pub previous: Bucket,
    /// Which it is in now.
    pub bucket: Bucket,
    /// How many days its oldest unpaid instalment is past due. Nothing where history gives the bucket alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_past_due: Option<u32>,
    /// At this day's end.
    pub as_of: Date,
}

/// What is owed is repaid by another schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanRestructured {
    pub previous_principal: Money,
    /// Unpaid interest up to that day, which is principal now. Negative where interest was paid for days that
    /// did not come.
    pub capitalised_interest: Money,
    /// The principal from then on.
    pub principal: Money,
    /// Percent per year before.
    pub previous_annual_rate: Percent,
    /// Percent per year from then on.
    pub annual_rate: Percent,
    /// How many monthly instalments from then on.
    pub term_months: u32,
    /// The first day of the new schedule.
    pub from: Date,
    /// The day on which its first instalment is due, if agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_due_date: Option<Date>,
    /// The day of the month on which the others are due, if agreed: now or before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_day: Option<DueDay>,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was owed was given up; it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanWrittenOff {
    pub principal: Money,
    /// Of the interest up to that day. Negative where interest was paid for days that did not come.
    pub interest: Money,
    pub penalties: Money,
    pub fees: Money,
    pub reason: String,
    /// The day.
    pub written_off_on: Date,
}

/// Nothing is owed any more; it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanFullyRepaid {
    /// The day.
    pub repaid_on: Date,
    /// What must have been paid without a payment known; zero unless history was taken over.
    pub unrecorded: Money,
    /// The principal in that.
    pub unrecorded_principal: Money,
}

/// Something came in after all of what had been given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanRecovered {
    pub amount: Money,
    /// The day.
    pub recovered_on: Date,
    /// What is recovered with it, of all that was given up.
    pub recovered: Money,
    /// The entry of the customer's account, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_transaction: Option<AccountTransaction>,
    /// From whom or what it came, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An account pays what is due from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingDebitSet {
    pub account_id: AccountId,
    /// The day.
    pub set_on: Date,
}

/// No account pays what is due any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingDebitCancelled {
    /// The day.
    pub cancelled_on: Date,
}

/// The account did not pay what was due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingDebitFailed {
    pub account_id: AccountId,
    /// The due date of the latest instalment that was due.
    pub due_date: Date,
    /// What was to be paid.
    pub amount: Money,
    /// The rule that refused it.
    pub code: Text<100>,
    /// Which attempt it was for that due date, from 1.
    pub attempt: u16,
    /// The day.
    pub tried_on: Date,
}
