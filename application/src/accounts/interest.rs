//! Interest: reckoned by day, paid out by month. Its business time is the end of the day it is for, but never
//! the future.

use super::Accounts;
use crate::command::{Answer, CommandContext, CommandError};
use jiff::civil::Date;
use khata_domain::{
    accounts::{
        BankAccount, Month,
        account::{AccrueInterest, MissingDays, PostInterest},
    },
    ids::AccountId,
};

impl Accounts {
    /// Accrues one day's interest on the balance at its end. A day is accrued once.
    ///
    /// # Errors
    /// Refused as `date_in_future`, or by the account's other rules; those of [`crate::Executor::execute`].
    pub async fn accrue_interest(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        date: Date,
    ) -> Result<Answer<BankAccount>, CommandError> {
        self.execute(&context.at_end_of(date), account_id, AccrueInterest { date }.into()).await
    }

    /// Pays out a month's interest. The entry counts for the month's last day, or for today if the month is
    /// not over. Days that were never reckoned are closed with it, unless they are to refuse it.
    ///
    /// # Errors
    /// Refused as `date_in_future` or `days_missing`, or by the account's other rules; those of
    /// [`crate::Executor::execute`].
    pub async fn post_interest(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        month: Month,
        missing_days: MissingDays,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let post = PostInterest { month, missing_days };
        self.execute(&context.at_end_of(month.last_day()), account_id, post.into()).await
    }
}
