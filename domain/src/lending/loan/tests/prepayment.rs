//! Early payments of a loan whose terms say that they save interest from their day on.
//!
//! The loan: 12,000 at 12 %, twelve equal months from 1 January 2024: 1,066.19 a month, 120.00 of interest in
//! January.

use super::*;

const FEB_1: Date = date(2024, 2, 1);
/// 6,164.35 at one percent in ten equal parts: 6,164.35 x 0.01 / (1 - 1.01^-10).
const SMALLER: i64 = 65_084;

fn lent_with(prepayment: PrepaymentRule) -> Vec<LoanEvent> {
    let (principal, annual_rate) = (inr("12000"), "12".parse().unwrap());
    let asked = LoanApplied {
        principal,
        annual_rate,
        term_months: 12,
        day_count: DayCount::Thirty360,
        prepayment,
        ..application()
    };
    vec![
        applied_as(asked),
        assessed(),
        approved(),
        LoanEvent::LoanDisbursed(LoanDisbursed { amount: principal, disbursed_on: START }),
    ]
}

fn daily() -> Given<Loan> {
    given(lent_with(PrepaymentRule::Daily))
}

/// The loan after payments.
fn after(payments: &[(&str, Date)], prepayment: PrepaymentRule) -> Loan {
    let mut state = given(lent_with(prepayment)).state();
    for (amount, on) in payments {
        state
            .decide(pay(amount, *on), decided_on(TODAY), Rules::All)
            .unwrap()
            .iter()
            .for_each(|event| state.evolve(event));
    }
    state
}

/// Principal, interest, prepaid, balance after: of an instalment.
fn row(state: &Loan, number: u32) -> [i64; 4] {
    let row = state
        .schedule()
        .and_then(|schedule| schedule.instalments.iter().find(|row| row.number == number))
        .unwrap();
    [row.principal_minor, row.interest_minor, row.prepaid_minor, row.balance_after_minor]
}

#[test]
fn five_thousand_more_on_the_due_date_save_fifty_in_the_month_that_begins() {
    let mut payment = paid("6066.19", FEB_1, &[(1, "120", "946.19"), (2, "60.54", "1005.65")]);
    payment.allocation.prepayment = Some(Prepayment { after: 2, principal: inr("3933.81") });
    payment.allocation.early = Some(EarlyMoney { during: 2, amount: inr("5000") });
    let state = daily().when(pay("6066.19", FEB_1)).then([made(payment)]);
    // 60.54 is one percent of 6,053.81: of 11,053.81, 5,000 have come back.
    assert_eq!(row(&state, 2), [100_565, 6_054, 393_381, 611_435]);
    assert_eq!(row(&state, 3), [100_505, 6_114, 0, 510_930]);
    assert_eq!(state.payoff(FEB_1), Some(inr("6053.81")));
    assert_eq!(state.payoff(date(2024, 2, 15)), Some(inr("6083.04")));
    assert_eq!(state.payoff(date(2024, 3, 1)), Some(inr("6114.35")));
    assert_eq!(state.outstanding(date(2024, 3, 1)), Some(inr("6114.35")));
}

#[test]
fn by_the_schedule_the_same_payment_saves_nothing_until_the_month_is_over() {
    let state = after(&[("6066.19", FEB_1)], PrepaymentRule::Period);
    assert_eq!(row(&state, 2), [95_565, 11_054, 393_381, 616_435]);
    assert_eq!(row(&state, 3), [100_455, 6_164, 0, 515_980]);
    assert_eq!(state.payoff(FEB_1), Some(inr("6053.81")));
    assert_eq!(state.payoff(date(2024, 3, 1)), Some(inr("6164.35")));
}

#[test]
fn an_instalment_paid_ten_days_early_is_all_paid_and_a_little_more_of_it_is_principal() {
    // Twenty of the thirty-one days of January have brought 77.42. The other 988.77 save eleven days: 3.51.
    let day = date(2024, 1, 21);
    let mut payment = paid("1066.19", day, &[(1, "116.49", "949.70")]);
    payment.allocation.early = Some(EarlyMoney { during: 1, amount: inr("988.77") });
    let state = daily().when(pay("1066.19", day)).then([made(payment)]);
    assert_eq!(row(&state, 1), [94_970, 11_649, 0, 1_105_030]);
    assert_eq!((state.days_past_due(date(2024, 2, 2)), state.outstanding(FEB_1)), (0, Some(inr("11050.30"))));
}

#[test]
fn what_pays_no_more_than_the_interest_of_the_days_gone_by_saves_nothing() {
    let day = date(2024, 1, 21);
    daily().when(pay("77.42", day)).then([made(paid("77.42", day, &[(1, "77.42", "0")]))]);
    let mut payment = paid("77.43", day, &[(1, "77.43", "0")]);
    payment.allocation.early = Some(EarlyMoney { during: 1, amount: inr("0.01") });
    daily().when(pay("77.43", day)).then([made(payment)]);
}

#[test]
fn interest_paid_for_days_to_come_that_a_later_payment_saves_pays_principal() {
    let (first, second) = (date(2024, 1, 2), date(2024, 1, 16));
    let state = after(&[("1066.19", first)], PrepaymentRule::Daily);
    let interest = row(&state, 1)[1];
    let events = state.decide(pay("4000", second), decided_on(TODAY), Rules::All).unwrap();
    let [LoanEvent::LoanPaymentMade(payment)] = &events[..] else { panic!("{events:?}") };
    let mut later = state.clone();
    later.evolve(&events[0]);
    let saved = interest - row(&later, 1)[1];
    assert!(saved > 0);
    assert_eq!(payment.allocation.unearned_interest, Some(Money::from_minor(saved, currency("INR"))));
    assert_eq!(payment.principal().minor(), 400_000 + saved);
    assert_eq!(state.payoff(second).unwrap().minor() - later.payoff(second).unwrap().minor(), 400_000);
}

#[test]
fn late_payments_and_payments_on_the_day_are_the_same_under_both_rules() {
    for day in [FEB_1, date(2024, 2, 20)] {
        let (daily, period) = (
            after(&[("1066.19", day)], PrepaymentRule::Daily),
            after(&[("1066.19", day)], PrepaymentRule::Period),
        );
        assert_eq!(daily.schedule(), period.schedule());
    }
}

#[test]
fn each_day_of_a_month_bears_interest_on_what_is_owed_on_it() {
    // 1,000 back on the 11th and on the 21st: (12,000 x 31 - 1,000 x 21 - 1,000 x 11) x 12 / (1200 x 31) less
    // what was no principal.
    let state = after(&[("1000", date(2024, 1, 11)), ("1000", date(2024, 1, 21))], PrepaymentRule::Daily);
    let early: Vec<_> = state.schedule().unwrap().instalments[0]
        .paid_early
        .iter()
        .map(|paid| (paid.on, paid.amount_minor))
        .collect();
    // Ten days have brought 38.71; ten more on 11,038.71 bring 35.61.
    assert_eq!(early, [(date(2024, 1, 11), 96_129), (date(2024, 1, 21), 96_439)]);
    let days = 1_200_000 * 31 - 96_129 * 21 - 96_439 * 11;
    assert_eq!(row(&state, 1)[1], Money::of_ratio(days * 12, 1200 * 31, currency("INR")).unwrap().minor());
}

#[test]
fn money_in_advance_makes_the_instalments_smaller_if_the_customer_wants_that() {
    let mut state = given(lent_with(PrepaymentRule::Period)).state();
    let wanted = pay_for("6066.19", FEB_1, PrepaymentEffect::SmallerInstalment);
    let decided = state.decide(wanted, decided_on(TODAY), Rules::All).unwrap();
    decided.iter().for_each(|event| state.evolve(event));
    // 6,164.35 over the ten months behind February, at one percent each.
    let schedule = state.schedule().unwrap();
    assert_eq!((schedule.instalments.len(), schedule.instalment_minor), (12, SMALLER));
    assert!(schedule.instalments[2..11].iter().all(|instalment| instalment.total_minor() == SMALLER));
    assert_eq!(row(&state, 2), [95_565, 11_054, 393_381, 616_435]);
    assert_eq!(schedule.instalments[11].balance_after_minor, 0);
    let shorter = after(&[("6066.19", FEB_1)], PrepaymentRule::Period);
    assert_eq!(shorter.schedule().unwrap().instalments.len(), 8);
}

#[test]
fn a_unit_that_is_left_is_one_instalment() {
    let mut state = given(lent_with(PrepaymentRule::Period)).state();
    let day = date(2024, 1, 31);
    let all_but_one = Money::from_minor(state.payoff(day).unwrap().minor() - 1, currency("INR"));
    let effect = PrepaymentEffect::SmallerInstalment;
    let wanted = RecordPayment { amount: all_but_one, date: day, account_transaction: None, effect };
    let decided = state.decide(wanted.into(), decided_on(TODAY), Rules::All).unwrap();
    decided.iter().for_each(|event| state.evolve(event));
    assert!(state.schedule().unwrap().instalments.iter().all(|instalment| instalment.total_minor() > 0));
}
