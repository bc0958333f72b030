//! The payment's rules, as given/when/then: what happens in the house here, what lies at a gateway beside.

mod gateway;
mod properties;

use super::*;
use crate::{
    DecisionContext, Money, Rules, Text,
    fraud::{Assessment, FraudDecision, FraudFacts, PaymentBands},
    ids::{AccountId, CustomerId, HoldId, TypedId},
    payments::{ExternalPayee, Network},
    testing::{Given, TODAY, decided_on, given},
};
use jiff::civil::Date;
use uuid::Uuid;

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn another_bank() -> Payee {
    let named = (None, Some(text("0012345")));
    Payee::External(ExternalPayee::parse(Network::VelocityPay, named, text("Maria"), None).unwrap())
}

fn order(payee: Payee) -> Request {
    Request {
        from_account: account(1),
        from_customer: CustomerId::from_uuid(Uuid::from_u128(1)),
        payee,
        amount: inr(50_000),
        fee: inr(500),
        reference: Some(text("rent")),
        scheduled_for: None,
        days_ahead: 366,
        aml_approved: None,
        standing_order: None,
    }
}

fn requested(payee: Payee, scheduled_for: Option<Date>) -> PaymentEvent {
    let Request { from_account, from_customer, payee, amount, fee, reference, .. } = order(payee);
    PaymentRequested {
        from_account,
        from_customer,
        payee,
        amount,
        fee,
        reference,
        scheduled_for,
        aml_approved: None,
        standing_order: None,
        requested_by: "local".into(),
        business_date: TODAY,
    }
    .into()
}

fn internal(past: impl IntoIterator<Item = PaymentEvent>) -> Given<Payment> {
    given(std::iter::once(requested(Payee::Account(account(2)), None)).chain(past))
}

fn assessed(score: &str, identity_verified: bool) -> Assessment {
    Assessment {
        score: score.parse().unwrap(),
        scorer: text("rules"),
        scorer_version: 1,
        reasons: vec![text("the payee is new")],
        facts: FraudFacts {
            amount: inr(50_000),
            usual: None,
            payee_known: false,
            earlier_today: 0,
            hour: Some(12),
            city_tier: None,
            identity_verified,
        },
    }
}

fn screen(score: &str) -> Screen {
    let (assessment, bands) = (assessed(score, false), PaymentBands::default());
    Screen { assessment, bands, aml_threshold: inr(i64::MAX) }
}

fn screened(score: &str, decision: FraudDecision) -> PaymentEvent {
    let (assessment, bands) = (assessed(score, false), PaymentBands::default());
    let screened_at = decided_on(TODAY).now;
    let aml_threshold = Some(inr(i64::MAX));
    FraudScreened { assessment, bands, decision, screened_at, aml_threshold }.into()
}

fn cleared() -> PaymentEvent {
    screened("0.1", FraudDecision::Approved)
}

fn in_review() -> PaymentEvent {
    screened("0.6", FraudDecision::Review)
}

fn completed() -> PaymentEvent {
    PaymentCompleted { business_date: TODAY, gateway_reference: None, learned_by: None, network: None }.into()
}

fn approved() -> PaymentEvent {
    PaymentApproved { approved_by: "local".into(), reason: None }.into()
}

fn rejected() -> PaymentEvent {
    PaymentRejected { rejected_by: "local".into(), reason: text("a mule's account") }.into()
}

fn cancelled() -> PaymentEvent {
    PaymentCancelled { cancelled_by: "local".into(), reason: Some(text("typo")) }.into()
}

fn cancel() -> Cancel {
    Cancel { reason: Some(text("typo")) }
}

#[test]
fn an_order_names_everything_that_was_decided_by() {
    let state = given::<Payment>([])
        .when(order(Payee::Account(account(2))))
        .then([requested(Payee::Account(account(2)), None)]);
    assert_eq!((state.status(), state.kind()), (PaymentStatus::Requested, Some(PaymentKind::Internal)));
    let state = given::<Payment>([]).when(order(another_bank())).then([requested(another_bank(), None)]);
    assert_eq!(state.kind(), Some(PaymentKind::External));
    assert_eq!(state.owner(), Some(CustomerId::from_uuid(Uuid::from_u128(1))));
}

#[test]
fn what_cannot_be_paid_is_not_ordered() {
    let order = || order(Payee::Account(account(2)));
    internal([]).when(order()).then_refused(PaymentError::PaymentAlreadyRequested);
    for minor in [0, -1] {
        let refused = PaymentError::AmountNotPositive { amount: inr(minor) };
        given::<Payment>([]).when(Request { amount: inr(minor), ..order() }).then_refused(refused);
    }
    given::<Payment>([])
        .when(Request { amount: inr(i64::MAX), ..order() })
        .then_refused(PaymentError::AmountOutOfRange);
    given::<Payment>([])
        .when(Request { payee: Payee::Account(account(1)), ..order() })
        .then_refused(PaymentError::SameAccount { account_id: account(1) });
}

#[test]
fn a_payment_is_ordered_for_today_or_a_day_not_too_far_ahead() {
    let on = |day: i32| TODAY.saturating_add(jiff::Span::new().days(day));
    let order = |day| Request { scheduled_for: Some(on(day)), ..order(Payee::Account(account(2))) };
    let payee = || Payee::Account(account(2));
    given::<Payment>([]).when(order(1)).then([requested(payee(), Some(on(1)))]);
    given::<Payment>([]).when(order(366)).then([requested(payee(), Some(on(366)))]);
    given::<Payment>([]).when(order(0)).then([requested(payee(), None)]);
    let past = PaymentError::ScheduledInPast { scheduled_for: on(-1), today: TODAY };
    given::<Payment>([]).when(order(-1)).then_refused(past);
    let far = PaymentError::ScheduledTooFarAhead { scheduled_for: on(367), latest: on(366) };
    given::<Payment>([]).when(order(367)).then_refused(far);
}

#[test]
fn a_payment_for_a_later_day_waits_for_it() {
    let tomorrow = TODAY.tomorrow().unwrap();
    let waiting = || given::<Payment>([requested(Payee::Account(account(2)), Some(tomorrow))]);
    let not_due = PaymentError::PaymentNotDue { scheduled_for: tomorrow, today: TODAY };
    waiting().when(screen("0.1")).then_refused(not_due);
    let state = waiting().at(decided_on(tomorrow)).when(screen("0.1")).result();
    assert!(state.is_ok_and(|events| events.len() == 1));
    waiting().when(cancel()).then([cancelled()]);
}

#[test]
fn the_score_decides_and_is_kept_with_all_that_it_rests_on() {
    for (score, decision, status) in [
        ("0.4999", FraudDecision::Approved, PaymentStatus::Requested),
        ("0.5", FraudDecision::Review, PaymentStatus::Screening),
        ("0.7", FraudDecision::Rejected, PaymentStatus::RejectedFraud),
    ] {
        let state = internal([]).when(screen(score)).then([screened(score, decision)]);
        assert_eq!(state.status(), status, "{score}");
        assert_eq!(state.is_cleared(), decision == FraudDecision::Approved, "{score}");
    }
    internal([cleared()]).when(screen("0.9")).then_nothing();
    let conflict = PaymentError::PaymentStatusConflict { status: PaymentStatus::RejectedFraud };
    internal([screened("0.8", FraudDecision::Rejected)]).when(screen("0.1")).then_refused(conflict);
}

#[test]
fn a_verified_identity_lets_a_doubtful_payment_pass_and_no_other() {
    let screen = |score| Screen { assessment: assessed(score, true), ..screen(score) };
    let passed = |score| {
        let events = internal([]).when(screen(score)).result().unwrap();
        let [PaymentEvent::FraudScreened(screened)] = &events[..] else { unreachable!() };
        screened.decision
    };
    assert_eq!([passed("0.6"), passed("0.7")], [FraudDecision::Approved, FraudDecision::Rejected]);
}

#[test]
fn a_large_payment_is_looked_at_for_money_laundering_whatever_its_score() {
    let decided = |aml_approved, score, threshold| {
        let order = Request { aml_approved, ..order(Payee::Account(account(2))) };
        let ordered = given::<Payment>([]).when(order).result().unwrap();
        let screen = Screen { aml_threshold: inr(threshold), ..screen(score) };
        let screened = given::<Payment>(ordered.clone()).when(screen).result().unwrap();
        let payment = given::<Payment>(ordered.into_iter().chain(screened)).state();
        let screened = payment.screening().unwrap();
        assert_eq!(screened.aml_threshold, Some(inr(threshold)));
        (screened.decision, payment.reasons().len())
    };
    assert_eq!(decided(None, "0.1", 49_999), (FraudDecision::Review, 2));
    assert_eq!(decided(None, "0.6", 49_999), (FraudDecision::Review, 2));
    assert_eq!(decided(None, "0.8", 49_999), (FraudDecision::Rejected, 2));
    assert_eq!(decided(None, "0.1", 50_000), (FraudDecision::Approved, 1));
    assert_eq!(decided(Some(true), "0.1", 49_999), (FraudDecision::Approved, 1));
}

#[test]
fn whoever_ordered_a_payment_or_pays_it_does_not_approve_it() {
    let by = |actor, customer: u128| {
        let reviewer = Some(Reviewer { customer: Some(CustomerId::from_uuid(Uuid::from_u128(customer))) });
        internal([in_review()])
            .at(DecisionContext { actor, ..decided_on(TODAY) })
            .when(Approve { reason: None, reviewer })
            .result()
    };
    assert_eq!(by("local", 2), Err(PaymentError::OwnPayment), "ordered by this name");
    assert_eq!(by("maria", 1), Err(PaymentError::OwnPayment), "paid by this customer");
    assert!(by("maria", 2).is_ok());
    internal([in_review()]).when(Approve { reason: None, reviewer: None }).then([approved()]);
}

#[test]
fn nothing_is_completed_before_it_is_cleared_and_nothing_twice() {
    let conflict = |status| PaymentError::PaymentStatusConflict { status };
    internal([cleared()]).when(Complete {}).then([completed()]);
    internal([]).when(Complete {}).then_refused(conflict(PaymentStatus::Requested));
    internal([in_review()]).when(Complete {}).then_refused(conflict(PaymentStatus::Screening));
    internal([in_review(), approved()]).when(Complete {}).then([completed()]);
    let twice = internal([cleared(), completed()]).when(Complete {});
    twice.then_refused(conflict(PaymentStatus::Completed));
    given::<Payment>([requested(another_bank(), None), cleared()])
        .when(Complete {})
        .then_refused(PaymentError::PaymentIsExternal);
    given::<Payment>([]).when(Complete {}).then_refused(PaymentError::PaymentNotRequested);
}

#[test]
fn whoever_looks_at_a_payment_approves_or_rejects_it_once() {
    let approve = || Approve { reason: None, reviewer: None };
    let reject = || Reject { reason: text("a mule's account") };
    internal([in_review()]).when(approve()).then([approved()]);
    let state = internal([in_review()]).when(reject()).then([rejected()]);
    assert_eq!(state.status(), PaymentStatus::RejectedFraud);
    internal([in_review(), approved()]).when(approve()).then_nothing();
    internal([in_review(), rejected()]).when(reject()).then_nothing();
    let not_in_review = |status| PaymentError::PaymentNotInReview { status };
    internal([in_review(), rejected()])
        .when(approve())
        .then_refused(not_in_review(PaymentStatus::RejectedFraud));
    internal([in_review(), approved(), completed()])
        .when(reject())
        .then_refused(not_in_review(PaymentStatus::Completed));
    internal([cleared()]).when(approve()).then_refused(not_in_review(PaymentStatus::Requested));
}

#[test]
fn a_payment_is_cancelled_until_it_is_made() {
    internal([]).when(cancel()).then([cancelled()]);
    internal([in_review()]).when(cancel()).then([cancelled()]);
    internal([cancelled()]).when(cancel()).then_nothing();
    for (past, status) in [
        (vec![cleared(), completed()], PaymentStatus::Completed),
        (vec![screened("0.9", FraudDecision::Rejected)], PaymentStatus::RejectedFraud),
    ] {
        internal(past).when(cancel()).then_refused(PaymentError::PaymentNotCancellable { status });
    }
    let conflict = PaymentError::PaymentStatusConflict { status: PaymentStatus::Cancelled };
    internal([cancelled()]).when(screen("0.1")).then_refused(conflict);
}

#[test]
fn what_an_account_refuses_on_its_day_is_given_up() {
    let fail = || Fail {
        ground: Ground::NotExecuted,
        code: text("insufficient_funds"),
        reason: text("500 is more than the available 3"),
    };
    let failed: PaymentEvent = PaymentFailed {
        ground: FailureGround::NotExecuted,
        code: text("insufficient_funds"),
        reason: text("500 is more than the available 3"),
        learned_by: None,
        gateway: None,
    }
    .into();
    internal([]).when(fail()).then([failed.clone()]);
    internal([failed]).when(fail()).then_nothing();
    let conflict = PaymentError::PaymentStatusConflict { status: PaymentStatus::Completed };
    internal([cleared(), completed()]).when(fail()).then_refused(conflict);
}
