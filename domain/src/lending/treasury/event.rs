//! What can have happened to a treasury. The JSON of these is stored for ever: golden files guard it.

use crate::{Currency, DomainEvent, Money, Text, declared::events, ids::LoanId};

events! {
    /// What can have happened to the treasury of a currency.
    pub enum TreasuryEvent: DomainEvent {
        /// Money to lend came in.
        TreasuryFunded = "treasury_funded" v 1 {
            amount: Money,
            /// What is there with it.
            balance: Money,
            /// Where it came from, if somebody said so.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<Text<500>>,
        },
        /// Money that was not reserved was taken out.
        TreasuryWithdrawn = "treasury_withdrawn" v 1 {
            amount: Money,
            /// What is there without it.
            balance: Money,
            /// Where it went, if somebody said so.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<Text<500>>,
        },
        /// No more than this is reserved for one loan from now on.
        TreasuryLimitSet = "treasury_limit_set" v 1 {
            currency: Currency,
            /// Nothing: there is no limit any more.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            limit: Option<Money>,
        },
        /// Money is set aside for a loan.
        FundsReserved = "funds_reserved" v 1 {
            loan_id: LoanId,
            amount: Money,
            /// What can still be reserved or withdrawn.
            available: Money,
            /// The most that was reserved for one loan then.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            limit: Option<Money>,
        },
        /// What was set aside for a loan is free again.
        ReservationReleased = "reservation_released" v 1 { loan_id: LoanId, amount: Money, reason: Text<500> },
        /// What was set aside for a loan has been paid out.
        FundsSpent = "funds_spent" v 1 {
            loan_id: LoanId,
            amount: Money,
            /// What is there without it.
            balance: Money,
        },
        /// What had been paid out came back, and is set aside for the loan as before.
        FundsReturned = "funds_returned" v 1 {
            loan_id: LoanId,
            amount: Money,
            /// What is there with it.
            balance: Money,
            reason: Text<500>,
        },
    }
}
