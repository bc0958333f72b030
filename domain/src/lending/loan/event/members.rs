//! What events of a loan hold within them: where a payment went, what a charge is.

use super::LoanPaymentMade;
use crate::{Money, Text, ids::AccountId, names::names};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

names! {
    /// What a charge is.
    pub enum ChargeKind, default Penalty {
        /// For being late.
        Penalty = "penalty",
        /// For a service.
        Fee = "fee",
    }
}

/// Where an assessment comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BureauReference {
    /// The credit bureau.
    pub source: Text<100>,
    /// The bureau's own name of what it answered.
    pub reference: Text<128>,
    /// When its answer came.
    pub answered_at: Timestamp,
}

/// What the house itself pays out because a loan was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// The how many-th approval of the loan it is.
    pub approval: u32,
    /// To this account of the customer.
    pub account_id: AccountId,
    /// The principal.
    pub amount: Money,
}

/// An instalment that was not paid in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueInstalment {
    pub number: u32,
    /// The day on which it was due.
    pub due_date: Date,
}

/// Where a payment went. Penalties, fees, interest and principal of all parts, less `unearned_interest`, add
/// up to what was allocated of the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// To penalties, the oldest first.
    pub penalties: Money,
    /// To fees, the oldest first.
    pub fees: Money,
    /// To instalments, in order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instalments: Vec<InstalmentPart>,
    /// To principal that no due or running instalment asks for: the schedule ends earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepayment: Option<Prepayment>,
    /// Interest that had been paid for days to come, is not owed any more, and pays principal now: of the
    /// payment that pays the loan off, and of one that saves interest of the running period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unearned_interest: Option<Money>,
    /// What of it saves interest of the running period from the day of payment on. Only of loans whose terms
    /// say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early: Option<EarlyMoney>,
}

/// The part of a payment that went to one instalment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalmentPart {
    pub number: u32,
    pub interest: Money,
    pub principal: Money,
}

/// The part of a payment that went to principal ahead of its instalments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepayment {
    /// The instalment whose period was running: later ones are calculated anew.
    pub after: u32,
    pub principal: Money,
}

/// What of a payment came before it was due, beyond the interest of the days gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyMoney {
    /// The instalment whose period was running.
    pub during: u32,
    /// Its interest is calculated on so much less from the day of payment on.
    pub amount: Money,
}

/// A payment that goes elsewhere since an earlier one was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reallocated {
    /// The payment as it was recorded.
    pub payment: LoanPaymentMade,
    /// Where it goes now.
    pub allocation: Allocation,
    /// What of it nothing is owed for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surplus: Option<Money>,
}

impl Allocation {
    /// To interest, of all instalments.
    pub fn interest(&self) -> Money {
        sum(self.penalties, self.instalments.iter().map(|part| part.interest))
    }

    /// To principal in all, of what was allocated of a payment: what did not go to penalties, fees and
    /// interest, and the interest that pays principal now.
    pub fn principal(&self, payment: Money) -> Money {
        let others = [self.penalties, self.fees, self.interest()]
            .iter()
            .fold(0_i64, |sum, part| sum.saturating_add(part.minor()));
        let unearned = self.unearned_interest.map_or(0, Money::minor);
        Money::from_minor(payment.minor().saturating_sub(others).saturating_add(unearned), payment.currency())
    }

    /// To principal ahead of its instalments.
    pub fn prepaid(&self) -> Money {
        self.prepayment
            .map_or_else(|| Money::zero(self.penalties.currency()), |prepayment| prepayment.principal)
    }
}

/// The sum of amounts, in the currency of a sample.
fn sum(sample: Money, amounts: impl Iterator<Item = Money>) -> Money {
    Money::from_minor(
        amounts.fold(0, |sum: i64, amount| sum.saturating_add(amount.minor())),
        sample.currency(),
    )
}
