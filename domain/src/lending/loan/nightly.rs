//! What is due for a loan at the end of a day.

use super::{
    LoanCommand, MarkDelinquent,
    state::{Loan, Status},
};
use crate::{Due, Evening, lending::Bucket};

impl Loan {
    /// How late it is, where that has changed.
    pub fn lateness_to_note(&self, evening: &Evening) -> Due<LoanCommand> {
        let date = evening.date;
        if self.status() != Status::Active
            || self.disbursed_on().is_none_or(|disbursed_on| disbursed_on > date)
        {
            return Due::Nothing;
        }
        let (noted, as_of) = self.bucket();
        // What was entered for a later day stands for this one, too.
        let entered_later = as_of.max(self.last_payment_on()).is_some_and(|last| last > date);
        if entered_later || Bucket::of_days(self.days_past_due(date)) == noted {
            return Due::Done;
        }
        Due::Commands(vec![MarkDelinquent { date, bucket: None }.into()])
    }
}
