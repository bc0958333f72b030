//! The facts that each command gets: business dates, business times, ids.

use crate::{World, inr, refusal_of, world::AccountOutcome};
use jiff::Timestamp;
use khata_application::{
    IdSource, Recorded,
    command::{Answer, CommandContext},
};
use khata_domain::{
    accounts::{
        AccountEvent, BankAccount,
        account::{AccrueInterest, CaptureHold, Deposit, MissingDays, PlaceHold, PostInterest, Withdraw},
        entry::EntryDetails,
    },
    ids::{AccountId, HoldId},
};
use khata_infrastructure::V7Ids;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl World {
    async fn funded(&self) -> AccountId {
        let maria = self.verified("maria@example.com").await;
        self.account(maria, 36_500).await
    }

    async fn last(&self, id: AccountId) -> (Recorded, AccountEvent) {
        let recorded = self.events::<BankAccount>(id).await.pop().unwrap();
        let event = recorded.event::<BankAccount>().unwrap().unwrap().clone();
        (recorded, event)
    }

    fn effective(&self, at: &str) -> CommandContext {
        CommandContext { effective_at: Some(instant(at)), ..self.context() }
    }
}

#[tokio::test]
async fn an_entry_counts_for_the_day_in_the_namespaces_time_zone() {
    let world = World::in_zone("Asia/Kolkata");
    let account = world.funded().await;
    for (now, day) in [("2026-01-05T18:29:59Z", "2026-01-05"), ("2026-01-05T18:30:00Z", "2026-01-06")] {
        world.clock.set(instant(now));
        world
            .put::<BankAccount>(account, Deposit { amount: inr(1), details: EntryDetails::default() })
            .await
            .unwrap();
        let (recorded, event) = world.last(account).await;
        assert_eq!(event.entry().unwrap().business_date.to_string(), day);
        assert_eq!(recorded.effective_at, instant(now));
    }
}

#[tokio::test]
async fn an_entry_may_be_dated_back_but_not_ahead() {
    let world = World::new();
    let account = world.funded().await;
    world.clock.set(instant("2026-01-09T12:00:00Z"));
    world
        .put_in::<BankAccount>(
            &world.effective("2026-01-05T13:00:00Z"),
            account,
            Deposit { amount: inr(1), details: EntryDetails::default() },
        )
        .await
        .unwrap();
    let (recorded, event) = world.last(account).await;
    assert_eq!(
        (recorded.effective_at, event.entry().unwrap().business_date.to_string().as_str()),
        (instant("2026-01-05T13:00:00Z"), "2026-01-05")
    );
    assert_eq!(recorded.metadata().unwrap().decided_at, Some(instant("2026-01-09T12:00:00Z")));
    let ahead = world.effective("2026-01-09T12:00:00.000001Z");
    let outcome: AccountOutcome = world
        .put_in::<BankAccount>(&ahead, account, Deposit { amount: inr(1), details: EntryDetails::default() })
        .await;
    assert_eq!(refusal_of(outcome), "effective_at_in_future");
    assert_eq!(world.last(account).await.0.event_id, recorded.event_id);
}

#[tokio::test]
async fn what_a_client_says_about_an_entry_is_kept() {
    let world = World::new();
    let account = world.funded().await;
    let details = EntryDetails {
        channel: khata_domain::accounts::Channel::Cash,
        counterparty: Some("till 3".into()),
        reference: Some("R-1".into()),
        description: Some("takings".into()),
        value_date: None,
        payment_id: None,
    };
    world.put::<BankAccount>(account, Withdraw { amount: inr(1), details, aml_verdict: None }).await.unwrap();
    let (_, event) = world.last(account).await;
    let entry = event.entry().unwrap();
    assert_eq!((entry.channel.name(), entry.counterparty), ("cash", Some("till 3")));
    assert_eq!((entry.reference.as_deref(), entry.description.as_deref()), (Some("R-1"), Some("takings")));
}

#[tokio::test]
async fn interest_of_a_past_day_is_effective_at_its_end() {
    let world = World::in_zone("Asia/Kolkata");
    let account = world.funded().await;
    world.clock.set(instant("2026-01-08T12:00:00Z"));
    world
        .put_in::<BankAccount>(
            &world.context().at_end_of("2026-01-06".parse().unwrap()),
            account,
            AccrueInterest { date: "2026-01-06".parse().unwrap() },
        )
        .await
        .unwrap();
    let (recorded, event) = world.last(account).await;
    assert_eq!(recorded.effective_at, instant("2026-01-06T18:29:59.999999Z"));
    let AccountEvent::InterestAccrued(accrued) = event else { panic!("{event:?}") };
    assert_eq!((accrued.balance, accrued.amount), (inr(36_500), "2.000000000".parse().unwrap()));
}

#[tokio::test]
async fn interest_of_today_is_effective_now_and_of_tomorrow_refused() {
    let world = World::new();
    let account = world.funded().await;
    world
        .put_in::<BankAccount>(
            &world.context().at_end_of("2026-01-05".parse().unwrap()),
            account,
            AccrueInterest { date: "2026-01-05".parse().unwrap() },
        )
        .await
        .unwrap();
    assert_eq!(world.last(account).await.0.effective_at, instant("2026-01-05T12:00:00Z"));
    let tomorrow: AccountOutcome = world
        .put_in::<BankAccount>(
            &world.context().at_end_of("2026-01-06".parse().unwrap()),
            account,
            AccrueInterest { date: "2026-01-06".parse().unwrap() },
        )
        .await;
    assert_eq!(refusal_of(tomorrow), "date_in_future");
}

#[tokio::test]
async fn interest_is_posted_on_the_months_last_day_or_today() {
    for (now, day, effective_at) in [
        ("2026-01-20T12:00:00Z", "2026-01-20", "2026-01-20T12:00:00Z"),
        ("2026-02-03T12:00:00Z", "2026-01-31", "2026-01-31T23:59:59.999999Z"),
    ] {
        let world = World::new();
        let account = world.funded().await;
        world.clock.set(instant(now));
        world
            .put_in::<BankAccount>(
                &world.context().at_end_of("2026-01-05".parse().unwrap()),
                account,
                AccrueInterest { date: "2026-01-05".parse().unwrap() },
            )
            .await
            .unwrap();
        world
            .put_in::<BankAccount>(
                &world.context().at_end_of("2026-01-31".parse().unwrap()),
                account,
                PostInterest { month: "2026-01".parse().unwrap(), missing_days: MissingDays::Accept },
            )
            .await
            .unwrap();
        let (recorded, event) = world.last(account).await;
        let AccountEvent::InterestPosted(posted) = event else { panic!("{event:?}") };
        assert_eq!((posted.business_date.to_string().as_str(), posted.amount), (day, inr(2)), "{now}");
        assert_eq!(recorded.effective_at, instant(effective_at), "{now}");
    }
}

fn hold(rupees: i64, expires_at: Option<Timestamp>) -> PlaceHold {
    PlaceHold {
        hold_id: fresh_hold(),
        amount: inr(rupees),
        expires_at,
        aml_verdict: None,
        payment_id: None,
        fee: None,
    }
}

fn fresh_hold() -> HoldId {
    HoldId::from_uuid(V7Ids.uuid())
}

#[tokio::test]
async fn a_hold_is_captured_by_its_id() {
    let world = World::new();
    let account = world.funded().await;
    let new = hold(100, None);
    let placed: Answer<BankAccount> = world.put::<BankAccount>(account, new).await.unwrap();
    let (_, AccountEvent::HoldPlaced(hold)) = world.last(account).await else { panic!("no hold") };
    assert_eq!(placed.state.available(world.context().now), Some(inr(36_400).into()));
    let captured: Answer<BankAccount> = world
        .put::<BankAccount>(
            account,
            CaptureHold {
                hold_id: hold.hold_id,
                amount: Some(inr(60)),
                details: EntryDetails::default(),
                aml_verdict: None,
            },
        )
        .await
        .unwrap();
    assert_eq!(captured.state.balance(), Some(inr(36_440).into()));
    assert_eq!(captured.state.available(world.context().now), Some(inr(36_440).into()));
}

#[tokio::test]
async fn a_hold_runs_out_by_the_clock_of_the_command() {
    let world = World::new();
    let account = world.funded().await;
    let new = hold(36_500, Some(instant("2026-01-05T13:00:00Z")));
    world.put::<BankAccount>(account, new).await.unwrap();
    let early: AccountOutcome = world
        .put::<BankAccount>(
            account,
            Withdraw { amount: inr(1), details: EntryDetails::default(), aml_verdict: None },
        )
        .await;
    assert_eq!(refusal_of(early), "insufficient_funds");
    world.clock.set(instant("2026-01-05T13:00:00Z"));
    let late: Answer<BankAccount> = world
        .put::<BankAccount>(
            account,
            Withdraw { amount: inr(1), details: EntryDetails::default(), aml_verdict: None },
        )
        .await
        .unwrap();
    let types: Vec<&str> = late.events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["bank_account.hold_expired", "bank_account.money_withdrawn"]);
}

#[tokio::test]
async fn a_hold_ran_out_at_its_expiry_even_if_an_entry_dated_back_records_it() {
    let world = World::new();
    let account = world.funded().await;
    let new = hold(36_500, Some(instant("2026-01-06T09:00:00Z")));
    world.put::<BankAccount>(account, new).await.unwrap();
    world.clock.set(instant("2026-01-09T12:00:00Z"));
    world
        .put_in::<BankAccount>(
            &world.effective("2026-01-05T13:00:00Z"),
            account,
            Deposit { amount: inr(1), details: EntryDetails::default() },
        )
        .await
        .unwrap();
    let events = world.events::<BankAccount>(account).await;
    let times: Vec<(&str, Timestamp)> =
        events.iter().rev().take(2).map(|event| (&*event.event_type, event.effective_at)).collect();
    let expected = [
        ("bank_account.money_deposited", "2026-01-05T13:00:00Z"),
        ("bank_account.hold_expired", "2026-01-06T09:00:00Z"),
    ];
    assert_eq!(times, expected.map(|(event_type, at)| (event_type, instant(at))));
    assert!(
        events
            .iter()
            .rev()
            .take(2)
            .all(|event| event.metadata().unwrap().decided_at == Some(instant("2026-01-09T12:00:00Z")))
    );
}
