//! Payments: where they go, what pays a loan off, what is refused; and the charges that they pay.
//!
//! Instalments of the loan: 17.43 on 1 February (1.33 interest), 1 March (1.05), 1 April (0.90), 1 May
//! (0.66), 1 June (0.46) and 17.47 on 1 July (0.22).

use super::*;

const FEB_1: Date = date(2024, 2, 1);
const MAR_1: Date = date(2024, 3, 1);

fn first_paid() -> LoanEvent {
    made(paid("17.43", FEB_1, &[(1, "1.33", "16.10")]))
}

fn exceeded(amount: &str, payoff: &str, date: Date) -> LoanError {
    LoanError::PayoffExceeded { amount: inr(amount), payoff_amount: inr(payoff), date }
}

#[test]
fn an_instalment_paid_on_its_day_pays_its_interest_and_its_principal() {
    let state = given(lent()).when(pay("17.43", FEB_1)).then([first_paid()]);
    assert_eq!(state.outstanding(FEB_1), Some(inr("83.90")));
    assert_eq!(state.outstanding(MAR_1), Some(inr("84.95")));
    assert_eq!(state.days_past_due(MAR_1), 0);
    assert_eq!(state.days_past_due(date(2024, 3, 2)), 1);
}

#[test]
fn a_partial_payment_pays_interest_first() {
    given(lent()).when(pay("1", FEB_1)).then([made(paid("1", FEB_1, &[(1, "1", "0")]))]);
    given(lent()).when(pay("2", FEB_1)).then([made(paid("2", FEB_1, &[(1, "1.33", "0.67")]))]);
    lent_and([made(paid("1", FEB_1, &[(1, "1", "0")]))]).when(pay("2", FEB_1)).then([made(paid(
        "2",
        FEB_1,
        &[(1, "0.33", "1.67")],
    ))]);
}

#[test]
fn what_is_past_due_is_paid_before_what_is_due_the_oldest_instalment_first() {
    let parts = [(1, "1.33", "16.10"), (2, "1.05", "1.52")];
    let state =
        given(lent()).when(pay("20", date(2024, 3, 5))).then([made(paid("20", date(2024, 3, 5), &parts))]);
    assert_eq!(state.days_past_due(date(2024, 3, 5)), 4);
    let parts = [(1, "1.33", "16.10"), (2, "1.05", "16.38")];
    given(lent()).when(pay("34.86", MAR_1)).then([made(paid("34.86", MAR_1, &parts))]);
}

#[test]
fn penalties_come_before_fees_and_both_before_the_instalments_of_their_class() {
    let late = date(2024, 2, 10);
    let past = [
        charged(ChargeKind::Fee, "2", date(2024, 2, 5)),
        charged(ChargeKind::Penalty, "3", date(2024, 2, 6)),
    ];
    let with = |amount, penalties, fees, parts: &[(u32, &str, &str)]| {
        let mut payment = paid(amount, late, parts);
        (payment.allocation.penalties, payment.allocation.fees) = (inr(penalties), inr(fees));
        made(payment)
    };
    lent_and(past.clone()).when(pay("4", late)).then([with("4", "3", "1", &[])]);
    lent_and(past.clone()).when(pay("6", late)).then([with("6", "3", "2", &[(1, "1", "0")])]);
    // Charged on the day of payment it is due, and waits for what is past due.
    let today = [charged(ChargeKind::Penalty, "3", late)];
    lent_and(today.clone()).when(pay("17.43", late)).then([with("17.43", "0", "0", &[(1, "1.33", "16.10")])]);
    lent_and(today).when(pay("18.43", late)).then([with("18.43", "1", "0", &[(1, "1.33", "16.10")])]);
}

#[test]
fn in_advance_the_running_instalment_is_paid_and_what_goes_beyond_shortens_the_schedule() {
    let day = date(2024, 2, 10);
    given(lent().into_iter().chain([first_paid()])).when(pay("10", day)).then([made(paid(
        "10",
        day,
        &[(2, "1.05", "8.95")],
    ))]);
    let mut payment = paid("47.43", day, &[(2, "1.05", "16.38")]);
    payment.allocation.prepayment = Some(Prepayment { after: 2, principal: inr("30") });
    let state = lent_and([first_paid()]).when(pay("47.43", day)).then([made(payment)]);
    let schedule = state.schedule().unwrap();
    assert_eq!(
        schedule.instalments.iter().map(|instalment| instalment.total_minor()).collect::<Vec<_>>(),
        [1743, 1743, 1743, 1743, 348]
    );
    assert_eq!(state.outstanding(day), Some(inr("37.52")));
}

#[test]
fn what_pays_the_loan_off_is_the_principal_and_the_interest_up_to_the_day() {
    let state = lent_and([first_paid()]).state();
    assert_eq!(state.payoff(FEB_1), Some(inr("83.90")));
    // 13 of the 29 days of February bring 0.47 of 1.05.
    let day = date(2024, 2, 14);
    assert_eq!(state.payoff(day), Some(inr("84.37")));
    assert_eq!(state.payoff(MAR_1), Some(inr("84.95")));
    let late = date(2024, 3, 2);
    assert_eq!(state.payoff(late), Some(inr("84.98")));
}

#[test]
fn a_quote_tells_the_payoff_by_part_also_for_a_day_to_come() {
    let state = lent_and([
        first_paid(),
        charged(ChargeKind::Penalty, "5", FEB_1),
        charged(ChargeKind::Fee, "2", FEB_1),
    ])
    .state();
    let (principal, interest, penalties, fees) = (inr("83.90"), inr("1.05"), inr("5"), inr("2"));
    assert_eq!(state.quote(MAR_1), Ok(Payoff { amount: inr("91.95"), principal, interest, penalties, fees }));
    assert!(state.quote(date(2030, 1, 1)).is_ok());
    assert_eq!(state.quote(START), Err(LoanError::DateBeforeLastEntry { date: START, last_entry: FEB_1 }));
    assert_eq!(
        given([applied()]).state().quote(TODAY),
        Err(LoanError::LoanNotActive { status: Status::Pending })
    );
}

#[test]
fn exactly_the_payoff_closes_the_loan_in_the_same_append() {
    let day = date(2024, 2, 14);
    let mut payment = paid("84.37", day, &[(2, "0.47", "16.38")]);
    payment.allocation.prepayment = Some(Prepayment { after: 2, principal: inr("67.52") });
    let state = lent_and([first_paid()]).when(pay("84.37", day)).then([made(payment), repaid(day)]);
    assert_eq!(
        (state.status(), state.outstanding(TODAY), state.payoff(TODAY)),
        (Status::Closed, Some(inr("0")), None)
    );
    assert_eq!(
        state.closing().map(|closing| (closing.reason, closing.closed_on)),
        Some((ClosedReason::Repaid, day))
    );
    assert!(state.schedule().unwrap().instalments.iter().all(|instalment| instalment.is_paid()));
    lent_and([first_paid()]).when(pay("84.38", day)).then_refused(exceeded("84.38", "84.37", day));
}

#[test]
fn a_paisa_less_than_the_payoff_leaves_a_paisa() {
    let day = date(2024, 2, 14);
    let state = lent_and([first_paid()]).state();
    let mut later = state.clone();
    state
        .decide(pay("84.36", day), decided_on(TODAY), Rules::All)
        .unwrap()
        .iter()
        .for_each(|event| later.evolve(event));
    assert_eq!((later.status(), later.payoff(day)), (Status::Active, Some(inr("0.01"))));
    let events = later.decide(pay("0.01", day), decided_on(TODAY), Rules::All).unwrap();
    let LoanEvent::LoanPaymentMade(last) = &events[0] else { panic!("{events:?}") };
    assert_eq!(last.allocation.unearned_interest, Some(inr("0.58")));
    assert_eq!(last.principal(), inr("0.59"));
    events.iter().for_each(|event| later.evolve(event));
    assert_eq!((later.status(), later.schedule().unwrap().principal_minor()), (Status::Closed, 0));
}

#[test]
fn the_last_instalment_closes_the_loan() {
    let mut state = given(lent()).state();
    for (month, amount) in
        [(2, "17.43"), (3, "17.43"), (4, "17.43"), (5, "17.43"), (6, "17.43"), (7, "17.47")]
    {
        assert_eq!(state.status(), Status::Active);
        let events = state.decide(pay(amount, date(2024, month, 1)), decided_on(TODAY), Rules::All).unwrap();
        events.iter().for_each(|event| state.evolve(event));
    }
    assert_eq!(state.status(), Status::Closed);
}

#[test]
fn nothing_is_paid_on_a_loan_that_is_not_active() {
    for (past, status) in [
        (vec![applied()], Status::Pending),
        (vec![applied(), rejected()], Status::Rejected),
        (vec![applied(), assessed(), approved()], Status::Approved),
        (lent().into_iter().chain([repaid(START)]).collect(), Status::Closed),
    ] {
        given(past.clone()).when(pay("1", TODAY)).then_refused(LoanError::LoanNotActive { status });
        given(past)
            .when(charge(ChargeKind::Penalty, "1", TODAY))
            .then_refused(LoanError::LoanNotActive { status });
    }
}

#[test]
fn payments_and_charges_are_checked_for_sign_currency_and_dates() {
    let foreign = Money::from_minor(1, currency("USD"));
    let pay_foreign = LoanCommand::RecordPayment(RecordPayment {
        amount: foreign,
        date: TODAY,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
    });
    given(lent())
        .when(pay_foreign)
        .then_refused(LoanError::CurrencyMismatch { amount: foreign, expected: currency("INR") });
    let before = date(2023, 12, 31);
    for command in [|amount, date| pay(amount, date), |amount, date| charge(ChargeKind::Fee, amount, date)] {
        for amount in ["0", "-1"] {
            given(lent())
                .when(command(amount, TODAY))
                .then_refused(LoanError::AmountNotPositive { amount: inr(amount) });
        }
        given(lent())
            .when(command("1", TOMORROW))
            .then_refused(LoanError::DateInFuture { date: TOMORROW, today: TODAY });
        given(lent())
            .when(command("1", before))
            .then_refused(LoanError::DateBeforeDisbursement { date: before, disbursed_on: START });
    }
    let earlier = date(2024, 1, 31);
    lent_and([first_paid()])
        .when(pay("1", earlier))
        .then_refused(LoanError::DateBeforeLastEntry { date: earlier, last_entry: FEB_1 });
    let huge = "92233720368547758.07";
    given(lent()).when(charge(ChargeKind::Fee, huge, TODAY)).then_refused(LoanError::AmountOutOfRange);
}

#[test]
fn a_charge_is_owed_at_once_and_paid_off_with_the_rest() {
    let state = given(lent()).when(charge(ChargeKind::Penalty, "5", FEB_1)).then([charged(
        ChargeKind::Penalty,
        "5",
        FEB_1,
    )]);
    assert_eq!((state.outstanding(START), state.payoff(FEB_1)), (Some(inr("105")), Some(inr("106.33"))));
    assert_eq!(state.outstanding_charges(ChargeKind::Penalty), Some(inr("5")));
    // A payment dated before the charge still reaches it, in advance, before the running instalment.
    let mut payment = paid("6", START, &[(1, "1", "0")]);
    payment.allocation.penalties = inr("5");
    lent_and([charged(ChargeKind::Penalty, "5", FEB_1)]).when(pay("6", START)).then([made(payment)]);
}

#[test]
fn an_entry_of_an_account_is_one_payment() {
    let with = |amount| {
        LoanCommand::RecordPayment(RecordPayment {
            amount: inr(amount),
            date: FEB_1,
            account_transaction: Some(entry(1)),
            effect: PrepaymentEffect::ShorterTerm,
        })
    };
    let payment = || {
        made(LoanPaymentMade {
            account_transaction: Some(entry(1)),
            ..paid("17.43", FEB_1, &[(1, "1.33", "16.10")])
        })
    };
    given(lent()).when(with("17.43")).then([payment()]);
    lent_and([payment()]).when(with("17.43")).then_nothing();
    let refusal = LoanError::TransactionAlreadyRecorded {
        transaction_id: entry(1).transaction_id,
        amount: inr("17.43"),
    };
    lent_and([payment()]).when(with("17.44")).then_refused(refusal.clone());
    let dollars = Money::from_minor(1_743, currency("USD"));
    let foreign = RecordPayment {
        amount: dollars,
        date: FEB_1,
        account_transaction: Some(entry(1)),
        effect: PrepaymentEffect::ShorterTerm,
    };
    lent_and([payment()]).when(LoanCommand::RecordPayment(foreign)).then_refused(refusal);
}

#[test]
fn charges_of_one_kind_and_day_are_kept_as_one() {
    let charges = || {
        [(ChargeKind::Fee, "1"), (ChargeKind::Penalty, "2"), (ChargeKind::Fee, "4")]
            .map(|(kind, amount)| charged(kind, amount, FEB_1))
    };
    let many = (0..1_000).flat_map(|_| charges());
    let state = lent_and(many.chain([charged(ChargeKind::Fee, "1", START)])).state();
    let kept: Vec<_> =
        state.charges().iter().map(|charge| (charge.charged_on, charge.kind, charge.amount_minor)).collect();
    assert_eq!(
        kept,
        [
            (START, ChargeKind::Fee, 100),
            (FEB_1, ChargeKind::Penalty, 200_000),
            (FEB_1, ChargeKind::Fee, 500_000)
        ]
    );
    assert_eq!(state.payoff(FEB_1), Some(inr("7102.33")));
}
