//! Payments between accounts: one append or nothing, looked at for fraud, on their day.

use crate::{
    World, inr, refusal_of,
    world::{account_id, person},
};
use khata_application::{
    EventStore, Payments,
    command::{Answer, CommandContext, CommandError},
    customers::NewCustomer,
    event_store::FeedFilter,
    fraud::FraudScorer,
    payments::{NewExternal, NewPayment},
};
use khata_domain::{
    Money, Text,
    accounts::{
        AmlVerdict, BankAccount, EntryKind,
        account::{Deposit, Freeze, SetDailyLimit, Withdraw},
        entry::EntryDetails,
    },
    customers::{Customer, customer::Suspend},
    fraud::{Assessment, FraudDecision, FraudFacts, FraudWeights, Score},
    ids::{AccountId, PaymentId},
    payments::{
        Network, Payment, PaymentStatus,
        payment::{Payee, Reject},
    },
};
use std::sync::Arc;

type Outcome = Result<Answer<Payment>, CommandError>;

/// Gives everything the same score.
#[derive(Debug)]
struct Always(&'static str);

impl FraudScorer for Always {
    fn score(&self, facts: FraudFacts, _: &FraudWeights) -> Assessment {
        let score: Score = self.0.parse().unwrap();
        let reasons = vec![Text::parse("it is always so").unwrap()];
        Assessment { score, scorer: Text::parse("always").unwrap(), scorer_version: 7, reasons, facts }
    }
}

impl World {
    /// The same bank with another judgement of payments.
    fn scoring(self, score: &'static str) -> Self {
        let ids = Arc::new(khata_infrastructure::ids::V7Ids);
        let payments = Payments::new(self.executor.clone(), self.store.clone(), ids, Arc::new(Always(score)));
        Self { payments, ..self }
    }

    /// Two accounts of two customers, with so many rupees.
    pub async fn pair(&self, rupees: [i64; 2]) -> [AccountId; 2] {
        let (maria, david) =
            (self.verified("maria@example.com").await, self.verified("david@example.com").await);
        [self.account(maria, rupees[0]).await, self.account(david, rupees[1]).await]
    }

    async fn send_money(&self, from: AccountId, to: AccountId, amount: Money) -> Outcome {
        self.payments.request(&self.context(), transfer(from, to, amount)).await
    }

    pub async fn holds(&self, account: AccountId) -> i128 {
        self.stored::<BankAccount>(account).await.balance_minor()
    }

    /// Today once more, so many days later.
    pub fn later(&self, days: i64) -> CommandContext {
        let context = self.context();
        let now = context.now + jiff::SignedDuration::from_hours(24 * days);
        CommandContext { now, ..context }
    }
}

pub fn transfer(from_account: AccountId, to_account: AccountId, amount: Money) -> NewPayment {
    NewPayment {
        payment_id: None,
        from_account,
        to_account: Some(to_account),
        external: None,
        amount,
        reference: Some(Text::parse("rent").unwrap()),
        scheduled_for: None,
        aml_verdict: None,
    }
}

#[tokio::test]
async fn a_payment_is_one_append_over_itself_and_both_accounts() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let before = world.head().await;
    let answer = world.send_money(from, to, inr(400)).await.unwrap();
    let log = world.store.read_all(before, 10, &FeedFilter::default()).await.unwrap().events;
    let types: Vec<&str> = log.iter().map(|event| &*event.event_type).collect();
    assert_eq!(
        types[..3],
        ["payment.payment_requested", "payment.fraud_screened", "payment.payment_completed"]
    );
    let mut booked = types[3..].to_vec();
    booked.sort_unstable();
    assert_eq!(booked, ["bank_account.money_deposited", "bank_account.money_withdrawn"]);
    let command = |event: &khata_application::Recorded| event.metadata().unwrap().command_id;
    assert!(log.iter().all(|event| command(event) == command(&log[0])));
    assert_eq!((answer.version, answer.position, answer.events.len()), (3, before + 5, 3));
    assert_eq!(
        (answer.state.status(), answer.state.completed_on()),
        (PaymentStatus::Completed, Some(world.context().today()))
    );
    assert_eq!((world.holds(from).await, world.holds(to).await), (60_000, 40_000));
}

#[tokio::test]
async fn both_entries_name_the_payment_the_other_account_and_the_reference() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let payment = world.send_money(from, to, inr(400)).await.unwrap().id;
    for (account, other) in [(from, to), (to, from)] {
        let events = world.events::<BankAccount>(account).await;
        let event = events.last().unwrap().event::<BankAccount>().unwrap().unwrap();
        let entry = event.entry().unwrap();
        assert_eq!(entry.payment_id, Some(payment));
        assert_eq!(entry.counterparty, Some(&*other.to_string()));
        assert_eq!(entry.reference.as_deref(), Some("rent"));
        assert_eq!(entry.channel.name(), "transfer");
    }
}

#[tokio::test]
async fn what_is_refused_changes_nothing_at_all_and_names_the_account() {
    let world = World::new();
    let [from, to] = world.pair([1_000_000, 0]).await;
    let maria = world.stored::<BankAccount>(from).await.opening().unwrap().customer_id;
    let dollars = khata_application::accounts::NewAccount {
        currency: "USD".parse().unwrap(),
        ..crate::world::savings(maria, None)
    };
    let dollars = world.accounts.open(&world.context(), dollars).await.unwrap().id;
    let closed = world.account(maria, 0).await;
    world.close_account(closed).await.unwrap();
    let before = world.head().await;
    let refused = async |payment: NewPayment| {
        let outcome = world.payments.request(&world.context(), payment).await;
        let Err(CommandError::Refused { code, facts, .. }) = outcome else { panic!("{outcome:?}") };
        (code, facts.get("account_id").and_then(|id| id.as_str()).map(str::to_owned))
    };
    let of = |code: &str, account: AccountId| (code.to_owned(), Some(account.to_string()));
    let amount = inr(100);
    assert_eq!(refused(transfer(from, from, amount)).await, of("same_account", from));
    assert_eq!(refused(transfer(from, dollars, amount)).await, of("currency_mismatch", dollars));
    assert_eq!(refused(transfer(dollars, from, amount)).await, of("currency_mismatch", dollars));
    assert_eq!(refused(transfer(to, from, amount)).await, of("insufficient_funds", to));
    assert_eq!(refused(transfer(from, closed, amount)).await, of("account_closed", closed));
    assert_eq!(refused(transfer(from, to, inr(200_001))).await, of("daily_limit_exceeded", from));
    assert_eq!(refused(transfer(from, to, inr(0))).await.0, "amount_not_positive");
    let rejected = NewPayment { aml_verdict: Some(AmlVerdict::Rejected), ..transfer(from, to, amount) };
    assert_eq!(refused(rejected).await, of("compliance_hold", from));
    let nobody = account_id(77);
    for payment in [transfer(from, nobody, amount), transfer(nobody, to, amount)] {
        let outcome = world.payments.request(&world.context(), payment).await;
        assert!(matches!(outcome, Err(CommandError::NotFound(id)) if id == nobody.to_string()));
    }
    assert_eq!(world.head().await, before);
    assert_eq!((world.holds(from).await, world.holds(to).await), (100_000_000, 0));
}

#[tokio::test]
async fn a_frozen_account_is_paid_and_does_not_pay() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 1_000]).await;
    world.put::<BankAccount>(to, Freeze { reason: "court order".into() }).await.unwrap();
    world.send_money(from, to, inr(10)).await.unwrap();
    assert_eq!(refusal_of(world.send_money(to, from, inr(10)).await), "account_not_active");
    assert_eq!((world.holds(from).await, world.holds(to).await), (99_000, 101_000));
}

#[tokio::test]
async fn a_large_payment_needs_an_approval_against_money_laundering() {
    let world = World::new();
    let [from, to] = world.pair([900_000, 0]).await;
    world.put::<BankAccount>(from, SetDailyLimit { limit: inr(900_000) }).await.unwrap();
    let payment = transfer(from, to, inr(200_001));
    assert_eq!(
        refusal_of(world.payments.request(&world.context(), payment.clone()).await),
        "compliance_hold"
    );
    let approved = NewPayment { aml_verdict: Some(AmlVerdict::Approved), ..payment };
    let answer = world.payments.request(&world.context(), approved).await.unwrap();
    assert_eq!(answer.state.status(), PaymentStatus::Completed);
    assert_eq!(answer.state.request().unwrap().aml_approved, Some(true));
}

#[tokio::test]
async fn the_fee_is_booked_in_the_same_append_and_has_to_be_there() {
    let world = World::new();
    let [from, to] = world.pair([100, 0]).await;
    let mut rules = world.book.in_force().rules().clone();
    rules.payments.internal_fee = rust_decimal::Decimal::new(25, 1);
    let basis = khata_domain::settings::Basis::try_new("UTC".into(), rules).unwrap();
    world.book.change(&world.context(), basis).await.unwrap();
    assert_eq!(refusal_of(world.send_money(from, to, inr(100)).await), "insufficient_funds");
    let answer = world.send_money(from, to, inr(97)).await.unwrap();
    assert_eq!(answer.state.request().unwrap().fee, Money::from_minor(250, "INR".parse().unwrap()));
    assert_eq!((world.holds(from).await, world.holds(to).await), (50, 9_700));
    let events = world.events::<BankAccount>(from).await;
    let fee = events.last().unwrap().event::<BankAccount>().unwrap().unwrap().entry().unwrap();
    assert_eq!((fee.kind, fee.payment_id), (EntryKind::Fee, Some(answer.id)));
}

#[tokio::test]
async fn a_payment_of_a_clients_own_id_and_one_under_a_key_are_made_once() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let id: PaymentId = "pay_00000000-0000-7000-8000-000000000001".parse().unwrap();
    let named = NewPayment { payment_id: Some(id), ..transfer(from, to, inr(10)) };
    let first = world.payments.request(&world.request("a"), named.clone()).await.unwrap();
    let again = world.payments.request(&world.request("a"), named.clone()).await.unwrap();
    assert_eq!((first.id, first.version, again.id, again.version, again.replayed), (id, 3, id, 3, true));
    let other = world.payments.request(&world.request("b"), named).await;
    assert!(matches!(other, Err(CommandError::AlreadyExists(_))));
    for _ in 0..2 {
        let keyed = CommandContext { idempotency_key: Some("rent-march".into()), ..world.request("c") };
        world.payments.request(&keyed, transfer(from, to, inr(10))).await.unwrap();
    }
    assert_eq!(world.holds(from).await, 98_000);
}

#[tokio::test]
async fn what_looks_like_fraud_is_recorded_and_touches_no_account() {
    let world = World::new().scoring("0.7");
    let [from, to] = world.pair([1_000, 0]).await;
    let answer = world.send_money(from, to, inr(10)).await.unwrap();
    assert_eq!((answer.state.status(), answer.version), (PaymentStatus::RejectedFraud, 2));
    let screened = answer.state.screening().unwrap();
    assert_eq!((screened.decision, screened.assessment.scorer_version), (FraudDecision::Rejected, 7));
    assert_eq!((world.holds(from).await, world.holds(to).await), (100_000, 0));
    // What the account refuses anyway is refused, and no fraud is recorded of it.
    let before = world.head().await;
    assert_eq!(refusal_of(world.send_money(from, to, inr(1_001)).await), "insufficient_funds");
    assert_eq!(world.head().await, before);
}

#[tokio::test]
async fn between_the_bands_a_verified_identity_is_needed_or_somebody_has_to_look() {
    let world = World::new().scoring("0.6");
    let [from, to] = world.pair([1_000, 0]).await;
    let maria = world.stored::<BankAccount>(from).await.opening().unwrap().customer_id;
    assert_eq!(world.send_money(from, to, inr(10)).await.unwrap().state.status(), PaymentStatus::Completed);
    world.put::<Customer>(maria, Suspend { reason: Text::parse("papers").unwrap() }).await.unwrap();
    let waits = async || {
        let answer = world.send_money(from, to, inr(10)).await.unwrap();
        assert_eq!(answer.state.status(), PaymentStatus::Screening);
        answer.id
    };
    let (first, second, third) = (waits().await, waits().await, waits().await);
    assert_eq!(world.holds(from).await, 99_000);
    let approved = world.payments.approve(&world.context(), first, None).await.unwrap();
    assert_eq!((approved.state.status(), world.holds(to).await), (PaymentStatus::Completed, 2_000));
    let again = world.payments.approve(&world.context(), first, None).await.unwrap();
    assert_eq!((again.events.len(), world.holds(to).await), (0, 2_000));
    world.put::<Payment>(second, Reject { reason: Text::parse("a mule").unwrap() }).await.unwrap();
    assert_eq!(
        refusal_of(world.payments.approve(&world.context(), second, None).await),
        "payment_not_in_review"
    );
    // The money is gone meanwhile: the payment waits on.
    let withdraw = Withdraw { amount: inr(975), details: EntryDetails::default(), aml_verdict: None };
    world.put::<BankAccount>(from, withdraw).await.unwrap();
    assert_eq!(refusal_of(world.payments.approve(&world.context(), third, None).await), "insufficient_funds");
    assert_eq!(world.stored::<Payment>(third).await.status(), PaymentStatus::Screening);
    world.payments.cancel(&world.context(), third, None).await.unwrap();
    assert_eq!(world.holds(to).await, 2_000);
}

#[tokio::test]
async fn the_facts_of_a_score_are_those_of_the_account_and_its_customer() {
    let world = World::new();
    let maria = NewCustomer {
        address: Some(khata_domain::customers::Address {
            line1: None,
            line2: None,
            city: Text::parse("Alibag").unwrap(),
            city_tier: Some(khata_domain::customers::address::CityTier::Tier3),
            region: None,
            postal_code: None,
            country: None,
        }),
        ..person("anna@example.com")
    };
    let anna = world.customers.onboard(&world.context(), maria).await.unwrap().id;
    let verdict = khata_domain::customers::customer::VerifyKyc {
        verdict: khata_domain::customers::customer::KycVerdict::Verified,
        reasons: vec![],
    };
    world.put::<Customer>(anna, verdict).await.unwrap();
    let [other, to] = world.pair([0, 0]).await;
    let from = world.account(anna, 100_000).await;
    for _ in 0..4 {
        world.send_money(from, to, inr(100)).await.unwrap();
    }
    let usual = world.send_money(from, to, inr(100)).await.unwrap();
    let screened = usual.state.screening().unwrap().clone();
    let facts = &screened.assessment.facts;
    assert_eq!(
        facts.usual.map(|usual| (usual.count, usual.mean_minor, usual.deviation_minor)),
        Some((4, 10_000, 0))
    );
    assert!(facts.payee_known && facts.identity_verified);
    assert_eq!((facts.earlier_today, facts.hour, facts.city_tier), (4, 12, Some(3)));
    assert_eq!(screened.assessment.score.to_string(), "0.05");
    // Far more than ever, to somebody new, a round amount.
    let unusual = world.send_money(from, other, inr(50_000)).await.unwrap();
    let screened = unusual.state.screening().unwrap();
    assert_eq!(screened.assessment.score.to_string(), "0.65");
    assert_eq!(screened.assessment.reasons.len(), 4);
    assert_eq!(unusual.state.status(), PaymentStatus::Completed, "the identity is verified");
    let deposit = Deposit { amount: inr(10), details: EntryDetails::default() };
    world.put::<BankAccount>(from, deposit).await.unwrap();
    let at_night = CommandContext { now: "2026-01-06T03:00:00Z".parse().unwrap(), ..world.context() };
    let last = world.payments.request(&at_night, transfer(from, other, inr(49_000))).await.unwrap();
    assert_eq!(last.state.screening().unwrap().assessment.facts.earlier_today, 0, "another day");
}

#[tokio::test]
async fn another_bank_is_paid_only_where_a_gateway_is_and_the_money_is_set_aside() {
    let world = World::new();
    let [from, _] = world.pair([1_000, 0]).await;
    let external = NewExternal {
        network: Network::VelocityPay,
        iban: Some(Text::parse("DE89 3704 0044 0532 0130 00").unwrap()),
        account_number: None,
        name: Text::parse("Maria").unwrap(),
        bic: None,
    };
    let pay =
        NewPayment { to_account: None, external: Some(external.clone()), ..transfer(from, from, inr(400)) };
    assert_eq!(refusal_of(world.payments.request(&world.context(), pay.clone()).await), "no_gateway");
    let payments = world.payments.clone().reaching(&[Network::VelocityPay]);
    let answer = payments.request(&world.context(), pay.clone()).await.unwrap();
    assert_eq!(answer.state.status(), PaymentStatus::Held);
    assert!(
        matches!(&answer.state.request().unwrap().payee, Payee::External(payee) if payee.account() == "DE89370400440532013000")
    );
    let available = async || {
        let account = world.stored::<BankAccount>(from).await;
        (account.balance_minor(), account.available(world.context().now).unwrap())
    };
    assert_eq!(available().await, (100_000, inr(600).into()));
    payments.cancel(&world.context(), answer.id, None).await.unwrap();
    payments.cancel(&world.context(), answer.id, None).await.unwrap();
    assert_eq!(available().await, (100_000, inr(1_000).into()));
    let misprint =
        NewExternal { iban: Some(Text::parse("DE88 3704 0044 0532 0130 00").unwrap()), ..external };
    let misprint = NewPayment { external: Some(misprint), ..pay.clone() };
    assert_eq!(refusal_of(payments.request(&world.context(), misprint).await), "payee_invalid");
    let both = NewPayment { to_account: Some(from), ..pay.clone() };
    assert_eq!(refusal_of(payments.request(&world.context(), both).await), "payee_unclear");
    let none = NewPayment { external: None, ..pay };
    assert_eq!(refusal_of(payments.request(&world.context(), none).await), "payee_unclear");
}
