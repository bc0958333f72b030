//! What the stories do with credit cards.

use crate::stories::Step;
use jiff::{SignedDuration, Span, Timestamp, civil::date};
use khata_domain::{
    Money, Text,
    cards::{
        CardCommand, CardProduct, FraudVerdict, PurchaseChannel, Request,
        card::{
            Authorize, Capture, CardRequest, ChargeFee, DisputeOutcome, Issue, Moment, OpenDispute, Refund,
            ResolveDispute,
        },
    },
    ids::{AuthorizationId, CustomerId, DisputeId, TransactionId, TypedId},
};
use uuid::Uuid;

fn money(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn on_its_day(step: &Step, request: CardRequest) -> CardCommand {
    let now = "2026-01-15T12:00:00Z".parse::<Timestamp>().unwrap()
        + SignedDuration::from_hours(24 * i64::from(step.day));
    let today = date(2026, 1, 15).checked_add(Span::new().days(step.day)).unwrap();
    CardCommand { business_date: today, moment: Moment { now, today }, request }
}

/// The beginning of a card.
pub fn issue(step: &Step, owner: CustomerId) -> CardCommand {
    let terms = CardProduct::default().terms("INR".parse().unwrap()).unwrap();
    let issue = Issue {
        customer_id: owner,
        card_type: None,
        limit: money(20_000_000),
        limit_is_synthetic: false,
        terms,
    };
    on_its_day(step, CardRequest::Issue(Box::new(issue)))
}

/// A deed on a card.
pub fn command(step: &Step) -> CardCommand {
    let amount = money(step.minor);
    // Names are few, so that deeds meet: many an authorisation differs from the first of its name and comes
    // to nothing.
    let name = Uuid::from_u128(u128::from(step.minor.unsigned_abs() % 64));
    let (authorization_id, dispute_id) = (AuthorizationId::from_uuid(name), DisputeId::from_uuid(name));
    let request = match step.deed {
        0 => CardRequest::Activate,
        1..=4 => {
            let channel = [PurchaseChannel::Pos, PurchaseChannel::Online, PurchaseChannel::Atm]
                [step.minor as usize % 3];
            let request = Request {
                amount,
                merchant_id: text("m-1"),
                category: text("fuel"),
                channel,
                fraud_verdict: FraudVerdict::Clear,
            };
            CardRequest::Authorize(Authorize { authorization_id, request })
        }
        5..=7 => CardRequest::Capture(Capture { authorization_id, amount: None }),
        8 if step.number == 0 => CardRequest::Unblock,
        8 => CardRequest::VoidAuthorization(authorization_id),
        9 if step.number < 2 => dispute(dispute_id, authorization_id),
        9 => CardRequest::RecordPayment(amount),
        10 => CardRequest::Refund(Refund {
            amount: money(step.minor / 100 + 1),
            merchant_id: text("m-1"),
            reason: text("story"),
        }),
        11 | 12 => {
            CardRequest::CloseStatement(date(2026, 1, 15).checked_add(Span::new().days(step.day)).unwrap())
        }
        13 => CardRequest::ChargeInterest(date(2026, 1, 15).checked_add(Span::new().days(step.day)).unwrap()),
        14 if step.number == 0 => CardRequest::ChangeLimit(money(step.minor + 20_000_000)),
        14 if step.number == 1 => CardRequest::Block(text("story")),
        14 if step.number == 2 => CardRequest::RedeemRewards(1),
        14 => CardRequest::ChargeFee(ChargeFee { amount: money(100), reason: text("story") }),
        _ if step.number < 3 => dispute(dispute_id, authorization_id),
        _ => CardRequest::ResolveDispute(ResolveDispute { dispute_id, outcome: DisputeOutcome::Cardholder }),
    };
    on_its_day(step, request)
}

fn dispute(dispute_id: DisputeId, authorization_id: AuthorizationId) -> CardRequest {
    let transaction_id = TransactionId::from_uuid(dispute_id.uuid());
    CardRequest::OpenDispute(OpenDispute {
        dispute_id,
        transaction_id,
        authorization_id,
        reason: text("story"),
    })
}
