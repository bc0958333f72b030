//! Why a treasury refuses. The code is the rule; the members are its facts. What a rule means where it has no
//! documentation is told by the account's rule of the same code.

use crate::{Currency, Money, ids::LoanId, refusals};

refusals! {
    /// Why a treasury refuses.
    pub enum TreasuryError {
        /// More than the treasury has that is not reserved for loans (`requested`, `available`).
        #[error("{requested} is more than the {available} that the treasury has free")]
        TreasuryShort { requested: Money, available: Money },
        /// More than is reserved for one loan (`requested`, `limit`).
        #[error("{requested} is more than the {limit} that are reserved for one loan")]
        TreasuryLimitExceeded { requested: Money, limit: Money },
        /// Another amount is reserved for the loan already (`loan_id`, `requested`, `reserved`).
        #[error("{reserved} are reserved for {loan_id}, not {requested}")]
        ReservationDiffers { loan_id: LoanId, requested: Money, reserved: Money },
        /// Nothing is reserved for the loan (`loan_id`).
        #[error("nothing is reserved for {loan_id}")]
        FundsNotReserved { loan_id: LoanId },
        #[error("a limit cannot be negative")]
        LimitNegative { limit: Money },
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        #[error("the amount would go beyond what the books can hold")]
        AmountOutOfRange,
        #[error("the amount is in {}, the treasury in {expected}", amount.currency())]
        CurrencyMismatch { amount: Money, expected: Currency },
    }
}
