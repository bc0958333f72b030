//! What is due for a loan at the end of a day.

use super::{
    CloseDay, LoanCommand,
    state::{Loan, Status},
};
use crate::{Due, Evening, lending::PenaltyTerms};

impl Loan {
    /// How late it is and what that costs, while it is being repaid.
    pub fn day_to_close(&self, evening: &Evening, penalties: PenaltyTerms) -> Due<LoanCommand> {
        let date = evening.date;
        if self.status() != Status::Active || self.disbursed_on().is_none_or(|paid_out| paid_out > date) {
            return Due::Nothing;
        }
        // What was entered for a later day stands for this one, too.
        let (_, noted) = self.bucket();
        if noted.max(self.last_entry()).is_some_and(|last| last > date) {
            return Due::Done;
        }
        Due::Commands(vec![CloseDay { date, penalties }.into()])
    }
}
