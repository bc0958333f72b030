//! Authorisations that were declined for somebody to look at: the queue of them over all cards, what is decided about
//! them, and who learns of that.

use super::{Bank, staff};
use crate::conventions::problem;
use khata_application::access::Role;
use khata_tests::{Badges, test_app::inr};
use serde_json::{Value, json};

/// A bank for which every authorisation looks like fraud, with active cards.
async fn suspicious() -> Bank {
    let bank = Bank::open().await;
    let admin = staff(Role::Admin);
    let bands =
        json!({ "rules": { "fraud": { "cards": { "approved_up_to": "0", "verified_up_to": "0" } } } });
    bank.post(&admin, "/v1/admin/settings", bands).await.expect(200);
    for customer in [&bank.maria, &bank.boris] {
        bank.post(&admin, &format!("/v1/cards/{}/activate", customer.card), json!({})).await.expect(200);
    }
    bank
}

fn asked(name: &str) -> Value {
    json!({ "authorization_id": name, "amount": inr("10.00"), "merchant_id": "m-1", "category": "grocery", "channel": "pos" })
}

fn path(card: &str, rest: &str) -> String {
    format!("/v1/cards/{card}/authorizations{rest}")
}

fn items(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["authorization_id"].as_str().unwrap()).collect()
}

const QUEUE: &str = "/v1/authorizations?decline_reason=manual_review&review=waiting";
const BECAUSE: &str = "the cardholder was called";

#[tokio::test]
async fn what_waits_is_found_over_all_cards_and_cleared_once() {
    let bank = suspicious().await;
    let (compliance, teller) = (staff(Role::ComplianceOfficer), staff(Role::Teller));
    let (maria, boris) = (&bank.maria, &bank.boris);
    for (card, name) in [(&maria.card, "a-1"), (&maria.card, "a-2"), (&boris.card, "b-1")] {
        let answer = bank.post(&teller, &path(card, ""), asked(name)).await.expect(200);
        assert_eq!(
            (&answer["approved"], &answer["decline_reason"]),
            (&json!(false), &json!("manual_review"))
        );
    }
    let waiting = bank.get(&compliance, QUEUE).await.expect(200);
    assert_eq!(items(&waiting), ["a-1", "a-2", "b-1"]);
    let first = &waiting["items"][0];
    assert_eq!((&first["card_id"], &first["customer_id"]), (&json!(maria.card), &json!(maria.id)));
    assert_eq!((&first["fraud"]["decision"], &first["fraud"]["version"]), (&json!("review"), &json!(1)));
    assert_eq!(first["fraud"]["score"], "0.25");
    assert_eq!(first["fraud"]["reasons"].as_array().unwrap().len(), 2);
    assert_eq!(first["review"]["outcome"], "waiting");
    let of_boris =
        bank.get(&compliance, &format!("/v1/authorizations?customer_id={}", boris.id)).await.expect(200);
    assert_eq!(items(&of_boris), ["b-1"]);
    let page = bank.get(&compliance, &format!("{QUEUE}&limit=2")).await.expect(200);
    let rest = format!("{QUEUE}&limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(items(&bank.get(&compliance, &rest).await.expect(200)), ["b-1"]);

    // The same again is answered as before, until somebody has cleared it.
    assert_eq!(bank.post(&teller, &path(&maria.card, ""), asked("a-1")).await.expect(200)["approved"], false);
    let clear = path(&maria.card, "/a-1/clear");
    bank.post(&teller, &clear, json!({ "reason": BECAUSE })).await.expect(403);
    bank.post(&compliance, &clear, json!({})).await.expect(400);
    let cleared = bank.post(&compliance, &clear, json!({ "reason": BECAUSE })).await.expect(200);
    assert_eq!(cleared["events"][0]["type"], "credit_card.authorization_cleared");
    let confirm = path(&maria.card, "/a-2/confirm-fraud");
    bank.post(&compliance, &confirm, json!({ "reason": BECAUSE })).await.expect(200);
    assert_eq!(items(&bank.get(&compliance, QUEUE).await.expect(200)), ["b-1"]);
    let shown = bank.get(&compliance, &path(&maria.card, "/a-1")).await.expect(200);
    let review = &shown["review"];
    assert_eq!(
        (&review["outcome"], &review["by"], &review["reason"], &review["until"]),
        (
            &json!("cleared"),
            &json!("compliance_officer"),
            &json!(BECAUSE),
            &json!("2026-03-03T12:00:00.000000Z")
        )
    );
    let passed = bank.post(&teller, &path(&maria.card, ""), asked("a-1")).await.expect(200);
    assert_eq!((&passed["approved"], &passed["decline_reason"]), (&json!(true), &json!(null)));
    bank.post(&teller, &path(&maria.card, "/a-1/capture"), json!({})).await.expect(200);
    let refused = bank.post(&compliance, &clear, json!({ "reason": BECAUSE })).await;
    problem(&refused, 422, "authorization_not_in_review");
    let fraud = bank.post(&teller, &path(&maria.card, ""), asked("a-2")).await.expect(200);
    assert_eq!(fraud["decline_reason"], "manual_review");
    let both = format!("/v1/authorizations?card_id={}&status=captured", maria.card);
    assert_eq!(items(&bank.get(&compliance, &both).await.expect(200)), ["a-1"]);
}

#[tokio::test]
async fn a_clearance_that_nobody_used_in_time_is_none() {
    let bank = suspicious().await;
    let (compliance, teller) = (staff(Role::ComplianceOfficer), staff(Role::Teller));
    let card = &bank.maria.card;
    let hours = json!({ "rules": { "fraud": { "clearance_hours": 2 } } });
    bank.post(&staff(Role::Admin), "/v1/admin/settings", hours).await.expect(200);
    bank.post(&teller, &path(card, ""), asked("a-1")).await.expect(200);
    bank.post(&compliance, &path(card, "/a-1/clear"), json!({ "reason": BECAUSE })).await.expect(200);
    bank.app.at("2026-03-02T14:00:00Z");
    let late = bank.post(&teller, &path(card, ""), asked("a-1")).await.expect(200);
    assert_eq!(late["decline_reason"], "manual_review");
    bank.post(&compliance, &path(card, "/a-1/clear"), json!({ "reason": BECAUSE })).await.expect(200);
    bank.app.at("2026-03-02T15:59:59Z");
    assert_eq!(bank.post(&teller, &path(card, ""), asked("a-1")).await.expect(200)["approved"], true);
}

#[tokio::test]
async fn nobody_clears_their_own_and_customers_see_their_own_without_what_was_found() {
    let bank = suspicious().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let both = [Role::Teller, Role::ComplianceOfficer];
    let clerk = Badges::of("clerk", &both);
    bank.post(&clerk, &path(&maria.card, ""), asked("a-1")).await.expect(200);
    bank.post(&maria.badge, &path(&maria.card, ""), asked("a-2")).await.expect(200);
    bank.post(&boris.badge, &path(&boris.card, ""), asked("b-1")).await.expect(200);
    let clear = path(&maria.card, "/a-1/clear");
    problem(&bank.post(&clerk, &clear, json!({ "reason": BECAUSE })).await, 422, "own_authorization");
    let holder =
        format!("{}/{}", Badges::of("m.anders", &[Role::Customer, Role::ComplianceOfficer]), maria.id);
    problem(&bank.post(&holder, &clear, json!({ "reason": BECAUSE })).await, 422, "own_authorization");
    bank.post(&staff(Role::ComplianceOfficer), &clear, json!({ "reason": BECAUSE })).await.expect(200);

    let own = bank.get(&maria.badge, "/v1/authorizations?decline_reason=manual_review").await.expect(200);
    assert_eq!(items(&own), ["a-1", "a-2"]);
    for item in own["items"].as_array().unwrap() {
        assert_eq!((&item["fraud"]["score"], &item["fraud"]["reasons"]), (&json!("0.25"), &Value::Null));
        assert_eq!(item["review"], Value::Null);
    }
    let one = bank.get(&maria.badge, &path(&maria.card, "/a-1")).await.expect(200);
    assert_eq!((&one["fraud"]["reasons"], &one["review"]), (&Value::Null, &Value::Null));
    // Nor do they learn it by asking for those of which it is so.
    for who in [&maria.badge, &staff(Role::Teller)] {
        problem(&bank.get(who, "/v1/authorizations?review=cleared").await, 400, "invalid_parameter");
    }
    let others = format!("/v1/authorizations?customer_id={}", boris.id);
    assert!(items(&bank.get(&maria.badge, &others).await.expect(200)).is_empty());
}

#[tokio::test]
async fn a_house_weighs_the_signs_of_fraud_as_it_likes() {
    let bank = suspicious().await;
    let (admin, card) = (staff(Role::Admin), &bank.maria.card);
    let weighed = async |name: &str, weights: Value| {
        let change = json!({ "rules": { "fraud": { "weights": weights } } });
        bank.post(&admin, "/v1/admin/settings", change).await.expect(200);
        bank.post(&staff(Role::Teller), &path(card, ""), asked(name)).await.expect(200);
        let shown = bank.get(&admin, &path(card, &format!("/{name}"))).await.expect(200);
        (shown["fraud"]["score"].clone(), shown["fraud"]["reasons"].as_array().unwrap().len())
    };
    assert_eq!(weighed("a-1", json!({})).await, (json!("0.25"), 2));
    assert_eq!(weighed("a-2", json!({ "new_payee": "0.6" })).await, (json!("0.7"), 2));
    assert_eq!(weighed("a-3", json!({ "no_history": "0" })).await, (json!("0.6"), 1));
    bank.app.at("2026-03-02T21:00:00Z");
    assert_eq!(weighed("a-4", json!({ "new_payee": "0" })).await.1, 0);
    let zone = json!({ "time_zone": "Asia/Kolkata" });
    bank.post(&admin, "/v1/admin/settings", zone).await.expect(200);
    assert_eq!(
        weighed("a-5", json!({ "night": "0.3" })).await,
        (json!("0.3"), 1),
        "it is half past two there"
    );
}
