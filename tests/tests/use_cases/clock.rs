//! A clock that jumps decides nothing: neither what has run out, nor which day it is, nor a refusal.

use crate::{World, inr, world::AccountOutcome};
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    EventStore,
    accounts::{EntryNote, NewHold},
    command::CommandError,
};

#[tokio::test]
async fn nothing_runs_out_and_no_limit_is_free_by_a_clock_that_has_jumped() {
    let world = World::with_watched_clock();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 400_000).await;
    let noon: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let expires_at = Some(noon + SignedDuration::from_hours(24 * 30));
    let hold_id = "hold_01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let hold = NewHold { hold_id: Some(hold_id), amount: inr(100), expires_at, aml_verdict: None };
    world.accounts.place_hold(&world.context(), account, hold).await.unwrap();
    world
        .accounts
        .withdraw(&world.context(), account, inr(150_000), EntryNote::default(), None)
        .await
        .unwrap();
    let head = world.store.head().await.unwrap();
    for jump in [SignedDuration::from_hours(24 * 400), SignedDuration::from_hours(-24)] {
        world.clock.set(noon + jump);
        let expired: AccountOutcome = world.accounts.expire_hold(&world.context(), account, hold_id).await;
        let withdrawn: AccountOutcome = world
            .accounts
            .withdraw(&world.context(), account, inr(150_000), EntryNote::default(), None)
            .await;
        let refused: AccountOutcome = world
            .accounts
            .withdraw(&world.context(), account, inr(900_000), EntryNote::default(), None)
            .await;
        for outcome in [expired, withdrawn, refused] {
            assert!(matches!(outcome, Err(CommandError::Clock(_))), "{outcome:?}");
        }
        // A fence in a future that is none raises nothing.
        assert_eq!(world.store.fence(noon + SignedDuration::from_hours(24 * 399)).await.unwrap(), head);
        assert_eq!(world.store.head().await.unwrap(), head);
    }
    world.clock.set(noon);
    world.accounts.deposit(&world.context(), account, inr(1), EntryNote::default()).await.unwrap();
    assert_eq!(world.store.head().await.unwrap().recorded_at, noon, "recorded time was not moved");
}
