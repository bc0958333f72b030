//! What the stories do with credit cards.

use crate::stories::{Step, at};
use khata_domain::{
    Money, Text,
    cards::{
        CardCommand, CardProduct, FraudVerdict, PurchaseChannel, Request,
        card::{
            Activate, Authorize, Block, Capture, ChangeLimit, ChargeFee, ChargeInterest, CloseStatement,
            DisputeOutcome, Issue, OpenDispute, RecordPayment, RedeemRewards, Refund, ResolveDispute,
            Unblock, VoidAuthorization,
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

/// The beginning of a card.
pub fn issue(owner: CustomerId) -> CardCommand {
    let terms = CardProduct::default().terms("INR".parse().unwrap()).unwrap();
    let issue = Issue {
        customer_id: owner,
        card_type: None,
        limit: money(20_000_000),
        limit_is_synthetic: false,
        terms,
    };
    issue.into()
}

/// A deed on a card.
pub fn command(step: &Step) -> CardCommand {
    let amount = money(step.minor);
    // Names are few, so that deeds meet: many an authorisation differs from the first of its name and comes
    // to nothing.
    let name = Uuid::from_u128(u128::from(step.minor.unsigned_abs() % 64));
    let (authorization_id, dispute_id) = (AuthorizationId::from_uuid(name), DisputeId::from_uuid(name));
    let today = at(step).today;
    match step.deed {
        0 => Activate.into(),
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
            Authorize { authorization_id, request }.into()
        }
        5..=7 => Capture { authorization_id, amount: None }.into(),
        8 if step.number == 0 => Unblock.into(),
        8 => VoidAuthorization { authorization_id }.into(),
        9 if step.number < 2 => dispute(dispute_id, authorization_id),
        9 => RecordPayment { amount }.into(),
        10 => {
            let amount = money(step.minor / 100 + 1);
            Refund { amount, merchant_id: text("m-1"), reason: text("story") }.into()
        }
        11 | 12 => CloseStatement { closing_date: today }.into(),
        13 => ChargeInterest { date: today }.into(),
        14 if step.number == 0 => ChangeLimit { limit: money(step.minor + 20_000_000) }.into(),
        14 if step.number == 1 => Block { reason: text("story") }.into(),
        14 if step.number == 2 => RedeemRewards { points: 1 }.into(),
        14 => ChargeFee { amount: money(100), reason: text("story") }.into(),
        _ if step.number < 3 => dispute(dispute_id, authorization_id),
        _ => ResolveDispute { dispute_id, outcome: DisputeOutcome::Cardholder }.into(),
    }
}

fn dispute(dispute_id: DisputeId, authorization_id: AuthorizationId) -> CardCommand {
    let transaction_id = TransactionId::from_uuid(dispute_id.uuid());
    OpenDispute { dispute_id, transaction_id, authorization_id, reason: text("story") }.into()
}
