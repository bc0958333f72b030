//! Customers and the reservations of their addresses.

use crate::{
    World, email, refusal_of,
    world::{CustomerOutcome, KEY, customer_id, inr, person},
};
use khata_application::{
    EventStore, FingerprintKey, StreamName,
    accounts::onboarding::{FirstAccounts, OnboardingSurroundings},
    command::{Answer, CommandContext, CommandError},
    customers::NewCustomer,
    event_store::FeedFilter,
    processes::{Concern, Surroundings},
};
use khata_domain::{
    Text,
    customers::{
        Customer, CustomerEmail, CustomerStatus, Phone,
        customer::{KycJudge, KycVerdict, Reactivate, Suspend, UpdateContact, VerifyKyc},
    },
    ids::CustomerId,
};
use khata_infrastructure::{LoggedNotices, kyc::HttpKyc};
use std::{sync::Arc, time::Duration};

impl World {
    async fn move_to(&self, id: CustomerId, address: &str) -> CustomerOutcome {
        let update = UpdateContact { email: Some(email(address)), ..UpdateContact::default() };
        self.customers.update_contact(&self.context(), id, update).await
    }
}

#[tokio::test]
async fn onboarding_stores_customer_and_reservation_in_one_append() {
    let world = World::new();
    let answer = world.onboard("maria@example.com").await.unwrap();
    let log = world.store.read_all(0, 10, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["customer.customer_onboarded", "customer_email.reserved"]);
    assert_eq!((answer.version, answer.position, answer.events.len()), (1, 2, 1));
    assert_eq!(world.holder("maria@example.com").await.unwrap(), answer.id);
    assert_eq!(answer.state.profile().unwrap().status, CustomerStatus::Pending);
    let owners: Vec<Option<String>> = log.iter().map(|event| event.metadata().unwrap().owner).collect();
    assert_eq!(owners, [Some(answer.id.to_string()), Some(answer.id.to_string())]);
}

#[tokio::test]
async fn no_stream_name_or_reservation_shows_the_address() {
    let world = World::new();
    world.onboard("maria@example.com").await.unwrap();
    let reservation = &world.events::<CustomerEmail>(KEY.hash(&email("maria@example.com"))).await[0];
    assert_eq!(reservation.stream.as_str().len(), "customer_email-".len() + 64);
    for text in [reservation.stream.as_str(), &reservation.data, &reservation.metadata] {
        assert!(!text.contains("maria") && !text.contains("example"), "{text}");
    }
    assert_eq!(StreamName::parse(reservation.stream.as_str()).unwrap(), reservation.stream);
}

#[tokio::test]
async fn an_address_in_use_is_refused_however_it_is_written() {
    let world = World::new();
    world.pending("maria@example.com").await;
    let before = world.head().await;
    assert_eq!(refusal_of(world.onboard("Maria@EXAMPLE.com").await), "email_already_used");
    assert_eq!(world.head().await, before);
}

#[tokio::test]
async fn a_refused_customer_leaves_the_address_free() {
    let world = World::new();
    let bare = NewCustomer { documents: vec![], ..person("maria@example.com") };
    let outcome: CustomerOutcome = world.customers.onboard(&world.context(), bare).await;
    assert_eq!(refusal_of(outcome), "too_few_documents");
    assert_eq!(world.head().await, 0);
    world.onboard("maria@example.com").await.unwrap();
}

#[tokio::test]
async fn a_client_made_id_with_the_same_payload_gives_the_first_answer() {
    let world = World::new();
    let chosen = || NewCustomer { customer_id: Some(customer_id(1)), ..person("maria@example.com") };
    let first: Answer<Customer> = world.customers.onboard(&world.request("same"), chosen()).await.unwrap();
    let again: Answer<Customer> = world.customers.onboard(&world.request("same"), chosen()).await.unwrap();
    assert_eq!(
        (&again.id, again.version, again.position, &again.events),
        (&first.id, first.version, first.position, &first.events)
    );
    assert_eq!((again.state, again.replayed, first.replayed), (first.state, true, false));
    let other: CustomerOutcome = world.customers.onboard(&world.request("other"), chosen()).await;
    assert_eq!(other.unwrap_err(), CommandError::AlreadyExists(customer_id(1).to_string()));
    assert_eq!(world.head().await, 2);
}

#[tokio::test]
async fn a_repeated_key_gives_the_first_customer_again() {
    let world = World::new();
    let keyed = || CommandContext { idempotency_key: Some("key".into()), ..world.request("same") };
    let first: Answer<Customer> =
        world.customers.onboard(&keyed(), person("maria@example.com")).await.unwrap();
    let again: Answer<Customer> =
        world.customers.onboard(&keyed(), person("maria@example.com")).await.unwrap();
    assert_eq!((again.id, again.replayed), (first.id, true));
    assert_eq!(world.head().await, 2);
}

#[tokio::test]
async fn what_was_asked_before_fingerprints_were_keyed_is_answered_again() {
    let world = World::new();
    let digest = [5; 32];
    let plain = "05".repeat(32);
    let keyed = |fingerprint| CommandContext {
        idempotency_key: Some("key".into()),
        fingerprint,
        ..world.request("")
    };
    let own_id = || NewCustomer {
        customer_id: Some("cus_00000000-0000-0000-0000-000000000007".parse().unwrap()),
        ..person("maria@example.com")
    };
    let first: Answer<Customer> =
        world.customers.onboard(&keyed(plain.as_str().into()), own_id()).await.unwrap();
    let now = FingerprintKey::of_secret(&[1; 32]);
    let by_key: Answer<Customer> =
        world.customers.onboard(&keyed(now.fingerprint(&digest)), own_id()).await.unwrap();
    let unkeyed = CommandContext { idempotency_key: None, ..keyed(now.fingerprint(&digest)) };
    let by_id: Answer<Customer> = world.customers.onboard(&unkeyed, own_id()).await.unwrap();
    assert_eq!((by_key.id, by_key.replayed, by_id.id, by_id.replayed), (first.id, true, first.id, true));
    let other = keyed(now.fingerprint(&[6; 32]));
    assert_eq!(world.customers.onboard(&other, own_id()).await.unwrap_err(), CommandError::KeyReused);
}

#[tokio::test]
async fn a_new_address_frees_the_old_one_in_the_same_append() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let answer = world.move_to(maria, "santos@example.com").await.unwrap();
    assert_eq!(answer.state.profile().unwrap().email, email("santos@example.com"));
    assert_eq!(
        (world.holder("maria@example.com").await, world.holder("santos@example.com").await),
        (None, Some(maria))
    );
    assert_eq!((answer.version, answer.position, world.head().await), (2, 5, 5));
    world.onboard("maria@example.com").await.unwrap();
    assert_eq!(refusal_of(world.onboard("santos@example.com").await), "email_already_used");
}

#[tokio::test]
async fn a_new_address_of_somebody_else_changes_nothing() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let david = world.pending("david@example.com").await;
    let before = world.head().await;
    let update = UpdateContact {
        email: Some(email("david@example.com")),
        phone: Phone::parse("555-9999").ok(),
        ..UpdateContact::default()
    };
    let outcome: CustomerOutcome = world.customers.update_contact(&world.context(), maria, update).await;
    assert_eq!(refusal_of(outcome), "email_already_used");
    assert_eq!((world.head().await, world.profile(maria).await.phone.as_str()), (before, "+1-555-0123"));
    assert_eq!(
        (world.holder("maria@example.com").await, world.holder("david@example.com").await),
        (Some(maria), Some(david))
    );
}

#[tokio::test]
async fn another_spelling_of_the_own_address_keeps_the_reservation() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    world.move_to(maria, "Maria@Example.com").await.unwrap();
    assert_eq!(world.profile(maria).await.email.as_str(), "Maria@Example.com");
    assert_eq!(world.events::<CustomerEmail>(KEY.hash(&email("maria@example.com"))).await.len(), 1);
    let again = world.move_to(maria, "Maria@Example.com").await.unwrap();
    assert_eq!((again.version, again.events.len()), (2, 0));
}

#[tokio::test]
async fn a_change_of_phone_alone_touches_no_reservation() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let update = UpdateContact { phone: Phone::parse("555-9999").ok(), ..UpdateContact::default() };
    world.customers.update_contact(&world.context(), maria, update).await.unwrap();
    assert_eq!(world.head().await, 3);
}

#[tokio::test]
async fn a_repeated_key_of_a_moved_address_gives_the_first_answer() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let keyed = || CommandContext { idempotency_key: Some("key".into()), ..world.request("same") };
    let update = || UpdateContact { email: Some(email("santos@example.com")), ..UpdateContact::default() };
    let first: Answer<Customer> = world.customers.update_contact(&keyed(), maria, update()).await.unwrap();
    world.move_to(maria, "third@example.com").await.unwrap();
    let again: Answer<Customer> = world.customers.update_contact(&keyed(), maria, update()).await.unwrap();
    assert_eq!((again.state, again.events, again.replayed), (first.state, first.events, true));
    assert_eq!(world.profile(maria).await.email, email("third@example.com"));
}

#[tokio::test]
async fn closing_frees_the_address_and_a_second_time_changes_nothing() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let closed = world.close_customer(maria).await.unwrap();
    assert_eq!(closed.state.profile().unwrap().status, CustomerStatus::Closed);
    assert_eq!(world.holder("maria@example.com").await, None);
    let head = world.head().await;
    assert_eq!(world.close_customer(maria).await.unwrap().events, []);
    assert_eq!(world.head().await, head);
    let next = world.pending("maria@example.com").await;
    assert_eq!(world.close_customer(maria).await.unwrap().events, []);
    assert_eq!(world.holder("maria@example.com").await, Some(next));
}

#[tokio::test]
async fn a_customer_with_an_account_is_not_closed_and_keeps_the_address() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 0).await;
    assert_eq!(refusal_of(world.close_customer(maria).await), "customer_has_products");
    assert_eq!(world.holder("maria@example.com").await, Some(maria));
    world.close_account(account).await.unwrap();
    world.close_customer(maria).await.unwrap();
}

#[tokio::test]
async fn verdicts_and_suspensions_reach_the_customer() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let reasons = vec![Text::parse("photo differs").unwrap()];
    let reject = VerifyKyc { verdict: KycVerdict::Rejected, judge: KycJudge::Person, reasons };
    let rejected: Answer<Customer> = world.put::<Customer>(maria, reject).await.unwrap();
    assert_eq!(rejected.state.profile().unwrap().status, CustomerStatus::Rejected);
    world.put::<Customer>(maria, Suspend { reason: Text::parse("court order").unwrap() }).await.unwrap();
    assert_eq!(refusal_of(world.move_to(maria, "santos@example.com").await), "customer_suspended");
    assert_eq!(world.holder("santos@example.com").await, None);
    world.put::<Customer>(maria, Reactivate).await.unwrap();
    assert_eq!(world.profile(maria).await.status, CustomerStatus::Rejected);
}

#[tokio::test]
async fn onboarding_begins_with_nobody_who_came_long_ago() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let came = world.events::<Customer>(maria).await.remove(0);
    let surroundings = OnboardingSurroundings {
        events: world.store.clone(),
        provider: Arc::new(HttpKyc::new("http://127.0.0.1:1/", None, Duration::from_secs(1))),
        notifier: Arc::new(LoggedNotices),
        first_accounts: FirstAccounts::default(),
        clock: world.clock.clone(),
        begins_within: Duration::from_hours(30 * 24),
    };
    let begins = || surroundings.hears(&came).unwrap().map(|concerned| concerned.concern);
    assert_eq!(begins(), Some(Concern::Starts));
    world.clock.set("2026-02-04T12:00:00Z".parse().unwrap());
    assert_eq!(begins(), Some(Concern::Starts), "thirty days ago");
    world.clock.set("2026-02-04T12:00:01Z".parse().unwrap());
    assert_eq!(begins(), None);
}

#[tokio::test]
async fn whoever_does_not_exist_is_not_found() {
    let world = World::new();
    let nobody = customer_id(404);
    let not_found = CommandError::NotFound(nobody.to_string());
    assert_eq!(world.close_customer(nobody).await.unwrap_err(), not_found);
    assert_eq!(world.move_to(nobody, "maria@example.com").await.unwrap_err(), not_found);
    assert_eq!(world.put::<Customer>(nobody, Reactivate).await.unwrap_err(), not_found);
    assert_eq!(world.open(nobody, Some(inr(1))).await.unwrap_err(), not_found);
    assert_eq!(world.head().await, 0);
}

#[tokio::test]
async fn a_stale_version_is_refused_before_the_address_moves() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let stale = CommandContext { if_match: Some(1), ..world.context() };
    let update = UpdateContact { email: Some(email("santos@example.com")), ..UpdateContact::default() };
    let outcome = world.customers.update_contact(&stale, maria, update).await;
    assert_eq!(outcome.unwrap_err(), CommandError::VersionConflict { actual: 2 });
    assert_eq!(
        (world.holder("maria@example.com").await, world.holder("santos@example.com").await),
        (Some(maria), None)
    );
}
