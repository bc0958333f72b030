//! Tests of the folds, without a store: events in, rows out.

mod reviews;

use super::*;
use crate::{
    Part, Projection, RowChanges, Value,
    cell::Json,
    query::{Comparison, Filter},
    testing::Log,
};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use khata_domain::{
    Money, Text,
    cards::{
        Allocation, CardEvent, CardProduct, CardType, CreditCard, DeclineReason, FraudVerdict, Parts,
        PurchaseChannel, Request,
        card::{
            AuthorizationExpired, AuthorizationVoided, CardActivated, CardBlocked, CardClosed,
            CardFeeCharged, CardIssued, CardLimitChanged, CardPaymentReceived, CardUnblocked, DisputeOpened,
            DisputeOutcome, DisputeResolved, RewardPointsEarned, RewardPointsRedeemed, StatementClosed,
            TransactionAuthorized, TransactionCaptured, TransactionDeclined, TransactionRefunded,
        },
    },
    ids::{AuthorizationId, CardId, CustomerId, DisputeId, TransactionId, TypedId},
};
use rust_decimal::Decimal;
use uuid::Uuid;

const DAY: Date = date(2026, 1, 1);

fn inr(major: &str) -> Money {
    Money::parse(major, "INR".parse().unwrap()).unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn card_id() -> CardId {
    CardId::from_uuid(Uuid::from_u128(1))
}

fn auth(name: &str) -> AuthorizationId {
    name.parse().unwrap()
}

fn log(events: impl IntoIterator<Item = CardEvent>) -> Log {
    events.into_iter().fold(Log::default(), |log, event| log.with::<CreditCard>(card_id(), event))
}

fn card(events: impl IntoIterator<Item = CardEvent>) -> CardRow {
    log([issued()].into_iter().chain(events)).rows::<_, CardRow>(&Cards).remove(0)
}

fn issued() -> CardEvent {
    CardEvent::CardIssued(Box::new(CardIssued {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(7)),
        card_type: Some(CardType::Gold),
        limit: inr("1000"),
        limit_is_synthetic: false,
        terms: CardProduct::default().terms("INR".parse().unwrap()).unwrap(),
        business_date: DAY,
    }))
}

fn activated() -> CardEvent {
    CardEvent::CardActivated(CardActivated { business_date: DAY })
}

fn request(amount: &str) -> Request {
    Request {
        amount: inr(amount),
        merchant_id: text("m-1"),
        category: text("fuel"),
        channel: PurchaseChannel::Pos,
        fraud_verdict: FraudVerdict::Review,
    }
}

fn authorized(name: &str, amount: &str, expires_at: Timestamp) -> CardEvent {
    let (authorization_id, request) = (auth(name), request(amount));
    CardEvent::TransactionAuthorized(TransactionAuthorized {
        authorization_id,
        request,
        expires_at,
        business_date: DAY,
        fraud: None,
    })
}

fn parts(purchases: &str, credit: &str) -> Allocation {
    let some = |major: &str| Some(inr(major)).filter(|money| money.is_positive());
    Allocation { purchases: some(purchases), credit: some(credit), ..Allocation::default() }
}

fn captured(name: &str, amount: &str) -> CardEvent {
    CardEvent::TransactionCaptured(TransactionCaptured {
        authorization_id: auth(name),
        amount: inr(amount),
        authorized: inr("300"),
        merchant_id: text("m-1"),
        category: text("fuel"),
        channel: PurchaseChannel::Pos,
        allocation: parts(amount, "0"),
        points_rate: Decimal::new(1, 2),
        business_date: DAY,
    })
}

fn paid(amount: &str, purchases: &str, credit: &str) -> CardEvent {
    let allocation = parts(purchases, credit);
    CardEvent::CardPaymentReceived(CardPaymentReceived {
        amount: inr(amount),
        minimum_remaining: inr("0"),
        allocation,
        account_transaction: None,
        business_date: DAY,
    })
}

fn statement() -> CardEvent {
    CardEvent::StatementClosed(StatementClosed {
        closing_date: date(2026, 1, 31),
        due_date: date(2026, 2, 20),
        closing_balance: inr("210"),
        principal: inr("200"),
        charges: inr("10"),
        minimum_due: inr("25"),
        interest: inr("4"),
        fees: inr("6"),
    })
}

fn disputed() -> CardEvent {
    CardEvent::DisputeOpened(DisputeOpened {
        dispute_id: DisputeId::from_uuid(Uuid::from_u128(5)),
        transaction_id: TransactionId::from_uuid(Uuid::from_u128(4)),
        authorization_id: auth("a"),
        amount: inr("200"),
        reason: text("no"),
        business_date: DAY,
    })
}

fn resolved() -> CardEvent {
    CardEvent::DisputeResolved(DisputeResolved {
        dispute_id: DisputeId::from_uuid(Uuid::from_u128(5)),
        transaction_id: TransactionId::from_uuid(Uuid::from_u128(4)),
        outcome: DisputeOutcome::Cardholder,
        credited: inr("200"),
        allocation: parts("150", "50"),
        reward: Decimal::TWO,
        points: 2,
        business_date: DAY,
    })
}

#[test]
fn an_issued_card_shows_its_terms() {
    let expected = CardRow {
        card_id: card_id().to_string(),
        customer_id: CustomerId::from_uuid(Uuid::from_u128(7)).to_string(),
        card_type: Some("gold".into()),
        status: "issued".into(),
        block_reason: None,
        currency: "INR".parse().unwrap(),
        limit_minor: 100_000,
        outstanding_minor: 0,
        cash_minor: 0,
        purchases_minor: 0,
        charges_minor: 0,
        credit_minor: 0,
        reward_points: 0,
        authorizations: Json(vec![]),
        disputes: Json(vec![]),
        last_statement: None,
        issued_on: DAY,
        issued_at: Log::instant(1),
        version: 1,
        updated_at: Log::instant(1),
    };
    assert_eq!(card([]), expected);
    assert!(log([activated()]).rows::<_, CardRow>(&Cards).is_empty(), "a card that is not issued has no row");
}

#[test]
fn entries_move_what_is_outstanding_and_its_parts() {
    let fee = CardFeeCharged {
        amount: inr("5"),
        reason: text("yearly"),
        allocation: Allocation { charges: Some(inr("5")), ..Allocation::default() },
        business_date: DAY,
    };
    let row = card([captured("a", "200"), CardEvent::CardFeeCharged(fee), paid("250", "200", "50")]);
    assert_eq!(row.outstanding_minor, -4_500);
    assert_eq!(row.balances(), Parts { charges: 500, credit: 5_000, ..Parts::default() });
    assert_eq!(row.available_minor(Log::instant(9)), 104_500);
}

#[test]
fn authorisations_count_until_they_end_or_run_out() {
    let expiry = Log::instant(100);
    let open = || ["a", "b", "c", "d"].map(|name| authorized(name, "100", expiry));
    let row = card(open());
    assert_eq!((row.available_minor(Log::instant(99)), row.available_minor(expiry)), (60_000, 100_000));
    let (authorization_id, amount) = (auth("b"), inr("100"));
    let ends = [
        captured("a", "100"),
        CardEvent::AuthorizationVoided(AuthorizationVoided { authorization_id, amount }),
        CardEvent::AuthorizationExpired(AuthorizationExpired {
            authorization_id: auth("c"),
            amount,
            expires_at: expiry,
        }),
    ];
    let row = card(open().into_iter().chain(ends));
    assert_eq!(
        row.authorizations.0.iter().map(|open| open.authorization_id).collect::<Vec<_>>(),
        [auth("d")]
    );
    assert_eq!(row.available_minor(Log::instant(9)), 80_000);
}

#[test]
fn status_limit_points_disputes_and_statement_follow_their_events() {
    let blocked = || CardEvent::CardBlocked(CardBlocked { reason: text("lost") });
    assert_eq!(card([activated()]).status, "active");
    let row = card([activated(), blocked()]);
    assert_eq!((row.status.as_str(), row.block_reason.as_deref()), ("blocked", Some("lost")));
    assert_eq!(card([blocked(), CardEvent::CardUnblocked(CardUnblocked {})]).status, "issued");
    assert_eq!(
        card([CardEvent::CardLimitChanged(CardLimitChanged { previous: inr("1000"), limit: inr("7") })])
            .limit_minor,
        700
    );
    let earned = CardEvent::RewardPointsEarned(RewardPointsEarned { authorization_id: auth("a"), points: 9 });
    let redeemed = CardEvent::RewardPointsRedeemed(RewardPointsRedeemed { points: 4, business_date: DAY });
    let row = card([captured("a", "200"), earned.clone(), redeemed, disputed(), statement()]);
    assert_eq!((row.reward_points, row.disputes.0.len()), (5, 1));
    assert_eq!(
        row.last_statement.map(|Json(statement)| (statement.closing_date, statement.minimum_due)),
        Some((date(2026, 1, 31), inr("25")))
    );
    let row = card([captured("a", "200"), earned.clone(), disputed(), resolved()]);
    assert_eq!((row.reward_points, row.disputes.0.len(), row.outstanding_minor), (7, 0, 0));
    let row = card([earned, CardEvent::CardClosed(CardClosed { reason: None, lapsed_points: 9 })]);
    assert_eq!((row.status.as_str(), row.reward_points), ("closed", 0));
}

#[test]
fn an_entry_shows_all_it_says_and_what_is_outstanding_after_it() {
    let refund = CardEvent::TransactionRefunded(TransactionRefunded {
        amount: inr("50"),
        merchant_id: text("m-1"),
        reason: text("broken"),
        allocation: parts("50", "0"),
        reward: Decimal::ZERO,
        points: 0,
        business_date: DAY,
    });
    let rows: Vec<CardTransactionRow> =
        log([issued(), captured("a", "200"), refund, disputed(), resolved()]).rows(&CardTransactions);
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.kind.as_str(), row.direction.as_str(), row.outstanding_after_minor))
        .collect();
    assert_eq!(
        told,
        [("capture", "debit", 20_000), ("refund", "credit", 15_000), ("dispute_credit", "credit", -5_000)]
    );
    let capture = CardTransactionRow {
        position: 2,
        card_id: card_id().to_string(),
        transaction_id: "txn_00000000-0000-0000-0000-000000000002".into(),
        kind: "capture".into(),
        direction: "debit".into(),
        amount_minor: 20_000,
        outstanding_after_minor: 20_000,
        currency: "INR".parse().unwrap(),
        merchant_id: Some("m-1".into()),
        category: Some("fuel".into()),
        channel: Some("pos".into()),
        authorization_id: Some("a".into()),
        dispute_id: None,
        disputed_transaction_id: None,
        account_id: None,
        account_transaction_id: None,
        description: None,
        business_date: DAY,
        effective_at: Log::instant(2),
        recorded_at: Log::instant(2),
    };
    assert_eq!(rows[0], capture);
    assert_eq!(rows[1].description.as_deref(), Some("broken"));
    assert_eq!(rows[2].disputed_transaction_id.as_deref(), Some("txn_00000000-0000-0000-0000-000000000004"));
}

#[test]
fn a_statement_is_shown_as_it_was_closed() {
    let rows: Vec<StatementRow> = log([issued(), statement()]).rows(&CardStatements);
    let expected = StatementRow {
        card_id: card_id().to_string(),
        closing_date: date(2026, 1, 31),
        due_date: date(2026, 2, 20),
        currency: "INR".parse().unwrap(),
        closing_balance_minor: 21_000,
        principal_minor: 20_000,
        charges_minor: 1_000,
        minimum_due_minor: 2_500,
        interest_minor: 400,
        fees_minor: 600,
        position: 2,
        recorded_at: Log::instant(2),
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn an_authorisation_is_one_row_from_the_asking_to_its_end() {
    let expiry = Log::instant(100);
    let declined = CardEvent::TransactionDeclined(TransactionDeclined {
        authorization_id: auth("d"),
        request: request("9999"),
        reason: DeclineReason::InsufficientCreditLimit,
        available: inr("1"),
        online_remaining: None,
        business_date: DAY,
        fraud: None,
        requested_by: None,
    });
    let (authorization_id, amount) = (auth("b"), inr("100"));
    let events = [
        authorized("a", "300", expiry),
        authorized("b", "100", expiry),
        authorized("c", "100", expiry),
        declined,
        captured("a", "200"),
        CardEvent::AuthorizationVoided(AuthorizationVoided { authorization_id, amount }),
    ];
    let rows: Vec<AuthorizationRow> = log(events).rows(&CardAuthorizations::default());
    let told: Vec<_> =
        rows.iter().map(|row| (row.authorization_id.as_str(), &*row.status, row.captured_minor)).collect();
    assert_eq!(told, [("a", "captured", 20_000), ("b", "voided", 0), ("c", "open", 0), ("d", "declined", 0)]);
    assert_eq!((rows[0].ended_at, rows[2].ended_at), (Some(Log::instant(5)), None));
    assert_eq!(
        (rows[3].decline_reason.as_deref(), rows[3].expires_at),
        (Some("insufficient_credit_limit"), None)
    );
    assert_eq!(&*rows[0].fraud_verdict, "review");
    assert_eq!(
        (rows[2].status_at(Log::instant(99)), rows[2].status_at(expiry), rows[0].status_at(expiry)),
        ("open", "expired", "captured")
    );
}

#[test]
fn an_open_authorisation_that_has_run_out_is_found_as_expired() {
    let at = Log::instant(100);
    let by_expiry = |comparison| Filter::Is("expires_at", comparison, Value::Timestamp(at));
    let Filter::AnyOf(open) = AuthorizationRow::in_status("open", at) else { panic!() };
    assert!(open.iter().all(|all| all.contains(&by_expiry(Comparison::Above))), "{open:?}");
    let Filter::AnyOf(expired) = AuthorizationRow::in_status("expired", at) else { panic!() };
    assert!(expired.iter().any(|all| all.contains(&by_expiry(Comparison::AtMost))), "{expired:?}");
    assert_eq!(
        AuthorizationRow::in_status("voided", at),
        Filter::Is("status", Comparison::Equal, Value::Text("voided".into()))
    );
}

#[test]
fn a_sum_beyond_64_bits_parks_the_card() {
    let most = "92233720368547758.07";
    let mut twice = log([captured("a", most), captured("b", most)]);
    let (mut state, mut rows) = (Default::default(), RowChanges::default());
    let mut folded =
        twice.events_mut().iter().map(|event| CardTransactions.fold(&mut state, event, &mut rows));
    assert_eq!(folded.next(), Some(Ok(())));
    assert!(matches!(folded.next(), Some(Err(FoldError::Contradiction(_)))));
}
