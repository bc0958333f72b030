//! Disbursements of loans in the stories: forward step by step, and back.

use super::{Asked, Contract, DAY, Sample, Step, customer, full, inr, nth, text};
use khata_domain::{
    lending::{
        Disbursement, DisbursementCommand, DisbursementEvent, DisbursementId,
        disbursement::{
            Cancel, Complete, Create, DisbursementCancelled, DisbursementCompleted, DisbursementCreated,
            DisbursementReversed, DisbursementStatus, DisbursementTransferred, NoteTransfer, PaidOut,
            Reverse,
        },
    },
    testing::noon_of,
};

/// What is paid out to the customer of a number.
pub fn paid_out(number: u128) -> PaidOut {
    PaidOut {
        loan_id: nth(number),
        customer_id: customer(number),
        account_id: nth(number + 10),
        amount: inr(10_000),
    }
}

impl Contract for Disbursement {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> DisbursementId = nth;

    fn samples() -> Vec<Sample<DisbursementEvent>> {
        let PaidOut { loan_id, customer_id, account_id, amount } = paid_out(1);
        let (at, reason) = (noon_of(DAY), || text("the loan could not be paid out: account_closed"));
        let events: [DisbursementEvent; 5] = [
            DisbursementCreated { loan_id, customer_id, account_id, amount, created_at: at }.into(),
            DisbursementTransferred { transaction_id: nth(4), transferred_on: DAY, transferred_at: at }
                .into(),
            DisbursementReversed { reason: reason(), reversed_at: at }.into(),
            DisbursementCompleted { disbursed_on: DAY, completed_at: at }.into(),
            DisbursementCancelled { reason: reason(), cancelled_at: at }.into(),
        ];
        events.map(full).into()
    }

    fn past() -> Vec<DisbursementEvent> {
        Self::samples().into_iter().map(|sample| sample.event).collect()
    }

    fn asked(&self, step: &Step) -> Asked<DisbursementCommand> {
        let reason = text("story");
        let command = match (self.created(), self.status(), step.deed) {
            (None, ..) => Create { paid_out: paid_out(step.subject) }.into(),
            (_, DisbursementStatus::Created, 0..=9) => {
                NoteTransfer { transaction_id: nth(step.number) }.into()
            }
            (_, DisbursementStatus::Transferred, 0..=5) => Complete { disbursed_on: step.at().today }.into(),
            (_, _, 6..=9) => Reverse { reason }.into(),
            _ => Cancel { reason }.into(),
        };
        (step.at(), command)
    }
}
