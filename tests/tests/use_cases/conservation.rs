//! Money is neither made nor lost by payments, however many are under way at once and in however many processes, and
//! whoever tries to undo a part of them: by the log as it stands behind each append, and by whatever is read of it. What
//! the bank takes as fees is told with it.

use crate::{World, inr, refusal_of};
use khata_application::{
    EventStore, Recorded,
    command::{CommandContext, CommandError},
    event_store::FeedFilter,
    payments::NewPayment,
};
use khata_domain::{
    accounts::{AccountEvent, BankAccount, EntryKind},
    ids::{AccountId, PaymentId, TransactionId, TypedId},
    payments::{Payment, PaymentEvent},
};
use khata_tests::Random;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

const ACCOUNTS: usize = 6;
const CLIENTS: usize = 8;
const PAYMENTS_EACH: usize = 25;
const RUPEES: i64 = 500;

/// What a client tries: amounts that often do not suffice, now and then to itself.
fn attempt(random: &mut Random, accounts: &[AccountId]) -> NewPayment {
    let from_account = *random.pick(accounts).unwrap();
    let to_account = random.pick(accounts).copied();
    let amount = inr(1 + i64::try_from(random.below(400)).unwrap());
    NewPayment {
        payment_id: None,
        from_account,
        to_account,
        external: None,
        amount,
        reference: None,
        scheduled_for: None,
        aml_verdict: None,
    }
}

/// The command that an event came of.
fn command(event: &Recorded) -> uuid::Uuid {
    event.metadata().unwrap().command_id
}

/// Tries to undo an entry of a payment: whichever it is, the other leg would stay.
async fn undo_one(world: &World, account: AccountId, random: &mut Random) {
    let entries: Vec<TransactionId> = world
        .events::<BankAccount>(account)
        .await
        .iter()
        .filter(|event| {
            let entry = event.event::<BankAccount>().and_then(Result::ok).and_then(AccountEvent::entry);
            entry.is_some_and(|entry| entry.payment_id.is_some() && entry.kind != EntryKind::Fee)
        })
        .map(|event| TransactionId::from_uuid(event.event_id))
        .collect();
    if let Some(entry) = random.pick(&entries) {
        let undone = world.accounts.reverse(&world.context(), account, *entry, "typo".into()).await;
        assert_eq!(refusal_of(undone), "part_of_payment");
    }
}

/// The sum of all accounts, and of the fees that they paid, behind each append of a log, from an append on.
fn sums(log: &[Recorded], accounts: &[AccountId], after: u64) -> Vec<i128> {
    let mut balances: BTreeMap<String, i128> = accounts.iter().map(|id| (id.to_string(), 0)).collect();
    let (mut sums, mut fees) = (Vec::new(), 0);
    for (place, event) in log.iter().enumerate() {
        if let Some(event) = event.event::<BankAccount>().and_then(Result::ok)
            && let Some(entry) = event.entry()
        {
            let signed = i128::from(entry.signed_minor());
            *balances.get_mut(log[place].stream.id()).unwrap() += signed;
            fees -= if entry.kind == EntryKind::Fee { signed } else { 0 };
        }
        let goes_on = log.get(place + 1).is_some_and(|next| command(next) == command(event));
        if !goes_on && event.position >= after {
            sums.push(balances.values().sum::<i128>() + fees);
        }
    }
    sums
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_sum_of_all_accounts_is_the_same_behind_every_append() {
    for seed in 0..6_u64 {
        let world = World::new();
        let owner = world.verified("maria@example.com").await;
        let mut accounts = Vec::new();
        for _ in 0..ACCOUNTS {
            accounts.push(world.account(owner, RUPEES).await);
        }
        // Of every other bank a payment costs something.
        world.charging(if seed % 2 == 0 { "0" } else { "1.5" }).await;
        let begun = world.head().await;
        let worlds = [world.clone(), world.other_process()];
        worlds[1].book.renew_from(worlds[1].book.in_force().version()).await.unwrap();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (world, accounts) = (worlds[client % 2].clone(), accounts.clone());
            clients.spawn(async move {
                let mut random = Random::seeded((seed << 8) + client as u64);
                let mut made = BTreeSet::<PaymentId>::new();
                for _ in 0..PAYMENTS_EACH {
                    if random.below(4) == 0 {
                        let account = *random.pick(&accounts).unwrap();
                        undo_one(&world, account, &mut random).await;
                    }
                    match world.payments.request(&world.context(), attempt(&mut random, &accounts)).await {
                        Ok(answer) => {
                            made.insert(answer.id);
                        }
                        Err(CommandError::Refused { code, .. }) => {
                            let known = ["insufficient_funds", "same_account", "daily_limit_exceeded"];
                            assert!(known.contains(&&*code), "{code}");
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                }
                made
            });
        }
        let made: BTreeSet<PaymentId> = clients.join_all().await.into_iter().flatten().collect();
        assert!(made.len() > CLIENTS, "hardly anything was paid");
        let log = world.store.read_all(0, 100_000, &FeedFilter::default()).await.unwrap().events;
        let whole = i128::from(inr(RUPEES).minor()) * ACCOUNTS as i128;
        let sums = sums(&log, &accounts, begun);
        assert!(sums.len() > made.len());
        assert!(sums.iter().all(|sum| *sum == whole), "seed {seed}: {sums:?}");
        let completed = |event: &&Recorded| {
            matches!(event.event::<Payment>(), Some(Ok(PaymentEvent::PaymentCompleted(_))))
        };
        assert_eq!(log.iter().filter(completed).count(), made.len(), "no refused payment left a trace");
        for account in &accounts {
            let balance = world.stored::<BankAccount>(*account).await.balance_minor();
            assert!(balance >= 0, "{account} is overdrawn");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_at_two_processes_pays_once() {
    for _ in 0..8 {
        let world = World::new();
        let maria = world.verified("maria@example.com").await;
        let (from, to) = (world.account(maria, RUPEES).await, world.account(maria, 0).await);
        let worlds = [world.clone(), world.other_process()];
        let mut clients = JoinSet::new();
        for client in 0..16 {
            let world = worlds[client % 2].clone();
            clients.spawn(async move {
                let key = Some("rent-march".to_owned());
                let context = CommandContext { idempotency_key: key, ..world.request("rent") };
                let pay = NewPayment {
                    payment_id: None,
                    from_account: from,
                    to_account: Some(to),
                    external: None,
                    amount: inr(7),
                    reference: None,
                    scheduled_for: None,
                    aml_verdict: None,
                };
                world.payments.request(&context, pay).await.unwrap().id
            });
        }
        let ids: BTreeSet<PaymentId> = clients.join_all().await.into_iter().collect();
        assert_eq!(ids.len(), 1, "all are told of the same payment");
        assert_eq!(world.stored::<BankAccount>(to).await.balance_minor(), 700);
    }
}
