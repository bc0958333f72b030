//! Taking a payment back: the loan stands as if it had never been made. Payments that were recorded after it
//! go where they would have gone without it.

use super::{Decision, applied};
use crate::{
    DecisionContext, Money, Rules,
    lending::loan::{
        LoanError, LoanPaymentMade, LoanPaymentReversed, NotReversible, Reallocated, ReversePayment,
        decisions::paying::allocated,
        state::{ClosedReason, Entry, Loan, standing},
    },
};

/// Once only. What was agreed after a payment prevents its reversal: neither a restructuring nor a write-off.
pub(super) fn reverse(loan: &Loan, command: ReversePayment, at: DecisionContext<'_>, _: Rules) -> Decision {
    let ReversePayment { payment_id, payment, reason } = command;
    applied(loan)?;
    if loan.reversed.contains(&payment_id) {
        return Err(LoanError::PaymentAlreadyReversed { payment_id });
    }
    let refused = |because| Err(LoanError::PaymentNotReversible { payment_id, because });
    match loan.closing() {
        Some(closing) if closing.reason == ClosedReason::WrittenOff => {
            return refused(NotReversible::WrittenOff);
        }
        Some(closing) if !closing.unrecorded.is_zero() => return refused(NotReversible::TakenOver),
        Some(_) | None => {}
    }
    let Some(place) = loan.book.entries.iter().position(|entry| entry.is(&payment)) else {
        return refused(NotReversible::Restructured);
    };
    let (without, reallocated, is_repaid) = replayed(loan, place)?;
    let owed = |loan: &Loan, is_closed: bool| {
        loan.schedule().filter(|_| !is_closed).map_or(0, |schedule| schedule.principal_minor())
    };
    let more = owed(&without, is_repaid).saturating_sub(owed(loan, loan.closing().is_some()));
    let reversed = LoanPaymentReversed {
        payment_id,
        number: u32::try_from(loan.reversed.len()).unwrap_or(u32::MAX).saturating_add(1),
        principal: Money::from_minor(more, payment.amount.currency()),
        payment,
        reallocated,
        reopened: loan.closing().is_some() && !is_repaid,
        reason,
        reversed_on: at.today,
    };
    Ok(vec![reversed.into()])
}

/// The loan without one entry of its book; the payments behind that one which go elsewhere then; and whether
/// all is repaid all the same.
fn replayed(loan: &Loan, left_out: usize) -> Result<(Loan, Vec<Reallocated>, bool), LoanError> {
    let mut without = loan.at_the_start_of_its_book();
    let (mut reallocated, mut is_repaid) = (Vec::new(), false);
    for (place, entry) in loan.book.entries.iter().enumerate().filter(|(place, _)| *place != left_out) {
        let Entry::Payment { recorded, anew } = entry else {
            without.put(entry);
            continue;
        };
        let now = standing(recorded, anew.as_ref());
        let payment = if place < left_out { now.clone() } else { again(&without, recorded, &mut is_repaid)? };
        if payment != now {
            let LoanPaymentMade { allocation, surplus, .. } = payment.clone();
            reallocated.push(Reallocated { payment: recorded.as_ref().clone(), allocation, surplus });
        }
        without.put(&Entry::Payment { recorded: Box::new(payment), anew: None });
    }
    Ok((without, reallocated, is_repaid))
}

/// A payment, allocated as it would be on this loan.
fn again(
    loan: &Loan,
    recorded: &LoanPaymentMade,
    is_repaid: &mut bool,
) -> Result<LoanPaymentMade, LoanError> {
    let schedule = loan.running_schedule().ok_or(LoanError::LoanNotApplied)?;
    let (allocation, surplus, pays_off) = allocated(loan, schedule, recorded.amount, recorded.paid_on)?;
    *is_repaid |= pays_off;
    Ok(LoanPaymentMade { allocation, surplus, ..recorded.clone() })
}
