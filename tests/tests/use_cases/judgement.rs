//! How payments are judged: fraud, money laundering, and who may look at them.

use super::payments::{abroad, transfer};
use crate::{World, inr, refusal_of, world::person};
use khata_application::{
    access::{Principal, Role, Roles},
    command::CommandContext,
    customers::NewCustomer,
    payments::NewPayment,
};
use khata_domain::{
    Text,
    accounts::{
        AccountEvent, AmlVerdict, BankAccount,
        account::{Deposit, SetDailyLimit, Withdraw},
        entry::EntryDetails,
    },
    customers::{Customer, customer::Suspend},
    fraud::FraudDecision,
    payments::{Network, Payment, PaymentStatus, payment::Reject},
};
use std::sync::Arc;

#[tokio::test]
async fn a_large_payment_waits_for_somebody_to_look_for_money_laundering() {
    let world = World::new();
    let [from, to] = world.pair([900_000, 0]).await;
    world.put::<BankAccount>(from, SetDailyLimit { limit: inr(900_000) }).await.unwrap();
    let payment = transfer(from, to, inr(200_001));
    let waits = world.payments.request(&world.context(), payment.clone()).await.unwrap();
    assert_eq!(waits.state.status(), PaymentStatus::Screening);
    let screened = waits.state.screening().unwrap();
    assert_eq!(screened.aml_threshold, Some(inr(200_000)));
    let reasons = waits.state.reasons();
    assert!(reasons.last().unwrap().contains("money laundering"), "{reasons:?}");
    // Whoever approves it has looked at that: the entry has the verdict.
    let made = world.payments.approve(&world.context(), waits.id, None).await.unwrap();
    assert_eq!(made.state.status(), PaymentStatus::Completed);
    let approved = async || match world.last_of_account(from).await {
        AccountEvent::MoneyWithdrawn(withdrawn) => withdrawn.aml_verdict,
        other => panic!("{other:?}"),
    };
    assert_eq!((world.holds(to).await, approved().await), (20_000_100, Some(AmlVerdict::Approved)));
    let stated = NewPayment { aml_verdict: Some(AmlVerdict::Approved), ..payment.clone() };
    let answer = world.payments.request(&world.context(), stated).await.unwrap();
    assert_eq!(answer.state.status(), PaymentStatus::Completed);
    assert_eq!(answer.state.request().unwrap().aml_approved, Some(true));
    // Said to be none, it is none, whatever else is to be looked at.
    let rejected = NewPayment { aml_verdict: Some(AmlVerdict::Rejected), ..payment.clone() };
    let refused = world.payments.request(&world.context(), rejected.clone()).await;
    assert_eq!(refusal_of(refused), "compliance_hold");
    let doubtful = world.clone().scoring("0.6");
    let maria = world.stored::<BankAccount>(from).await.opening().unwrap().customer_id;
    world.put::<Customer>(maria, Suspend { reason: Text::parse("papers").unwrap() }).await.unwrap();
    assert_eq!(refusal_of(doubtful.payments.request(&world.context(), rejected).await), "compliance_hold");
}

#[tokio::test]
async fn a_large_payment_to_another_bank_waits_and_is_set_aside_once_it_is_approved() {
    let world = World::new();
    let [from, _] = world.pair([900_000, 0]).await;
    world.put::<BankAccount>(from, SetDailyLimit { limit: inr(900_000) }).await.unwrap();
    let payments = world.payments.clone().reaching(&[Network::VelocityPay]);
    let large = abroad(from, "0012345", inr(200_001));
    let waits = payments.request(&world.context(), large).await.unwrap();
    assert_eq!((waits.state.status(), waits.state.hold_id()), (PaymentStatus::Screening, None));
    let held = payments.approve(&world.context(), waits.id, None).await.unwrap();
    assert_eq!(held.state.status(), PaymentStatus::Held);
}

#[tokio::test]
async fn whoever_ordered_a_payment_or_pays_it_does_not_approve_it() {
    let world = World::new();
    let [from, to] = world.pair([900_000, 0]).await;
    let maria = world.stored::<BankAccount>(from).await.opening().unwrap().customer_id;
    let as_one = |actor: &'static str, customer| {
        let roles = Roles::of(&[Role::Customer, Role::ComplianceOfficer]);
        let principal = Arc::new(Principal { roles, customer, ..Principal::trusted(actor) });
        CommandContext { principal, ..world.context() }
    };
    let doubtful = World { payments: world.clone().scoring("0.6").payments, ..world.clone() };
    world.put::<Customer>(maria, Suspend { reason: Text::parse("papers").unwrap() }).await.unwrap();
    let order = async |context: &CommandContext| {
        let answer = doubtful.payments.request(context, transfer(from, to, inr(10))).await.unwrap();
        assert_eq!(answer.state.status(), PaymentStatus::Screening);
        answer.id
    };
    let clerk = as_one("clerk", None);
    let ordered = order(&clerk).await;
    assert_eq!(refusal_of(doubtful.payments.approve(&clerk, ordered, None).await), "own_payment");
    let payer = as_one("maria", Some(maria));
    assert_eq!(refusal_of(doubtful.payments.approve(&payer, ordered, None).await), "own_payment");
    let other = as_one("another", None);
    let approved = doubtful.payments.approve(&other, ordered, None).await.unwrap();
    assert_eq!(approved.state.status(), PaymentStatus::Completed);
    // Nor is anybody believed about their own money.
    let stated = NewPayment { aml_verdict: Some(AmlVerdict::Approved), ..transfer(from, to, inr(10)) };
    assert_eq!(refusal_of(world.payments.request(&payer, stated).await), "own_payment");
    // Where nobody has to say who they are, one may do all.
    let local = order(&world.context()).await;
    doubtful.payments.approve(&world.context(), local, None).await.unwrap();
}

#[tokio::test]
async fn a_trifle_first_makes_nobody_known() {
    let world = World::new();
    let [from, thief] = world.pair([100_000, 0]).await;
    let known = async |context: &CommandContext, amount| {
        let answer = world.payments.request(context, transfer(from, thief, amount)).await.unwrap();
        answer.state.screening().unwrap().assessment.facts.payee_known
    };
    assert!(!known(&world.context(), inr(1)).await);
    assert!(!known(&world.context(), inr(1_000)).await, "known by a payment of the same day");
    assert!(known(&world.later(1), inr(1)).await);
}

#[tokio::test]
async fn attempts_that_came_to_nothing_count_among_the_days_payments() {
    let world = World::new().scoring("0.9");
    let [from, to] = world.pair([1_000, 0]).await;
    for earlier in 0..3 {
        let answer = world.send_money(from, to, inr(10)).await.unwrap();
        assert_eq!(answer.state.status(), PaymentStatus::RejectedFraud);
        assert_eq!(answer.state.screening().unwrap().assessment.facts.earlier_today, earlier);
    }
    assert!(matches!(world.last_of_account(from).await, AccountEvent::PaymentAttemptNoted(_)));
}

#[tokio::test]
async fn a_payment_that_runs_on_its_day_is_not_made_at_night() {
    let world = World::new();
    let [from, to] = world.pair([1_000, 0]).await;
    let tomorrow = world.context().today().tomorrow().unwrap();
    let planned = NewPayment { scheduled_for: Some(tomorrow), ..transfer(from, to, inr(400)) };
    let planned = world.payments.request(&world.context(), planned).await.unwrap().id;
    let five_past = CommandContext { now: "2026-01-06T00:05:00Z".parse().unwrap(), ..world.context() };
    let hour = |payment: &Payment| payment.screening().unwrap().assessment.facts.hour;
    assert_eq!(hour(&world.make_scheduled(&five_past, planned).await.unwrap().0), None);
    let at_once = transfer(from, to, inr(1));
    assert_eq!(hour(&world.payments.request(&five_past, at_once).await.unwrap().state), Some(0));
}

#[tokio::test]
async fn what_the_accounts_would_refuse_with_the_fee_is_refused_before_fraud_is_told() {
    let world = World::new().scoring("0.9");
    let [from, to] = world.pair([100, 0]).await;
    world.charging("2.5").await;
    let before = world.head().await;
    assert_eq!(refusal_of(world.send_money(from, to, inr(98)).await), "insufficient_funds");
    assert_eq!(world.head().await, before);
    let answer = world.send_money(from, to, inr(97)).await.unwrap();
    assert_eq!(answer.state.status(), PaymentStatus::RejectedFraud);
}

#[tokio::test]
async fn what_is_looked_at_on_its_day_stays_as_it_is_when_it_is_run_again() {
    let world = World::new().scoring("0.9");
    let [from, to] = world.pair([1_000, 0]).await;
    let tomorrow = world.context().today().tomorrow().unwrap();
    let planned = NewPayment { scheduled_for: Some(tomorrow), ..transfer(from, to, inr(400)) };
    let planned = world.payments.request(&world.context(), planned).await.unwrap().id;
    for _ in 0..2 {
        let (payment, version) = world.make_scheduled(&world.later(1), planned).await.unwrap();
        assert_eq!((payment.status(), version), (PaymentStatus::RejectedFraud, 2));
    }
}

#[tokio::test]
async fn what_looks_like_fraud_is_recorded_and_moves_no_money() {
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
        judge: khata_domain::customers::customer::KycJudge::Person,
        reasons: vec![],
    };
    world.put::<Customer>(anna, verdict).await.unwrap();
    let [other, to] = world.pair([0, 0]).await;
    let from = world.account(anna, 100_000).await;
    for _ in 0..4 {
        world.send_money(from, to, inr(100)).await.unwrap();
    }
    let next_day = world.later(1);
    for _ in 0..4 {
        world.payments.request(&next_day, transfer(from, to, inr(100))).await.unwrap();
    }
    let usual = world.payments.request(&next_day, transfer(from, to, inr(100))).await.unwrap();
    let screened = usual.state.screening().unwrap().clone();
    let facts = &screened.assessment.facts;
    assert_eq!(
        facts.usual.map(|usual| (usual.count, usual.mean_minor, usual.deviation_minor)),
        Some((8, 10_000, 0))
    );
    assert!(facts.payee_known && facts.identity_verified);
    assert_eq!((facts.earlier_today, facts.hour, facts.city_tier), (4, Some(12), Some(3)));
    assert_eq!(screened.assessment.score.to_string(), "0.05");
    // Far more than ever, to somebody new, a round amount.
    let unusual = world.payments.request(&next_day, transfer(from, other, inr(50_000))).await.unwrap();
    let screened = unusual.state.screening().unwrap();
    assert_eq!(screened.assessment.score.to_string(), "0.65");
    assert_eq!(screened.assessment.reasons.len(), 4);
    assert_eq!(unusual.state.status(), PaymentStatus::Completed, "the identity is verified");
    let deposit = Deposit { amount: inr(10), details: EntryDetails::default() };
    world.put::<BankAccount>(from, deposit).await.unwrap();
    let at_night = CommandContext { now: "2026-01-07T03:00:00Z".parse().unwrap(), ..world.context() };
    let last = world.payments.request(&at_night, transfer(from, other, inr(49_000))).await.unwrap();
    assert_eq!(last.state.screening().unwrap().assessment.facts.earlier_today, 0, "another day");
}
