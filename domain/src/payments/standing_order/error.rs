//! Why a standing order refuses. The code is the rule; the members are its facts.

use super::words::StandingOrderStatus;
use crate::{Currency, Money, ids::AccountId, refusals};
use jiff::civil::Date;

refusals! {
    /// Why a standing order refuses.
    pub enum StandingOrderError {
        /// The standing order was never given.
        #[error("there is no such standing order")]
        StandingOrderNotGiven,
        /// The standing order is given already.
        #[error("the standing order is given already")]
        StandingOrderAlreadyGiven,
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        #[error("{amount} is in another currency than {expected}")]
        CurrencyMismatch { amount: Money, expected: Currency },
        #[error("the money would stay on {account_id}")]
        SameAccount { account_id: AccountId },
        /// The dates of a standing order are counted from today or a later day, those of a change from tomorrow (`first_date`,
        /// `earliest`).
        #[error("{first_date} lies before {earliest}")]
        FirstDateTooEarly { first_date: Date, earliest: Date },
        /// By these terms nothing would ever be due.
        #[error("nothing would be due any more")]
        NothingDue,
        /// The standing order has ended.
        #[error("the standing order has ended")]
        StandingOrderHasEnded,
        /// The standing order is carried out only while it is active (`actual_status`).
        #[error("the standing order is {status}")]
        StandingOrderNotActive { status: StandingOrderStatus },
        /// The date is none of the standing order, or others come first (`due_date`).
        #[error("{due_date} is not what comes next")]
        DueDateNotNext { due_date: Date },
        /// The day of the due date has not come yet (`due_date`, `runs_on`, `today`).
        #[error("what is due on {due_date} is paid on {runs_on}")]
        DueDateNotReached { due_date: Date, runs_on: Date, today: Date },
    }
}
