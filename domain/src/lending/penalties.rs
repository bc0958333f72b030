//! What is charged for instalments that are not paid in time: once for each, when its days of grace are over.

use super::{PenaltyTerms, Schedule};
use crate::{Money, money::MoneyError};
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeSet;

/// What is to be charged for an instalment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenaltyDue {
    pub number: u32,
    /// The day on which the instalment was due.
    pub due_date: Date,
    pub amount: Money,
}

/// What is to be charged at a day's end, for instalments that nothing was charged for yet.
///
/// # Errors
/// An amount beyond 64 bits of minor units.
pub fn due_on(
    schedule: &Schedule,
    charged: &BTreeSet<Date>,
    date: Date,
    terms: PenaltyTerms,
) -> Result<Vec<PenaltyDue>, MoneyError> {
    let Some(latest) = date.checked_sub(i64::from(terms.grace_days).days()).ok() else {
        return Ok(Vec::new());
    };
    let late = schedule.instalments.iter().filter(|instalment| {
        instalment.due_date < latest && !instalment.is_paid() && !charged.contains(&instalment.due_date)
    });
    let due = late.map(|instalment| {
        let unpaid = instalment.unpaid_principal_minor().saturating_add(instalment.unpaid_interest_minor());
        let unpaid = Money::from_minor(unpaid, schedule.currency);
        let of_unpaid = unpaid.to_decimal().checked_mul(terms.rate.fraction());
        let amount =
            of_unpaid.and_then(|part| part.checked_add(terms.amount)).ok_or(MoneyError::OutOfRange)?;
        let amount = Money::round_half_even(amount, schedule.currency)?;
        Ok(PenaltyDue { number: instalment.number, due_date: instalment.due_date, amount })
    });
    let due: Vec<PenaltyDue> = due.collect::<Result<_, MoneyError>>()?;
    Ok(due.into_iter().filter(|due| due.amount.is_positive()).collect())
}
