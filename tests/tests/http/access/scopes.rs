//! Whose data somebody reaches: what is another's is not there, for whatever is asked.

use super::{Bank, done, operations, staff};
use crate::conventions::problem;
use khata_application::access::Role;
use khata_tests::{Badges, Request, Response, test_app::inr};
use serde_json::{Value, json};

const COLLECTIONS: [&str; 7] =
    ["customers", "accounts", "loans", "cards", "orders", "payments", "standing-orders"];

/// The same with another's ids in the place of those of what is not there.
fn told(answer: &Response, id: &str) -> (u16, Value) {
    let mut body = answer.json();
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| name != "roles");
    }
    (answer.status, serde_json::from_str(&body.to_string().replace(id, "ID")).unwrap())
}

#[tokio::test]
async fn what_is_anothers_is_answered_like_what_is_not_there() {
    let bank = Bank::paying().await;
    let mut walked = 0;
    for (method, template, name) in operations(&bank.app).await {
        let Some((collection, rest)) = template.trim_start_matches("/v1/").split_once("/{id}") else {
            continue;
        };
        let other = bank.boris.of(collection_of(collection));
        let prefix = other.split('_').next().unwrap();
        let nobodys = format!("{prefix}_01890a5d-ac96-774b-bcce-b302099a8057");
        let rest = rest
            .replace("{transaction_id}", &bank.boris.entry)
            .replace("{line}", "1")
            .replace(['{', '}'], "");
        for key in [None, Some("a key")] {
            let ask = async |id: &str| {
                let mut request = Request {
                    method: method.clone(),
                    ..Request::get(format!("/v1/{collection}/{id}{rest}"))
                };
                if method == "POST" {
                    // A version that is the other's, and a body that need not be read.
                    request = request.header("If-Match", "\"1\"").header("Content-Type", "application/json");
                    request.body = Some(b"{\"nonsense\":".to_vec());
                }
                if let Some(key) = key {
                    request = request.key(key);
                }
                bank.app.send(&request.header("Authorization", &bank.maria.badge)).await
            };
            let (theirs, missing) = (ask(other).await, ask(&nobodys).await);
            assert_eq!(told(&theirs, other), told(&missing, &nobodys), "{name}");
            assert!([403, 404].contains(&theirs.status), "{name} answers {}", theirs.status);
        }
        walked += 1;
    }
    assert!(walked > 80, "{walked} operations");
}

fn collection_of(collection: &str) -> &str {
    // Nobody's signal stands for a customer's: none of it is a customer's.
    if COLLECTIONS.contains(&collection) { collection } else { "customers" }
}

#[tokio::test]
async fn the_past_of_another_is_not_there_either() {
    let bank = Bank::paying().await;
    for collection in COLLECTIONS {
        let (own, other) = (bank.maria.of(collection), bank.boris.of(collection));
        for question in
            ["?as_of=2030-01-01T00:00:00Z", "?as_of_version=1", "?effective_on=2030-01-01", "", "/events"]
        {
            let path = |id: &str| format!("/v1/{collection}/{id}{question}");
            bank.get(&bank.maria.badge, &path(own)).await.expect(200);
            problem(&bank.get(&bank.maria.badge, &path(other)).await, 404, "not_found");
        }
    }
    let stream = |id: &str| format!("/v1/streams/bank_account-{id}/events");
    bank.get(&bank.maria.badge, &stream(&bank.maria.account)).await.expect(200);
    problem(&bank.get(&bank.maria.badge, &stream(&bank.boris.account)).await, 404, "not_found");
    // Streams that are nobody's are not a customer's.
    bank.get(&staff(Role::Auditor), "/v1/streams/settings-settings/events").await;
    problem(&bank.get(&bank.maria.badge, "/v1/streams/settings-settings/events").await, 404, "not_found");
}

#[tokio::test]
async fn lists_hold_what_is_ones_own() {
    let bank = Bank::paying().await;
    for collection in COLLECTIONS {
        let (own, other) = (bank.maria.of(collection), bank.boris.of(collection));
        let all = bank.get(&staff(Role::Auditor), &format!("/v1/{collection}")).await.expect(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 2, "{collection}");
        let narrowings =
            [String::new(), format!("?customer_id={}", bank.boris.id), "?email=boris@example.com".to_owned()];
        for narrowing in &narrowings {
            let answer = bank.get(&bank.maria.badge, &format!("/v1/{collection}{narrowing}")).await;
            if answer.status == 400 {
                continue; // Not a filter of this list.
            }
            let text = answer.text().to_owned();
            let items = answer.expect(200)["items"].as_array().unwrap().len();
            assert_eq!(items, usize::from(narrowing.is_empty()), "{collection}{narrowing}");
            assert_eq!(text.contains(own), narrowing.is_empty(), "{collection}{narrowing}");
            assert!(!text.contains(other), "{collection}{narrowing}");
        }
    }
}

#[tokio::test]
async fn what_hangs_on_ones_own_is_there_and_what_hangs_on_anothers_is_not() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let entries = format!("/v1/accounts/{}/transactions", maria.account);
    let own = bank.get(&maria.badge, &entries).await.expect(200);
    assert_eq!(own["items"][0]["transaction_id"], maria.entry);
    bank.get(&maria.badge, &format!("{entries}/{}", maria.entry)).await.expect(200);
    // Another's entry, asked for at one's own account.
    problem(&bank.get(&maria.badge, &format!("{entries}/{}", boris.entry)).await, 404, "not_found");
    for path in [
        format!("/v1/accounts/{}/statement?month=2026-03", maria.account),
        format!("/v1/accounts/{}/holds", maria.account),
        format!("/v1/cards/{}/transactions", maria.card),
        format!("/v1/cards/{}/statements", maria.card),
        format!("/v1/cards/{}/authorizations", maria.card),
        format!("/v1/cards/{}/disputes", maria.card),
        format!("/v1/loans/{}/schedule", maria.loan),
        format!("/v1/loans/{}/payments", maria.loan),
        format!("/v1/orders/{}/items", maria.order),
        format!("/v1/customers/{}/overview", maria.id),
    ] {
        let answer = bank.get(&maria.badge, &path).await;
        let text = answer.text().to_owned();
        answer.expect(200);
        for id in boris.all() {
            assert!(!text.contains(id), "{path} tells of {id}");
        }
    }
    // Parts that are named, where they are one's own.
    let hold = json!({ "hold_id": "h-1", "amount": inr("10.00") });
    let path = format!("/v1/accounts/{}/holds", maria.account);
    bank.post(&staff(Role::Teller), &path, hold).await.expect(200);
    assert_eq!(bank.get(&maria.badge, &format!("{path}/h-1")).await.expect(200)["hold_id"], "h-1");
    let asked = json!({ "authorization_id": "a-1", "amount": inr("10.00"), "merchant_id": "m", "category": "grocery", "channel": "pos" });
    bank.post(&maria.badge, &format!("/v1/cards/{}/activate", maria.card), json!({})).await.expect(200);
    bank.post(&maria.badge, &format!("/v1/cards/{}/authorizations", maria.card), asked).await.expect(200);
    bank.get(&maria.badge, &format!("/v1/cards/{}/authorizations/a-1", maria.card)).await.expect(200);
}

#[tokio::test]
async fn nothing_is_made_for_another_nor_out_of_anothers() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let before = done(&bank.app).await;
    let account =
        |customer: &str| json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    let loan = |customer: &str, account: &str| {
        json!({
            "customer_id": customer, "account_id": account, "loan_type": "personal", "principal": inr("1000.00"),
            "annual_rate": "12", "term_months": 12, "day_count": "ACT/365",
        })
    };
    let order = |customer: &str| json!({ "customer_id": customer, "currency": "INR" });
    let transfer =
        |from: &str| json!({ "from_account": from, "to_account": maria.account, "amount": inr("1.00") });
    let abroad = |from: &str| {
        let payee = json!({ "network": "velocitypay", "account_number": "0012345", "name": "Maria" });
        json!({ "from_account": from, "external": payee, "amount": inr("1.00") })
    };
    for (path, body) in [
        ("/v1/accounts", account(&boris.id)),
        ("/v1/loans", loan(&boris.id, &boris.account)),
        ("/v1/loans", loan(&maria.id, &boris.account)),
        ("/v1/orders", order(&boris.id)),
        ("/v1/payments", transfer(&boris.account)),
        ("/v1/payments", abroad(&boris.account)),
        ("/v1/payments", json!({ "from_account": boris.account, "amount": inr("0.00") })),
    ] {
        let theirs = bank.post(&maria.badge, path, body.clone()).await;
        let body = body.to_string().replace(&boris.id, NOBODY).replace(&boris.account, NO_ACCOUNT);
        let missing = bank.post(&maria.badge, path, serde_json::from_str(&body).unwrap()).await;
        assert_eq!(theirs.status, 404, "{path}");
        let detail = |answer: &Response, ids: [&str; 2]| {
            ids.iter()
                .fold(answer.json()["detail"].as_str().unwrap().to_owned(), |text, id| text.replace(id, "ID"))
        };
        assert_eq!(detail(&theirs, [&boris.id, &boris.account]), detail(&missing, [NOBODY, NO_ACCOUNT]));
    }
    assert_eq!(done(&bank.app).await, before);
    bank.post(&maria.badge, "/v1/accounts", account(&maria.id)).await.expect(201);
    bank.post(&maria.badge, "/v1/loans", loan(&maria.id, &maria.account)).await.expect(201);
    bank.post(&maria.badge, "/v1/orders", order(&maria.id)).await.expect(201);
}

#[tokio::test]
async fn whoever_is_paid_sees_the_entry_and_not_the_payment() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let pay = json!({ "from_account": maria.account, "to_account": boris.account, "amount": inr("1.00") });
    let made = bank.post(&maria.badge, "/v1/payments", pay).await.expect(201);
    let path = format!("/v1/payments/{}", made["id"].as_str().unwrap());
    bank.get(&maria.badge, &path).await.expect(200);
    problem(&bank.get(&boris.badge, &path).await, 404, "not_found");
    let paid = format!("/v1/payments?account_id={}", boris.account);
    assert_eq!(bank.get(&boris.badge, &paid).await.expect(200)["items"], json!([]));
    let entries = format!("/v1/accounts/{}/transactions?order=desc", boris.account);
    let entry = &bank.get(&boris.badge, &entries).await.expect(200)["items"][0];
    assert_eq!((&entry["payment_id"], &entry["counterparty"]), (&made["id"], &json!(maria.account)));
}

const NOBODY: &str = "cus_01890a5d-ac96-774b-bcce-b302099a8057";
const NO_ACCOUNT: &str = "acc_01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn a_customer_without_a_customer_has_nothing() {
    let bank = Bank::paying().await;
    let nobody = Badges::of("ghost", &[Role::Customer]);
    for collection in COLLECTIONS {
        let listed = bank.get(&nobody, &format!("/v1/{collection}")).await.expect(200);
        assert_eq!(listed["items"], json!([]), "{collection}");
        let path = format!("/v1/{collection}/{}", bank.maria.of(collection));
        problem(&bank.get(&nobody, &path).await, 404, "not_found");
    }
}

#[tokio::test]
async fn an_auditor_reads_everything_and_changes_nothing() {
    let bank = Bank::paying().await;
    let (before, auditor) = (done(&bank.app).await, staff(Role::Auditor));
    for (method, template, name) in operations(&bank.app).await {
        // Notices have a signature in place of a token.
        if method == "GET" || name == "receive_velocitypay_notice" {
            continue;
        }
        let collection = template.trim_start_matches("/v1/").split('/').next().unwrap();
        let id = bank.maria.of(collection_of(collection));
        let path = template.replace("{id}", id).replace(['{', '}'], "");
        let request = Request { method, ..Request::post(path, &json!({ "reason": "because" })) };
        let answer = bank.app.send(&request.header("Authorization", &auditor)).await;
        assert_eq!(answer.status, 403, "{name}");
    }
    assert_eq!(done(&bank.app).await, before);
    for customer in [&bank.maria, &bank.boris] {
        for collection in COLLECTIONS {
            bank.get(&auditor, &format!("/v1/{collection}/{}", customer.of(collection))).await.expect(200);
            bank.get(&auditor, &format!("/v1/{collection}/{}/events", customer.of(collection)))
                .await
                .expect(200);
        }
    }
}

#[tokio::test]
async fn how_much_of_the_bank_is_parked_is_told_to_those_who_see_all_of_it() {
    let bank = Bank::open().await;
    bank.app
        .newer_event(&format!("bank_account-{}", bank.boris.account), "bank_account.money_deposited", 99)
        .await;
    for (badge, told) in [(&staff(Role::Auditor), Some("1")), (&bank.maria.badge, None)] {
        assert_eq!(bank.get(badge, "/v1/accounts").await.header("khata-parked"), told);
    }
    // Whose it is finds it marked.
    let own = bank.get(&bank.boris.badge, "/v1/accounts").await;
    assert_eq!((own.header("khata-parked"), &own.json()["items"][0]["parked"]), (None, &json!(true)));
}

#[tokio::test]
async fn what_comes_to_a_customer_is_an_entry_and_no_payment_of_theirs() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let pay = json!({ "from_account": maria.account, "to_account": boris.account, "amount": inr("1.00") });
    let made = bank.post(&maria.badge, "/v1/payments", pay).await.expect(201);
    let payment = made["id"].as_str().unwrap();
    for query in ["", &format!("?account_id={}", boris.account), &format!("?customer_id={}", maria.id)] {
        let found = bank.get(&boris.badge, &format!("/v1/payments{query}")).await.expect(200);
        assert_eq!(found["items"], json!([]), "{query}");
    }
    problem(&bank.get(&boris.badge, &format!("/v1/payments/{payment}")).await, 404, "not_found");
    let entries =
        bank.get(&boris.badge, &format!("/v1/accounts/{}/transactions", boris.account)).await.expect(200);
    let entry = entries["items"].as_array().unwrap().iter().find(|entry| entry["payment_id"] == payment);
    assert_eq!(entry.expect("the entry")["amount"], inr("1.00"));
    let found =
        bank.get(&maria.badge, &format!("/v1/payments?account_id={}", boris.account)).await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}
