//! From the application to the disbursement.

use super::*;

fn assess(credit_score: u16, income_verified: bool) -> LoanCommand {
    LoanCommand::RecordAssessment(RecordAssessment { credit_score, income_verified })
}

fn assessed_as(credit_score: u16, income_verified: bool) -> LoanEvent {
    LoanEvent::LoanAssessed(LoanAssessed { credit_score, income_verified, assessed_on: TODAY, bureau: None })
}

fn reject() -> LoanCommand {
    LoanCommand::Reject(Reject { reasons: vec!["too much debt".into()] })
}

fn reverse() -> LoanCommand {
    LoanCommand::ReverseApproval(ReverseApproval { reason: "no funds".into() })
}

#[test]
fn an_application_makes_a_pending_loan_that_owes_nothing() {
    let full =
        LoanApplied { account_id: Some(entry(1).account_id), income: Some(inr("900")), ..application() };
    let state = given([]).when(apply_as(full.clone())).then([applied_as(full)]);
    assert_eq!(
        (state.status(), state.outstanding(TODAY), state.payoff(TODAY)),
        (Status::Pending, Some(inr("0")), None)
    );
    assert!(state.schedule().is_none());
    given([applied()]).when(apply_as(application())).then_refused(LoanError::LoanAlreadyApplied);
}

#[test]
fn an_application_without_sense_is_refused() {
    let refused = |application, refusal| given([]).when(apply_as(application)).then_refused(refusal);
    for amount in [inr("0"), inr("-1")] {
        refused(LoanApplied { principal: amount, ..application() }, LoanError::AmountNotPositive { amount });
    }
    let income = inr("-0.01");
    refused(LoanApplied { income: Some(income), ..application() }, LoanError::IncomeNegative { income });
    let amount = Money::from_minor(1, currency("USD"));
    refused(
        LoanApplied { income: Some(amount), ..application() },
        LoanError::CurrencyMismatch { amount, expected: currency("INR") },
    );
    for term_months in [0, 601, u32::MAX] {
        refused(
            LoanApplied { term_months, ..application() },
            LoanError::TermOutOfRange { term_months, longest: 600 },
        );
    }
    let (principal, annual_rate) = (inr("0.04"), application().annual_rate);
    let tiny = LoanApplied { principal, term_months: 60, ..application() };
    refused(tiny, LoanError::TermsNotRepayable { principal, annual_rate, term_months: 60 });
    refused(
        LoanApplied { principal: inr("92233720368547758.07"), ..application() },
        LoanError::AmountOutOfRange,
    );
    given([])
        .at(dated(TOMORROW))
        .when(apply_as(application()))
        .then_refused(LoanError::DateInFuture { date: TOMORROW, today: TODAY });
}

#[test]
fn a_loan_nobody_applied_for_refuses_everything() {
    for command in [
        assess(700, true),
        approve(),
        reject(),
        reverse(),
        disburse(None),
        pay("1", TODAY),
        mark(TODAY),
        write_off(TODAY),
    ] {
        given([]).when(command).then_refused(LoanError::LoanNotApplied);
    }
}

#[test]
fn an_assessment_can_be_made_again_until_the_decision() {
    let state = given([applied()]).when(assess(640, false)).then([assessed_as(640, false)]);
    assert_eq!(state.assessment().map(|assessment| assessment.credit_score), Some(640));
    given([applied(), assessed()]).when(assess(700, true)).then_nothing();
    given([applied(), assessed()]).when(assess(700, false)).then([assessed_as(700, false)]);
    given([applied(), assessed(), approved()])
        .when(assess(1, true))
        .then_refused(LoanError::LoanNotPending { status: Status::Approved });
}

#[test]
fn an_approval_keeps_what_it_was_measured_by_and_brings_the_schedule() {
    let state = given([applied(), assessed()]).when(approve()).then([approved()]);
    assert_eq!(state.status(), Status::Approved);
    assert_eq!(state.schedule().map(|schedule| schedule.instalment_minor), Some(1743));
    assert_eq!(state.outstanding(TODAY), Some(inr("0")));
    given([applied(), assessed(), approved()]).when(approve()).then_nothing();
}

#[test]
fn only_a_loan_officer_approves() {
    for role in ["teller", "admin", "", "Loan_Officer"] {
        let refusal = LoanError::RoleNotAllowed { role: role.into(), required: "loan_officer".into() };
        given([applied(), assessed()]).when(approve_as(role)).then_refused(refusal);
    }
}

#[test]
fn an_officer_approves_up_to_the_limit() {
    let of = |principal| LoanApplied { principal, ..application() };
    let limit = inr("5000000");
    assert!(
        given([applied_as(of(limit)), assessed()])
            .state()
            .decide(approve(), decided_on(TODAY), Rules::All)
            .is_ok()
    );
    let principal = inr("5000000.01");
    given([applied_as(of(principal)), assessed()])
        .when(approve())
        .then_refused(LoanError::ApprovalLimitExceeded { principal, limit });
}

#[test]
fn each_type_needs_its_score_and_a_personal_loan_a_verified_income() {
    for (loan_type, minimum) in [(LoanType::Personal, 700), (LoanType::Home, 680), (LoanType::Business, 650)]
    {
        let with = |score, verified| {
            given([applied_as(LoanApplied { loan_type, ..application() }), assessed_as(score, verified)])
        };
        let credit_score = minimum - 1;
        with(credit_score, true).when(approve()).then_refused(LoanError::CreditScoreTooLow {
            credit_score,
            minimum,
            loan_type,
        });
        assert!(with(minimum, true).state().decide(approve(), decided_on(TODAY), Rules::All).is_ok());
        if loan_type == LoanType::Personal {
            with(minimum, false).when(approve()).then_refused(LoanError::IncomeNotVerified { loan_type });
        } else {
            assert!(with(minimum, false).state().decide(approve(), decided_on(TODAY), Rules::All).is_ok());
        }
    }
    given([applied()]).when(approve()).then_refused(LoanError::LoanNotAssessed);
}

#[test]
fn configured_terms_take_the_place_of_the_defaults() {
    let terms =
        LendingTerms { minimum_score_personal: 600, officer_limit: 90.into(), ..LendingTerms::default() };
    let LoanCommand::Approve(command) = approve() else { unreachable!() };
    let approve = LoanCommand::Approve(Approve { terms, ..command });
    let refusal = LoanError::ApprovalLimitExceeded { principal: inr("100"), limit: inr("90") };
    given([applied(), assessed_as(600, true)]).when(approve).then_refused(refusal);
}

#[test]
fn a_rejection_says_why_and_ends_the_matter() {
    let state = given([applied()]).when(reject()).then([rejected()]);
    assert_eq!((state.status(), state.rejection()), (Status::Rejected, &["too much debt".to_owned()][..]));
    given([applied(), rejected()]).when(reject()).then_nothing();
    let silent = LoanCommand::Reject(Reject { reasons: vec![] });
    given([applied()]).when(silent).then_refused(LoanError::ReasonsMissing);
    given([applied(), rejected()])
        .when(approve())
        .then_refused(LoanError::LoanNotPending { status: Status::Rejected });
    given([applied(), assessed(), approved()])
        .when(reject())
        .then_refused(LoanError::LoanNotPending { status: Status::Approved });
}

#[test]
fn an_approval_can_be_taken_back_until_the_money_is_paid_out() {
    let past = || vec![applied(), assessed(), approved()];
    let state = given(past()).when(reverse()).then([reversed()]);
    assert_eq!(
        (state.status(), state.reversal(), state.schedule()),
        (Status::Pending, Some("no funds"), None)
    );
    let back = || given(past().into_iter().chain([reversed()]));
    back().when(reverse()).then_nothing();
    back().when(approve()).then([approved()]);
    back().when(reject()).then([rejected()]);
    given([applied()]).when(reverse()).then_refused(LoanError::LoanNotApproved { status: Status::Pending });
    given(lent()).when(reverse()).then_refused(LoanError::LoanNotApproved { status: Status::Active });
}

#[test]
fn whoever_names_no_day_of_disbursement_keeps_the_agreed_one() {
    let before =
        |start_date| given([applied_as(LoanApplied { start_date, ..application() }), assessed(), approved()]);
    before(Some(START)).when(disburse(None)).then([disbursed_on(START)]);
    before(None).when(disburse(None)).then([disbursed_on(TODAY)]);
    before(Some(TOMORROW)).when(disburse(None)).then([disbursed_on(TODAY)]);
    before(Some(START))
        .when(disburse(Some(TOMORROW)))
        .then_refused(LoanError::DateInFuture { date: TOMORROW, today: TODAY });
}

#[test]
fn another_day_of_disbursement_makes_the_schedule_anew() {
    let other = date(2024, 1, 31);
    let state =
        given([applied(), assessed(), approved()]).when(disburse(Some(other))).then([disbursed_on(other)]);
    assert_eq!((state.status(), state.outstanding(other)), (Status::Active, Some(inr("100"))));
    assert_eq!(state.schedule().map(|schedule| schedule.instalments[0].due_date), Some(date(2024, 2, 29)));
}

#[test]
fn a_loan_is_paid_out_once() {
    given(lent()).when(disburse(None)).then_nothing();
    given(lent()).when(disburse(Some(START))).then_nothing();
    given(lent())
        .when(disburse(Some(TODAY)))
        .then_refused(LoanError::LoanNotApproved { status: Status::Active });
    given([applied()])
        .when(disburse(None))
        .then_refused(LoanError::LoanNotApproved { status: Status::Pending });
}
