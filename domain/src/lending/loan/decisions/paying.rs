//! Payments, and the penalties and fees that they pay.

use super::{Decision, active, disbursed_by, in_currency, in_order, not_in_future, positive};
use crate::{
    DecisionContext, Money, Rules,
    lending::{
        Schedule,
        loan::{
            AccountTransaction, Allocation, ChargePenalty, LoanError, LoanFullyRepaid, LoanPaymentMade,
            LoanPenaltyCharged, RecordPayment, TakeOverRepayment, allocation,
            state::{ClosedReason, Loan},
        },
    },
};
use jiff::civil::Date;

/// Exactly what pays the loan off closes it; more is refused. History may tell of more: it was paid, and
/// nothing was owed for it.
pub(super) fn record(loan: &Loan, command: RecordPayment, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let RecordPayment { amount, date, account_transaction, effect } = command;
    if is_recorded(loan, account_transaction, amount)? {
        return Ok(Vec::new());
    }
    let (disbursed_on, schedule) = active(loan)?;
    in_currency(positive(amount)?, schedule.currency)?;
    not_in_future(date, at)?;
    disbursed_by(date, disbursed_on)?;
    in_order(loan, date)?;
    let payoff_amount = loan.payoff(date).ok_or(LoanError::LoanNotApplied)?;
    if amount.minor() > payoff_amount.minor() && rules.all() {
        return Err(LoanError::PayoffExceeded { amount, payoff_amount, date });
    }
    let (allocation, surplus, pays_off) = allocated(loan, schedule, amount, date)?;
    let paid = LoanPaymentMade { amount, paid_on: date, allocation, surplus, account_transaction, effect };
    let nothing = Money::zero(schedule.currency);
    let repaid = LoanFullyRepaid { repaid_on: date, unrecorded: nothing, unrecorded_principal: nothing };
    Ok([paid.into()].into_iter().chain(pays_off.then(|| repaid.into())).collect())
}

/// Whether an account's entry has been recorded already, as what it is.
pub(super) fn is_recorded(
    loan: &Loan,
    entry: Option<AccountTransaction>,
    amount: Money,
) -> Result<bool, LoanError> {
    let Some(transaction_id) = entry.map(|entry| entry.transaction_id) else { return Ok(false) };
    let Some(recorded) = loan.transactions.get(&transaction_id) else { return Ok(false) };
    if loan.returned.contains(&transaction_id) {
        return Err(LoanError::TransactionReversed { transaction_id });
    }
    let recorded = loan.money(*recorded).ok_or(LoanError::LoanNotApplied)?;
    let refusal = LoanError::TransactionAlreadyRecorded { transaction_id, amount: recorded };
    if recorded == amount { Ok(true) } else { Err(refusal) }
}

/// Where a payment goes, what of it nothing is owed for, and whether it pays the loan off.
pub(super) fn allocated(
    loan: &Loan,
    schedule: &Schedule,
    amount: Money,
    date: Date,
) -> Result<(Allocation, Option<Money>, bool), LoanError> {
    let payoff_amount = loan.payoff(date).ok_or(LoanError::LoanNotApplied)?;
    let beyond = amount.minor().saturating_sub(payoff_amount.minor()).max(0);
    let surplus = (beyond > 0).then(|| Money::from_minor(beyond, schedule.currency));
    let pays_off = amount.minor() >= payoff_amount.minor();
    let allocation = match pays_off {
        true => allocation::pay_off(loan, schedule, payoff_amount, date),
        false => allocation::allocate(loan, schedule, amount, date),
    };
    Ok((allocation, surplus, pays_off))
}

pub(super) fn charge(loan: &Loan, command: ChargePenalty, at: DecisionContext<'_>, _: Rules) -> Decision {
    let ChargePenalty { kind, amount, reason, date } = command;
    let (disbursed_on, schedule) = active(loan)?;
    in_currency(positive(amount)?, schedule.currency)?;
    not_in_future(date, at)?;
    disbursed_by(date, disbursed_on)?;
    // All that can ever be owed must fit.
    let asked = schedule
        .instalments
        .iter()
        .map(|instalment| i128::from(instalment.principal_minor) + i128::from(instalment.interest_minor));
    let charged = loan.charges().iter().map(|charge| i128::from(charge.amount_minor));
    if asked.chain(charged).sum::<i128>() + i128::from(amount.minor()) > i128::from(i64::MAX) {
        return Err(LoanError::AmountOutOfRange);
    }
    Ok(vec![LoanPenaltyCharged { kind, amount, reason, charged_on: date, instalment: None }.into()])
}

/// Another system knows that it was repaid: what no payment is known for is told in the event.
pub(super) fn take_over(
    loan: &Loan,
    command: TakeOverRepayment,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let date = command.date;
    if rules.all() {
        return Err(LoanError::HistoryOnly);
    }
    // The known payments may have paid it off already.
    if loan.closing().is_some_and(|closing| closing.reason == ClosedReason::Repaid) {
        return Ok(Vec::new());
    }
    let (disbursed_on, schedule) = active(loan)?;
    not_in_future(date, at)?;
    disbursed_by(date, disbursed_on)?;
    in_order(loan, date)?;
    let unrecorded = loan.payoff(date).ok_or(LoanError::LoanNotApplied)?;
    let unrecorded_principal = Money::from_minor(schedule.principal_minor(), schedule.currency);
    Ok(vec![LoanFullyRepaid { repaid_on: date, unrecorded, unrecorded_principal }.into()])
}
