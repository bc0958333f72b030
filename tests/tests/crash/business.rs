//! Commands to loans, cards and orders: what begins one, and whatever may be asked of one that is there,
//! whether or not it is the time for it.

use crate::{
    bank::Bank,
    command::{Command, Kind, amount, money},
};
use khata_tests::Random;
use serde_json::{Value, json};

/// So many of each kind are begun soon: few enough that clients meet on them.
const SOON: usize = 8;

/// The next command to a loan, a card or an order.
pub fn draw(bank: &Bank, customer: &str, random: &mut Random, label: String) -> Command {
    let collection = ["loans", "cards", "orders"][random.below(3) as usize];
    // Some go on being begun: nothing happens any more to those that were cancelled, closed or rejected.
    let seldom = if bank.things(collection) < SOON { 6 } else { 30 };
    match bank.thing(collection, random) {
        Some(id) if !random.once_in(seldom) => {
            let (step, body) = step(collection, random, &label);
            Command::new(label, format!("/v1/{collection}/{id}/{step}"), &body, Kind::Entry, 0)
        }
        _ => Command::new(
            label,
            format!("/v1/{collection}"),
            &beginning(collection, customer, random),
            Kind::Begin { collection },
            0,
        ),
    }
}

fn beginning(collection: &str, customer: &str, random: &mut Random) -> Value {
    match collection {
        "loans" => json!({
            "customer_id": customer, "loan_type": "personal", "principal": money(100_000 + amount(random)), "annual_rate": "9.5",
            "term_months": 12, "day_count": "ACT/365"
        }),
        "cards" => json!({"customer_id": customer, "limit": money(100_000 + amount(random))}),
        _ => json!({"customer_id": customer, "currency": "INR", "customer_tier": "regular"}),
    }
}

fn step(collection: &str, random: &mut Random, label: &str) -> (String, Value) {
    let draw = random.below(10);
    let (step, body) = match (collection, draw) {
        ("loans", 0) => {
            ("assessment", json!({"credit_score": 700 + random.below(100), "income_verified": true}))
        }
        ("loans", 1) => ("approve", json!({"approver": "an officer", "role": "loan_officer"})),
        ("loans", 2) => ("disburse", json!({})),
        ("loans", 3) => ("penalties", json!({"amount": money(1_000), "reason": "late"})),
        ("loans", _) => ("payments", json!({"amount": money(amount(random))})),
        ("cards", 0) => ("activate", json!({})),
        ("cards", 1) => ("payments", json!({"amount": money(amount(random))})),
        ("cards", 2) => ("fees", json!({"amount": money(500), "reason": "yearly"})),
        ("cards", 3) => ("block", json!({"reason": "lost"})),
        ("cards", 4) => ("unblock", json!({})),
        ("cards", 5) => ("authorizations/shared/capture", json!({})),
        ("cards", 6) => ("authorizations/shared/void", json!({})),
        ("cards", drawn) => {
            let name = if drawn == 7 { "shared" } else { label };
            let asked = json!({"authorization_id": name, "amount": money(amount(random)), "merchant_id": "m-1", "category": "grocery", "channel": "pos"});
            ("authorizations", asked)
        }
        (_, 0) => (
            "shipping-address",
            json!({"recipient": "Asha Rao", "line1": "12 MG Road", "city": "Pune", "country": "IN"}),
        ),
        (_, 1) => ("place", json!({"payment_method": "card"})),
        (_, 2) => ("payment/initiate", json!({})),
        (_, 3) => ("payment/confirm", json!({})),
        (_, 4) => ("confirm", json!({})),
        (_, 5) => ("process", json!({})),
        (_, 6) => ("ship", json!({"carrier": "a carrier", "tracking": label})),
        (_, 7) if random.once_in(4) => ("cancel", json!({"reason": "no longer wanted"})),
        _ => {
            let product = format!("p-{}", random.below(4));
            let item = json!({"product_id": product, "seller_id": "s-1", "name": "Chai", "quantity": 1 + random.below(5), "unit_price": money(1_499)});
            ("items", item)
        }
    };
    (step.to_owned(), body)
}
