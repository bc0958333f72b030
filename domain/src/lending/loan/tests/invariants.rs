//! What no sequence of commands may break: no unit of money is lost or made, and what pays a loan off falls by what is paid.

use super::*;
use jiff::ToSpan;
use proptest::prelude::*;

/// What happens on a day; amounts are thousandths of what pays the loan off.
#[derive(Debug, Clone)]
enum Step {
    Pay(i64),
    PayOff,
    Charge(ChargeKind, i64),
    Mark,
    Restructure(u32, u16),
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        8 => (1_i64..600).prop_map(Step::Pay),
        1 => Just(Step::PayOff),
        2 => (prop::sample::select(vec![ChargeKind::Penalty, ChargeKind::Fee]), 1_i64..10_000).prop_map(|(kind, minor)| Step::Charge(kind, minor)),
        2 => Just(Step::Mark),
        1 => (1_u32..60, 0_u16..3_000).prop_map(|(months, rate)| Step::Restructure(months, rate)),
    ];
    prop::collection::vec((0_i64..40, step), 1..25)
}

fn rupees(minor: i64) -> Money {
    Money::from_minor(minor, currency("INR"))
}

fn command(step: &Step, date: Date, payoff: i64) -> LoanCommand {
    let today = date;
    let pay = |minor| LoanCommand::RecordPayment(RecordPayment { amount: rupees(minor), date, account_transaction: None, today });
    match step {
        Step::Pay(thousandths) => pay((payoff * thousandths / 1_000).max(1)),
        Step::PayOff => pay(payoff),
        Step::Charge(kind, minor) => {
            LoanCommand::ChargePenalty(ChargePenalty { kind: *kind, amount: rupees(*minor), reason: "late".into(), date, today })
        }
        Step::Mark => LoanCommand::MarkDelinquent(MarkDelinquent { date, bucket: None, today }),
        Step::Restructure(term_months, rate) => {
            let annual_rate = Some(crate::Percent::from_basis_points(*rate));
            LoanCommand::Restructure(Restructure { annual_rate, term_months: *term_months, from: date, reason: None, today })
        }
    }
}

/// A loan of some size, paid out on [`START`].
fn loans() -> impl Strategy<Value = Vec<LoanEvent>> {
    let counts = prop::sample::select(vec![DayCount::Actual365, DayCount::Thirty360]);
    let ways = prop::sample::select(vec![
        (PrepaymentRule::Period, Arithmetic::Exact),
        (PrepaymentRule::Daily, Arithmetic::Exact),
        (PrepaymentRule::Period, Arithmetic::RoundedRates),
    ]);
    let terms = (10_000_i64..10_000_000, 0_u16..4_000, 1_u32..48, counts, ways);
    terms.prop_filter_map("repays", |(minor, rate, term_months, day_count, (prepayment, arithmetic))| {
        let (principal, annual_rate) = (rupees(minor), crate::Percent::from_basis_points(rate));
        let asked = LoanApplied { principal, annual_rate, term_months, day_count, prepayment, arithmetic, applied_on: START, ..application() };
        Loan::default().decide(apply_as(asked.clone())).ok()?;
        let paid_out = LoanEvent::LoanDisbursed(LoanDisbursed { amount: principal, disbursed_on: START });
        Some(vec![applied_as(asked), assessed(), approved(), paid_out])
    })
}

fn check_payment(event: &LoanPaymentMade) -> Result<(), TestCaseError> {
    let Allocation { penalties, fees, instalments, prepayment, unearned_interest, .. } = &event.allocation;
    let parts = instalments.iter().flat_map(|part| [part.interest, part.principal]).chain(prepayment.iter().map(|prepaid| prepaid.principal));
    let parts: Vec<i64> = parts.chain([*penalties, *fees]).map(Money::minor).collect();
    prop_assert!(parts.iter().all(|part| *part >= 0), "{event:?}");
    prop_assert_eq!(parts.iter().sum::<i64>() - unearned_interest.map_or(0, Money::minor), event.amount.minor());
    Ok(())
}

proptest! {
    #[test]
    fn no_unit_of_money_is_lost_and_the_payoff_falls_by_what_is_paid(past in loans(), steps in steps()) {
        let (mut state, mut date) = (given(past.clone()).state(), START);
        let mut principal: i64 = past.iter().filter_map(LoanEvent::principal_change).map(Money::minor).sum();
        for (days, step) in steps {
            date = date.checked_add(days.days()).unwrap();
            let Some(payoff) = state.payoff(date).map(Money::minor) else { break };
            prop_assert!(payoff > 0, "{date}: {state:?}");
            let command = command(&step, date, payoff);
            let events = match state.decide(command) {
                Ok(events) => events,
                Err(LoanError::TermsNotRepayable { .. }) => continue,
                Err(refusal) => return Err(TestCaseError::fail(format!("{step:?} on {date}: {refusal}"))),
            };
            for event in &events {
                state.evolve(event);
                principal += event.principal_change().map_or(0, Money::minor);
            }
            let after = state.payoff(date).map_or(0, Money::minor);
            match events.first() {
                Some(LoanEvent::LoanPaymentMade(event)) => {
                    check_payment(event)?;
                    prop_assert_eq!(after, payoff - event.amount.minor());
                    prop_assert_eq!(state.status() == Status::Closed, after == 0);
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
    fn more_than_the_payoff_is_never_taken(past in loans(), days in 0_i64..2_000, more in 1_i64..1_000) {
        let state = given(past).state();
        let date = START.checked_add(days.days()).unwrap();
        let payoff_amount = state.payoff(date).unwrap();
        let amount = rupees(payoff_amount.minor() + more);
        let pay = LoanCommand::RecordPayment(RecordPayment { amount, date, account_transaction: None, today: date });
        prop_assert_eq!(state.decide(pay), Err(LoanError::PayoffExceeded { amount, payoff_amount, date }));
    }

    #[test]
    fn events_in_any_order_break_nothing(past in loans(), steps in steps(), seed in any::<prop::sample::Index>()) {
        let (mut state, mut date, mut events) = (given(past.clone()).state(), START, past);
        for (days, step) in steps {
            date = date.checked_add(days.days()).unwrap();
            let Some(payoff) = state.payoff(date).map(Money::minor) else { break };
            let more = state.decide(command(&step, date, payoff)).unwrap_or_default();
            more.iter().for_each(|event| state.evolve(event));
            events.extend(more);
        }
        let turn = seed.index(events.len());
        events.rotate_left(turn);
        let turned = given(events).state();
        let _ = (turned.outstanding(date), turned.payoff(date), turned.days_past_due(date), turned.decide(pay("1", date)));
    }

    #[test]
    fn the_order_of_business_time_leads_to_the_same_loan(past in loans(), steps in steps(), back in prop::collection::vec(0_i64..60, 25)) {
        let (mut state, mut date, mut events) = (given(past.clone()).state(), START, past);
        for ((days, step), back) in steps.into_iter().zip(back) {
            date = date.checked_add(days.days()).unwrap();
            let earliest = if matches!(step, Step::Charge(..)) { START } else { state.last_entry().max(state.bucket().1).unwrap_or(START) };
            let day = date.checked_sub(back.days()).unwrap().max(earliest);
            let Some(payoff) = state.payoff(day).map(Money::minor) else { break };
            let more = state.decide(command(&step, day, payoff)).unwrap_or_default();
            more.iter().for_each(|event| state.evolve(event));
            events.extend(more);
        }
        events.sort_by_key(|event| match event {
            LoanEvent::LoanPaymentMade(event) => event.paid_on,
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
