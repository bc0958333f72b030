//! Payments between accounts: one append or nothing, looked at for fraud, on their day.

use crate::{World, inr, refusal_of, world::account_id};
use khata_application::{
    EventStore, Payments,
    command::{Answer, CommandContext, CommandError},
    event_store::FeedFilter,
    fraud::FraudScorer,
    payments::{NewExternal, NewPayment},
};
use khata_domain::{
    Money, Text,
    accounts::{
        AccountEvent, AmlVerdict, BankAccount, EntryKind,
        account::{CaptureHold, Freeze, PlaceHold, ReleaseHold},
        entry::EntryDetails,
    },
    fraud::{Assessment, FraudFacts, FraudWeights, Score},
    ids::{AccountId, HoldId, PaymentId, TransactionId, TypedId},
    payments::{Network, Payment, PaymentStatus, payment::Payee},
};
use std::sync::Arc;

type Outcome = Result<Answer<Payment>, CommandError>;

/// Gives everything the same score.
#[derive(Debug)]
pub struct Always(&'static str);

impl FraudScorer for Always {
    fn score(&self, facts: FraudFacts, _: &FraudWeights) -> Assessment {
        let score: Score = self.0.parse().unwrap();
        let reasons = vec![Text::parse("it is always so").unwrap()];
        Assessment { score, scorer: Text::parse("always").unwrap(), scorer_version: 7, reasons, facts }
    }
}

impl World {
    /// The same bank with another judgement of payments.
    pub fn scoring(self, score: &'static str) -> Self {
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

    pub async fn send_money(&self, from: AccountId, to: AccountId, amount: Money) -> Outcome {
        self.payments.request(&self.context(), transfer(from, to, amount)).await
    }

    pub async fn holds(&self, account: AccountId) -> i128 {
        self.stored::<BankAccount>(account).await.balance_minor()
    }

    /// Payments cost so much from now on, to wherever they go.
    pub async fn charging(&self, fee: &str) {
        let mut rules = self.book.in_force().rules().clone();
        rules.payments.internal_fee = fee.parse().unwrap();
        rules.payments.external_fee = fee.parse().unwrap();
        let basis = khata_domain::settings::Basis::try_new("UTC".into(), rules).unwrap();
        self.book.change(&self.context(), basis).await.unwrap();
    }

    pub async fn last_of_account(&self, account: AccountId) -> AccountEvent {
        let events = self.events::<BankAccount>(account).await;
        events.last().unwrap().event::<BankAccount>().unwrap().unwrap().clone()
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

/// To an account by its number at another bank.
pub fn abroad(from_account: AccountId, number: &str, amount: Money) -> NewPayment {
    let external = NewExternal {
        network: Network::VelocityPay,
        iban: None,
        account_number: Some(Text::parse(number).unwrap()),
        name: Text::parse("Maria").unwrap(),
        bic: None,
    };
    NewPayment { to_account: None, external: Some(external), ..transfer(from_account, from_account, amount) }
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
async fn the_fee_is_booked_in_the_same_append_and_has_to_be_there() {
    let world = World::new();
    let [from, to] = world.pair([100, 0]).await;
    world.charging("2.5").await;
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

#[tokio::test]
async fn what_is_set_aside_for_a_payment_is_its_alone_and_it_adopts_nothing_of_others() {
    let world = World::new();
    world.charging("2.5").await;
    let [from, _] = world.pair([1_000, 0]).await;
    let payments = world.payments.clone().reaching(&[Network::VelocityPay]);
    let held = payments.request(&world.context(), abroad(from, "0012345", inr(400))).await.unwrap();
    let AccountEvent::HoldPlaced(placed) = world.last_of_account(from).await else { panic!("no hold") };
    let fee = Money::from_minor(250, "INR".parse().unwrap());
    assert_eq!((placed.payment_id, placed.fee), (Some(held.id), Some(fee)));
    let used = world.stored::<BankAccount>(from).await.daily_limit_used(world.context().today());
    assert_eq!(used, Some(inr(400).into()), "the fee takes no share of the limit");
    let hold_id = held.state.hold_id().unwrap();
    let release = ReleaseHold { hold_id, payment_id: None };
    assert_eq!(refusal_of(world.put::<BankAccount>(from, release).await), "part_of_payment");
    let (details, aml_verdict) = (EntryDetails::default(), None);
    let capture = CaptureHold { hold_id, amount: None, details, aml_verdict };
    assert_eq!(refusal_of(world.put::<BankAccount>(from, capture).await), "part_of_payment");
    payments.cancel(&world.context(), held.id, None).await.unwrap();
    // Somebody has set the same aside under the name that the payment's hold will have.
    let id: PaymentId = "pay_00000000-0000-7000-8000-000000000001".parse().unwrap();
    let (hold_id, amount) = (HoldId::from_uuid(id.uuid()), placed.amount);
    let place = PlaceHold { hold_id, amount, expires_at: None, aml_verdict, payment_id: None, fee: None };
    world.put::<BankAccount>(from, place).await.unwrap();
    let pay = NewPayment { payment_id: Some(id), ..abroad(from, "0012345", inr(400)) };
    assert_eq!(refusal_of(payments.request(&world.context(), pay).await), "hold_already_exists");
}

#[tokio::test]
async fn neither_leg_of_a_payment_is_reversed_and_its_fee_is() {
    let world = World::new();
    world.charging("2.5").await;
    let [from, to] = world.pair([1_000, 0]).await;
    let payment = world.send_money(from, to, inr(400)).await.unwrap().id;
    let mut reversed = 0;
    for account in [from, to] {
        for event in world.events::<BankAccount>(account).await {
            let entry = event.event::<BankAccount>().unwrap().unwrap().entry();
            let Some(entry) = entry.filter(|entry| entry.payment_id == Some(payment)) else { continue };
            let transaction_id = TransactionId::from_uuid(event.event_id);
            let undone =
                world.accounts.reverse(&world.context(), account, transaction_id, "typo".into()).await;
            match entry.kind {
                EntryKind::Fee => assert!(undone.is_ok(), "{undone:?}"),
                _ => assert_eq!(refusal_of(undone), "part_of_payment", "{entry:?}"),
            }
            reversed += 1;
        }
    }
    assert_eq!(reversed, 3);
    assert_eq!((world.holds(from).await, world.holds(to).await), (60_000, 40_000));
}

#[tokio::test]
async fn a_planned_payment_that_no_account_would_take_says_which_one() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    world.close_account(to).await.unwrap();
    let tomorrow = world.context().today().tomorrow().ok();
    let dollars = Money::from_minor(100, "USD".parse().unwrap());
    for (amount, code, account) in [(inr(1), "account_closed", to), (dollars, "currency_mismatch", from)] {
        let planned = NewPayment { scheduled_for: tomorrow, ..transfer(from, to, amount) };
        let outcome = world.payments.request(&world.context(), planned).await;
        let Err(CommandError::Refused { code: told, facts, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!((&*told, &facts["account_id"]), (code, &account.to_string().into()));
    }
}

#[tokio::test]
async fn a_payment_that_is_not_durable_yet_is_not_there() {
    let world = World::new().scoring("0.6");
    let [from, to] = world.pair([1_000, 0]).await;
    world.store.hold();
    let id: PaymentId = "pay_00000000-0000-7000-8000-000000000001".parse().unwrap();
    let ordering = tokio::spawn({
        let (world, pay) = (world.clone(), NewPayment { payment_id: Some(id), ..transfer(from, to, inr(1)) });
        async move { world.payments.request(&world.context(), pay).await }
    });
    while world.store.waiting() < 1 {
        tokio::task::yield_now().await;
    }
    for outcome in [
        world.payments.approve(&world.context(), id, None).await,
        world.payments.cancel(&world.context(), id, None).await,
    ] {
        assert!(
            matches!(&outcome, Err(CommandError::NotFound(name)) if *name == id.to_string()),
            "{outcome:?}"
        );
    }
    world.store.release();
    ordering.await.unwrap().unwrap();
}
