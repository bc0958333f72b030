//! What must hold when a loan is paid out by the house itself, beyond what disbursing it needs.

use super::applied;
use crate::lending::loan::{
    LoanError,
    state::{Loan, Status},
};
use jiff::civil::Date;

impl Loan {
    /// Makes sure that an approval still holds, told by its number, and that the loan is not paid out yet.
    ///
    /// # Errors
    /// It does not.
    pub fn approval_holds(&self, approval: u32) -> Result<(), LoanError> {
        applied(self)?;
        match self.approval() {
            Some(known) if self.status() == Status::Approved && known.number == approval => Ok(()),
            Some(_) if self.status() == Status::Approved => Err(LoanError::ApprovalSuperseded { approval }),
            Some(_) | None => Err(LoanError::LoanNotApproved { status: self.status() }),
        }
    }

    /// Makes sure that its first instalment is still to come if it is paid out on a day: nobody is late before they
    /// have the money.
    ///
    /// # Errors
    /// It would be due already.
    pub fn can_begin_on(&self, today: Date) -> Result<(), LoanError> {
        let start = applied(self)?.start_date.filter(|agreed| *agreed <= today).unwrap_or(today);
        let schedule = self.plan(start).and_then(|plan| plan.schedule().ok());
        let first = schedule.and_then(|schedule| schedule.instalments.first().map(|first| first.due_date));
        match first.filter(|due| *due <= today) {
            Some(first_due_date) => Err(LoanError::FirstDueDatePassed { first_due_date, today }),
            None => Ok(()),
        }
    }
}
