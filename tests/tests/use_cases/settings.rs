//! What decisions rest on beside events: one for all processes, and nothing decided by older settings is
//! appended behind a change.

use crate::{World, inr, world::AccountOutcome};
use khata_application::{
    Executor, OperationsLog,
    command::{CommandContext, CommandError},
    executor::Limits,
};
use khata_domain::{
    accounts::{BankAccount, account::Withdraw, entry::EntryDetails},
    ids::AccountId,
    operations::{OperationBegun, OperationDone, OperationFailed},
    settings::{Basis, Rules, Settings, SettingsId},
};
use khata_infrastructure::V7Ids;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

fn basis(zone: &str, change: impl FnOnce(&mut Rules)) -> Basis {
    let mut rules = Rules::default();
    change(&mut rules);
    Basis::try_new(zone.to_owned(), rules).unwrap()
}

impl World {
    async fn change(&self, basis: Basis) {
        self.book.change(&self.context(), basis).await.unwrap();
    }

    async fn withdraw(&self, context: &CommandContext, account: AccountId, rupees: i64) -> AccountOutcome {
        self.put_in::<BankAccount>(
            context,
            account,
            Withdraw { amount: inr(rupees), details: EntryDetails::default(), aml_verdict: None },
        )
        .await
    }

    async fn rich(&self) -> AccountId {
        let maria = self.verified("maria@example.com").await;
        self.account(maria, 400_000).await
    }
}

/// Five in the morning of 5 January in UTC is still the 4th in Pago Pago.
const MORNING: &str = "2026-01-05T05:00:00Z";

#[tokio::test]
async fn two_processes_never_take_two_days_limits_in_one() {
    let world = World::new();
    let (one, another) = (world.clone(), world.other_process());
    one.clock.set("2026-01-03T12:00:00Z".parse().unwrap());
    let account = one.rich().await;
    one.clock.set(MORNING.parse().unwrap());
    one.change(basis("UTC", |_| {})).await;
    one.withdraw(&one.context(), account, 150_000).await.unwrap();
    // The other process moves the namespace to where it is still yesterday: the limit of that day is free,
    // but from one place on for all.
    another.book.renew_from(0).await.unwrap();
    another.change(basis("Pacific/Pago_Pago", |_| {})).await;
    let stale = one.context();
    assert_eq!(stale.settings.basis().time_zone(), "UTC");
    let head = one.head().await;
    assert_eq!(one.withdraw(&stale, account, 1).await.unwrap_err(), CommandError::SettingsChanged);
    assert_eq!(one.head().await, head);
    one.book.renew_from(stale.settings.version()).await.unwrap();
    one.withdraw(&one.context(), account, 1).await.unwrap();
    let last = one.events::<BankAccount>(account).await.pop().unwrap();
    let entry = last.event::<BankAccount>().unwrap().unwrap().entry().unwrap();
    assert_eq!(entry.business_date.to_string(), "2026-01-04");
}

#[tokio::test]
async fn a_refusal_by_older_settings_is_none() {
    let world = World::new();
    let account = world.rich().await;
    let stale = world.context();
    let another = world.other_process();
    another.change(basis("UTC", |rules| rules.accounts.savings.daily_limit = 1.into())).await;
    let refused = world.withdraw(&stale, account, 200_001).await.unwrap_err();
    assert_eq!(refused, CommandError::SettingsChanged, "what it would be refused by does not hold any more");
}

#[tokio::test]
async fn what_is_new_gets_the_terms_of_the_present_settings_in_every_process() {
    let world = World::new();
    let another = world.other_process();
    another.change(basis("UTC", |rules| rules.accounts.savings.daily_limit = 100.into())).await;
    let maria = another.verified("maria@example.com").await;
    let open = world.open(maria, None).await;
    assert_eq!(open.unwrap_err(), CommandError::SettingsChanged);
    world.book.renew_from(0).await.unwrap();
    let account: AccountId = world.open(maria, Some(inr(1_000))).await.unwrap().id;
    assert!(
        matches!(world.withdraw(&world.context(), account, 101).await.unwrap_err(), CommandError::Refused { code, .. } if code == "daily_limit_exceeded")
    );
}

#[tokio::test]
async fn the_first_process_records_what_it_goes_by_and_the_next_ones_follow() {
    let world = World::in_zone("Asia/Kolkata");
    let another = world.other_process();
    world.book.record_if_new(&world.context()).await.unwrap();
    another.book.record_if_new(&another.context()).await.unwrap();
    another.book.record_if_new(&another.context()).await.unwrap();
    for book in [&world.book, &another.book] {
        assert_eq!((book.in_force().basis().time_zone(), book.in_force().version()), ("Asia/Kolkata", 1));
    }
    assert_eq!(world.events::<Settings>(SettingsId).await.len(), 1);
}

#[tokio::test]
async fn of_two_changes_of_the_same_settings_the_second_rests_on_the_first() {
    let world = World::new();
    let (stale, another) = (world.context(), world.other_process());
    another.change(basis("Asia/Kolkata", |_| {})).await;
    let lost = world.book.change(&stale, basis("UTC", |rules| rules.orders.delivery_days = 3)).await;
    assert_eq!(
        lost.unwrap_err(),
        CommandError::SettingsChanged,
        "it would take the zone back that it never saw"
    );
    assert_eq!(world.events::<Settings>(SettingsId).await.len(), 1);
}

#[tokio::test]
async fn a_change_to_what_holds_already_appends_nothing() {
    let world = World::new();
    world.change(basis("Asia/Kolkata", |_| {})).await;
    world.change(basis("Asia/Kolkata", |_| {})).await;
    assert_eq!((world.head().await, world.book.in_force().version()), (1, 1));
}

#[tokio::test]
async fn whoever_only_asks_follows_too() {
    let world = World::new();
    let another = world.other_process();
    another.change(basis("Asia/Kolkata", |_| {})).await;
    let following = tokio::spawn(world.book.clone().follow());
    for zone in ["Asia/Kolkata", "Asia/Tokyo"] {
        another.change(basis(zone, |_| {})).await;
        while world.book.in_force().basis().time_zone() != zone {
            tokio::task::yield_now().await;
        }
    }
    following.abort();
}

/// Between what an operator does and its record the namespace's settings change.
#[tokio::test]
async fn what_an_operator_has_done_is_recorded_whatever_the_settings_are_by_then() {
    let world = World::new();
    world.change(basis("UTC", |_| {})).await;
    let ids = Arc::new(V7Ids);
    let log =
        OperationsLog::new(Arc::new(Executor::new(world.store.clone(), ids.clone(), Limits::default())), ids);
    let context = CommandContext { idempotency_key: Some("once".into()), ..world.context() };
    let times = AtomicU32::new(0);
    let rebuild = async || {
        times.fetch_add(1, Ordering::SeqCst);
        world.change(basis("Asia/Kolkata", |_| {})).await;
        Ok::<_, CommandError>(OperationDone {
            act: "rebuild".into(),
            target: "accounts".into(),
            status: 202,
            answer: "{}".into(),
        })
    };
    let begun = || OperationBegun { act: "rebuild".into(), target: "accounts".into() };
    let told = |_: &CommandError| OperationFailed { status: 500, code: "internal".into() };
    let done = log.once(&context, begun(), rebuild, told).await.unwrap();
    let repeated = log.once(&context, begun(), rebuild, told).await.unwrap();
    assert_eq!((done.replayed, repeated.replayed, times.into_inner()), (false, true, 1));
    assert_eq!(done.operation, repeated.operation);
}
