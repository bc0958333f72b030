//! A disbursement goes forward once, and back the way it came.

use super::*;
use crate::{
    Text,
    ids::TypedId,
    testing::{TODAY, given, noon_of},
};
use uuid::Uuid;

fn nth<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

fn create() -> Create {
    let amount = Money::from_minor(10_000, "INR".parse().unwrap());
    Create { paid_out: PaidOut { loan_id: nth(1), customer_id: nth(2), account_id: nth(3), amount } }
}

fn created() -> DisbursementEvent {
    let PaidOut { loan_id, customer_id, account_id, amount } = create().paid_out;
    let created_at = noon_of(TODAY);
    DisbursementCreated { loan_id, customer_id, account_id, amount, created_at }.into()
}

fn transferred() -> DisbursementEvent {
    let (transaction_id, transferred_on, transferred_at) = (nth(4), TODAY, noon_of(TODAY));
    DisbursementTransferred { transaction_id, transferred_on, transferred_at }.into()
}

fn reason() -> Text<500> {
    Text::fitted("so")
}

fn reversed() -> DisbursementEvent {
    DisbursementReversed { reason: reason(), reversed_at: noon_of(TODAY) }.into()
}

fn cancelled() -> DisbursementEvent {
    DisbursementCancelled { reason: reason(), cancelled_at: noon_of(TODAY) }.into()
}

fn conflict(status: DisbursementStatus) -> DisbursementError {
    DisbursementError::DisbursementStatusConflict { status }
}

#[test]
fn it_goes_forward_step_by_step() {
    given::<Disbursement>([]).when(create()).then([created()]);
    given::<Disbursement>([created()]).when(NoteTransfer { transaction_id: nth(4) }).then([transferred()]);
    let completed = DisbursementCompleted { disbursed_on: TODAY, completed_at: noon_of(TODAY) };
    let done = given::<Disbursement>([created(), transferred()])
        .when(Complete { disbursed_on: TODAY })
        .then([completed.into()]);
    assert_eq!((done.status(), done.disbursed_on()), (DisbursementStatus::Completed, Some(TODAY)));
    assert_eq!(done.transfer().map(|transfer| transfer.transaction_id), Some(nth(4)));
}

#[test]
fn no_step_is_taken_twice_or_too_early() {
    given::<Disbursement>([created()]).when(create()).then_refused(conflict(DisbursementStatus::Created));
    given::<Disbursement>([])
        .when(NoteTransfer { transaction_id: nth(4) })
        .then_refused(DisbursementError::DisbursementNotCreated);
    given::<Disbursement>([created(), transferred()])
        .when(NoteTransfer { transaction_id: nth(5) })
        .then_refused(conflict(DisbursementStatus::Transferred));
    given::<Disbursement>([created()])
        .when(Complete { disbursed_on: TODAY })
        .then_refused(conflict(DisbursementStatus::Created));
}

#[test]
fn it_goes_back_the_way_it_came() {
    let reverse = || Reverse { reason: reason() };
    let cancel = || Cancel { reason: reason() };
    given::<Disbursement>([created(), transferred()])
        .when(cancel())
        .then_refused(conflict(DisbursementStatus::Transferred));
    given::<Disbursement>([created(), transferred()]).when(reverse()).then([reversed()]);
    given::<Disbursement>([created()]).when(reverse()).then_refused(conflict(DisbursementStatus::Created));
    let given_up =
        given::<Disbursement>([created(), transferred(), reversed()]).when(cancel()).then([cancelled()]);
    assert_eq!((given_up.status(), given_up.reason()), (DisbursementStatus::Cancelled, Some("so")));
    given::<Disbursement>([created(), cancelled()]).when(cancel()).then_nothing();
    given::<Disbursement>([created()]).when(cancel()).then([cancelled()]);
}
