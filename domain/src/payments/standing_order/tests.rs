//! The rules of a standing order, case by case; its dates and what no story may break stand beside this.

mod dates;
mod properties;

use super::*;
use crate::{
    Money, Text,
    ids::{AccountId, CustomerId, PaymentId, TypedId},
    payments::{BusinessDays, ExternalPayee, HolidayRule, Network, Payee},
    testing::{Given, TODAY, decided_on, given},
};
use jiff::civil::{Date, date};
use uuid::Uuid;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn inr(rupees: i64) -> Money {
    Money::from_minor(rupees * 100, "INR".parse().unwrap())
}

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn payment(number: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(number))
}

fn monthly(day: i8) -> Rhythm {
    Rhythm::DayOfMonth(day.try_into().unwrap())
}

fn every(days: u16) -> Rhythm {
    Rhythm::Days(days.try_into().unwrap())
}

fn terms(rhythm: Rhythm) -> Terms {
    Terms {
        payee: Payee::Account(account(2)),
        amount: inr(1_000),
        reference: Some(text("rent")),
        rhythm,
        first_date: TODAY,
        until: Until::Ended,
        on_holiday: HolidayRule::SameDay,
    }
}

fn give(terms: Terms) -> Give {
    Give {
        from_account: account(1),
        from_customer: CustomerId::from_uuid(Uuid::from_u128(1)),
        kind: StandingOrderKind::Household,
        terms,
        paid_through: None,
        schedule_is_synthetic: false,
    }
}

fn was_given(terms: Terms) -> StandingOrderEvent {
    let Give { from_account, from_customer, kind, terms, paid_through, schedule_is_synthetic } = give(terms);
    let (given_by, business_date) = ("local".to_owned(), TODAY);
    StandingOrderGiven {
        from_account,
        from_customer,
        kind,
        terms,
        paid_through,
        schedule_is_synthetic,
        given_by,
        business_date,
    }
    .into()
}

/// Paid each tenth of the month, which today is.
fn order(events: impl IntoIterator<Item = StandingOrderEvent>) -> Given<StandingOrder> {
    given([was_given(terms(monthly(10)))].into_iter().chain(events))
}

fn execute(due_date: Date) -> RecordExecution {
    RecordExecution { due_date, runs_on: due_date, payment_id: payment(7) }
}

fn executed(due_date: Date, business_date: Date) -> StandingOrderEvent {
    DueDateExecuted { due_date, runs_on: due_date, payment_id: payment(7), amount: inr(1_000), business_date }
        .into()
}

fn miss(due_date: Date, retries: u16) -> RecordMiss {
    let (code, reason) = (text("insufficient_funds"), text("there is too little"));
    RecordMiss {
        due_date,
        runs_on: due_date,
        code,
        reason,
        account_id: Some(account(1)),
        retries,
        is_final: false,
    }
}

fn missed(due_date: Date, attempt: u32, business_date: Date) -> StandingOrderEvent {
    DueDateMissed {
        due_date,
        runs_on: due_date,
        attempt,
        attempts: 3,
        code: text("insufficient_funds"),
        reason: text("there is too little"),
        account_id: Some(account(1)),
        amount: inr(1_000),
        business_date,
    }
    .into()
}

fn given_up(due_date: Date, attempts: u32, code: &str, business_date: Date) -> StandingOrderEvent {
    let (code, amount) = (text(code), inr(1_000));
    DueDateGivenUp { due_date, attempts, code, payment_id: None, amount, business_date }.into()
}

fn paused() -> StandingOrderEvent {
    StandingOrderPaused { reason: None, paused_by: "local".into(), business_date: TODAY }.into()
}

fn ended(end: StandingOrderEnd, business_date: Date) -> StandingOrderEvent {
    StandingOrderEnded { end, reason: None, ended_by: "local".into(), business_date }.into()
}

fn next(order: &StandingOrder) -> Vec<Date> {
    order.dates().take(3).collect()
}

#[test]
fn it_is_given_once_for_today_or_later_and_for_something() {
    given::<StandingOrder>([]).when(give(terms(monthly(10)))).then([was_given(terms(monthly(10)))]);
    order([]).when(give(terms(monthly(10)))).then_refused(StandingOrderError::StandingOrderAlreadyGiven);
    let refused = |changed: Terms, error| given::<StandingOrder>([]).when(give(changed)).then_refused(error);
    let (first_date, earliest) = (TODAY.yesterday().unwrap(), TODAY);
    refused(
        Terms { first_date, ..terms(monthly(10)) },
        StandingOrderError::FirstDateTooEarly { first_date, earliest },
    );
    let amount = inr(0);
    refused(Terms { amount, ..terms(monthly(10)) }, StandingOrderError::AmountNotPositive { amount });
    let payee = Payee::Account(account(1));
    refused(
        Terms { payee, ..terms(monthly(10)) },
        StandingOrderError::SameAccount { account_id: account(1) },
    );
    for until in [Until::Date(date(2026, 4, 8)), Until::Times(0)] {
        refused(Terms { until, ..terms(monthly(9)) }, StandingOrderError::NothingDue);
    }
}

#[test]
fn one_of_the_past_is_taken_over_with_what_was_paid_elsewhere() {
    let old = Terms { first_date: date(2025, 1, 10), ..terms(monthly(10)) };
    let taken_over = Give { paid_through: Some(date(2026, 2, 10)), ..give(old) };
    let events = given::<StandingOrder>([]).when_history(taken_over).result().unwrap();
    let order = given::<StandingOrder>(events).state();
    assert_eq!(next(&order), [date(2026, 3, 10), date(2026, 4, 10), date(2026, 5, 10)]);
}

#[test]
fn a_date_is_paid_once_in_its_turn_and_not_before_its_day() {
    order([]).when(execute(TODAY)).then([executed(TODAY, TODAY)]);
    order([executed(TODAY, TODAY)]).when(execute(TODAY)).then_nothing();
    order([executed(TODAY, TODAY)]).when(miss(TODAY, 2)).then_nothing();
    let (april, may) = (date(2026, 4, 10), date(2026, 5, 10));
    order([executed(TODAY, TODAY)])
        .when(execute(may))
        .then_refused(StandingOrderError::DueDateNotNext { due_date: may });
    order([executed(TODAY, TODAY)]).when(execute(april)).then_refused(
        StandingOrderError::DueDateNotReached { due_date: april, runs_on: april, today: TODAY },
    );
    // A clock that was set back brings nothing twice.
    let before = decided_on(date(2026, 3, 1));
    order([executed(TODAY, TODAY)]).at(before).when(execute(TODAY)).then_nothing();
}

#[test]
fn what_is_missed_is_tried_again_on_later_days_and_then_given_up() {
    let days: Vec<Date> = TODAY.series(jiff::Span::new().days(1)).take(3).collect();
    let [first, second, third] = days[..] else { panic!() };
    order([]).when(miss(first, 2)).then([missed(first, 1, first)]);
    let once = || order([missed(first, 1, first)]);
    // Once a day.
    once().when(miss(first, 2)).then_nothing();
    once().at(decided_on(second)).when(miss(first, 2)).then([missed(first, 2, second)]);
    once().at(decided_on(second)).when(execute(first)).then([executed(first, second)]);
    let twice = order([missed(first, 1, first), missed(first, 2, second)]);
    let given_up = given_up(first, 3, "insufficient_funds", third);
    let after =
        twice.at(decided_on(third)).when(miss(first, 2)).then([missed(first, 3, third), given_up.clone()]);
    assert_eq!((after.given_up(), after.open().len()), (1, 0));
    assert_eq!(next(&after)[0], date(2026, 4, 10));
    order([missed(first, 1, first), given_up]).when(execute(first)).then_nothing();
}

#[test]
fn what_cannot_come_right_is_given_up_at_once() {
    let closed = RecordMiss { is_final: true, ..miss(TODAY, 2) };
    order([]).when(closed).then([missed(TODAY, 1, TODAY), given_up(TODAY, 1, "insufficient_funds", TODAY)]);
    let fraud = GiveUp {
        due_date: TODAY,
        runs_on: TODAY,
        code: text("rejected_fraud"),
        payment_id: Some(payment(7)),
    };
    let events = order([]).when(fraud).result().unwrap();
    assert!(matches!(&events[..], [StandingOrderEvent::DueDateGivenUp(up)] if up.payment_id.is_some()));
}

#[test]
fn the_next_date_comes_while_an_older_one_is_tried_again() {
    let april = date(2026, 4, 10);
    let late = || order([missed(TODAY, 1, TODAY)]).at(decided_on(april));
    let waiting: Vec<Date> =
        late().state().waiting(april, &BusinessDays::default()).map(|due| due.due_date).collect();
    assert_eq!(waiting, [TODAY, april]);
    let after = late().when(execute(april)).then([executed(april, april)]);
    assert!(after.open().contains_key(&TODAY));
    late().when(execute(TODAY)).then([executed(TODAY, april)]);
}

#[test]
fn another_amount_holds_for_later_dates_only() {
    let change = Change { amount: Some(inr(1_200)), ..nothing() };
    let order = order([]);
    let events = order.when(change).result().unwrap();
    let [StandingOrderEvent::StandingOrderChanged(changed)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((changed.from, changed.terms.amount), (TODAY.tomorrow().unwrap(), inr(1_200)));
    let order = given::<StandingOrder>([was_given(terms(monthly(10)))].into_iter().chain(events)).state();
    let amount = |date: Date| order.terms_on(date).unwrap().amount;
    assert_eq!((amount(TODAY), amount(date(2026, 4, 10))), (inr(1_000), inr(1_200)));
    assert_eq!(next(&order), [TODAY, date(2026, 4, 10), date(2026, 5, 10)]);
}

#[test]
fn another_rhythm_is_counted_from_the_day_after() {
    let dates = |change: Change| {
        let events = order([executed(TODAY, TODAY)]).when(change).result().unwrap();
        let past = [was_given(terms(monthly(10))), executed(TODAY, TODAY)];
        next(&given::<StandingOrder>(past.into_iter().chain(events)).state())
    };
    let monthly = |day| Change { rhythm: Some(monthly(day)), ..nothing() };
    assert_eq!(dates(monthly(31)), [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]);
    assert_eq!(dates(monthly(9)), [date(2026, 4, 9), date(2026, 5, 9), date(2026, 6, 9)]);
    let weekly = Change { rhythm: Some(Rhythm::Weekday(DayOfWeek::Monday)), ..nothing() };
    assert_eq!(dates(weekly), [date(2026, 3, 16), date(2026, 3, 23), date(2026, 3, 30)]);
    let from = Some(date(2026, 4, 1));
    let fortnightly = Change { rhythm: Some(every(14)), first_date: from, ..nothing() };
    assert_eq!(dates(fortnightly), [date(2026, 4, 1), date(2026, 4, 15), date(2026, 4, 29)]);
}

#[test]
fn a_change_that_makes_no_sense_is_refused_and_none_is_none() {
    order([]).when(nothing()).then_nothing();
    let refused = |change: Change, error| order([executed(TODAY, TODAY)]).when(change).then_refused(error);
    let earliest = TODAY.tomorrow().unwrap();
    refused(
        Change { first_date: Some(TODAY), ..nothing() },
        StandingOrderError::FirstDateTooEarly { first_date: TODAY, earliest },
    );
    let amount = Money::from_minor(1, "EUR".parse().unwrap());
    let expected = "INR".parse().unwrap();
    refused(
        Change { amount: Some(amount), ..nothing() },
        StandingOrderError::CurrencyMismatch { amount, expected },
    );
    for until in [Until::Date(TODAY), Until::Times(1)] {
        refused(Change { until: Some(until), ..nothing() }, StandingOrderError::NothingDue);
    }
    let over = order([ended(StandingOrderEnd::Cancelled, TODAY)]);
    over.when(nothing()).then_refused(StandingOrderError::StandingOrderHasEnded);
}

#[test]
fn dates_go_by_during_a_pause_and_what_was_missed_is_given_up_with_it() {
    let missed_today = missed(TODAY, 1, TODAY);
    order([missed_today]).when(Pause { reason: None }).then([given_up(TODAY, 1, "paused", TODAY), paused()]);
    order([paused()]).when(Pause { reason: None }).then_nothing();
    order([]).when(Resume {}).then_nothing();
    let status = StandingOrderStatus::Paused;
    order([paused()])
        .when(execute(TODAY))
        .then_refused(StandingOrderError::StandingOrderNotActive { status });
    let resumed = |business_date, skipped| {
        StandingOrderResumed { resumed_by: "local".into(), business_date, skipped }.into()
    };
    // On the very day it is paid still.
    let same_day = order([paused()]).when(Resume {}).then([resumed(TODAY, 0)]);
    assert_eq!(next(&same_day)[0], TODAY);
    let may = date(2026, 5, 1);
    let later = order([paused()]).at(decided_on(may)).when(Resume {}).then([resumed(may, 2)]);
    assert_eq!(next(&later)[0], date(2026, 5, 10));
}

#[test]
fn it_ends_when_it_is_cancelled_or_has_no_more_dates() {
    let end = || End { end: StandingOrderEnd::Cancelled, reason: None };
    order([missed(TODAY, 1, TODAY)])
        .when(end())
        .then([given_up(TODAY, 1, "ended", TODAY), ended(StandingOrderEnd::Cancelled, TODAY)]);
    order([ended(StandingOrderEnd::Cancelled, TODAY)]).when(end()).then_nothing();
    for until in [Until::Date(date(2026, 4, 9)), Until::Times(1)] {
        let last = || given::<StandingOrder>([was_given(Terms { until, ..terms(monthly(10)) })]);
        last().when(execute(TODAY)).then([executed(TODAY, TODAY), ended(StandingOrderEnd::RanOut, TODAY)]);
        // Not as long as something is tried again.
        last().when(miss(TODAY, 2)).then([missed(TODAY, 1, TODAY)]);
    }
}

#[test]
fn nothing_is_done_with_what_was_never_given() {
    let not_given = StandingOrderError::StandingOrderNotGiven;
    given::<StandingOrder>([]).when(execute(TODAY)).then_refused(not_given.clone());
    given::<StandingOrder>([]).when(nothing()).then_refused(not_given.clone());
    given::<StandingOrder>([]).when(Resume {}).then_refused(not_given);
}

#[test]
fn it_is_looked_at_when_something_may_be_due() {
    let of = |rule| Terms { on_holiday: rule, first_date: date(2026, 4, 10), ..terms(monthly(10)) };
    let looked_at = |rule| given::<StandingOrder>([was_given(of(rule))]).state().looked_at_from();
    assert_eq!(looked_at(HolidayRule::NextBusinessDay), Some(date(2026, 4, 10)));
    assert_eq!(looked_at(HolidayRule::PreviousBusinessDay), Some(date(2026, 3, 31)));
    assert_eq!(order([paused()]).state().looked_at_from(), None);
    assert_eq!(order([missed(TODAY, 1, TODAY)]).state().looked_at_from(), Some(TODAY));
}

#[test]
fn a_payee_at_another_bank_is_one_too() {
    let named = (None, Some(text("87144583/YZ")));
    let payee = ExternalPayee::parse(Network::VelocityPay, named, text("Landlord"), None).unwrap();
    let abroad = Terms { payee: Payee::External(payee), ..terms(monthly(10)) };
    given::<StandingOrder>([]).when(give(abroad.clone())).then([was_given(abroad)]);
}

/// A change of nothing.
fn nothing() -> Change {
    Change {
        payee: None,
        amount: None,
        reference: None,
        rhythm: None,
        first_date: None,
        until: None,
        on_holiday: None,
    }
}
