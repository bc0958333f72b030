//! Standing orders carried out: each date once, whoever does it; what cannot be paid is told and tried again.

use crate::{World, inr, payments::abroad, refusal_of};
use jiff::civil::{Date, date};
use khata_application::{
    EventStore, StandingOrders,
    command::{Answer, CommandContext, CommandError},
    event_store::FeedFilter,
    payments::{NewRhythm, NewStandingOrder, NewTerms, NewUntil},
};
use khata_domain::{
    Money, Text,
    accounts::{
        BankAccount, Channel,
        account::{Deposit, Freeze, Unfreeze, Withdraw},
        entry::EntryDetails,
    },
    ids::{AccountId, PaymentId, StandingOrderId},
    payments::{
        BusinessDays, HolidayRule, Network, Payment, PaymentStatus, StandingOrder,
        standing_order::{Pause, Resume, StandingOrderEnd, StandingOrderKind, StandingOrderStatus},
    },
};

type Outcome = Result<Answer<StandingOrder>, CommandError>;

const MONDAY: Date = date(2026, 1, 5);

impl World {
    fn standing_orders(&self) -> StandingOrders {
        StandingOrders::new(self.payments.clone(), BusinessDays::default())
    }

    async fn give(&self, new: NewStandingOrder) -> StandingOrderId {
        self.standing_orders().give(&self.context(), new).await.unwrap().id
    }

    /// Carries it out so many days later.
    async fn run_later(&self, days: i64, id: StandingOrderId) -> StandingOrder {
        self.run_in(&self.later(days), id).await.unwrap().state
    }

    async fn run_in(&self, context: &CommandContext, id: StandingOrderId) -> Outcome {
        self.standing_orders().run(context, id, None).await
    }

    async fn pay_in(&self, account_id: AccountId, amount: Money) {
        let details = EntryDetails { channel: Channel::Cash, ..EntryDetails::default() };
        self.put::<BankAccount>(account_id, Deposit { amount, details }).await.unwrap();
    }

    /// Takes all that is on an account, and closes it.
    async fn empty_and_close(&self, account_id: AccountId) {
        let amount = Money::from_minor(i64::try_from(self.holds(account_id).await).unwrap(), currency());
        if amount.is_positive() {
            let details = EntryDetails { channel: Channel::Cash, ..EntryDetails::default() };
            let withdraw = Withdraw { amount, details, aml_verdict: None };
            self.put::<BankAccount>(account_id, withdraw).await.unwrap();
        }
        self.close_account(account_id).await.unwrap();
    }
}

fn currency() -> khata_domain::Currency {
    "INR".parse().unwrap()
}

/// So much from today on, each month on this day.
fn monthly(from_account: AccountId, to_account: AccountId, amount: Money) -> NewStandingOrder {
    NewStandingOrder {
        id: None,
        from_account,
        to_account: Some(to_account),
        external: None,
        kind: StandingOrderKind::Household,
        amount,
        reference: Some(Text::parse("rent").unwrap()),
        rhythm: NewRhythm { day_of_month: Some(5.try_into().unwrap()), ..NewRhythm::default() },
        first_date: MONDAY,
        until: NewUntil::default(),
        on_holiday: HolidayRule::SameDay,
    }
}

fn daily(new: NewStandingOrder) -> NewStandingOrder {
    let rhythm = NewRhythm { days: Some(1.try_into().unwrap()), ..NewRhythm::default() };
    NewStandingOrder { rhythm, ..new }
}

fn paid(order: &StandingOrder) -> PaymentId {
    order.last_payment().expect("a payment").payment_id
}

fn codes(order: &StandingOrder) -> Vec<&str> {
    order.open().values().map(|miss| miss.code.as_str()).collect()
}

#[tokio::test]
async fn a_date_is_one_append_over_the_order_its_payment_and_both_accounts_and_once() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let id = world.give(monthly(from, to, inr(400))).await;
    let before = world.head().await;
    let answer = world.run_in(&world.context(), id).await.unwrap();
    let log = world.store.read_all(before, 20, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types[0], "standing_order.due_date_executed");
    assert_eq!(log.len(), 6, "{types:?}");
    let command = |event: &khata_application::Recorded| event.metadata().unwrap().command_id;
    assert!(log.iter().all(|event| command(event) == command(&log[0])));
    let payment = world.stored::<Payment>(paid(&answer.state)).await;
    assert_eq!(payment.status(), PaymentStatus::Completed);
    let of = payment.request().unwrap().standing_order.unwrap();
    assert_eq!((of.standing_order_id, of.due_date), (id, MONDAY));
    assert_eq!((world.holds(from).await, world.holds(to).await), (60_000, 40_000));
    // Nobody sits awake at the hour at which it runs.
    assert_eq!(payment.screening().unwrap().assessment.facts.hour, None);
    for world in [&world, &world.other_process()] {
        assert_eq!(world.run_later(3, id).await.executed(), 1);
    }
    assert_eq!(world.head().await, before + 6);
    let next = world.run_later(31, id).await;
    assert_eq!((next.executed(), world.holds(from).await), (2, 20_000));
    assert_ne!(paid(&next), paid(&answer.state));
}

#[tokio::test]
async fn what_is_missing_is_tried_again_the_next_day_and_paid_when_money_has_come() {
    let world = World::new();
    let [from, to] = world.pair([100, 0]).await;
    let id = world.give(monthly(from, to, inr(400))).await;
    for _ in 0..2 {
        // However often on one day.
        let missed = world.run_later(0, id).await;
        assert_eq!((codes(&missed), missed.open()[&MONDAY].attempts), (vec!["insufficient_funds"], 1));
    }
    assert_eq!(world.run_later(1, id).await.open()[&MONDAY].attempts, 2);
    world.pay_in(from, inr(300)).await;
    // Not by a clock that was set back.
    assert_eq!(world.run_later(0, id).await.executed(), 0);
    let paid = world.run_later(2, id).await;
    assert_eq!((paid.executed(), paid.open().len()), (1, 0));
    assert_eq!((world.holds(from).await, world.holds(to).await), (0, 40_000));
}

#[tokio::test]
async fn what_stays_missing_is_given_up_and_told_and_the_next_date_comes() {
    let world = World::new();
    let [from, to] = world.pair([100, 0]).await;
    let id = world.give(monthly(from, to, inr(400))).await;
    for day in 0..4 {
        world.run_later(day, id).await;
    }
    let given_up = world.run_later(4, id).await;
    let last = given_up.last_given_up().unwrap();
    assert_eq!((last.due_date, last.attempts, last.code.as_str()), (MONDAY, 4, "insufficient_funds"));
    assert_eq!((given_up.given_up(), given_up.open().len()), (1, 0));
    let events = world.events::<StandingOrder>(id).await;
    let types: Vec<&str> = events.iter().map(|event| event.event_type.split_once('.').unwrap().1).collect();
    let missed = ["due_date_missed"; 4];
    assert_eq!(types, [&["standing_order_given"], &missed[..], &["due_date_given_up"]].concat());
    world.pay_in(from, inr(300)).await;
    let next = world.run_later(31, id).await;
    assert_eq!((next.executed(), next.last_payment().unwrap().due_date), (1, date(2026, 2, 5)));
}

#[tokio::test]
async fn a_frozen_account_pays_when_it_is_free_again_and_a_closed_one_ends_the_order() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let id = world.give(daily(monthly(from, to, inr(100)))).await;
    let freeze = Freeze { reason: "court order".into() };
    world.put::<BankAccount>(from, freeze).await.unwrap();
    assert_eq!(codes(&world.run_later(0, id).await), ["account_not_active"]);
    world.put::<BankAccount>(from, Unfreeze {}).await.unwrap();
    // What was missed, and what is due now.
    let both = world.run_later(1, id).await;
    assert_eq!((both.executed(), world.holds(to).await), (2, 20_000));
    world.empty_and_close(from).await;
    let over = world.run_later(2, id).await;
    assert_eq!(over.status(), StandingOrderStatus::Ended);
    assert_eq!(over.ending().unwrap().end, StandingOrderEnd::AccountClosed);
    assert_eq!(over.last_given_up().unwrap().code.as_str(), "account_closed");
    assert_eq!(world.run_later(3, id).await, over);
}

#[tokio::test]
async fn a_payee_that_is_closed_is_given_up_at_once_and_another_one_is_paid() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let id = world.give(monthly(from, to, inr(400))).await;
    world.close_account(to).await.unwrap();
    let given_up = world.run_later(0, id).await;
    assert_eq!((given_up.given_up(), given_up.status()), (1, StandingOrderStatus::Active));
    let maria = world.stored::<BankAccount>(from).await.opening().unwrap().customer_id;
    let other = world.account(maria, 0).await;
    let change = NewTerms { to_account: Some(other), ..NewTerms::default() };
    world.standing_orders().change(&world.context(), id, change).await.unwrap();
    world.run_later(31, id).await;
    assert_eq!(world.holds(other).await, 40_000);
    // To a closed account none is given or changed.
    let refused = world.standing_orders().give(&world.context(), monthly(from, to, inr(1))).await;
    assert_eq!(refusal_of(refused), "account_closed");
    let back = NewTerms { to_account: Some(to), ..NewTerms::default() };
    assert_eq!(
        refusal_of(world.standing_orders().change(&world.context(), id, back).await),
        "account_closed"
    );
}

#[tokio::test]
async fn two_who_carry_out_the_same_orders_at_once_pay_each_once() {
    let world = World::new();
    let [from, to] = world.pair([100_000, 0]).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.give(daily(monthly(from, to, inr(100)))).await);
    }
    let all = |world: World, ids: Vec<StandingOrderId>| {
        tokio::spawn(async move {
            for id in ids {
                world.run_later(2, id).await;
            }
        })
    };
    let others = [world.clone(), world.other_process(), world.other_process()];
    let running: Vec<_> = others.into_iter().map(|world| all(world, ids.clone())).collect();
    for each in running {
        each.await.unwrap();
    }
    for id in &ids {
        assert_eq!(world.stored::<StandingOrder>(*id).await.executed(), 3);
    }
    assert_eq!(world.holds(to).await, 20 * 3 * 10_000);
}

#[tokio::test]
async fn a_pause_or_a_change_on_the_very_day_is_as_it_was_agreed() {
    let world = World::new();
    let [from, to] = world.pair([10_000, 0]).await;
    let orders = world.standing_orders();
    let id = world.give(monthly(from, to, inr(100))).await;
    world.put::<StandingOrder>(id, Pause { reason: None }).await.unwrap();
    assert_eq!(world.run_later(0, id).await.executed(), 0);
    world.put::<StandingOrder>(id, Resume {}).await.unwrap();
    // What is due today is paid as it was agreed, later dates otherwise.
    let change = NewTerms { amount: Some(inr(150)), ..NewTerms::default() };
    orders.change(&world.context(), id, change).await.unwrap();
    world.run_later(0, id).await;
    assert_eq!(world.holds(to).await, 10_000);
    world.run_later(31, id).await;
    assert_eq!(world.holds(to).await, 25_000);
    world.put_in::<StandingOrder>(&world.later(32), id, Pause { reason: None }).await.unwrap();
    world.run_later(62, id).await;
    let resumed = world.put_in::<StandingOrder>(&world.later(62), id, Resume {}).await.unwrap();
    assert_eq!(resumed.state.dates().next(), Some(date(2026, 4, 5)));
    assert_eq!(world.run_later(62, id).await.executed(), 2);
}

#[tokio::test]
async fn days_that_nobody_worked_off_are_paid_later_each_once_and_days_to_come_are_not() {
    let world = World::new();
    let [from, to] = world.pair([10_000, 0]).await;
    let id = world.give(daily(monthly(from, to, inr(100)))).await;
    let orders = world.standing_orders();
    let tomorrow = MONDAY.tomorrow().unwrap();
    assert_eq!(refusal_of(orders.run(&world.context(), id, Some(tomorrow)).await), "run_in_future");
    // A day that has gone by is made good for that day.
    let late = world.later(4);
    let first = orders.run(&late, id, Some(MONDAY)).await.unwrap();
    let entered = world.stored::<Payment>(paid(&first.state)).await;
    assert_eq!((first.state.executed(), entered.completed_on()), (1, Some(MONDAY)));
    let all = orders.run(&late, id, None).await.unwrap();
    assert_eq!((all.state.executed(), world.holds(to).await), (5, 50_000));
    assert_eq!(orders.run(&late, id, Some(MONDAY)).await.unwrap().version, all.version);
}

#[tokio::test]
async fn the_29th_of_february_and_holidays_move_what_is_due() {
    let world = World::new();
    let [from, to] = world.pair([10_000, 0]).await;
    let last = NewRhythm { day_of_month: Some(31.try_into().unwrap()), ..NewRhythm::default() };
    let before = NewStandingOrder {
        rhythm: last,
        first_date: date(2028, 2, 1),
        on_holiday: HolidayRule::PreviousBusinessDay,
        ..monthly(from, to, inr(100))
    };
    let id = world.give(before).await;
    let dates = world.standing_orders().dates(id, 3).await.unwrap();
    let dates: Vec<(Date, Date)> = dates.into_iter().map(|(due, _)| (due.due_date, due.runs_on)).collect();
    let friday_before = (date(2028, 4, 30), date(2028, 4, 28));
    assert_eq!(
        dates,
        [(date(2028, 2, 29), date(2028, 2, 29)), (date(2028, 3, 31), date(2028, 3, 31)), friday_before]
    );
    let days_to = |day: Date| i64::from(MONDAY.until(day).unwrap().get_days());
    assert_eq!(world.run_later(days_to(date(2028, 2, 28)), id).await.executed(), 0);
    assert_eq!(world.run_later(days_to(date(2028, 2, 29)), id).await.executed(), 1);
    world.run_later(days_to(date(2028, 3, 31)), id).await;
    assert_eq!(world.run_later(days_to(friday_before.1), id).await.executed(), 3);
}

#[tokio::test]
async fn to_another_bank_it_is_ordered_as_any_payment_or_missed_where_nobody_reaches_it() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let reaching =
        World { payments: world.payments.clone().reaching(&[Network::VelocityPay]), ..world.clone() };
    let external = abroad(from, "87144583/YZ", inr(400)).external;
    let abroad = NewStandingOrder { to_account: None, external, ..monthly(from, to, inr(400)) };
    let refused = world.standing_orders().give(&world.context(), abroad.clone()).await;
    assert_eq!(refusal_of(refused), "no_gateway");
    let id = reaching.give(abroad).await;
    assert_eq!(codes(&world.run_later(0, id).await), ["no_gateway"]);
    let ordered = reaching.run_later(1, id).await;
    let payment = world.stored::<Payment>(paid(&ordered)).await;
    assert_eq!((payment.status(), ordered.executed()), (PaymentStatus::Held, 1));
    assert_eq!(world.holds(from).await, 100_000);
}

#[tokio::test]
async fn what_looks_like_fraud_is_given_up_with_its_payment() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let id = world.give(monthly(from, to, inr(400))).await;
    let world = world.scoring("0.9");
    let given_up = world.run_later(0, id).await;
    let last = given_up.last_given_up().unwrap();
    assert_eq!((last.code.as_str(), given_up.executed()), ("rejected_fraud", 0));
    let payment = world.stored::<Payment>(last.payment_id.unwrap()).await;
    assert_eq!((payment.status(), world.holds(from).await), (PaymentStatus::RejectedFraud, 100_000));
    assert_eq!(world.run_later(1, id).await, given_up);
}

#[tokio::test]
async fn a_schedule_has_one_rhythm_and_one_end() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let both = NewRhythm { days: Some(7.try_into().unwrap()), ..monthly(from, to, inr(1)).rhythm };
    let until = NewUntil { date: Some(date(2027, 1, 1)), times: Some(3), is_ended: false };
    for unclear in [
        NewStandingOrder { rhythm: both, ..monthly(from, to, inr(1)) },
        NewStandingOrder { rhythm: NewRhythm::default(), ..monthly(from, to, inr(1)) },
        NewStandingOrder { until, ..monthly(from, to, inr(1)) },
    ] {
        let refused = world.standing_orders().give(&world.context(), unclear).await;
        assert_eq!(refusal_of(refused), "schedule_unclear");
    }
    let euro = Money::from_minor(100, "EUR".parse().unwrap());
    let refused = world.standing_orders().give(&world.context(), monthly(from, to, euro)).await;
    assert_eq!(refusal_of(refused), "currency_mismatch");
}
