//! Historical facts: the same events under structural checks only; other orders of the past; and the state as
//! it is stored.

use super::*;

const GRANTED: Date = date(1993, 7, 5);

/// A loan as a bank of 1993 tells it: 96,396 CZK in twelve monthly payments of 8,033.
fn of_1993() -> LoanApplied {
    let principal = czk("96396");
    let annual_rate = "0".parse().unwrap();
    LoanApplied {
        principal,
        annual_rate,
        term_months: 12,
        start_date: Some(GRANTED),
        applied_on: GRANTED,
        ..application()
    }
}

fn czk(major: &str) -> Money {
    Money::parse(major, currency("CZK")).unwrap()
}

fn take_over(date: Date) -> LoanCommand {
    LoanCommand::TakeOverRepayment(TakeOverRepayment { date })
}

fn pay_czk(amount: &str, date: Date) -> LoanCommand {
    LoanCommand::RecordPayment(RecordPayment {
        amount: czk(amount),
        date,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
    })
}

/// The loan after these facts, each taken over as history.
fn told(facts: impl IntoIterator<Item = LoanCommand>) -> Loan {
    let mut state = Loan::default();
    for fact in facts {
        let events = state
            .decide(fact.clone(), dated(GRANTED), Rules::Structural)
            .unwrap_or_else(|refusal| panic!("{fact:?}: {refusal}"));
        events.iter().for_each(|event| state.evolve(event));
    }
    state
}

fn granted() -> Vec<LoanCommand> {
    let approve = LoanCommand::Approve(Approve {
        approver: "unknown".into(),
        role: String::new(),
        conditions: None,
        terms: LendingTerms::default(),
    });
    vec![apply_as(of_1993()), approve, disburse(Some(GRANTED))]
}

#[test]
fn history_approves_without_assessment_role_or_limit_and_does_not_pretend_to_know_them() {
    let state = told(granted());
    assert_eq!((state.status(), state.outstanding(GRANTED)), (Status::Active, Some(czk("96396"))));
    let LoanCommand::Approve(command) = granted().remove(1) else { unreachable!() };
    let approved = LoanApproved {
        approver: "unknown".into(),
        role: String::new(),
        conditions: None,
        minimum_score: None,
        limit: None,
        approved_on: GRANTED,
        starts_on: GRANTED,
        payout: None,
    };
    given([applied_as(of_1993())])
        .at(dated(GRANTED))
        .when_history(command)
        .then([LoanEvent::LoanApproved(approved)]);
}

#[test]
fn a_repaid_loan_is_taken_over_with_the_payments_that_are_known() {
    let payments = [pay_czk("8033", date(1993, 8, 12)), pay_czk("8033", date(1993, 9, 12))];
    let end = date(1994, 7, 5);
    let mut state = told(granted().into_iter().chain(payments));
    let (unrecorded, unrecorded_principal) = (czk("80330"), czk("80330"));
    let event =
        LoanEvent::LoanFullyRepaid(LoanFullyRepaid { repaid_on: end, unrecorded, unrecorded_principal });
    assert_eq!(state.decide(take_over(end), decided_on(TODAY), Rules::Structural), Ok(vec![event.clone()]));
    state.evolve(&event);
    assert_eq!((state.status(), state.outstanding(end)), (Status::Closed, Some(czk("0"))));
    assert!(state.schedule().unwrap().instalments.iter().all(|instalment| instalment.is_paid()));
    given(lent()).when(take_over(TODAY)).then_refused(LoanError::HistoryOnly);
}

#[test]
fn an_unpaid_loan_is_taken_over_with_its_rest_written_off() {
    let write_off =
        LoanCommand::WriteOff(WriteOff { reason: "finished unpaid".into(), date: date(1994, 7, 5) });
    let state = told(granted().into_iter().chain([pay_czk("8033", date(1993, 8, 12)), write_off]));
    let parts = state.closing().and_then(|closing| closing.written_off.clone()).unwrap();
    assert_eq!((parts.principal, parts.interest), (czk("88363"), czk("0")));
}

#[test]
fn lateness_is_taken_over_as_a_bucket_without_days() {
    let given_bucket =
        LoanCommand::MarkDelinquent(MarkDelinquent { date: TODAY, bucket: Some(Bucket::NonPerforming) });
    given(lent()).when_history(given_bucket).then([became(
        Bucket::Current,
        Bucket::NonPerforming,
        None,
        TODAY,
    )]);
}

#[test]
fn history_is_still_checked_for_existence_currency_and_order() {
    given([]).when_history(take_over(TODAY)).then_refused(LoanError::LoanNotApplied);
    given([applied()])
        .when_history(disburse(Some(START)))
        .then_refused(LoanError::LoanNotApproved { status: Status::Pending });
    given([applied()])
        .when_history(take_over(TODAY))
        .then_refused(LoanError::LoanNotActive { status: Status::Pending });
    given(lent())
        .when_history(pay_czk("1", TODAY))
        .then_refused(LoanError::CurrencyMismatch { amount: czk("1"), expected: currency("INR") });
    let early = date(2023, 12, 31);
    given(lent())
        .when_history(pay("1", early))
        .then_refused(LoanError::DateBeforeDisbursement { date: early, disbursed_on: START });
}

#[test]
fn business_time_may_bring_the_application_last() {
    let payment = || made(paid("17.43", date(2024, 2, 1), &[(1, "1.33", "16.10")]));
    let forwards = lent_and([payment()]).state();
    let backwards = given([disbursed_on(START), payment(), applied(), assessed(), approved()]).state();
    assert_eq!(backwards, forwards);
    let all_late = given([payment(), applied(), assessed(), approved(), disbursed_on(START)]).state();
    assert_eq!(all_late, forwards);
    let mut unknown = given([disbursed_on(START), payment()]).state();
    assert_eq!((unknown.status(), unknown.outstanding(TODAY)), (Status::Pending, None));
    unknown.evolve(&applied());
    assert_eq!(unknown.outstanding(date(2024, 2, 1)), Some(inr("83.90")));
}

#[test]
fn the_changes_of_principal_add_up_to_what_is_owed() {
    let day = date(2024, 2, 14);
    let mut state = given(lent()).state();
    let mut events = lent();
    for command in
        [pay("17.43", date(2024, 2, 1)), restructure(Some("10"), 12, day), pay("40", day), write_off(TODAY)]
    {
        let sum: i64 = events.iter().filter_map(LoanEvent::principal_change).map(Money::minor).sum();
        assert_eq!(state.outstanding_principal().map(Money::minor), Some(sum));
        let more = state.decide(command, decided_on(TODAY), Rules::All).unwrap();
        more.iter().for_each(|event| state.evolve(event));
        events.extend(more);
    }
    assert_eq!(events.iter().filter_map(LoanEvent::principal_change).map(Money::minor).sum::<i64>(), 0);
}

#[test]
fn a_stored_state_comes_back_whole() {
    let payment = made(LoanPaymentMade {
        account_transaction: Some(entry(1)),
        ..paid("17.43", date(2024, 2, 1), &[(1, "1.33", "16.10")])
    });
    let state =
        lent_and([payment, charged(ChargeKind::Fee, "1", TODAY), written_off("83.90", "0", TODAY)]).state();
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<Loan>(&stored).unwrap(), state);
}

#[test]
fn business_time_may_bring_a_charge_after_the_payment_that_paid_it() {
    let (early, day) = (date(2024, 1, 10), date(2024, 1, 20));
    let mut payment = paid("6", early, &[(1, "1", "0")]);
    payment.allocation.penalties = inr("5");
    let charges = || [charged(ChargeKind::Penalty, "7", day), charged(ChargeKind::Fee, "1", day)];
    let recorded = lent_and(charges().into_iter().chain([made(payment.clone())])).state();
    let happened = lent_and([made(payment)].into_iter().chain(charges())).state();
    assert_eq!(
        (happened.schedule(), happened.charges(), happened.payoff(day)),
        (recorded.schedule(), recorded.charges(), recorded.payoff(day))
    );
    assert_eq!(happened.outstanding_charges(ChargeKind::Penalty), Some(inr("2")));
}

#[test]
fn a_last_payment_of_more_than_is_owed_is_taken_over_with_its_surplus() {
    let rounded = |month| pay_czk("8033.20", GRANTED.saturating_add(jiff::Span::new().months(month)));
    let mut state = told(granted().into_iter().chain((1..12).map(rounded)));
    let events = state.decide(rounded(12), decided_on(TODAY), Rules::Structural).unwrap();
    let [LoanEvent::LoanPaymentMade(last), LoanEvent::LoanFullyRepaid(_)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (last.amount, last.surplus, last.principal()),
        (czk("8033.20"), Some(czk("2.40")), czk("8030.80"))
    );
    events.iter().for_each(|event| state.evolve(event));
    assert_eq!(
        (state.status(), state.schedule().map(|schedule| schedule.principal_minor())),
        (Status::Closed, Some(0))
    );
}

#[test]
fn what_the_known_payments_have_repaid_already_needs_no_taking_over() {
    let payments =
        (0..12).map(|month| pay_czk("8033", GRANTED.saturating_add(jiff::Span::new().months(month + 1))));
    let state = told(granted().into_iter().chain(payments));
    assert_eq!(state.status(), Status::Closed);
    assert_eq!(state.decide(take_over(date(1994, 7, 5)), decided_on(TODAY), Rules::Structural), Ok(vec![]));
    assert_eq!(state.decide(write_off(TODAY), decided_on(TODAY), Rules::Structural), Ok(vec![]));
    assert_eq!(
        state.decide(write_off(TODAY), decided_on(TODAY), Rules::All),
        Err(LoanError::LoanNotActive { status: Status::Closed })
    );
    let given_up = given(lent().into_iter().chain([written_off("100", "0", TODAY)]));
    given_up.when_history(take_over(TODAY)).then_refused(LoanError::LoanNotActive { status: Status::Closed });
}
