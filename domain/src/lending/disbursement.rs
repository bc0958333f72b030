//! The disbursement of a loan: the record of one approved loan being paid out, from when it was taken up to its end.
//!
//! Each approval has one of its own, so that a loan whose approval was taken back and given anew is paid out anew.

mod decisions;
mod event;
#[cfg(test)]
mod tests;

pub use decisions::*;
pub use event::*;

use crate::{
    Aggregate, Money,
    ids::{AccountId, CustomerId, LoanId, TransactionId, typed_ids},
    names::names,
    refusals,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

typed_ids! {
    /// The disbursement of a loan: the event of the approval that it follows, seen from outside.
    DisbursementId = "disb";
}

names! {
    /// How far the disbursement of a loan has come.
    pub enum DisbursementStatus, default Created {
        /// It is recorded, and no money has moved.
        Created = "created",
        /// The money is on the customer's account.
        Transferred = "transferred",
        /// The loan is paid out.
        Completed = "completed",
        /// The money was taken back from the customer's account.
        Reversed = "reversed",
        /// It was given up.
        Cancelled = "cancelled",
    }
}

refusals! {
    /// Why a disbursement refuses.
    pub enum DisbursementError {
        /// The disbursement of a loan is past that, or has not come so far (`actual_status`).
        #[error("the disbursement is {status}")]
        DisbursementStatusConflict { status: DisbursementStatus },
        /// There is no such disbursement.
        #[error("the disbursement is not recorded")]
        DisbursementNotCreated,
    }
}

/// How the disbursement of a loan stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Disbursement {
    created: Option<DisbursementCreated>,
    status: DisbursementStatus,
    transfer: Option<Transfer>,
    disbursed_on: Option<Date>,
    /// Why it was reversed or given up; the last reason told.
    reason: Option<String>,
    /// When that changed last.
    changed_at: Timestamp,
}

/// The entry of the customer's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub transaction_id: TransactionId,
    /// The day that it counts for.
    pub transferred_on: Date,
}

impl Disbursement {
    /// What is paid out to whom; nothing before it is recorded.
    pub fn created(&self) -> Option<&DisbursementCreated> {
        self.created.as_ref()
    }

    /// How far it has come.
    pub fn status(&self) -> DisbursementStatus {
        self.status
    }

    /// The entry of the customer's account, once the money has moved.
    pub fn transfer(&self) -> Option<Transfer> {
        self.transfer
    }

    /// The day on which the loan was paid out.
    pub fn disbursed_on(&self) -> Option<Date> {
        self.disbursed_on
    }

    /// Why it was reversed or given up.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// When that changed last.
    pub fn changed_at(&self) -> Timestamp {
        self.changed_at
    }

    fn turn(&mut self, status: DisbursementStatus, at: Timestamp) {
        (self.status, self.changed_at) = (status, at);
    }
}

impl Aggregate for Disbursement {
    const CATEGORY: &'static str = "disbursement";
    const STATE_SCHEMA: u32 = 1;
    type Id = DisbursementId;
    type Command = DisbursementCommand;
    type Event = DisbursementEvent;
    type Error = DisbursementError;

    fn evolve(&mut self, event: &DisbursementEvent) {
        match event {
            DisbursementEvent::DisbursementCreated(event) => {
                (self.created, self.changed_at) = (Some(event.clone()), event.created_at);
            }
            DisbursementEvent::DisbursementTransferred(event) => {
                let DisbursementTransferred { transaction_id, transferred_on, transferred_at } = *event;
                self.transfer = Some(Transfer { transaction_id, transferred_on });
                self.turn(DisbursementStatus::Transferred, transferred_at);
            }
            DisbursementEvent::DisbursementCompleted(event) => {
                self.disbursed_on = Some(event.disbursed_on);
                self.turn(DisbursementStatus::Completed, event.completed_at);
            }
            DisbursementEvent::DisbursementReversed(event) => {
                self.reason = Some(event.reason.to_string());
                self.turn(DisbursementStatus::Reversed, event.reversed_at);
            }
            DisbursementEvent::DisbursementCancelled(event) => {
                self.reason = Some(event.reason.to_string());
                self.turn(DisbursementStatus::Cancelled, event.cancelled_at);
            }
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        self.created().map(|created| created.customer_id)
    }
}

/// What is paid out, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidOut {
    pub loan_id: LoanId,
    pub customer_id: CustomerId,
    pub account_id: AccountId,
    pub amount: Money,
}
