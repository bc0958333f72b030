//! Payments of loans taken back, on both sides.

use crate::{World, inr, loans::LoanOutcome, refusal_of};
use jiff::SignedDuration;
use khata_application::{
    Clock, EventStore,
    command::{Answer, CommandError},
    event_store::FeedFilter,
};
use khata_domain::{
    Money, Text, WideMoney,
    accounts::{
        BankAccount,
        account::{PlaceHold, Withdraw},
        entry::EntryDetails,
    },
    customers::{Customer, ProductId, customer::Suspend},
    ids::{AccountId, HoldId, LoanId, TransactionId, TypedId},
    lending::{
        Loan,
        loan::{AccountTransaction, Status},
    },
};
use uuid::Uuid;

impl World {
    /// Withdraws from an account and pays a loan with it. Gives the payment and the entry.
    async fn pay_from(
        &self,
        loan: LoanId,
        account_id: AccountId,
        amount: Money,
    ) -> (TransactionId, TransactionId) {
        let withdrawn: Answer<BankAccount> = self
            .put::<BankAccount>(
                account_id,
                Withdraw { amount, details: EntryDetails::default(), aml_verdict: None },
            )
            .await
            .unwrap();
        let transaction_id = TransactionId::from_uuid(withdrawn.events.last().unwrap().id);
        let account_transaction = Some(AccountTransaction { account_id, transaction_id });
        let paid: Answer<Loan> = self.pay_by(loan, amount, None, account_transaction).await.unwrap();
        (TransactionId::from_uuid(paid.events[0].id), transaction_id)
    }

    async fn take_back(&self, loan: LoanId, payment: TransactionId) -> LoanOutcome {
        self.loans.reverse_payment(&self.context(), loan, payment, "the direct debit came back".into()).await
    }

    async fn balance_of(&self, id: AccountId) -> WideMoney {
        self.stored::<BankAccount>(id).await.balance().unwrap()
    }
}

#[tokio::test]
async fn a_payment_from_an_account_goes_back_on_both_sides_in_one_append() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (loan, account) = (world.lent(maria).await, world.account(maria, 500).await);
    let (payment, entry) = world.pay_from(loan, account, inr(100)).await;
    let before = world.head().await;
    let answer = world.take_back(loan, payment).await.unwrap();
    let log = world.store.read_all(before, 10, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["loan.loan_payment_reversed", "bank_account.transaction_reversed"]);
    assert_eq!(answer.state.outstanding_principal(), Some(inr(1_200)));
    assert_eq!(world.balance_of(account).await, inr(500).into());
    assert!(world.stored::<BankAccount>(account).await.is_reversed(entry));
    assert_eq!(refusal_of(world.take_back(loan, payment).await), "payment_already_reversed");
    let entry = Some(AccountTransaction { account_id: account, transaction_id: entry });
    assert_eq!(refusal_of(world.pay_by(loan, inr(100), None, entry).await), "transaction_reversed");
}

#[tokio::test]
async fn an_entry_that_the_account_has_reversed_already_is_not_reversed_again() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (loan, account) = (world.lent(maria).await, world.account(maria, 500).await);
    let (payment, entry) = world.pay_from(loan, account, inr(100)).await;
    world.accounts.reverse(&world.context(), account, entry, "a mistake".into()).await.unwrap();
    assert_eq!(world.stored::<Loan>(loan).await.outstanding_principal(), Some(inr(1_100)));
    world.take_back(loan, payment).await.unwrap();
    assert_eq!(world.balance_of(account).await, inr(500).into());
    assert_eq!(world.stored::<Loan>(loan).await.outstanding_principal(), Some(inr(1_200)));
}

#[tokio::test]
async fn an_entry_of_another_amount_was_more_than_the_payment_and_stays() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (loan, account) = (world.lent(maria).await, world.account(maria, 500).await);
    let withdrawn: Answer<BankAccount> = world
        .put::<BankAccount>(
            account,
            Withdraw { amount: inr(150), details: EntryDetails::default(), aml_verdict: None },
        )
        .await
        .unwrap();
    let transaction_id = TransactionId::from_uuid(withdrawn.events[0].id);
    let account_transaction = Some(AccountTransaction { account_id: account, transaction_id });
    let paid = world.pay_by(loan, inr(100), None, account_transaction).await.unwrap();
    world.take_back(loan, TransactionId::from_uuid(paid.events[0].id)).await.unwrap();
    assert_eq!(world.balance_of(account).await, inr(350).into());
}

#[tokio::test]
async fn where_the_account_refuses_the_loan_stays_paid() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (loan, account) = (world.lent(maria).await, world.account(maria, 100).await);
    let (payment, _) = world.pay_from(loan, account, inr(100)).await;
    world.close_account(account).await.unwrap();
    assert_eq!(refusal_of(world.take_back(loan, payment).await), "account_closed");
    assert_eq!(world.stored::<Loan>(loan).await.outstanding_principal(), Some(inr(1_100)));
}

#[tokio::test]
async fn a_loan_that_is_opened_again_stands_with_its_customer_again_suspended_or_not() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let loan = world.lent(maria).await;
    let paid = world.pay(loan, inr(1_200), None).await.unwrap();
    assert_eq!((paid.state.status(), world.profile(maria).await.products.len()), (Status::Closed, 0));
    world.put::<Customer>(maria, Suspend { reason: Text::parse("court order").unwrap() }).await.unwrap();
    let answer = world.take_back(loan, TransactionId::from_uuid(paid.events[0].id)).await.unwrap();
    assert_eq!(answer.state.status(), Status::Active);
    assert_eq!(world.profile(maria).await.products, [ProductId::of(loan)].into());
}

#[tokio::test]
async fn a_loan_of_a_closed_customer_is_not_opened_again() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let loan = world.lent(maria).await;
    let paid = world.pay(loan, inr(1_200), None).await.unwrap();
    world.close_customer(maria).await.unwrap();
    assert_eq!(
        refusal_of(world.take_back(loan, TransactionId::from_uuid(paid.events[0].id)).await),
        "customer_closed"
    );
    assert_eq!(world.stored::<Loan>(loan).await.status(), Status::Closed);
}

#[tokio::test]
async fn only_a_payment_of_this_loan_can_be_taken_back() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (loan, other) = (world.lent(maria).await, world.lent(maria).await);
    let paid = world.pay(other, inr(100), None).await.unwrap();
    let of_other = TransactionId::from_uuid(paid.events[0].id);
    let disbursement = TransactionId::from_uuid(world.events::<Loan>(loan).await.last().unwrap().event_id);
    for name in [of_other, disbursement, TransactionId::from_uuid(Uuid::from_u128(99))] {
        assert_eq!(world.take_back(loan, name).await.unwrap_err(), CommandError::NotFound(name.to_string()));
    }
}

#[tokio::test]
async fn lateness_that_is_noted_is_noted_again() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let loan = world.lent(maria).await;
    world.clock.set("2026-02-10T12:00:00Z".parse().unwrap());
    world.mark(loan).await.unwrap();
    let paid = world.pay(loan, inr(100), None).await.unwrap();
    world.mark(loan).await.unwrap();
    let answer = world.take_back(loan, TransactionId::from_uuid(paid.events[0].id)).await.unwrap();
    let types: Vec<&str> = answer.events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["loan.loan_payment_reversed", "loan.loan_became_delinquent"]);
}

#[tokio::test]
async fn a_payment_told_by_a_clock_ahead_goes_back_at_this_one_s_time() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (loan, account) = (world.lent(maria).await, world.account(maria, 500).await);
    let now = world.clock.now();
    world.clock.set(now + SignedDuration::from_hours(3));
    let (payment, _) = world.pay_from(loan, account, inr(100)).await;
    world.clock.set(now);
    let (hold_id, expires_at) = (HoldId::from_uuid(Uuid::from_u128(1)), now + SignedDuration::from_hours(1));
    let hold = PlaceHold {
        hold_id,
        amount: inr(50),
        expires_at: Some(expires_at),
        aml_verdict: None,
        payment_id: None,
        fee: None,
    };
    world.put::<BankAccount>(account, hold).await.unwrap();
    let answer = world.take_back(loan, payment).await.unwrap();
    assert_eq!(answer.at, now);
    let account = world.stored::<BankAccount>(account).await;
    assert_eq!(account.active_holds(now).count(), 1, "what runs out in an hour has not run out");
}
