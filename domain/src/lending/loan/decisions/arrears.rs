//! What is done when a loan is not repaid as planned: noting how late it is, restructuring, writing off.

use super::{Decision, active, application::repayable, applied, disbursed_by, in_order, not_in_future};
use crate::{
    DecisionContext, Money, Rules,
    lending::{
        Bucket, DueDates, Plan, Schedule,
        loan::{
            ChargeKind, LoanBecameDelinquent, LoanError, LoanRestructured, LoanWrittenOff, MarkDelinquent,
            Restructure, WriteOff,
            state::{ClosedReason, Loan},
        },
    },
};

/// The bucket is noted when it changes, also back to current.
pub(super) fn mark(loan: &Loan, command: MarkDelinquent, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let MarkDelinquent { date, bucket: given } = command;
    if given.is_some() && rules.all() {
        return Err(LoanError::HistoryOnly);
    }
    let (disbursed_on, _) = active(loan)?;
    not_in_future(date, at)?;
    disbursed_by(date, disbursed_on)?;
    in_order(loan, date)?;
    let (previous, as_of) = loan.bucket();
    if let Some(last_entry) = as_of.filter(|as_of| date < *as_of) {
        return Err(LoanError::DateBeforeLastEntry { date, last_entry });
    }
    let days = loan.days_past_due(date);
    let bucket = given.unwrap_or(Bucket::of_days(days));
    if bucket == previous {
        return Ok(Vec::new());
    }
    let days_past_due = given.is_none().then_some(days);
    Ok(vec![LoanBecameDelinquent { previous, bucket, days_past_due, as_of: date }.into()])
}

/// Unpaid interest becomes principal; penalties and fees do not, since nobody pays interest on a penalty.
pub(super) fn restructure(loan: &Loan, command: Restructure, at: DecisionContext<'_>, _: Rules) -> Decision {
    let Restructure { annual_rate, term_months, from, dues, reason } = command;
    let (disbursed_on, schedule) = active(loan)?;
    let annual_rate = annual_rate.unwrap_or(schedule.annual_rate);
    let dues = DueDates { day: dues.day.or(loan.due_day()), ..dues };
    let done = (loan.restructured_on(), loan.term_months(), schedule.annual_rate, loan.due_day())
        == (Some(from), term_months, annual_rate, dues.day);
    if done && loan.last_payment_on().is_none_or(|paid_on| paid_on <= from) {
        return Ok(Vec::new());
    }
    not_in_future(from, at)?;
    disbursed_by(from, disbursed_on)?;
    in_order(loan, from)?;
    let money = |minor| Money::from_minor(minor, schedule.currency);
    let (previous, interest) = (schedule.principal_minor(), loan.interest_owed(from));
    let principal = previous.checked_add(interest).map(money).ok_or(LoanError::AmountOutOfRange)?;
    let Schedule { day_count, arithmetic, .. } = *schedule;
    let plan =
        Plan { balance: principal, annual_rate, day_count, term_months, start: from, dues, arithmetic };
    repayable(&plan)?;
    let restructured = LoanRestructured {
        previous_principal: money(previous),
        capitalised_interest: money(interest),
        principal,
        previous_annual_rate: schedule.annual_rate,
        annual_rate,
        term_months,
        from,
        first_due_date: dues.first,
        due_day: dues.day,
        reason,
    };
    Ok(vec![restructured.into()])
}

/// Of a loan that history's own payments have repaid, nothing is left to give up.
pub(super) fn write_off(loan: &Loan, command: WriteOff, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let WriteOff { reason, date } = command;
    applied(loan)?;
    match loan.closing().map(|closing| closing.reason) {
        Some(ClosedReason::WrittenOff) => return Ok(Vec::new()),
        Some(ClosedReason::Repaid) if !rules.all() => return Ok(Vec::new()),
        Some(ClosedReason::Repaid) | None => {}
    }
    let (disbursed_on, schedule) = active(loan)?;
    not_in_future(date, at)?;
    disbursed_by(date, disbursed_on)?;
    in_order(loan, date)?;
    let money = |minor| Money::from_minor(minor, schedule.currency);
    let written_off = LoanWrittenOff {
        principal: money(schedule.principal_minor()),
        interest: money(loan.interest_owed(date)),
        penalties: money(loan.unpaid_charges(Some(ChargeKind::Penalty))),
        fees: money(loan.unpaid_charges(Some(ChargeKind::Fee))),
        reason,
        written_off_on: date,
    };
    Ok(vec![written_off.into()])
}
