//! Accounts and the customers they hang on.

use crate::{
    World, inr, refusal_of,
    world::{AccountOutcome, account_id, savings},
};
use khata_application::{
    EventStore,
    accounts::{NewAccount, NewLimits},
    command::{Answer, CommandError},
    event_store::FeedFilter,
};
use khata_domain::{
    Text, WideMoney,
    accounts::{
        AccountType, BankAccount,
        account::{Deposit, RemoveSignatory, Status, Withdraw},
        entry::EntryDetails,
    },
    customers::{Customer, ProductId, customer::Suspend},
    ids::{AccountId, TransactionId, TypedId},
};
use uuid::Uuid;

impl World {
    async fn deposit(&self, id: AccountId, rupees: i64) -> TransactionId {
        let answer: Answer<BankAccount> = self
            .put::<BankAccount>(id, Deposit { amount: inr(rupees), details: EntryDetails::default() })
            .await
            .unwrap();
        TransactionId::from_uuid(answer.events[0].id)
    }

    async fn reverse(&self, id: AccountId, transaction: TransactionId) -> AccountOutcome {
        self.accounts.reverse(&self.context(), id, transaction, "a mistake".into()).await
    }

    async fn balance(&self, id: AccountId) -> WideMoney {
        self.stored::<BankAccount>(id).await.balance().unwrap()
    }
}

#[tokio::test]
async fn opening_stores_account_deposit_and_product_in_one_append() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let before = world.head().await;
    let answer = world.open(maria, Some(inr(1_000))).await.unwrap();
    let log = world.store.read_all(before, 10, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(
        types,
        ["bank_account.account_opened", "bank_account.money_deposited", "customer.product_attached"]
    );
    assert_eq!((answer.version, answer.position, answer.events.len()), (2, before + 3, 2));
    let account: AccountId = answer.id;
    assert_eq!(world.profile(maria).await.products, [ProductId::of(account)].into());
    let state = answer.state;
    assert_eq!((state.status(), state.balance()), (Status::Active, Some(inr(1_000).into())));
    assert_eq!(state.opening().unwrap().customer_id, maria);
}

#[tokio::test]
async fn only_verified_customers_open_accounts() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    let before = world.head().await;
    let refused = world.open(maria, None).await.unwrap_err();
    let CommandError::Refused { code, facts, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((code.as_str(), &facts), ("customer_not_verified", &serde_json::json!({"status": "pending"})));
    let david = world.verified("david@example.com").await;
    world.put::<Customer>(david, Suspend { reason: Text::parse("court order").unwrap() }).await.unwrap();
    assert_eq!(refusal_of(world.open(david, None).await), "customer_not_verified");
    assert_eq!(world.head().await, before + 4);
}

#[tokio::test]
async fn a_refused_account_leaves_nothing_on_the_customer() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let business = NewAccount { account_type: AccountType::Business, ..savings(maria, None) };
    let outcome: AccountOutcome = world.accounts.open(&world.context(), business).await;
    assert_eq!(refusal_of(outcome), "account_type_not_allowed");
    assert_eq!(refusal_of(world.open(maria, Some(inr(-1))).await), "amount_not_positive");
    assert_eq!((world.profile(maria).await.products.len(), world.head().await), (0, 3));
    let firm = world.business("firm@example.com").await;
    let business = NewAccount { account_type: AccountType::Business, ..savings(firm, None) };
    world.accounts.open(&world.context(), business).await.unwrap();
}

#[tokio::test]
async fn a_client_made_id_with_the_same_payload_gives_the_first_answer() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let chosen = || NewAccount { account_id: Some(account_id(1)), ..savings(maria, Some(inr(5))) };
    let first: Answer<BankAccount> = world.accounts.open(&world.request("same"), chosen()).await.unwrap();
    world.deposit(account_id(1), 7).await;
    let again: Answer<BankAccount> = world.accounts.open(&world.request("same"), chosen()).await.unwrap();
    assert_eq!(
        (again.version, again.position, &again.events, again.replayed),
        (first.version, first.position, &first.events, true)
    );
    assert_eq!(again.state, first.state);
    let other: AccountOutcome = world.accounts.open(&world.request("other"), chosen()).await;
    assert_eq!(other.unwrap_err(), CommandError::AlreadyExists(account_id(1).to_string()));
}

#[tokio::test]
async fn closing_takes_the_product_off_the_customer() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (kept, closed) = (world.account(maria, 0).await, world.account(maria, 0).await);
    let answer = world.close_account(closed).await.unwrap();
    assert_eq!(answer.state.status(), Status::Closed);
    assert_eq!(world.profile(maria).await.products, [ProductId::of(kept)].into());
    let head = world.head().await;
    assert_eq!(world.close_account(closed).await.unwrap().events, []);
    assert_eq!(world.head().await, head);
}

#[tokio::test]
async fn an_account_with_money_in_it_stays_on_the_customer() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 1).await;
    assert_eq!(refusal_of(world.close_account(account).await), "balance_not_zero");
    assert_eq!(world.profile(maria).await.products, [ProductId::of(account)].into());
}

#[tokio::test]
async fn an_account_of_a_suspended_customer_can_be_closed() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 0).await;
    world.put::<Customer>(maria, Suspend { reason: Text::parse("court order").unwrap() }).await.unwrap();
    world.close_account(account).await.unwrap();
    assert_eq!(world.profile(maria).await.products.len(), 0);
}

#[tokio::test]
async fn a_reversal_finds_its_entry_and_undoes_it_once() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 100).await;
    let deposit = world.deposit(account, 40).await;
    let answer = world.reverse(account, deposit).await.unwrap();
    assert_eq!(answer.state.balance(), Some(inr(100).into()));
    assert_eq!(refusal_of(world.reverse(account, deposit).await), "transaction_already_reversed");
    let reversal = TransactionId::from_uuid(answer.events[0].id);
    assert_eq!(refusal_of(world.reverse(account, reversal).await), "not_reversible");
    assert_eq!(world.balance(account).await, inr(100).into());
}

#[tokio::test]
async fn only_an_entry_of_this_account_can_be_reversed() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (account, other) = (world.account(maria, 100).await, world.account(maria, 100).await);
    let of_other = world.deposit(other, 40).await;
    let opening = TransactionId::from_uuid(world.events::<BankAccount>(account).await[0].event_id);
    let onboarding = TransactionId::from_uuid(world.events::<Customer>(maria).await[0].event_id);
    let unknown = TransactionId::from_uuid(Uuid::from_u128(404));
    for transaction in [of_other, opening, onboarding, unknown] {
        assert_eq!(
            world.reverse(account, transaction).await.unwrap_err(),
            CommandError::NotFound(transaction.to_string())
        );
    }
    assert_eq!(
        world.reverse(account_id(404), of_other).await.unwrap_err(),
        CommandError::NotFound(account_id(404).to_string())
    );
    assert_eq!(
        (world.balance(account).await, world.balance(other).await),
        (inr(100).into(), inr(140).into())
    );
}

#[tokio::test]
async fn limits_change_together_or_not_at_all() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let account = world.account(maria, 0).await;
    let head = world.head().await;
    let both = NewLimits { daily_limit: Some(inr(10)), overdraft_limit: Some(inr(10)) };
    let refused: AccountOutcome = world.accounts.set_limits(&world.context(), account, both).await;
    assert_eq!(refusal_of(refused), "overdraft_not_allowed");
    assert_eq!(world.head().await, head);
    let one = NewLimits { daily_limit: Some(inr(10)), overdraft_limit: None };
    let changed: Answer<BankAccount> =
        world.accounts.set_limits(&world.context(), account, one).await.unwrap();
    assert_eq!(changed.events.len(), 1);
    let excess: AccountOutcome = world
        .put::<BankAccount>(
            account,
            Withdraw { amount: inr(11), details: EntryDetails::default(), aml_verdict: None },
        )
        .await;
    assert_eq!(refusal_of(excess), "insufficient_funds");
    world.deposit(account, 100).await;
    let excess: AccountOutcome = world
        .put::<BankAccount>(
            account,
            Withdraw { amount: inr(11), details: EntryDetails::default(), aml_verdict: None },
        )
        .await;
    assert_eq!(refusal_of(excess), "daily_limit_exceeded");
}

#[tokio::test]
async fn only_a_known_customer_becomes_a_signatory() {
    let world = World::new();
    let firm = world.business("firm@example.com").await;
    let david = world.pending("david@example.com").await;
    let account: AccountId = {
        let business = NewAccount { account_type: AccountType::Business, ..savings(firm, None) };
        let answer: Answer<BankAccount> = world.accounts.open(&world.context(), business).await.unwrap();
        answer.id
    };
    let nobody = crate::world::customer_id(404);
    let outcome = world.accounts.add_signatory(&world.context(), account, nobody).await;
    assert_eq!(outcome.unwrap_err(), CommandError::NotFound(nobody.to_string()));
    let added: Answer<BankAccount> =
        world.accounts.add_signatory(&world.context(), account, david).await.unwrap();
    assert_eq!(added.events.len(), 1);
    let removed: Answer<BankAccount> =
        world.put::<BankAccount>(account, RemoveSignatory { signatory: firm }).await.unwrap();
    assert_eq!(removed.events.len(), 1);
    let last: AccountOutcome = world.put::<BankAccount>(account, RemoveSignatory { signatory: david }).await;
    assert_eq!(refusal_of(last), "last_signatory");
}
