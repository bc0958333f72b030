//! Tests of the rules, by family of commands; here are the cards and facts they share.

mod authorizations;
mod controls;
mod credits;
mod disputes;
mod grace;
mod history;
mod interest;
mod invariants;
mod payouts;
mod rewards;
mod screening;
mod statements;

use super::*;
use crate::{
    Aggregate, Currency, Money, Text,
    cards::{
        Allocation, CardProduct, CardTerms, DeclineReason, FraudVerdict, PurchaseChannel, Request,
        allocation::Parts,
    },
    ids::{AuthorizationId, CustomerId, DisputeId, TransactionId, TypedId},
    testing::{self, Given, TODAY, dated, decided_on, noon_of},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A card with a past.
fn given(past: impl IntoIterator<Item = CardEvent>) -> Given<CreditCard> {
    testing::given(past)
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn inr(major: &str) -> Money {
    Money::parse(major, currency("INR")).unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn noon() -> Timestamp {
    noon_of(TODAY)
}

fn days_later(days: i64) -> Timestamp {
    noon() + SignedDuration::from_hours(24 * days)
}

fn auth(number: u128) -> AuthorizationId {
    AuthorizationId::from_uuid(Uuid::from_u128(number))
}

fn dispute_id(number: u128) -> DisputeId {
    DisputeId::from_uuid(Uuid::from_u128(number))
}

fn transaction(number: u128) -> TransactionId {
    TransactionId::from_uuid(Uuid::from_u128(number))
}

fn terms() -> CardTerms {
    CardProduct::default().terms(currency("INR")).unwrap()
}

/// A command, and under what it is decided.
type Asked = (DecisionContext<'static>, CardCommand);

/// A command of a day, at noon.
fn on(date: Date, command: CardCommand) -> Asked {
    (decided_on(date), command)
}

fn issued_with(limit: &str, terms: CardTerms) -> CardEvent {
    CardEvent::CardIssued(Box::new(CardIssued {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(1)),
        card_type: None,
        limit: inr(limit),
        limit_is_synthetic: false,
        terms,
        business_date: date(2026, 1, 1),
    }))
}

fn issued(limit: &str) -> CardEvent {
    issued_with(limit, terms())
}

fn activated() -> CardEvent {
    CardEvent::CardActivated(CardActivated { business_date: date(2026, 1, 1) })
}

fn blocked() -> CardEvent {
    CardEvent::CardBlocked(CardBlocked { reason: text("lost") })
}

/// An active card and what happened to it since.
fn active(limit: &str, since: impl IntoIterator<Item = CardEvent>) -> Given<CreditCard> {
    given([issued(limit), activated()].into_iter().chain(since))
}

fn request(amount: &str, channel: PurchaseChannel) -> Request {
    Request {
        amount: inr(amount),
        merchant_id: text("m-1"),
        category: text("grocery"),
        channel,
        fraud_verdict: FraudVerdict::Clear,
    }
}

fn authorize_with(number: u128, request: Request) -> CardCommand {
    Authorize { authorization_id: auth(number), request, screening: None }.into()
}

fn authorize(number: u128, amount: &str) -> CardCommand {
    authorize_with(number, request(amount, PurchaseChannel::Pos))
}

fn authorized_with(number: u128, request: Request) -> CardEvent {
    let authorization_id = auth(number);
    CardEvent::TransactionAuthorized(TransactionAuthorized {
        authorization_id,
        request,
        expires_at: days_later(7),
        business_date: TODAY,
        fraud: None,
    })
}

fn authorized(number: u128, amount: &str) -> CardEvent {
    authorized_with(number, request(amount, PurchaseChannel::Pos))
}

fn capture(number: u128, amount: Option<&str>) -> CardCommand {
    Capture { authorization_id: auth(number), amount: amount.map(inr) }.into()
}

fn owed(parts: Parts) -> Allocation {
    Allocation::of(parts, currency("INR"))
}

fn minor(major: &str) -> i64 {
    inr(major).minor()
}

fn purchases(amount: &str) -> Allocation {
    owed(Parts { purchases: minor(amount), ..Parts::default() })
}

fn cash(amount: &str) -> Allocation {
    owed(Parts { cash: minor(amount), ..Parts::default() })
}

fn charges(amount: &str) -> Allocation {
    owed(Parts { charges: minor(amount), ..Parts::default() })
}

fn captured_on(
    business_date: Date,
    number: u128,
    amount: &str,
    authorized: &str,
    channel: PurchaseChannel,
) -> CardEvent {
    let atm = channel == PurchaseChannel::Atm;
    CardEvent::TransactionCaptured(TransactionCaptured {
        authorization_id: auth(number),
        amount: inr(amount),
        authorized: inr(authorized),
        merchant_id: text("m-1"),
        category: text("grocery"),
        channel,
        allocation: if atm { cash(amount) } else { purchases(amount) },
        points_rate: if atm { Decimal::ZERO } else { Decimal::new(1, 2) },
        business_date,
    })
}

fn captured(number: u128, amount: &str) -> CardEvent {
    captured_on(TODAY, number, amount, amount, PurchaseChannel::Pos)
}

fn withdrawn(number: u128, amount: &str) -> CardEvent {
    captured_on(TODAY, number, amount, amount, PurchaseChannel::Atm)
}

fn earned(number: u128, points: i64) -> CardEvent {
    CardEvent::RewardPointsEarned(RewardPointsEarned { authorization_id: auth(number), points })
}

fn fee(amount: &str) -> CardCommand {
    ChargeFee { amount: inr(amount), reason: text("late payment") }.into()
}

fn fee_charged(amount: &str) -> CardEvent {
    CardEvent::CardFeeCharged(CardFeeCharged {
        amount: inr(amount),
        reason: text("late payment"),
        allocation: charges(amount),
        business_date: TODAY,
    })
}

fn pay(amount: &str) -> CardCommand {
    RecordPayment { amount: inr(amount), account_transaction: None }.into()
}

fn paid(amount: &str, minimum_remaining: &str, parts: Parts) -> CardEvent {
    let (amount, minimum_remaining) = (inr(amount), inr(minimum_remaining));
    CardEvent::CardPaymentReceived(CardPaymentReceived {
        amount,
        minimum_remaining,
        allocation: owed(parts),
        account_transaction: None,
        business_date: TODAY,
    })
}

fn refund(amount: &str, merchant: &str) -> CardCommand {
    Refund { amount: inr(amount), merchant_id: text(merchant), reason: text("returned") }.into()
}

fn close_statement(closing_date: Date) -> CardCommand {
    CloseStatement { closing_date }.into()
}

fn charge_interest(date: Date) -> CardCommand {
    ChargeInterest { date }.into()
}

fn close() -> CardCommand {
    Close { reason: None }.into()
}

fn closed() -> CardEvent {
    CardEvent::CardClosed(CardClosed { reason: None, lapsed_points: 0 })
}

/// Puts commands of today to a card one after the other; all must be accepted.
#[track_caller]
fn after(card: Given<CreditCard>, commands: impl IntoIterator<Item = CardCommand>) -> CreditCard {
    after_days(card, commands.into_iter().map(|command| on(TODAY, command)))
}

/// The same with commands of several days.
#[track_caller]
fn after_days(card: Given<CreditCard>, commands: impl IntoIterator<Item = Asked>) -> CreditCard {
    let mut state = card.state();
    for (at, command) in commands {
        let events = state
            .decide(command.clone(), at, Rules::All)
            .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        events.iter().for_each(|event| state.evolve(event));
    }
    state
}
