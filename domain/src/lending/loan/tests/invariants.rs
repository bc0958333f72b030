//! What no sequence of commands may break: no unit of money is lost or made, and what pays a loan off falls
//! by what is paid.

use super::*;
use jiff::ToSpan;
use proptest::prelude::*;

/// What happens on a day; amounts are thousandths of what pays the loan off.
#[derive(Debug, Clone)]
enum Step {
    Pay(i64, PrepaymentEffect),
    PayOff,
    Charge(ChargeKind, i64),
    Mark,
    Restructure(u32, u16),
    /// Some payment so far, taken back.
    Reverse(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        8 => (1_i64..600, prop::sample::select(PrepaymentEffect::ALL.to_vec())).prop_map(|(part, effect)| Step::Pay(part, effect)),
        1 => Just(Step::PayOff),
        2 => (prop::sample::select(vec![ChargeKind::Penalty, ChargeKind::Fee]), 1_i64..10_000).prop_map(|(kind, minor)| Step::Charge(kind, minor)),
        2 => Just(Step::Mark),
        1 => (1_u32..60, 0_u16..3_000).prop_map(|(months, rate)| Step::Restructure(months, rate)),
    ];
    let step = prop_oneof![6 => step, 1 => any::<prop::sample::Index>().prop_map(Step::Reverse)];
    prop::collection::vec((0_i64..40, step), 1..25)
}

fn rupees(minor: i64) -> Money {
    Money::from_minor(minor, currency("INR"))
}

/// The command of a step, on what has happened so far.
fn command(step: &Step, date: Date, payoff: i64, so_far: &[LoanEvent]) -> LoanCommand {
    let pay = |minor, effect| {
        RecordPayment { amount: rupees(minor), date, account_transaction: None, effect }.into()
    };
    let mark = || MarkDelinquent { date, bucket: None }.into();
    match step {
        Step::Pay(thousandths, effect) => pay((payoff * thousandths / 1_000).max(1), *effect),
        Step::PayOff => pay(payoff, PrepaymentEffect::ShorterTerm),
        Step::Charge(kind, minor) => {
            ChargePenalty { kind: *kind, amount: rupees(*minor), reason: "late".into(), date }.into()
        }
        Step::Mark => mark(),
        Step::Reverse(which) => reverse_any(which, so_far).unwrap_or_else(mark),
        Step::Restructure(term_months, rate) => {
            let annual_rate = Some(crate::Percent::from_basis_points(*rate));
            let dues = DueDates::default();
            Restructure { annual_rate, term_months: *term_months, from: date, dues, reason: None }.into()
        }
    }
}

/// Takes one of the payments back; their places are their names.
fn reverse_any(which: &prop::sample::Index, so_far: &[LoanEvent]) -> Option<LoanCommand> {
    let payments = so_far.iter().enumerate().filter_map(|(place, event)| match event {
        LoanEvent::LoanPaymentMade(payment) => Some((place as u128, payment)),
        _ => None,
    });
    let payments: Vec<_> = payments.collect();
    let (place, payment) = payments.get(which.index(payments.len().max(1)))?;
    Some(reverse(*place, payment))
}

/// A loan of some size, paid out on [`START`].
fn loans() -> impl Strategy<Value = Vec<LoanEvent>> {
    let counts = prop::sample::select(vec![DayCount::Actual365, DayCount::Thirty360]);
    let ways = prop::sample::select(vec![
        (PrepaymentRule::Period, Arithmetic::Exact),
        (PrepaymentRule::Daily, Arithmetic::Exact),
        (PrepaymentRule::Period, Arithmetic::RoundedRates),
    ]);
    let dues = (prop::option::of(1_i64..360), prop::option::of(1_i8..=31));
    let terms = (10_000_i64..10_000_000, 0_u16..4_000, 1_u32..48, counts, ways, dues);
    terms.prop_filter_map(
        "repays",
        |(minor, rate, term_months, day_count, (prepayment, arithmetic), (first, day))| {
            let (first, day) = if arithmetic == Arithmetic::Exact { (first, day) } else { (None, None) };
            let (principal, annual_rate) = (rupees(minor), crate::Percent::from_basis_points(rate));
            let asked = LoanApplied {
                principal,
                annual_rate,
                term_months,
                day_count,
                prepayment,
                arithmetic,
                first_due_date: first.map(|days| START.checked_add(days.days()).unwrap()),
                due_day: day.map(|day| DueDay::try_from(day).unwrap()),
                applied_on: START,
                ..application()
            };
            Loan::default().decide(apply_as(asked.clone()), decided_on(START), Rules::All).ok()?;
            let paid_out = LoanEvent::LoanDisbursed(LoanDisbursed { amount: principal, disbursed_on: START });
            Some(vec![applied_as(asked), assessed(), approved(), paid_out])
        },
    )
}

fn check_payment(event: &LoanPaymentMade) -> Result<(), TestCaseError> {
    let Allocation { penalties, fees, instalments, prepayment, unearned_interest, .. } = &event.allocation;
    let parts = instalments
        .iter()
        .flat_map(|part| [part.interest, part.principal])
        .chain(prepayment.iter().map(|prepaid| prepaid.principal));
    let parts: Vec<i64> = parts.chain([*penalties, *fees]).map(Money::minor).collect();
    prop_assert!(parts.iter().all(|part| *part >= 0), "{event:?}");
    prop_assert_eq!(
        parts.iter().sum::<i64>() - unearned_interest.map_or(0, Money::minor),
        event.amount.minor()
    );
    Ok(())
}

fn check_reversal(event: &LoanPaymentReversed) -> Result<(), TestCaseError> {
    for Reallocated { payment, allocation, surplus } in &event.reallocated {
        check_payment(&LoanPaymentMade {
            allocation: allocation.clone(),
            surplus: *surplus,
            ..payment.clone()
        })?;
    }
    Ok(())
}

/// What pays a loan with this past off, some years later.
fn payoff_on_last_day(past: &[LoanEvent]) -> i64 {
    given(past.to_vec()).state().payoff(date(2040, 1, 1)).map_or(0, Money::minor)
}

proptest! {
    #[test]
    fn no_unit_of_money_is_lost_and_the_payoff_falls_by_what_is_paid(past in loans(), steps in steps()) {
        let (mut state, mut date, mut so_far) = (given(past.clone()).state(), START, past.clone());
        let mut principal: i64 = past.iter().filter_map(LoanEvent::principal_change).map(Money::minor).sum();
        for (days, step) in steps {
            date = date.checked_add(days.days()).unwrap();
            let Some(payoff) = state.payoff(date).map(Money::minor) else { break };
            prop_assert!(payoff > 0, "{date}: {state:?}");
            let command = command(&step, date, payoff, &so_far);
            let events = match state.decide(command, decided_on(date), Rules::All) {
                Ok(events) => events,
                Err(LoanError::TermsNotRepayable { .. } | LoanError::PaymentNotReversible { .. } | LoanError::PaymentAlreadyReversed { .. }) => continue,
                Err(refusal) => return Err(TestCaseError::fail(format!("{step:?} on {date}: {refusal}"))),
            };
            for event in &events {
                state.evolve(event);
                principal += event.principal_change().map_or(0, Money::minor);
                so_far.push(event.clone());
            }
            let after = state.payoff(date).map_or(0, Money::minor);
            match events.first() {
                Some(LoanEvent::LoanPaymentMade(event)) => {
                    check_payment(event)?;
                    prop_assert_eq!(after, payoff - event.amount.minor());
                    prop_assert_eq!(state.status() == Status::Closed, after == 0);
                }
                Some(LoanEvent::LoanPaymentReversed(event)) => {
                    check_reversal(event)?;
                    let (before, now) = (payoff_on_last_day(&so_far[..so_far.len() - 1]), payoff_on_last_day(&so_far));
                    prop_assert!(now >= before, "{before} {now}");
                }
                Some(LoanEvent::LoanPenaltyCharged(event)) => prop_assert_eq!(after, payoff + event.amount.minor()),
                _ => prop_assert_eq!(after, payoff),
            }
            let schedule = state.schedule().unwrap();
            prop_assert_eq!(schedule.principal_minor(), principal);
            prop_assert_eq!(schedule.instalments.last().unwrap().balance_after_minor, 0);
            prop_assert!(schedule.instalments.iter().all(|part| part.unpaid_principal_minor() >= 0 && part.unpaid_interest_minor() >= 0));
            prop_assert!(schedule.instalments.is_sorted_by(|one, next| one.number < next.number && one.due_date <= next.due_date));
        }
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<Loan>(&stored).unwrap(), state);
    }

    #[test]
    fn a_payment_taken_back_leaves_the_loan_that_never_had_it(past in loans(), steps in steps(), which in any::<prop::sample::Index>()) {
        // Amounts as the loan with all payments asks for them; charges and payments only.
        let steps: Vec<_> = steps.into_iter().filter(|(_, step)| matches!(step, Step::Pay(..) | Step::PayOff | Step::Charge(..))).collect();
        let (mut state, mut date, mut taken) = (given(past.clone()).state(), START, Vec::new());
        for (days, step) in &steps {
            date = date.checked_add(days.days()).unwrap();
            let Some(payoff) = state.payoff(date).map(Money::minor) else { break };
            let command = command(step, date, payoff, &[]);
            let events = state.decide(command.clone(), decided_on(date), Rules::All).unwrap();
            events.iter().for_each(|event| state.evolve(event));
            taken.push((command, events));
        }
        let payments: Vec<usize> = (0..taken.len()).filter(|place| matches!(taken[*place].0, LoanCommand::RecordPayment(_))).collect();
        let Some(place) = payments.get(which.index(payments.len().max(1))).copied() else { return Ok(()) };
        let LoanEvent::LoanPaymentMade(payment) = &taken[place].1[0] else { panic!("{taken:?}") };
        let back = state.decide(reverse(1, payment), decided_on(date), Rules::All).unwrap();
        back.iter().for_each(|event| state.evolve(event));
        let mut never = given(past).state();
        for (command, _) in taken.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, step)| step) {
            never.decide(command.clone(), decided_on(date), Rules::All).unwrap().iter().for_each(|event| never.evolve(event));
        }
        prop_assert_eq!(state.schedule(), never.schedule());
        prop_assert_eq!((state.charges(), state.status(), state.last_payment_on()), (never.charges(), never.status(), never.last_payment_on()));
        prop_assert_eq!((state.payoff(date), state.days_past_due(date)), (never.payoff(date), never.days_past_due(date)));
    }

    #[test]
    fn more_than_the_payoff_is_never_taken(past in loans(), days in 0_i64..2_000, more in 1_i64..1_000) {
        let state = given(past).state();
        let date = START.checked_add(days.days()).unwrap();
        let payoff_amount = state.payoff(date).unwrap();
        let amount = rupees(payoff_amount.minor() + more);
        let effect = PrepaymentEffect::ShorterTerm;
        let pay = RecordPayment { amount, date, account_transaction: None, effect }.into();
        prop_assert_eq!(state.decide(pay, decided_on(date), Rules::All), Err(LoanError::PayoffExceeded { amount, payoff_amount, date }));
    }

    #[test]
    fn events_in_any_order_break_nothing(past in loans(), steps in steps(), seed in any::<prop::sample::Index>()) {
        let (mut state, mut date, mut events) = (given(past.clone()).state(), START, past);
        for (days, step) in steps {
            date = date.checked_add(days.days()).unwrap();
            let Some(payoff) = state.payoff(date).map(Money::minor) else { break };
            let more = state.decide(command(&step, date, payoff, &events), decided_on(date), Rules::All).unwrap_or_default();
            more.iter().for_each(|event| state.evolve(event));
            events.extend(more);
        }
        let turn = seed.index(events.len());
        events.rotate_left(turn);
        let turned = given(events).state();
        let _ = (turned.outstanding(date), turned.payoff(date), turned.days_past_due(date), turned.decide(pay("1", date), decided_on(date), Rules::All));
    }

    #[test]
    fn the_order_of_business_time_leads_to_the_same_loan(past in loans(), steps in steps(), back in prop::collection::vec(0_i64..60, 25)) {
        let (mut state, mut date, mut events) = (given(past.clone()).state(), START, past);
        for ((days, step), back) in steps.into_iter().zip(back) {
            date = date.checked_add(days.days()).unwrap();
            let earliest = if matches!(step, Step::Charge(..)) { START } else { state.last_entry().max(state.bucket().1).unwrap_or(START) };
            let day = date.checked_sub(back.days()).unwrap().max(earliest);
            let Some(payoff) = state.payoff(day).map(Money::minor) else { break };
            let more = state.decide(command(&step, day, payoff, &events), decided_on(date), Rules::All).unwrap_or_default();
            more.iter().for_each(|event| state.evolve(event));
            events.extend(more);
        }
        events.sort_by_key(|event| match event {
            LoanEvent::LoanPaymentMade(event) => event.paid_on,
            LoanEvent::LoanPaymentReversed(event) => event.payment.paid_on,
            LoanEvent::LoanPenaltyCharged(event) => event.charged_on,
            LoanEvent::LoanBecameDelinquent(event) => event.as_of,
            LoanEvent::LoanRestructured(event) => event.from,
            LoanEvent::LoanFullyRepaid(event) => event.repaid_on,
            _ => START,
        });
        let happened = given(events).state();
        prop_assert_eq!(happened.schedule(), state.schedule());
        prop_assert_eq!((happened.status(), happened.payoff(date)), (state.status(), state.payoff(date)));
        for kind in [ChargeKind::Penalty, ChargeKind::Fee] {
            prop_assert_eq!(happened.outstanding_charges(kind), state.outstanding_charges(kind));
        }
    }
}
