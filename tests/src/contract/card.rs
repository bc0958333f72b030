//! Credit cards in the stories.

mod samples;

use super::{Asked, Contract, Sample, Step, customer, inr, nth, text};
use khata_domain::{
    cards::{
        CardCommand, CardEvent, CardProduct, CreditCard, FraudVerdict, PurchaseChannel, Request,
        card::{
            Activate, Authorize, Block, Capture, ChangeLimit, ChargeFee, ChargeInterest, CloseStatement,
            DisputeOutcome, Issue, OpenDispute, PayOutCredit, RecordPayment, RedeemRewards, Refund,
            ResolveDispute, Unblock, VoidAuthorization,
        },
    },
    ids::{AuthorizationId, CardId, CustomerId, DisputeId, TransactionId, TypedId},
};
use uuid::Uuid;

impl Contract for CreditCard {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> CardId = nth;

    fn samples() -> Vec<Sample<CardEvent>> {
        samples::samples()
    }

    fn past() -> Vec<CardEvent> {
        samples::past()
    }

    fn asked(&self, step: &Step) -> Asked<CardCommand> {
        (step.at(), if self.issuance().is_none() { issue(customer(step.subject)) } else { command(step) })
    }
}

/// The beginning of a card.
fn issue(owner: CustomerId) -> CardCommand {
    let terms = CardProduct::default().terms("INR".parse().unwrap()).unwrap();
    let issue = Issue {
        customer_id: owner,
        card_type: None,
        limit: inr(20_000_000),
        limit_is_synthetic: false,
        terms,
    };
    issue.into()
}

/// A deed on a card.
fn command(step: &Step) -> CardCommand {
    let amount = inr(step.minor);
    // Names are few, so that deeds meet: many an authorisation differs from the first of its name and comes
    // to nothing.
    let name = Uuid::from_u128(u128::from(step.minor.unsigned_abs() % 64));
    let (authorization_id, dispute_id) = (AuthorizationId::from_uuid(name), DisputeId::from_uuid(name));
    let today = step.at().today;
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
            Authorize { authorization_id, request, screening: None }.into()
        }
        5..=7 => Capture { authorization_id, amount: None }.into(),
        8 if step.number == 0 => Unblock.into(),
        8 => VoidAuthorization { authorization_id }.into(),
        9 if step.number < 2 => dispute(dispute_id),
        9 if step.number == 2 => PayOutCredit { amount: None, account_transaction: None }.into(),
        9 => RecordPayment { amount, account_transaction: None }.into(),
        10 => {
            let amount = inr(step.minor / 100 + 1);
            Refund { amount, merchant_id: text("m-1"), reason: text("story") }.into()
        }
        11 | 12 => CloseStatement { closing_date: today }.into(),
        13 => ChargeInterest { date: today }.into(),
        14 if step.number == 0 => ChangeLimit { limit: inr(step.minor + 20_000_000) }.into(),
        14 if step.number == 1 => Block { reason: text("story") }.into(),
        14 if step.number == 2 => RedeemRewards { points: 1 }.into(),
        14 => ChargeFee { amount: inr(100), reason: text("story") }.into(),
        _ if step.number < 3 => dispute(dispute_id),
        _ => ResolveDispute { dispute_id, outcome: DisputeOutcome::Cardholder }.into(),
    }
}

fn dispute(dispute_id: DisputeId) -> CardCommand {
    let transaction_id = TransactionId::from_uuid(dispute_id.uuid());
    let authorization_id = AuthorizationId::from_uuid(dispute_id.uuid());
    OpenDispute { dispute_id, transaction_id, authorization_id, reason: text("story") }.into()
}
