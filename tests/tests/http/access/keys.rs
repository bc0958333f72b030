//! Answers given again: never to another than the one who was given them first.

use super::{Bank, staff};
use crate::conventions::problem;
use khata_application::access::Role;
use khata_tests::{Badges, Request, test_app::inr};
use serde_json::json;

#[tokio::test]
async fn one_key_of_two_people_is_two_keys() {
    let bank = Bank::open().await;
    let path = format!("/v1/accounts/{}/deposits", bank.maria.account);
    let deposit = |who: &str| {
        Request::post(&path, &json!({ "amount": inr("1.00") }))
            .key("the same")
            .header("Authorization", Badges::of(who, &[Role::Teller]))
    };
    let first = bank.app.send(&deposit("anna")).await.expect(200);
    let again = bank.app.send(&deposit("anna")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200), first);
    let other = bank.app.send(&deposit("bert")).await;
    assert_eq!(other.header("idempotent-replayed"), None);
    assert_ne!(other.expect(200)["position"], first["position"]);
}

#[tokio::test]
async fn a_key_opens_nothing_that_its_owner_may_no_longer_do() {
    let bank = Bank::open().await;
    let path = format!("/v1/accounts/{}/deposits", bank.maria.account);
    let deposit = |role: Role| {
        Request::post(&path, &json!({ "amount": inr("1.00") }))
            .key("k")
            .header("Authorization", Badges::of("anna", &[role]))
    };
    bank.app.send(&deposit(Role::Teller)).await.expect(200);
    problem(&bank.app.send(&deposit(Role::LoanOfficer)).await, 403, "forbidden");
}

#[tokio::test]
async fn an_id_that_another_has_chosen_gives_no_answer() {
    let bank = Bank::open().await;
    let body = json!({
        "id": "acc_01890a5d-ac96-774b-bcce-b302099a8057", "customer_id": bank.maria.id, "account_type": "savings",
        "currency": "INR",
    });
    let open = |badge: &str| Request::post("/v1/accounts", &body).header("Authorization", badge);
    let first = bank.app.send(&open(&bank.maria.badge)).await.expect(201);
    let again = bank.app.send(&open(&bank.maria.badge)).await;
    assert_eq!((again.header("idempotent-replayed"), &again.json()), (Some("true"), &first));
    // The same request by another, who may open accounts too.
    problem(&bank.app.send(&open(&staff(Role::Teller))).await, 409, "already_exists");
    // By one who does not reach that customer, it is about nobody.
    problem(&bank.app.send(&open(&bank.boris.badge)).await, 404, "not_found");
    let own = json!({
        "id": "acc_01890a5d-ac96-774b-bcce-b302099a8057", "customer_id": bank.boris.id, "account_type": "savings",
        "currency": "INR",
    });
    let taken = Request::post("/v1/accounts", &own).header("Authorization", &bank.boris.badge);
    let refused = problem(&bank.app.send(&taken).await, 409, "already_exists");
    assert!(!refused.to_string().contains(&bank.maria.id), "{refused}");
}

#[tokio::test]
async fn a_made_up_id_tells_no_version_of_what_is_anothers() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let open = |id: &str, version: u64| {
        let body = json!({ "id": id, "customer_id": maria.id, "account_type": "savings", "currency": "INR" });
        Request::post("/v1/accounts", &body)
            .header("Authorization", &maria.badge)
            .header("If-Match", format!("\"{version}\""))
    };
    for version in 0..4 {
        let refused = problem(&bank.app.send(&open(&boris.account, version)).await, 409, "already_exists");
        assert_eq!(refused.get("actual_version"), None, "{refused}");
    }
    // Of one's own it may be known, and of what is not there it is known.
    let stale = bank.app.send(&open(&maria.account, 7)).await;
    assert_eq!(problem(&stale, 412, "version_conflict")["actual_version"], 2);
    let fresh = "acc_01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(problem(&bank.app.send(&open(fresh, 7)).await, 412, "version_conflict")["actual_version"], 0);
    bank.app.send(&open(fresh, 0)).await.expect(201);
}
