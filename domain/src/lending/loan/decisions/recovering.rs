//! What comes in after all of a loan that was written off.

use super::{Decision, applied, in_currency, not_in_future, paying::is_recorded, positive};
use crate::{
    DecisionContext, Money, Rules,
    lending::loan::{
        LoanError, LoanRecovered, RecordRecovery,
        state::{ClosedReason, Loan},
    },
};

/// No more comes in than was given up.
pub(super) fn recover(loan: &Loan, command: RecordRecovery, at: DecisionContext<'_>, _: Rules) -> Decision {
    let RecordRecovery { amount, date, account_transaction, reason } = command;
    if is_recorded(loan, account_transaction, amount)? {
        return Ok(Vec::new());
    }
    let application = applied(loan)?;
    let closing = loan.closing().filter(|closing| closing.reason == ClosedReason::WrittenOff);
    let Some((closed_on, given_up)) =
        closing.and_then(|closing| Some((closing.closed_on, closing.written_off.as_ref()?.total())))
    else {
        return Err(LoanError::LoanNotWrittenOff { status: loan.status() });
    };
    in_currency(positive(amount)?, application.principal.currency())?;
    not_in_future(date, at)?;
    if date < closed_on {
        return Err(LoanError::DateBeforeLastEntry { date, last_entry: closed_on });
    }
    let so_far = loan.recovered_minor;
    let left = Money::from_minor(given_up.minor().saturating_sub(so_far), given_up.currency());
    if amount.minor() > left.minor() {
        return Err(LoanError::RecoveryExceeded { amount, unrecovered: left });
    }
    let recovered = Money::from_minor(so_far.saturating_add(amount.minor()), amount.currency());
    Ok(vec![LoanRecovered { amount, recovered_on: date, recovered, account_transaction, reason }.into()])
}
