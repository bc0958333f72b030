//! Loans that the house itself pays out: which approval says so, and until when.

use super::*;

fn account() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(9))
}

fn approve(automatic_disbursement: bool) -> Approve {
    let terms = LendingTerms { automatic_disbursement, ..LendingTerms::default() };
    Approve { approver: "officer 7".into(), role: OFFICER_ROLE.into(), conditions: None, terms }
}

/// What an approval says of that, after such a past.
fn payout(account_id: Option<AccountId>, automatic: bool, past: &[LoanEvent]) -> Option<Payout> {
    let applied = applied_as(LoanApplied { account_id, ..application() });
    let loan = given([applied, assessed()].into_iter().chain(past.iter().cloned())).state();
    let events = loan.decide(approve(automatic).into(), decided_on(TODAY), Rules::All).unwrap();
    match &events[..] {
        [LoanEvent::LoanApproved(approved)] => approved.payout,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn it_is_so_where_it_is_configured_and_the_loan_names_an_account() {
    let amount = inr("100");
    let first = Payout { approval: 1, account_id: account(), amount };
    assert_eq!(payout(Some(account()), true, &[]), Some(first));
    assert_eq!(payout(None, true, &[]), None);
    assert_eq!(payout(Some(account()), false, &[]), None);
    let second = Payout { approval: 2, ..first };
    assert_eq!(payout(Some(account()), true, &[approved(), reversed()]), Some(second));
}

#[test]
fn only_the_latest_approval_holds_until_it_is_taken_back_or_the_loan_paid_out() {
    let holds = |past: &[LoanEvent], approval| {
        given([applied(), assessed()].into_iter().chain(past.iter().cloned()))
            .state()
            .approval_holds(approval)
    };
    let not_approved = |status| Err(LoanError::LoanNotApproved { status });
    assert_eq!(holds(&[approved()], 1), Ok(()));
    assert_eq!(holds(&[], 1), not_approved(Status::Pending));
    assert_eq!(holds(&[approved(), reversed()], 1), not_approved(Status::Pending));
    let anew = [approved(), reversed(), approved()];
    assert_eq!(holds(&anew, 1), Err(LoanError::ApprovalSuperseded { approval: 1 }));
    assert_eq!(holds(&anew, 2), Ok(()));
    assert_eq!(holds(&[approved(), disbursed_on(START)], 1), not_approved(Status::Active));
}

#[test]
fn nobody_is_late_before_they_have_the_money() {
    let beginning = |start_date| {
        let application = LoanApplied { start_date, ..application() };
        given([applied_as(application), assessed(), approved()]).state()
    };
    let first_due_date = date(2024, 2, 1);
    assert_eq!(beginning(Some(START)).can_begin_on(date(2024, 1, 31)), Ok(()));
    for today in [first_due_date, TODAY] {
        let passed = Err(LoanError::FirstDueDatePassed { first_due_date, today });
        assert_eq!(beginning(Some(START)).can_begin_on(today), passed);
    }
    assert_eq!(beginning(None).can_begin_on(TODAY), Ok(()));
    assert_eq!(beginning(Some(TOMORROW)).can_begin_on(TODAY), Ok(()));
}
