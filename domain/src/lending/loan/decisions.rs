//! The rules: who may do what to a loan, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the order of things and the guards
//! they share.

mod application;
mod arrears;
mod payments;
mod reversals;

use super::{
    ChargeKind, LoanCommand, LoanError, LoanEvent,
    state::{Application, Loan, Payoff, Status},
};
use crate::{Currency, Money, deciding::Rules, lending::Schedule};
use jiff::civil::Date;

type Decision = Result<Vec<LoanEvent>, LoanError>;

/// Decides on a command.
pub(super) fn live(loan: &Loan, command: LoanCommand) -> Decision {
    decide(loan, command, Rules::All)
}

/// Decides on a historical fact.
pub(super) fn history(loan: &Loan, command: LoanCommand) -> Decision {
    decide(loan, command, Rules::Structural)
}

fn decide(loan: &Loan, command: LoanCommand, rules: Rules) -> Decision {
    match command {
        LoanCommand::Apply(command) => application::apply(loan, *command, rules),
        LoanCommand::RecordAssessment(command) => application::assess(loan, &command),
        LoanCommand::Approve(command) => application::approve(loan, command, rules),
        LoanCommand::Reject(command) => application::reject(loan, command),
        LoanCommand::ReverseApproval(command) => application::reverse_approval(loan, command),
        LoanCommand::Disburse(command) => application::disburse(loan, &command),
        LoanCommand::RecordPayment(command) => payments::record(loan, &command, rules),
        LoanCommand::ReversePayment(command) => reversals::reverse(loan, *command),
        LoanCommand::ChargePenalty(command) => payments::charge(loan, command),
        LoanCommand::TakeOverRepayment(command) => payments::take_over(loan, &command, rules),
        LoanCommand::MarkDelinquent(command) => arrears::mark(loan, &command, rules),
        LoanCommand::Restructure(command) => arrears::restructure(loan, command),
        LoanCommand::WriteOff(command) => arrears::write_off(loan, command, rules),
    }
}

/// What pays a loan off on a day, by part; the day may be still to come.
pub(super) fn quote(loan: &Loan, date: Date) -> Result<Payoff, LoanError> {
    let (disbursed_on, schedule) = active(loan)?;
    disbursed_by(date, disbursed_on)?;
    in_order(loan, date)?;
    let money = |minor| Money::from_minor(minor, schedule.currency);
    Ok(Payoff {
        amount: loan.payoff(date).ok_or(LoanError::AmountOutOfRange)?,
        principal: money(schedule.principal_minor()),
        interest: money(loan.interest_owed(date)),
        penalties: money(loan.unpaid_charges(Some(ChargeKind::Penalty))),
        fees: money(loan.unpaid_charges(Some(ChargeKind::Fee))),
    })
}

/// The loan is there.
fn applied(loan: &Loan) -> Result<&Application, LoanError> {
    loan.application().ok_or(LoanError::LoanNotApplied)
}

/// The loan is to be decided.
fn pending(loan: &Loan) -> Result<&Application, LoanError> {
    let application = applied(loan)?;
    if loan.status() == Status::Pending {
        Ok(application)
    } else {
        Err(LoanError::LoanNotPending { status: loan.status() })
    }
}

/// The loan is being repaid; gives the day since when, and the schedule.
fn active(loan: &Loan) -> Result<(Date, &Schedule), LoanError> {
    applied(loan)?;
    let running = loan.disbursed_on().zip(loan.running_schedule());
    running.ok_or(LoanError::LoanNotActive { status: loan.status() })
}

fn in_currency(amount: Money, expected: Currency) -> Result<Money, LoanError> {
    if amount.currency() == expected {
        Ok(amount)
    } else {
        Err(LoanError::CurrencyMismatch { amount, expected })
    }
}

fn positive(amount: Money) -> Result<Money, LoanError> {
    if amount.is_positive() { Ok(amount) } else { Err(LoanError::AmountNotPositive { amount }) }
}

fn not_in_future(date: Date, today: Date) -> Result<(), LoanError> {
    if date > today { Err(LoanError::DateInFuture { date, today }) } else { Ok(()) }
}

fn disbursed_by(date: Date, disbursed_on: Date) -> Result<(), LoanError> {
    if date < disbursed_on { Err(LoanError::DateBeforeDisbursement { date, disbursed_on }) } else { Ok(()) }
}

/// Entries are made up to a day; what changes the schedule cannot be put in before it.
fn in_order(loan: &Loan, date: Date) -> Result<(), LoanError> {
    match loan.last_entry() {
        Some(last_entry) if date < last_entry => Err(LoanError::DateBeforeLastEntry { date, last_entry }),
        Some(_) | None => Ok(()),
    }
}
