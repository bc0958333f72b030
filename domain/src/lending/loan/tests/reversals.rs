//! Payments taken back.

use super::*;

const FEB_1: Date = date(2024, 2, 1);
const MAR_1: Date = date(2024, 3, 1);

/// Puts commands to a loan, one after the other; gives the events of each.
fn run(state: &mut Loan, commands: impl IntoIterator<Item = LoanCommand>) -> Vec<Vec<LoanEvent>> {
    let decide = |command: LoanCommand| {
        let events = state
            .decide(command.clone(), decided_on(TODAY), Rules::All)
            .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        events.iter().for_each(|event| state.evolve(event));
        events
    };
    commands.into_iter().map(decide).collect()
}

fn payment(events: &[LoanEvent]) -> LoanPaymentMade {
    match &events[0] {
        LoanEvent::LoanPaymentMade(payment) => payment.clone(),
        other => panic!("{other:?}"),
    }
}

fn reversal(events: &[LoanEvent]) -> LoanPaymentReversed {
    match events {
        [LoanEvent::LoanPaymentReversed(event)] => (**event).clone(),
        other => panic!("{other:?}"),
    }
}

/// What a reversal leaves as it was: all but what it remembers of itself.
fn shown(state: &Loan) -> impl PartialEq + std::fmt::Debug + use<> {
    let days = [START, FEB_1, MAR_1, TODAY]
        .map(|day| (state.payoff(day), state.outstanding(day), state.days_past_due(day)));
    (
        state.schedule().cloned(),
        state.charges().to_vec(),
        state.status(),
        state.last_payment_on(),
        state.closing().cloned(),
        days,
    )
}

#[test]
fn a_payment_taken_back_was_never_made() {
    let recorded = paid("17.43", FEB_1, &[(1, "1.33", "16.10")]);
    let event = LoanPaymentReversed {
        payment_id: payment_id(7),
        number: 1,
        payment: recorded.clone(),
        reallocated: Vec::new(),
        principal: inr("16.10"),
        reopened: false,
        reason: "came back".into(),
        reversed_on: TODAY,
    };
    let state = lent_and([made(recorded.clone())])
        .when(reverse(7, &recorded))
        .then([LoanEvent::LoanPaymentReversed(Box::new(event))]);
    assert_eq!(shown(&state), shown(&given(lent()).state()));
    assert!(state.is_reversed(payment_id(7)));
    assert_eq!(
        state.decide(reverse(7, &recorded), decided_on(TODAY), Rules::All),
        Err(LoanError::PaymentAlreadyReversed { payment_id: payment_id(7) })
    );
}

#[test]
fn the_payment_that_repaid_a_loan_opens_it_again() {
    let mut state = given(lent()).state();
    run(&mut state, [pay("17.43", FEB_1)]);
    let before = state.clone();
    let day = date(2024, 2, 14);
    let last = payment(&run(&mut state, [pay("84.37", day)])[0]);
    assert_eq!(state.status(), Status::Closed);
    let event = reversal(&run(&mut state, [reverse(2, &last)])[0]);
    assert_eq!((event.reopened, event.principal), (true, inr("83.90")));
    assert_eq!(shown(&state), shown(&before));
    assert_eq!(run(&mut state, [pay("84.37", day)])[0].len(), 2);
}

#[test]
fn later_payments_go_where_they_would_have_gone_without_it() {
    let (mut state, mut without) = (given(lent()).state(), given(lent()).state());
    let charges = charge(ChargeKind::Penalty, "2", date(2024, 2, 20));
    let events = run(
        &mut state,
        [pay("17.43", FEB_1), charges.clone(), pay("60", MAR_1), pay("1", date(2024, 3, 20))],
    );
    run(&mut without, [charges, pay("60", MAR_1), pay("1", date(2024, 3, 20))]);
    let event = reversal(&run(&mut state, [reverse(1, &payment(&events[0]))])[0]);
    // The last one is principal ahead of its instalments with and without.
    assert_eq!(event.reallocated.len(), 1);
    assert_eq!(
        (event.reallocated[0].payment.clone(), event.reallocated[0].allocation.instalments[0].number),
        (payment(&events[2]), 1)
    );
    assert_eq!(shown(&state), shown(&without));
    // And the later one can be taken back, too, by what was recorded of it.
    run(&mut state, [reverse(3, &payment(&events[2]))]);
    run(&mut state, [reverse(4, &payment(&events[3]))]);
    let mut charged_only = given(lent()).state();
    run(&mut charged_only, [charge(ChargeKind::Penalty, "2", date(2024, 2, 20))]);
    assert_eq!(shown(&state), shown(&charged_only));
}

#[test]
fn payments_recorded_in_the_wrong_order_are_recorded_anew() {
    let mut state = given(lent()).state();
    let events = run(&mut state, [pay("17.43", MAR_1)]);
    assert_eq!(
        state.decide(pay("17.43", FEB_1), decided_on(TODAY), Rules::All),
        Err(LoanError::DateBeforeLastEntry { date: FEB_1, last_entry: MAR_1 })
    );
    run(&mut state, [reverse(1, &payment(&events[0])), pay("17.43", FEB_1), pay("17.43", MAR_1)]);
    let mut in_order = given(lent()).state();
    run(&mut in_order, [pay("17.43", FEB_1), pay("17.43", MAR_1)]);
    assert_eq!(shown(&state), shown(&in_order));
}

#[test]
fn an_earlier_payment_of_a_repaid_loan_opens_it_again_with_what_it_had_paid() {
    let mut state = given(lent()).state();
    let events = run(&mut state, [pay("17.43", FEB_1), pay("84.37", date(2024, 2, 14))]);
    run(&mut state, [reverse(1, &payment(&events[0]))]);
    assert_eq!((state.status(), state.payoff(date(2024, 2, 14))), (Status::Active, Some(inr("17.43"))));
}

#[test]
fn what_was_agreed_on_the_ground_of_a_payment_stands_against_taking_it_back() {
    let refused = |state: &Loan, recorded: &LoanPaymentMade, because| {
        assert_eq!(
            state.decide(reverse(1, recorded), decided_on(TODAY), Rules::All),
            Err(LoanError::PaymentNotReversible { payment_id: payment_id(1), because })
        );
    };
    let mut state = given(lent()).state();
    let first = payment(&run(&mut state, [pay("17.43", FEB_1)])[0]);
    let mut given_up = state.clone();
    run(&mut given_up, [write_off(TODAY)]);
    refused(&given_up, &first, NotReversible::WrittenOff);
    let later = run(
        &mut state,
        [restructure(None, 12, MAR_1), charge(ChargeKind::Fee, "1", MAR_1), pay("10", date(2024, 4, 1))],
    );
    refused(&state, &first, NotReversible::Restructured);
    let mut before = given(lent()).state();
    run(
        &mut before,
        [pay("17.43", FEB_1), restructure(None, 12, MAR_1), charge(ChargeKind::Fee, "1", MAR_1)],
    );
    run(&mut state, [reverse(3, &payment(&later[2]))]);
    assert_eq!(shown(&state), shown(&before));
    let mut taken_over = given(lent()).state();
    let first = payment(&run(&mut taken_over, [pay("17.43", FEB_1)])[0]);
    let end = LoanCommand::TakeOverRepayment(TakeOverRepayment { date: TODAY });
    taken_over
        .decide(end, decided_on(TODAY), Rules::Structural)
        .unwrap()
        .iter()
        .for_each(|event| taken_over.evolve(event));
    refused(&taken_over, &first, NotReversible::TakenOver);
    given([]).when(reverse(1, &first)).then_refused(LoanError::LoanNotApplied);
}

#[test]
fn an_entry_of_an_account_that_went_back_pays_no_more() {
    let recorded = LoanPaymentMade {
        account_transaction: Some(entry(1)),
        ..paid("17.43", FEB_1, &[(1, "1.33", "16.10")])
    };
    let mut state = lent_and([made(recorded.clone())]).state();
    run(&mut state, [reverse(7, &recorded)]);
    let again = RecordPayment {
        amount: inr("17.43"),
        date: FEB_1,
        account_transaction: Some(entry(1)),
        effect: PrepaymentEffect::ShorterTerm,
    };
    let refusal = LoanError::TransactionReversed { transaction_id: entry(1).transaction_id };
    assert_eq!(state.decide(LoanCommand::RecordPayment(again), decided_on(TODAY), Rules::All), Err(refusal));
}

#[test]
fn of_payments_alike_each_is_taken_back_once() {
    let half = || pay("0.50", FEB_1);
    let mut state = given(lent()).state();
    let events = run(&mut state, [half(), half(), pay("1", FEB_1)]);
    let mut without = given(lent()).state();
    run(&mut without, [pay("1", FEB_1)]);
    assert_eq!(payment(&events[0]), payment(&events[1]));
    run(&mut state, [reverse(1, &payment(&events[0])), reverse(2, &payment(&events[1]))]);
    assert_eq!(shown(&state), shown(&without));
}

#[test]
fn payments_alike_behind_one_that_is_taken_back_each_go_where_they_would_have_gone() {
    let mut state = given(lent()).state();
    let one = || pay("1", FEB_1);
    let events = run(&mut state, [pay("3", FEB_1), one(), one()]);
    assert_eq!(payment(&events[1]), payment(&events[2]));
    let back = run(&mut state, [reverse(1, &payment(&events[0]))]);
    let mut without = given(lent()).state();
    run(&mut without, [one(), one()]);
    assert_eq!(reversal(&back[0]).reallocated.len(), 2);
    assert_eq!(shown(&state), shown(&without));
    // By business time the reversal comes before what it moves.
    let all: Vec<LoanEvent> = lent()
        .into_iter()
        .chain([&events[0], &back[0], &events[1], &events[2]].into_iter().flatten().cloned())
        .collect();
    assert_eq!(shown(&given(all).state()), shown(&without));
}

#[test]
fn business_time_brings_reversals_before_the_payments_that_they_move() {
    let mut state = given(lent()).state();
    let mut all: Vec<LoanEvent> = lent();
    let day = date(2024, 3, 15);
    let mut events = run(&mut state, [pay("17.43", FEB_1), pay("17.43", MAR_1), pay("20", day)]);
    let rest = state.payoff(day).unwrap().amount();
    events.extend(run(&mut state, [pay(&rest, day)]));
    assert_eq!(state.status(), Status::Closed);
    // The second first: what its reversal says of the third is out of date once the first is taken back, too.
    let back = run(&mut state, [reverse(2, &payment(&events[1])), reverse(1, &payment(&events[0]))]);
    all.extend(
        [&events[0], &back[1], &events[1], &back[0], &events[2], &events[3]].into_iter().flatten().cloned(),
    );
    let happened = given(all).state();
    assert_eq!(shown(&happened), shown(&state));
    assert_eq!(happened.status(), Status::Active);
}
