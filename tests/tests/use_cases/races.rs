//! Many at once: one address has one customer, and no closed customer has an open account. In each race some
//! of the askers work in another process on the same store.

use crate::{
    World, email,
    world::{AccountOutcome, CustomerOutcome, account_id, savings},
};
use khata_application::{accounts::NewAccount, command::CommandError};
use khata_domain::{
    accounts::{BankAccount, account::Status},
    customers::{CustomerStatus, ProductId, customer::UpdateContact},
    ids::CustomerId,
};
use std::future::Future;
use tokio::task::JoinSet;

/// Runs all at once and gives their outcomes.
async fn all<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    tasks.into_iter().collect::<JoinSet<T>>().join_all().await
}

/// How many went through; the others were refused by this rule.
#[track_caller]
fn winners<R: std::fmt::Debug>(outcomes: &[Result<R, CommandError>], rule: &str) -> usize {
    for outcome in outcomes {
        let lost = matches!(outcome, Err(CommandError::Refused { code, .. }) if code == rule);
        assert!(outcome.is_ok() || lost, "{outcome:?}");
    }
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

async fn move_to(world: World, id: CustomerId, address: String) -> CustomerOutcome {
    let update = UpdateContact { email: Some(email(&address)), ..UpdateContact::default() };
    world.customers.update_contact(&world.context(), id, update).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_onboardings_of_one_address_make_one_customer() {
    for _ in 0..8 {
        let worlds = {
            let world = World::new();
            [world.other_process(), world]
        };
        let tasks = (0..64).map(|number| {
            let world = worlds[number % 2].clone();
            async move { world.onboard(["maria@example.com", "MARIA@example.com"][number / 32]).await }
        });
        let outcomes = all(tasks).await;
        assert_eq!(winners(&outcomes, "email_already_used"), 1);
        let winner = outcomes.into_iter().find_map(Result::ok).unwrap();
        assert_eq!(worlds[0].holder("maria@example.com").await.unwrap(), winner.id);
        assert_eq!(worlds[0].head().await, 2);
    }
}

#[tokio::test]
async fn onboardings_that_wait_for_one_commit_together_make_one_customer() {
    let world = World::new();
    world.store.hold();
    let waiting = world.clone();
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            tokio::spawn({
                let world = waiting.clone();
                async move { world.onboard("maria@example.com").await }
            })
        })
        .collect();
    while world.store.waiting() < 64 {
        tokio::task::yield_now().await;
    }
    world.store.release();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    assert_eq!(winners(&outcomes, "email_already_used"), 1);
    assert_eq!(world.head().await, 2);
}

#[tokio::test]
async fn nobody_is_refused_for_an_onboarding_that_did_not_come_to_be() {
    let world = World::new();
    world.store.hold();
    let put = |world: &World| {
        tokio::spawn({
            let world = world.clone();
            async move { world.onboard("maria@example.com").await }
        })
    };
    let (first, second) = (put(&world), put(&world));
    while world.store.waiting() < 2 {
        tokio::task::yield_now().await;
    }
    world.store.fail_with(Some("disk full"));
    world.store.release();
    for outcome in [first.await.unwrap(), second.await.unwrap()] {
        assert_eq!(outcome.unwrap_err(), CommandError::Unavailable("disk full".into()));
    }
    world.store.fail_with(None);
    world.onboard("maria@example.com").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_move_to_one_address_leave_it_to_one() {
    let world = World::new();
    let worlds = [world.other_process(), world.clone()];
    let mut ids = Vec::new();
    for number in 0..32 {
        ids.push(world.pending(&format!("c{number}@example.com")).await);
    }
    let tasks = ids
        .clone()
        .into_iter()
        .enumerate()
        .map(|(number, id)| move_to(worlds[number % 2].clone(), id, "wanted@example.com".into()));
    let outcomes = all(tasks).await;
    assert_eq!(winners(&outcomes, "email_already_used"), 1);
    let holder = world.holder("wanted@example.com").await.unwrap();
    for (number, id) in ids.into_iter().enumerate() {
        let own = world.holder(&format!("c{number}@example.com")).await;
        assert_eq!(own, Some(id).filter(|id| *id != holder), "customer {number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_customer_who_moves_to_many_addresses_holds_the_last_one() {
    let world = World::new();
    let worlds = [world.other_process(), world.clone()];
    let maria = world.pending("c0@example.com").await;
    let tasks =
        (1..16).map(|number| move_to(worlds[number % 2].clone(), maria, format!("c{number}@example.com")));
    for outcome in all(tasks).await {
        outcome.expect("each move has its turn");
    }
    let present = world.profile(maria).await.email;
    for number in 0..16 {
        let address = format!("c{number}@example.com");
        let expected = Some(maria).filter(|_| email(&address) == present);
        assert_eq!(world.holder(&address).await, expected, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_account_is_opened_on_a_customer_who_is_being_closed() {
    let (mut opened, mut closed) = (0, 0);
    for round in 0..64_u128 {
        let world = World::new();
        let other = world.other_process();
        let maria = world.verified("maria@example.com").await;
        let new = NewAccount { account_id: Some(account_id(round)), ..savings(maria, None) };
        let opening = tokio::spawn(async move { other.accounts.open(&other.context(), new).await });
        let closing = tokio::spawn({
            let world = world.clone();
            async move { world.close_customer(maria).await }
        });
        let (opening, closing): (AccountOutcome, CustomerOutcome) =
            (opening.await.unwrap(), closing.await.unwrap());
        let profile = world.profile(maria).await;
        match (&opening, &closing) {
            (Ok(_), Err(CommandError::Refused { code, .. })) if code == "customer_has_products" => {
                assert_eq!(
                    (profile.status, profile.products),
                    (CustomerStatus::Verified, [ProductId::of(account_id(round))].into())
                );
                assert_eq!(world.stored::<BankAccount>(account_id(round)).await.status(), Status::Active);
                opened += 1;
            }
            (Err(CommandError::Refused { code, .. }), Ok(_)) if code == "customer_closed" => {
                assert_eq!((profile.status, profile.products.len()), (CustomerStatus::Closed, 0));
                assert_eq!(world.events::<BankAccount>(account_id(round)).await.len(), 0);
                closed += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(opened + closed, 64);
}

#[tokio::test]
async fn an_opening_behind_a_closing_in_flight_is_refused_once_that_is_durable() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    world.store.hold();
    let closing = tokio::spawn({
        let world = world.clone();
        async move { world.close_customer(maria).await }
    });
    while world.store.waiting() < 1 {
        tokio::task::yield_now().await;
    }
    let opening = tokio::spawn({
        let world = world.clone();
        async move { world.open(maria, None).await }
    });
    while world.store.waiting() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!opening.is_finished(), "refused on the ground of what is not durable");
    world.store.release();
    closing.await.unwrap().unwrap();
    assert_eq!(crate::refusal_of(opening.await.unwrap()), "customer_closed");
}
