//! Standing debits: what is due on a day, and how often it is tried.

use super::*;
use crate::{Text, lending::loan::DebitDue};

/// The first instalment of [`lent`] is due on 1 February 2024: 17.43.
const DUE: Date = date(2024, 2, 1);

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn set(number: u128) -> LoanEvent {
    StandingDebitSet { account_id: account(number), set_on: TODAY }.into()
}

fn failed(tried_on: Date, attempt: u16, amount: &str) -> LoanEvent {
    let (account_id, code) = (account(5), Text::fitted("insufficient_funds"));
    StandingDebitFailed { account_id, due_date: DUE, amount: inr(amount), code, attempt, tried_on }.into()
}

fn note(date: Date, fee: Option<&str>) -> NoteDebitFailed {
    NoteDebitFailed { date, attempts: 3, code: Text::fitted("insufficient_funds"), fee: fee.map(inr) }
}

#[test]
fn an_account_is_named_changed_and_no_longer_named() {
    let state = given([applied()]).when(SetStandingDebit { account_id: account(5) }).then([set(5)]);
    assert_eq!(state.standing_debit().map(|debit| debit.account_id), Some(account(5)));
    lent_and([set(5)]).when(SetStandingDebit { account_id: account(5) }).then_nothing();
    lent_and([set(5)]).when(SetStandingDebit { account_id: account(6) }).then([set(6)]);
    let cancelled = StandingDebitCancelled { cancelled_on: TODAY };
    let state = lent_and([set(5)]).when(CancelStandingDebit {}).then([cancelled.into()]);
    assert_eq!(state.standing_debit(), None);
    lent_and([]).when(CancelStandingDebit {}).then_nothing();
    given([applied(), rejected()])
        .when(SetStandingDebit { account_id: account(5) })
        .then_refused(LoanError::LoanNotActive { status: Status::Rejected });
}

#[test]
fn what_is_due_is_asked_for_on_its_day_and_not_before() {
    let due = |past: Vec<LoanEvent>, on| lent_and(past).state().debit_due(on, 3);
    assert_eq!(due(vec![set(5)], date(2024, 1, 31)), None);
    assert_eq!(due(vec![], DUE), None);
    let (account_id, amount) = (account(5), inr("17.43"));
    assert_eq!(due(vec![set(5)], DUE), Some(DebitDue { account_id, due_date: DUE, amount, attempt: 1 }));
    // What was overdue before is asked for with the next one.
    let second = DebitDue { account_id, due_date: date(2024, 3, 1), amount: inr("34.86"), attempt: 1 };
    assert_eq!(due(vec![set(5)], date(2024, 3, 1)), Some(second));
}

#[test]
fn it_is_tried_again_on_following_days_so_often_and_once_a_day() {
    let on = |day| date(2024, 2, day);
    lent_and([set(5)]).when(note(DUE, None)).then([failed(DUE, 1, "17.43")]);
    lent_and([set(5), failed(DUE, 1, "17.43")]).when(note(DUE, None)).then_nothing();
    let twice = || [set(5), failed(DUE, 1, "17.43"), failed(on(2), 2, "17.43")];
    let thrice = lent_and(twice()).when(note(on(3), None)).then([failed(on(3), 3, "17.43")]);
    assert_eq!(thrice.debit_due(on(4), 3), None);
    assert_eq!(thrice.debit_due(date(2024, 3, 1), 3).map(|due| due.attempt), Some(1));
}

#[test]
fn the_first_failure_of_a_due_date_costs_a_fee() {
    let fee = LoanPenaltyCharged {
        kind: ChargeKind::Fee,
        amount: inr("2"),
        reason: "the debit of 2024-02-01 failed".into(),
        charged_on: DUE,
        instalment: None,
    };
    let state = lent_and([set(5)]).when(note(DUE, Some("2"))).then([failed(DUE, 1, "17.43"), fee.into()]);
    // It is asked for with the instalment.
    assert_eq!(state.debit_due(date(2024, 2, 2), 3).map(|due| due.amount), Some(inr("19.43")));
    let again = lent_and([set(5), failed(DUE, 1, "17.43")]).when(note(date(2024, 2, 2), Some("2")));
    again.then([failed(date(2024, 2, 2), 2, "17.43")]);
}
