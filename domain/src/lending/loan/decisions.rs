//! The rules: who may do what to a loan, decided on its state and the facts in the command.
//!
//! Each file beside this one decides on a family of commands; here are the list of them all and the guards
//! that they share.

mod application;
mod arrears;
mod automatic;
mod day_end;
mod disbursing;
mod paying;
mod recovering;
mod reversals;
mod standing_debit;

use super::{
    ChargeKind, LoanError, LoanEvent,
    command::*,
    state::{Application, Loan, Payoff, Status},
};
use crate::{Currency, DecisionContext, Money, declared::commands, lending::Schedule};
use jiff::civil::Date;

pub use automatic::RULE_ROLE;
pub use standing_debit::DebitDue;

type Decision = Result<Vec<LoanEvent>, LoanError>;

commands! {
    /// What a loan can be asked to do.
    pub enum LoanCommand for Loan {
        Apply in Box => application::apply,
        RecordAssessment => application::assess,
        RecordBureauFile => automatic::record,
        DecideByRule in Box => automatic::decide,
        Approve => application::approve,
        Reject => application::reject,
        ReverseApproval => application::reverse_approval,
        Disburse => application::disburse,
        RecordPayment => paying::record,
        ReversePayment in Box => reversals::reverse,
        ChargePenalty => paying::charge,
        MarkDelinquent => arrears::mark,
        CloseDay => day_end::close,
        SetStandingDebit => standing_debit::set,
        CancelStandingDebit => standing_debit::cancel,
        NoteDebitFailed => standing_debit::note_failed,
        Restructure => arrears::restructure,
        WriteOff => arrears::write_off,
        RecordRecovery => recovering::recover,
        TakeOverRepayment => paying::take_over,
    }
}

impl Loan {
    /// What pays the loan off on a day, by part; the day may be still to come.
    ///
    /// # Errors
    /// The loan is not active, or the day lies before its disbursement or its last entry.
    pub fn quote(&self, on: Date) -> Result<Payoff, LoanError> {
        let (disbursed_on, schedule) = active(self)?;
        disbursed_by(on, disbursed_on)?;
        in_order(self, on)?;
        let money = |minor| Money::from_minor(minor, schedule.currency);
        Ok(Payoff {
            amount: self.payoff(on).ok_or(LoanError::AmountOutOfRange)?,
            principal: money(schedule.principal_minor()),
            interest: money(self.interest_owed(on)),
            penalties: money(self.unpaid_charges(Some(ChargeKind::Penalty))),
            fees: money(self.unpaid_charges(Some(ChargeKind::Fee))),
        })
    }
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

fn not_in_future(date: Date, at: DecisionContext<'_>) -> Result<(), LoanError> {
    if date > at.today { Err(LoanError::DateInFuture { date, today: at.today }) } else { Ok(()) }
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
