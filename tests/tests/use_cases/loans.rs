//! Loans, the customers they hang on, and the accounts they are paid out to.

use crate::{
    World, inr, refusal_of,
    world::{CustomerOutcome, account_id, savings},
};
use jiff::civil::{Date, date};
use khata_application::{
    EventStore,
    accounts::NewAccount,
    command::{Answer, CommandError},
    event_store::FeedFilter,
    lending::NewLoan,
};
use khata_domain::{
    Money, Text,
    accounts::BankAccount,
    customers::{Customer, CustomerStatus, ProductId, customer::Suspend},
    ids::{AccountId, CustomerId, LoanId, TypedId},
    lending::{
        DayCount, DueDates, LendingTerms, Loan, LoanEvent, LoanType, PrepaymentEffect,
        loan::{
            AccountTransaction, Approve, ChargeKind, ChargePenalty, MarkDelinquent, RecordAssessment,
            RecordPayment, Reject, Restructure, Status, WriteOff,
        },
    },
};
use uuid::Uuid;

pub type LoanOutcome = Result<Answer<Loan>, CommandError>;

fn loan_id(number: u128) -> LoanId {
    LoanId::from_uuid(Uuid::from_u128(number))
}

/// 1,200 rupees without interest in twelve months.
fn wanted(customer_id: CustomerId) -> NewLoan {
    NewLoan {
        loan_id: None,
        customer_id,
        account_id: None,
        loan_type: LoanType::Home,
        principal: inr(1_200),
        income: None,
        annual_rate: "0".parse().unwrap(),
        term_months: 12,
        day_count: DayCount::Thirty360,
        prepayment: None,
        start_date: None,
        dues: DueDates::default(),
    }
}

impl World {
    async fn apply(&self, new: NewLoan) -> LoanOutcome {
        self.loans.apply(&self.context(), new).await
    }

    async fn approved(&self, customer_id: CustomerId, start_date: Option<Date>) -> LoanId {
        let id = self.apply(NewLoan { start_date, ..wanted(customer_id) }).await.unwrap().id;
        self.put::<Loan>(id, RecordAssessment { credit_score: 700, income_verified: true }).await.unwrap();
        let officer = Approve {
            approver: "officer 7".into(),
            role: "loan_officer".into(),
            conditions: None,
            terms: LendingTerms::default(),
        };
        self.put::<Loan>(id, officer).await.unwrap();
        id
    }

    pub async fn lent(&self, customer_id: CustomerId) -> LoanId {
        let id = self.approved(customer_id, None).await;
        self.loans.disburse(&self.context(), id, None).await.unwrap();
        id
    }

    pub async fn pay_by(
        &self,
        id: LoanId,
        amount: Money,
        date: Option<Date>,
        account_transaction: Option<AccountTransaction>,
    ) -> LoanOutcome {
        let (date, context) = self.context().on(date);
        let effect = PrepaymentEffect::default();
        let pay = RecordPayment { amount, date, account_transaction, effect };
        self.loans.execute_to_the_end(&context, id, pay.into()).await
    }

    pub async fn mark(&self, id: LoanId) -> LoanOutcome {
        self.put::<Loan>(id, MarkDelinquent { date: self.context().today(), bucket: None }).await
    }

    pub async fn pay(&self, id: LoanId, amount: Money, date: Option<Date>) -> LoanOutcome {
        self.pay_by(id, amount, date, None).await
    }
}

#[tokio::test]
async fn an_application_and_its_note_on_the_customer_are_one_append() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let before = world.head().await;
    let answer = world.apply(wanted(maria)).await.unwrap();
    let log = world.store.read_all(before, 10, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["loan.loan_applied", "customer.product_attached"]);
    let loan: LoanId = answer.id;
    assert_eq!(world.profile(maria).await.products, [ProductId::of(loan)].into());
    assert_eq!(log[0].metadata().unwrap().owner, Some(maria.to_string()));
}

#[tokio::test]
async fn only_verified_customers_apply() {
    let world = World::new();
    let maria = world.pending("maria@example.com").await;
    assert_eq!(refusal_of(world.apply(wanted(maria)).await), "customer_not_verified");
    let nobody = CustomerId::from_uuid(Uuid::from_u128(99));
    assert_eq!(world.apply(wanted(nobody)).await.unwrap_err(), CommandError::NotFound(nobody.to_string()));
    let david = world.verified("david@example.com").await;
    world.put::<Customer>(david, Suspend { reason: Text::parse("court order").unwrap() }).await.unwrap();
    assert_eq!(refusal_of(world.apply(wanted(david)).await), "customer_not_verified");
}

#[tokio::test]
async fn a_loan_is_paid_out_to_an_open_account_of_its_customer_in_its_currency() {
    let world = World::new();
    let (maria, david) =
        (world.verified("maria@example.com").await, world.verified("david@example.com").await);
    let to = |account: AccountId| NewLoan { account_id: Some(account), ..wanted(maria) };
    let own = world.account(maria, 0).await;
    let loan: LoanId = world.apply(to(own)).await.unwrap().id;
    assert_eq!(world.stored::<Loan>(loan).await.application().unwrap().account_id, Some(own));
    let unknown = account_id(99);
    assert_eq!(world.apply(to(unknown)).await.unwrap_err(), CommandError::NotFound(unknown.to_string()));
    let davids = world.account(david, 0).await;
    assert_eq!(refusal_of(world.apply(to(davids)).await), "account_of_another_customer");
    let dollars = NewAccount { currency: "USD".parse().unwrap(), ..savings(maria, None) };
    let dollars: Answer<BankAccount> = world.accounts.open(&world.context(), dollars).await.unwrap();
    assert_eq!(refusal_of(world.apply(to(dollars.id)).await), "account_currency_mismatch");
    world.close_account(own).await.unwrap();
    assert_eq!(refusal_of(world.apply(to(own)).await), "payout_account_closed");
}

#[tokio::test]
async fn a_loan_leaves_its_customer_when_it_is_rejected_repaid_or_written_off() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let (rejected, repaid, written_off) =
        (world.apply(wanted(maria)).await.unwrap(), world.lent(maria).await, world.lent(maria).await);
    assert_eq!(world.profile(maria).await.products.len(), 3);
    assert_eq!(refusal_of(world.close_customer(maria).await), "customer_has_products");
    world
        .loans
        .execute_to_the_end(
            &world.context(),
            rejected.id,
            Reject { reasons: vec!["too much debt".into()] }.into(),
        )
        .await
        .unwrap();
    world.pay(repaid, inr(100), None).await.unwrap();
    assert_eq!(world.profile(maria).await.products.len(), 2);
    let answer = world.pay(repaid, inr(1_100), None).await.unwrap();
    assert_eq!((answer.events.len(), answer.state.status()), (2, Status::Closed));
    assert_eq!(world.profile(maria).await.products, [ProductId::of(written_off)].into());
    world
        .loans
        .execute_to_the_end(
            &world.context(),
            written_off,
            WriteOff { reason: "insolvent".into(), date: date(2026, 1, 5) }.into(),
        )
        .await
        .unwrap();
    assert_eq!(world.profile(maria).await.products.len(), 0);
    let head = world.head().await;
    let again: LoanOutcome = world
        .loans
        .execute_to_the_end(
            &world.context(),
            written_off,
            WriteOff { reason: "insolvent".into(), date: date(2026, 1, 5) }.into(),
        )
        .await;
    assert_eq!((again.unwrap().events.len(), world.head().await), (0, head));
    world.close_customer(maria).await.unwrap();
}

#[tokio::test]
async fn what_is_dated_happens_at_the_end_of_its_day() {
    let world = World::in_zone("Asia/Kolkata");
    let maria = world.verified("maria@example.com").await;
    let id = world.approved(maria, Some(date(2025, 7, 31))).await;
    world.loans.disburse(&world.context(), id, None).await.unwrap();
    world.pay(id, inr(100), Some(date(2025, 8, 31))).await.unwrap();
    let charge = ChargePenalty {
        kind: ChargeKind::Fee,
        amount: inr(1),
        reason: "copy".into(),
        date: date(2026, 1, 5),
    };
    world.put::<Loan>(id, charge).await.unwrap();
    let events = world.events::<Loan>(id).await;
    let times: Vec<String> = events[3..].iter().map(|event| event.effective_at.to_string()).collect();
    assert_eq!(times, ["2025-07-31T18:29:59.999999Z", "2025-08-31T18:29:59.999999Z", "2026-01-05T12:00:00Z"]);
}

#[tokio::test]
async fn today_is_the_day_in_the_namespaces_time_zone() {
    let world = World::in_zone("Asia/Kolkata");
    world.clock.set("2026-01-05T18:30:00Z".parse().unwrap());
    let maria = world.verified("maria@example.com").await;
    let id = world.lent(maria).await;
    assert_eq!(world.stored::<Loan>(id).await.disbursed_on(), Some(date(2026, 1, 6)));
    assert_eq!(refusal_of(world.pay(id, inr(1), Some(date(2026, 1, 7))).await), "date_in_future");
}

#[tokio::test]
async fn lateness_and_new_terms_reach_the_loan() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let id = world.approved(maria, Some(date(2025, 10, 1))).await;
    world.loans.disburse(&world.context(), id, None).await.unwrap();
    world.mark(id).await.unwrap();
    let terms = Restructure {
        annual_rate: None,
        term_months: 24,
        from: date(2026, 1, 5),
        dues: DueDates::default(),
        reason: Some("illness".into()),
    };
    let answer: Answer<Loan> = world.put::<Loan>(id, terms).await.unwrap();
    assert_eq!(answer.state.term_months(), 24);
    let events = world.events::<Loan>(id).await;
    let late = events[4].event::<Loan>().unwrap().unwrap();
    assert!(
        matches!(late, LoanEvent::LoanBecameDelinquent(event) if event.days_past_due == Some(65)),
        "{late:?}"
    );
}

#[tokio::test]
async fn a_client_made_id_with_the_same_payload_gives_the_first_answer() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let chosen = || NewLoan { loan_id: Some(loan_id(1)), ..wanted(maria) };
    let first: Answer<Loan> = world.loans.apply(&world.request("same"), chosen()).await.unwrap();
    let again: Answer<Loan> = world.loans.apply(&world.request("same"), chosen()).await.unwrap();
    assert_eq!((again.version, &again.events, again.replayed), (first.version, &first.events, true));
    let other: LoanOutcome = world.loans.apply(&world.request("other"), chosen()).await;
    assert_eq!(other.unwrap_err(), CommandError::AlreadyExists(loan_id(1).to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_loan_is_applied_for_by_a_customer_who_is_being_closed() {
    for round in 0..64_u128 {
        let world = World::new();
        let other = world.other_process();
        let maria = world.verified("maria@example.com").await;
        let new = NewLoan { loan_id: Some(loan_id(round)), ..wanted(maria) };
        let applying = tokio::spawn(async move { other.apply(new).await });
        let closing = tokio::spawn({
            let world = world.clone();
            async move { world.close_customer(maria).await }
        });
        let (applying, closing): (LoanOutcome, CustomerOutcome) =
            (applying.await.unwrap(), closing.await.unwrap());
        let profile = world.profile(maria).await;
        match (&applying, &closing) {
            (Ok(_), Err(CommandError::Refused { code, .. })) if code == "customer_has_products" => {
                assert_eq!(
                    (profile.status, profile.products),
                    (CustomerStatus::Verified, [ProductId::of(loan_id(round))].into())
                );
            }
            (Err(CommandError::Refused { code, .. }), Ok(_)) if code == "customer_closed" => {
                assert_eq!((profile.status, profile.products.len()), (CustomerStatus::Closed, 0));
                assert_eq!(world.events::<Loan>(loan_id(round)).await.len(), 0);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_payments_at_once_repay_a_loan_exactly_once() {
    let world = World::new();
    let maria = world.verified("maria@example.com").await;
    let id = world.lent(maria).await;
    let worlds = [world.other_process(), world.clone()];
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let world = worlds[number % 2].clone();
        tasks.spawn(async move {
            loop {
                match world.pay(id, inr(100), None).await {
                    Err(CommandError::Contended) => {}
                    settled => return settled,
                }
            }
        });
    }
    let outcomes = tasks.join_all().await;
    let paid = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(paid, 12);
    for lost in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(refusal_of(lost), "loan_not_active");
    }
    let loan = world.stored::<Loan>(id).await;
    assert_eq!((loan.status(), loan.schedule().unwrap().principal_minor()), (Status::Closed, 0));
    assert_eq!(world.profile(maria).await.products.len(), 0);
}
