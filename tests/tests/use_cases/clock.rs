//! A clock that jumps decides nothing: neither what has run out, nor which day it is, nor a refusal.

use crate::{World, inr, world::AccountOutcome};
use jiff::{SignedDuration, Timestamp};
use khata_application::{EventStore, command::CommandError};
use khata_domain::accounts::{
    BankAccount,
    account::{Deposit, ExpireHold, PlaceHold, Withdraw},
    entry::EntryDetails,
};

#[tokio::test]
async fn nothing_runs_out_and_no_limit_is_free_by_a_clock_that_has_jumped() {
    let world = World::with_watched_clock();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 400_000).await;
    let noon: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let expires_at = Some(noon + SignedDuration::from_hours(24 * 30));
    let hold_id = "hold_01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let hold =
        PlaceHold { hold_id, amount: inr(100), expires_at, aml_verdict: None, payment_id: None, fee: None };
    world.put::<BankAccount>(account, hold).await.unwrap();
    world
        .put::<BankAccount>(
            account,
            Withdraw { amount: inr(150_000), details: EntryDetails::default(), aml_verdict: None },
        )
        .await
        .unwrap();
    let head = world.store.head().await.unwrap();
    for jump in [SignedDuration::from_hours(24 * 400), SignedDuration::from_hours(-24)] {
        world.clock.set(noon + jump);
        let expired: AccountOutcome = world.put::<BankAccount>(account, ExpireHold { hold_id }).await;
        let withdrawn: AccountOutcome = world
            .put::<BankAccount>(
                account,
                Withdraw { amount: inr(150_000), details: EntryDetails::default(), aml_verdict: None },
            )
            .await;
        let refused: AccountOutcome = world
            .put::<BankAccount>(
                account,
                Withdraw { amount: inr(900_000), details: EntryDetails::default(), aml_verdict: None },
            )
            .await;
        for outcome in [expired, withdrawn, refused] {
            assert!(matches!(outcome, Err(CommandError::Clock(_))), "{outcome:?}");
        }
        // A fence in a future that is none raises nothing.
        assert_eq!(world.store.fence(noon + SignedDuration::from_hours(24 * 399)).await.unwrap(), head);
        assert_eq!(world.store.head().await.unwrap(), head);
    }
    world.clock.set(noon);
    world
        .put::<BankAccount>(account, Deposit { amount: inr(1), details: EntryDetails::default() })
        .await
        .unwrap();
    assert_eq!(world.store.head().await.unwrap().recorded_at, noon, "recorded time was not moved");
}
