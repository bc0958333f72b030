//! What can have happened to the disbursement of a loan. The JSON of these is stored for ever: golden files guard it.

use crate::{
    DomainEvent, Money, Text,
    declared::events,
    ids::{AccountId, CustomerId, LoanId, TransactionId},
};
use jiff::{Timestamp, civil::Date};

events! {
    /// What can have happened to the disbursement of a loan.
    pub enum DisbursementEvent: DomainEvent {
        /// It is recorded: this is to be paid out.
        DisbursementCreated = "disbursement_created" v 1 {
            loan_id: LoanId,
            customer_id: CustomerId,
            /// The account that it is paid out to.
            account_id: AccountId,
            amount: Money,
            created_at: Timestamp,
        },
        /// The money is on the customer's account.
        DisbursementTransferred = "disbursement_transferred" v 1 {
            /// The entry of the account.
            transaction_id: TransactionId,
            /// The day that it counts for.
            transferred_on: Date,
            transferred_at: Timestamp,
        },
        /// The loan is paid out.
        DisbursementCompleted = "disbursement_completed" v 1 {
            /// The day.
            disbursed_on: Date,
            completed_at: Timestamp,
        },
        /// The money was taken back from the customer's account.
        DisbursementReversed = "disbursement_reversed" v 1 { reason: Text<500>, reversed_at: Timestamp },
        /// It was given up.
        DisbursementCancelled = "disbursement_cancelled" v 1 { reason: Text<500>, cancelled_at: Timestamp },
    }
}
