//! One of each event of credit cards.

use crate::contract::{Sample, bare, customer::customer_id, full};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Money, Percent, Text,
    cards::{
        Allocation, CardEvent, CardTerms, CardType, DeclineReason, FraudVerdict, PurchaseChannel, Request,
        card::{
            AuthorizationCleared, AuthorizationExpired, AuthorizationVoided, CardActivated, CardBlocked,
            CardClosed, CardCreditPaidOut, CardFeeCharged, CardInterestCharged, CardIssued, CardLimitChanged,
            CardPaymentReceived, CardUnblocked, DisputeOpened, DisputeOutcome, DisputeResolved,
            FraudConfirmed, RewardPointsEarned, RewardPointsRedeemed, StatementClosed, TransactionAuthorized,
            TransactionCaptured, TransactionDeclined, TransactionRefunded,
        },
    },
    fraud::{Assessment, CardBands, CardScreening, FraudDecision, FraudFacts},
    habits::Usual,
    ids::{AccountId, AccountTransaction, AuthorizationId, DisputeId, TransactionId, TypedId},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use uuid::Uuid;

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

fn some(minor: i64) -> Option<Money> {
    Some(inr(minor))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn expiry() -> Timestamp {
    "2026-01-12T12:00:00.123456Z".parse().unwrap()
}

fn auth(number: u128) -> AuthorizationId {
    AuthorizationId::from_uuid(Uuid::from_u128(number))
}

fn dispute_id(number: u128) -> DisputeId {
    DisputeId::from_uuid(Uuid::from_u128(number))
}

fn transaction_id() -> TransactionId {
    TransactionId::from_uuid(Uuid::from_u128(9))
}

fn request() -> Request {
    Request {
        amount: inr(250_000),
        merchant_id: text("MID-4711"),
        category: text("grocery"),
        channel: PurchaseChannel::Online,
        fraud_verdict: FraudVerdict::Review,
    }
}

fn all_parts() -> Allocation {
    Allocation { cash: some(1_000), purchases: some(2_000), charges: some(3_000), credit: some(4_000) }
}

fn issued() -> CardIssued {
    CardIssued {
        customer_id: customer_id(),
        card_type: Some(CardType::Gold),
        limit: inr(10_000_000),
        limit_is_synthetic: true,
        terms: CardTerms {
            purchase_rate: Percent::from_basis_points(1999),
            cash_rate: Percent::from_basis_points(2499),
            minimum_due_rate: Percent::from_basis_points(100),
            minimum_due_floor: inr(2_500),
            payment_window_days: 20,
            authorization_lifetime_days: 7,
            dispute_window_days: 120,
            daily_online_limit: inr(10_000_000),
            points_per_hundred: 1,
            points_multipliers: BTreeMap::from([(text("grocery"), number("2.5"))]),
        },
        business_date: day("2026-01-02"),
    }
}

fn bare_issued() -> CardIssued {
    let terms = CardTerms { points_multipliers: BTreeMap::new(), ..issued().terms };
    CardIssued { card_type: None, limit_is_synthetic: false, terms, ..issued() }
}

fn authorized(number: u128) -> TransactionAuthorized {
    TransactionAuthorized {
        authorization_id: auth(number),
        request: request(),
        expires_at: expiry(),
        business_date: day("2026-01-05"),
        fraud: None,
    }
}

/// What was found by those who judge, as the second shape tells it.
fn screened(decision: FraudDecision) -> Option<Box<CardScreening>> {
    let facts = FraudFacts {
        amount: inr(250_000),
        usual: Some(Usual { count: 3, mean_minor: 50_000, deviation_minor: 12_345 }),
        payee_known: false,
        earlier_today: 7,
        hour: Some(3),
        city_tier: Some(3),
        identity_verified: true,
    };
    let assessment = Assessment {
        score: "0.6333".parse().unwrap(),
        scorer: text("rules"),
        scorer_version: 1,
        reasons: vec![text("at 3 o'clock at night")],
        facts,
    };
    Some(Box::new(CardScreening { assessment, bands: CardBands::default(), decision }))
}

/// A sample of an event in its second shape.
fn second(label: &'static str, event: CardEvent) -> Sample<CardEvent> {
    Sample { version: 2, label, event }
}

fn declined() -> TransactionDeclined {
    TransactionDeclined {
        authorization_id: auth(2),
        request: request(),
        reason: DeclineReason::DailyOnlineLimitExceeded,
        available: inr(9_000_000),
        online_remaining: some(200_000),
        business_date: day("2026-01-05"),
        fraud: None,
        requested_by: None,
    }
}

/// One that somebody has to look at.
fn looked_at() -> TransactionDeclined {
    TransactionDeclined {
        authorization_id: auth(5),
        reason: DeclineReason::ManualReview,
        fraud: screened(FraudDecision::Review),
        requested_by: Some("pos-4711".into()),
        ..declined()
    }
}

fn cleared() -> AuthorizationCleared {
    AuthorizationCleared {
        authorization_id: auth(5),
        cleared_by: "m.okafor".into(),
        reason: text("the cardholder was called"),
        expires_at: expiry(),
    }
}

fn bare_declined() -> TransactionDeclined {
    let request =
        Request { channel: PurchaseChannel::Atm, fraud_verdict: FraudVerdict::Suspected, ..request() };
    TransactionDeclined {
        request,
        reason: DeclineReason::SuspectedFraud,
        online_remaining: None,
        ..declined()
    }
}

fn captured(number: u128) -> TransactionCaptured {
    TransactionCaptured {
        authorization_id: auth(number),
        amount: inr(240_000),
        authorized: inr(250_000),
        merchant_id: text("MID-4711"),
        category: text("grocery"),
        channel: PurchaseChannel::Online,
        allocation: Allocation { purchases: some(236_000), credit: some(4_000), ..Allocation::default() },
        points_rate: Decimal::new(25, 3),
        business_date: day("2026-01-06"),
    }
}

fn refunded() -> TransactionRefunded {
    TransactionRefunded {
        amount: inr(10_000),
        merchant_id: text("MID-4711"),
        reason: text("one \"broken\" egg"),
        allocation: all_parts(),
        reward: number("2.5"),
        points: 2,
        business_date: day("2026-01-07"),
    }
}

fn paid() -> CardPaymentReceived {
    CardPaymentReceived {
        amount: inr(10_000),
        minimum_remaining: inr(3_000),
        allocation: all_parts(),
        account_transaction: Some(account_transaction(81)),
        business_date: day("2026-01-08"),
    }
}

/// A payment of before it could tell where it came from.
fn paid_before() -> CardPaymentReceived {
    CardPaymentReceived { account_transaction: None, ..paid() }
}

fn paid_out() -> CardCreditPaidOut {
    CardCreditPaidOut {
        amount: inr(700),
        allocation: Allocation { credit: Some(inr(700)), ..Allocation::default() },
        account_transaction: Some(account_transaction(82)),
        business_date: day("2026-02-12"),
    }
}

fn account_transaction(number: u128) -> AccountTransaction {
    AccountTransaction {
        account_id: AccountId::from_uuid(Uuid::from_u128(5)),
        transaction_id: TransactionId::from_uuid(Uuid::from_u128(number)),
    }
}

fn statement() -> StatementClosed {
    StatementClosed {
        closing_date: day("2026-01-31"),
        due_date: day("2026-02-20"),
        closing_balance: inr(304_998),
        principal: inr(300_000),
        charges: inr(4_998),
        minimum_due: inr(7_998),
        interest: inr(4_998),
        fees: inr(0),
    }
}

fn interest() -> CardInterestCharged {
    CardInterestCharged {
        date: day("2026-01-31"),
        purchases: inr(300_000),
        purchase_rate: Percent::from_basis_points(1999),
        purchases_exempt: false,
        cash: inr(0),
        cash_rate: Percent::from_basis_points(2499),
        accrued: number("49.975"),
        amount: inr(4_998),
        allocation: Allocation { charges: some(4_998), ..Allocation::default() },
    }
}

fn disputed(number: u128) -> DisputeOpened {
    DisputeOpened {
        dispute_id: dispute_id(number),
        transaction_id: transaction_id(),
        authorization_id: auth(1),
        amount: inr(230_000),
        reason: text("never bought that"),
        business_date: day("2026-02-10"),
    }
}

fn resolved() -> DisputeResolved {
    DisputeResolved {
        dispute_id: dispute_id(1),
        transaction_id: transaction_id(),
        outcome: DisputeOutcome::Cardholder,
        credited: inr(10_000),
        allocation: all_parts(),
        reward: number("2.5"),
        points: 3,
        business_date: day("2026-02-25"),
    }
}

fn fee() -> CardFeeCharged {
    let allocation = Allocation { charges: some(50_000), ..Allocation::default() };
    CardFeeCharged {
        amount: inr(50_000),
        reason: text("yearly"),
        allocation,
        business_date: day("2026-02-09"),
    }
}

fn blocked() -> CardBlocked {
    CardBlocked { reason: text("reported lost") }
}

pub(super) fn samples() -> Vec<Sample<CardEvent>> {
    let (authorization_id, amount) = (auth(3), inr(250_000));
    vec![
        full(CardEvent::CardIssued(Box::new(issued()))),
        bare(CardEvent::CardIssued(Box::new(bare_issued()))),
        full(CardEvent::CardActivated(CardActivated { business_date: day("2026-01-03") })),
        full(CardEvent::TransactionAuthorized(authorized(1))),
        second(
            "",
            TransactionAuthorized { fraud: screened(FraudDecision::Approved), ..authorized(1) }.into(),
        ),
        second(".bare", authorized(1).into()),
        second("", TransactionDeclined { fraud: screened(FraudDecision::Review), ..declined() }.into()),
        second(".bare", bare_declined().into()),
        second(".looked_at", looked_at().into()),
        full(CardEvent::AuthorizationCleared(cleared())),
        full(CardEvent::FraudConfirmed(FraudConfirmed {
            authorization_id: auth(5),
            confirmed_by: "m.okafor".into(),
            reason: text("the cardholder knows nothing of it"),
        })),
        full(CardEvent::TransactionDeclined(declined())),
        bare(CardEvent::TransactionDeclined(bare_declined())),
        full(CardEvent::TransactionCaptured(captured(1))),
        full(CardEvent::AuthorizationVoided(AuthorizationVoided { authorization_id, amount })),
        full(CardEvent::AuthorizationExpired(AuthorizationExpired {
            authorization_id,
            amount,
            expires_at: expiry(),
        })),
        full(CardEvent::TransactionRefunded(refunded())),
        full(CardEvent::CardPaymentReceived(paid_before())),
        Sample { version: 2, label: "", event: CardEvent::CardPaymentReceived(paid()) },
        Sample { version: 2, label: ".bare", event: CardEvent::CardPaymentReceived(paid_before()) },
        full(CardEvent::CardCreditPaidOut(paid_out())),
        bare(CardEvent::CardCreditPaidOut(CardCreditPaidOut { account_transaction: None, ..paid_out() })),
        full(CardEvent::StatementClosed(statement())),
        full(CardEvent::CardInterestCharged(interest())),
        bare(CardEvent::CardInterestCharged(CardInterestCharged {
            purchases_exempt: true,
            accrued: Decimal::ZERO,
            amount: inr(0),
            allocation: Allocation::default(),
            ..interest()
        })),
        full(CardEvent::CardFeeCharged(fee())),
        full(CardEvent::RewardPointsEarned(RewardPointsEarned { authorization_id: auth(1), points: 60 })),
        full(CardEvent::RewardPointsRedeemed(RewardPointsRedeemed {
            points: 50,
            business_date: day("2026-02-11"),
        })),
        full(CardEvent::CardLimitChanged(CardLimitChanged {
            previous: inr(10_000_000),
            limit: inr(20_000_000),
        })),
        full(CardEvent::CardBlocked(blocked())),
        full(CardEvent::CardUnblocked(CardUnblocked {})),
        full(CardEvent::DisputeOpened(disputed(1))),
        full(CardEvent::DisputeResolved(resolved())),
        full(CardEvent::CardClosed(CardClosed { reason: Some(text("moved abroad")), lapsed_points: -3 })),
        bare(CardEvent::CardClosed(CardClosed { reason: None, lapsed_points: 0 })),
    ]
}

/// A past that leaves something in every field of the state.
pub(super) fn past() -> Vec<CardEvent> {
    vec![
        CardEvent::CardIssued(Box::new(issued())),
        CardEvent::CardActivated(CardActivated { business_date: day("2026-01-03") }),
        CardEvent::TransactionAuthorized(authorized(1)),
        CardEvent::TransactionDeclined(declined()),
        CardEvent::TransactionDeclined(looked_at()),
        CardEvent::AuthorizationCleared(cleared()),
        CardEvent::TransactionCaptured(captured(1)),
        CardEvent::RewardPointsEarned(RewardPointsEarned { authorization_id: auth(1), points: 59 }),
        CardEvent::TransactionRefunded(refunded()),
        CardEvent::CardPaymentReceived(paid()),
        CardEvent::CardInterestCharged(interest()),
        CardEvent::StatementClosed(statement()),
        CardEvent::CardFeeCharged(fee()),
        CardEvent::DisputeOpened(disputed(1)),
        CardEvent::DisputeResolved(resolved()),
        CardEvent::DisputeOpened(disputed(2)),
        CardEvent::TransactionAuthorized(authorized(4)),
        CardEvent::CardBlocked(blocked()),
    ]
}
