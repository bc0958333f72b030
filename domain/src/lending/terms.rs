//! What kinds of loans there are, and the configured numbers that approving one needs. The only place that
//! knows their defaults; a loan keeps those it was approved by.

use crate::{Currency, Money, Percent, money::MoneyError, names::names};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// What loans are for.
    pub enum LoanType {
        /// Whatever a person wants. The income must be verified.
        Personal = "personal",
        /// A home.
        Home = "home",
        /// A business.
        Business = "business",
    }
}

impl LoanType {
    /// Whether it is approved only with a verified income.
    pub const fn needs_verified_income(self) -> bool {
        matches!(self, Self::Personal)
    }
}

names! {
    /// From when on money that comes before its instalment is due saves interest.
    ///
    /// A term of each loan.
    pub enum PrepaymentRule, default Period {
        /// From the end of the running period on: its interest follows the schedule.
        Period = "period",
        /// From its own day on.
        Daily = "daily",
    }
}

names! {
    /// What becomes of the instalments behind money that pays principal ahead of them.
    pub enum PrepaymentEffect, default ShorterTerm {
        /// They stay as they are, and the last ones fall away.
        ShorterTerm = "shorter_term",
        /// They become smaller, as many as there are.
        SmallerInstalment = "smaller_instalment",
    }
}

impl PrepaymentEffect {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What an approval is measured by, and what a new loan is like where its application does not say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LendingTerms {
    /// The lowest credit score for a personal loan.
    pub minimum_score_personal: u16,
    /// The lowest credit score for a home loan.
    pub minimum_score_home: u16,
    /// The lowest credit score for a business loan.
    pub minimum_score_business: u16,
    /// Up to how much a loan officer approves, in major units of whatever currency a loan has.
    pub officer_limit: Decimal,
    /// Below this score an assessed loan is rejected without anybody.
    pub automatic_rejection_below: u16,
    /// From this score on it is approved without anybody,
    pub automatic_approval_from: u16,
    /// up to this much, in major units of whatever currency it has.
    pub automatic_approval_up_to: Decimal,
    /// What is charged for each instalment that is overdue, in major units of whatever currency a loan has,
    pub overdue_penalty: Decimal,
    /// and how much of what is unpaid of it, in percent,
    pub overdue_penalty_rate: Percent,
    /// once it is unpaid at the end of so many days after its due date.
    pub overdue_grace_days: u16,
    /// On how many days what is due is debited from the account that a loan names, until that pays it.
    pub debit_attempts: u16,
    /// What the first of them costs that fails, in major units of whatever currency a loan has.
    pub failed_debit_fee: Decimal,
    /// Whether the house itself pays approved loans out, from its treasury to the account that they name.
    pub automatic_disbursement: bool,
    /// From when on early payments of a personal loan save interest.
    pub prepayment_personal: PrepaymentRule,
    /// From when on early payments of a home loan save interest.
    pub prepayment_home: PrepaymentRule,
    /// From when on early payments of a business loan save interest.
    pub prepayment_business: PrepaymentRule,
}

/// What is charged for instalments that are not paid in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenaltyTerms {
    /// So much for each, in major units of whatever currency,
    pub amount: Decimal,
    /// and so much of what is unpaid of it, in percent.
    pub rate: Percent,
    /// If it is unpaid at the end of so many days after its due date.
    pub grace_days: u16,
}

/// What becomes of a loan without anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// It is rejected: its score is below this.
    Reject { below: u16 },
    /// It is approved, up to an amount.
    Approve,
    /// Officers decide.
    Leave,
}

impl LendingTerms {
    /// The lowest credit score with which a loan of a type is approved.
    pub const fn minimum_score(&self, loan_type: LoanType) -> u16 {
        match loan_type {
            LoanType::Personal => self.minimum_score_personal,
            LoanType::Home => self.minimum_score_home,
            LoanType::Business => self.minimum_score_business,
        }
    }

    /// From when on early payments of a loan of a type save interest.
    pub const fn prepayment(&self, loan_type: LoanType) -> PrepaymentRule {
        match loan_type {
            LoanType::Personal => self.prepayment_personal,
            LoanType::Home => self.prepayment_home,
            LoanType::Business => self.prepayment_business,
        }
    }

    /// What becomes of a loan without anybody, by its score alone.
    pub const fn automatic(&self, credit_score: u16) -> Automatic {
        match credit_score {
            score if score < self.automatic_rejection_below => {
                Automatic::Reject { below: self.automatic_rejection_below }
            }
            score if score >= self.automatic_approval_from => Automatic::Approve,
            _ => Automatic::Leave,
        }
    }

    /// Up to how much a loan is approved without anybody, in a currency.
    ///
    /// # Errors
    /// A configured amount beyond 64 bits of minor units.
    pub fn automatic_limit(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::round_half_even(self.automatic_approval_up_to, currency)
    }

    /// What is charged for instalments that are not paid in time.
    pub const fn penalties(&self) -> PenaltyTerms {
        let (amount, rate) = (self.overdue_penalty, self.overdue_penalty_rate);
        PenaltyTerms { amount, rate, grace_days: self.overdue_grace_days }
    }

    /// What a debit costs that fails, in a currency.
    ///
    /// # Errors
    /// A configured amount beyond 64 bits of minor units.
    pub fn failed_debit_fee(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::round_half_even(self.failed_debit_fee, currency)
    }

    /// Up to how much a loan officer approves, in a currency.
    ///
    /// # Errors
    /// A configured amount beyond 64 bits of minor units.
    pub fn limit(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::round_half_even(self.officer_limit, currency)
    }
}

impl Default for LendingTerms {
    fn default() -> Self {
        Self {
            minimum_score_personal: 700,
            minimum_score_home: 680,
            minimum_score_business: 650,
            officer_limit: Decimal::from(5_000_000),
            automatic_rejection_below: 0,
            automatic_approval_from: 1_000,
            automatic_approval_up_to: Decimal::ZERO,
            overdue_penalty: Decimal::ZERO,
            overdue_penalty_rate: Percent::default(),
            overdue_grace_days: 0,
            debit_attempts: 4,
            failed_debit_fee: Decimal::ZERO,
            automatic_disbursement: false,
            prepayment_personal: PrepaymentRule::Period,
            prepayment_home: PrepaymentRule::Period,
            prepayment_business: PrepaymentRule::Period,
        }
    }
}
