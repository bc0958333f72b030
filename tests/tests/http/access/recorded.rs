//! What is recorded of access: refusals, within bounds, and what operators did.

use super::{Bank, staff};
use khata_application::{EventStore as _, access::Role};
use khata_tests::{Badges, Request};
use serde_json::{Value, json};

impl Bank {
    pub(super) async fn refusals(&self, query: &str) -> Vec<Value> {
        let path = format!("/v1/access/refusals?limit=200{query}");
        let listed = self.get(&staff(Role::ComplianceOfficer), &path).await.expect(200);
        listed["items"].as_array().unwrap().clone()
    }
}

fn told(refusal: &Value) -> (&str, &str, &Value, &str) {
    let text = |member: &str| refusal[member].as_str().unwrap();
    (text("actor"), text("operation"), &refusal["resource"], text("reason"))
}

#[tokio::test]
async fn what_is_refused_is_recorded_with_who_wanted_what() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let freeze = format!("/v1/accounts/{}/freeze", boris.account);
    bank.post(&staff(Role::Teller), &freeze, json!({ "reason": "x" })).await.expect(403);
    bank.get(&maria.badge, &format!("/v1/accounts/{}", boris.account)).await.expect(404);
    let account = json!({ "customer_id": boris.id, "account_type": "savings", "currency": "INR" });
    bank.post(&maria.badge, "/v1/accounts", account).await.expect(404);
    let pay = json!({ "from_account": boris.account, "amount": { "amount": "1.00", "currency": "INR" } });
    bank.post(&maria.badge, "/v1/payments", pay).await.expect(404);
    let verdict = json!({ "amount": { "amount": "1.00", "currency": "INR" }, "aml_verdict": "approved" });
    bank.post(&staff(Role::Teller), &format!("/v1/accounts/{}/withdrawals", maria.account), verdict)
        .await
        .expect(403);
    // No lack of rights: nothing of that form, nobody's route, a rule.
    bank.get(&maria.badge, "/v1/accounts/nonsense").await.expect(404);
    bank.get(&maria.badge, "/v1/nowhere").await.expect(404);
    let refusals = bank.refusals("").await;
    let account: Value = boris.account.clone().into();
    assert_eq!(
        refusals.iter().map(told).collect::<Vec<_>>(),
        [
            ("teller", "freeze_account", &account, "role"),
            ("maria", "show_account", &account, "reach"),
            ("maria", "open_account", &Value::Null, "reach"),
            ("maria", "create_payment", &Value::Null, "reach"),
            ("teller", "withdraw_money", &maria.account.clone().into(), "statement"),
        ]
    );
    assert_eq!(bank.refusals("&actor=maria").await.len(), 3);
    assert_eq!(bank.refusals("&from=2026-03-02&to=2026-03-02").await.len(), 5);
    assert_eq!(bank.refusals("&from=2026-03-03").await.len(), 0);
    let one = format!("/v1/access/refusals/{}", refusals[0]["refusal_id"].as_str().unwrap());
    assert_eq!(bank.get(&staff(Role::Auditor), &one).await.expect(200), refusals[0]);
    let history = bank.get(&staff(Role::Auditor), &format!("{one}/events")).await.expect(200);
    assert_eq!(history["items"][0]["metadata"]["actor"], "teller");
}

#[tokio::test]
async fn nobody_fills_the_log_by_being_refused() {
    let bank = Bank::open().await;
    let before = bank.app.count().await;
    let ask =
        async || bank.get(&bank.maria.badge, &format!("/v1/loans/{}", bank.boris.loan)).await.expect(404);
    for _ in 0..30 {
        ask().await;
    }
    assert_eq!(bank.app.count().await, before + 10);
    // Others have minutes of their own.
    bank.get(&bank.boris.badge, &format!("/v1/loans/{}", bank.maria.loan)).await.expect(404);
    assert_eq!(bank.app.count().await, before + 11);
    bank.app.at("2026-03-02T12:01:00Z");
    ask().await;
    let refusals = bank.refusals("&actor=maria").await;
    let counts: Vec<u64> = refusals.iter().map(|refusal| refusal["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 20, 1]);
}

#[tokio::test]
async fn a_machine_without_tokens_records_no_refusals() {
    let app = khata_tests::TestApp::start();
    app.get("/v1/accounts/acc_01890a5d-ac96-774b-bcce-b302099a8057").await.expect(404);
    app.post("/v1/admin/projections/accounts/rebuild", json!({})).await.expect(202);
    assert_eq!(app.events.head().await.unwrap().position, 0);
}

#[tokio::test]
async fn what_operators_do_is_recorded_with_their_names() {
    let bank = Bank::open().await;
    let operator = Badges::of("oscar", &[Role::Operator]);
    bank.post(&operator, "/v1/admin/projections/accounts/rebuild", json!({})).await.expect(202);
    bank.get(&operator, "/v1/admin/audit/verify").await.expect(200);
    let keyed = Request::post("/v1/admin/projections/loans/rebuild", &json!({})).key("k");
    bank.app.send(&keyed.header("Authorization", &operator)).await.expect(202);
    let import = Request::post_bytes("/v1/admin/import", "application/x-ndjson", "");
    bank.app.send(&import.header("Authorization", staff(Role::Admin))).await.expect(200);
    for path in ["/v1/admin/backup", "/v1/admin/export?after=3"] {
        let request = Request::get(path).header("Authorization", staff(Role::Admin));
        assert_eq!(bank.app.open(&request).await.status(), 200);
    }
    let listed = bank.get(&operator, "/v1/admin/operations").await.expect(200);
    let text = |operation: &Value, member: &str| operation[member].as_str().unwrap().to_owned();
    let told = |operation: &Value| {
        (
            text(operation, "actor"),
            text(operation, "act"),
            text(operation, "target"),
            operation["status"].as_u64(),
        )
    };
    let done = |actor: &str, act: &str, target: &str, status| {
        (actor.to_owned(), act.to_owned(), target.to_owned(), Some(status))
    };
    assert_eq!(
        listed["items"].as_array().unwrap().iter().map(told).collect::<Vec<_>>(),
        [
            done("admin", "export", "3..", 200),
            done("admin", "backup", "log", 200),
            done("admin", "import", "facts", 200),
            done("oscar", "rebuild", "loans", 202),
            done("oscar", "audit", "log", 200),
            done("oscar", "rebuild", "accounts", 202),
        ]
    );
    let narrowed =
        bank.get(&operator, "/v1/admin/operations?act=rebuild&actor=oscar&limit=1").await.expect(200);
    assert_eq!(narrowed["items"].as_array().unwrap().len(), 1);
    let next = format!("/v1/admin/operations?cursor={}&limit=1", narrowed["next_cursor"].as_str().unwrap());
    assert_eq!(bank.get(&operator, &next).await.expect(200)["items"][0]["target"], "accounts");
}
