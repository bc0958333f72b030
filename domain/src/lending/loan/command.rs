//! What a loan can be asked to do. Every fact from outside arrives here: ids, days that somebody names, a credit
//! score, configured terms. Which rule decides on which stands in `decisions`.

use super::event::{AccountTransaction, BureauReference, ChargeKind, LoanPaymentMade};
use crate::{
    Money, Percent, Text,
    ids::{AccountId, CustomerId, TransactionId},
    lending::{
        Bucket, DayCount, DueDates, LendingTerms, LoanType, PenaltyTerms, PrepaymentEffect, PrepaymentRule,
    },
};
use jiff::civil::Date;

/// Ask for the loan. The caller has made sure that the customer is verified, and that the account is the
/// customer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apply {
    pub customer_id: CustomerId,
    /// The account it is to be paid out to.
    pub account_id: Option<AccountId>,
    /// What it is for.
    pub loan_type: LoanType,
    /// How much; more than nothing.
    pub principal: Money,
    /// The customer's yearly income, as the customer says.
    pub income: Option<Money>,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How many monthly instalments.
    pub term_months: u32,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// From when on early payments save interest.
    pub prepayment: PrepaymentRule,
    /// The day on which it shall begin, if agreed: past, present or future.
    pub start_date: Option<Date>,
    /// When its instalments are due, if agreed.
    pub dues: DueDates,
}

/// Take down what is known of the customer's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordAssessment {
    /// A credit bureau's score.
    pub credit_score: u16,
    /// Whether the income was shown to be as said.
    pub income_verified: bool,
}

/// Take down what a credit bureau has of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordBureauFile {
    pub credit_score: u16,
    /// Whether the income was shown to be as said.
    pub income_verified: bool,
    pub bureau: BureauReference,
}

/// Decide on it by the bands that the house has configured, where they say how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideByRule {
    /// Fact: what approvals are measured by today.
    pub terms: LendingTerms,
    /// Fact: the version of the settings that these stand in.
    pub settings_version: u64,
}

/// Grant it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    pub approver: String,
    pub role: String,
    /// Conditions that were agreed upon, in words.
    pub conditions: Option<String>,
    /// Fact: what approvals are measured by today.
    pub terms: LendingTerms,
}

/// Turn it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Why; at least one reason.
    pub reasons: Vec<String>,
}

/// Take an approval back before the money is paid out: it is to be decided anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseApproval {
    pub reason: String,
}

/// Note that the money is paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disburse {
    /// On this day; by default on the day agreed, or today if none was agreed or it is still to
    /// come.
    pub date: Option<Date>,
}

/// Note that the customer has paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPayment {
    /// How much; more than nothing.
    pub amount: Money,
    /// On this day; not before the last payment.
    pub date: Date,
    /// The entry of the customer's account, where it is known. One entry is one payment.
    pub account_transaction: Option<AccountTransaction>,
    /// What becomes of the later instalments if it pays principal ahead of them.
    pub effect: PrepaymentEffect,
}

/// Take a payment back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversePayment {
    /// Which: the id of its event.
    pub payment_id: TransactionId,
    /// Fact: the payment as it was recorded.
    pub payment: LoanPaymentMade,
    pub reason: String,
}

/// Charge a penalty or a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargePenalty {
    pub kind: ChargeKind,
    /// How much; more than nothing.
    pub amount: Money,
    pub reason: String,
    /// On this day: it is due at once.
    pub date: Date,
}

/// Note how late it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkDelinquent {
    /// At this day's end.
    pub date: Date,
    /// What another system says, where the days are not known. History only: of a live loan the days are
    /// counted.
    pub bucket: Option<Bucket>,
}

/// Note how late it is at a day's end, and charge what that costs by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseDay {
    pub date: Date,
    /// Fact: what is charged.
    pub penalties: PenaltyTerms,
}

/// Let an account of the customer's pay what is due. The caller has made sure that it is one, in the loan's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetStandingDebit {
    pub account_id: AccountId,
}

/// Let no account pay what is due any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelStandingDebit {}

/// Note that the account did not pay what was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDebitFailed {
    /// On this day.
    pub date: Date,
    /// Fact: how often it is tried for one due date.
    pub attempts: u16,
    /// Fact: the rule that refused it.
    pub code: Text<100>,
    /// Fact: what the first failure for a due date costs.
    pub fee: Option<Money>,
}

/// Agree on another rate and term for what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restructure {
    /// Percent per year; by default as before.
    pub annual_rate: Option<Percent>,
    /// How many monthly instalments from then on.
    pub term_months: u32,
    /// From this day on; not before the last payment.
    pub from: Date,
    /// When they are due, if agreed; a due day of the month agreed before holds on.
    pub dues: DueDates,
    /// Why, if somebody said so.
    pub reason: Option<String>,
}

/// Give up what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOff {
    pub reason: String,
    /// On this day; not before the last payment.
    pub date: Date,
}

/// Note that something came in after all of what was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRecovery {
    /// How much; more than nothing, and with what came before no more than was given up.
    pub amount: Money,
    /// On this day; not before the write-off.
    pub date: Date,
    /// The entry of the customer's account, where it is known. One entry is one payment or recovery.
    pub account_transaction: Option<AccountTransaction>,
    /// From whom or what it came.
    pub reason: Option<String>,
}

/// Take over that it was repaid, though not all payments are known. History only: a live loan closes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeOverRepayment {
    /// On this day; not before the last payment.
    pub date: Date,
}
