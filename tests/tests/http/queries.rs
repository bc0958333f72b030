//! Questions to views: lists, filters, cursors, entries, overviews.

use crate::{
    conventions::problem,
    description::{description, operations},
};
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// All items of a list, page by page.
async fn whole(app: &TestApp, path: &str) -> Vec<Value> {
    let (mut items, mut next) = (Vec::new(), path.to_owned());
    loop {
        let page = app.get_now(&next).await.expect(200);
        items.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => {
                next = format!("{}{}cursor={cursor}", path, if path.contains('?') { "&" } else { "?" })
            }
            None => return items,
        }
    }
}

fn ids(items: &[Value], member: &str) -> Vec<String> {
    items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_row_shows_what_the_answer_of_the_last_command_showed() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let hold = json!({ "hold_id": "hold_01890a5d-ac96-774b-bcce-b302099a8057", "amount": inr("30.00"), "expires_at": "2026-03-02T13:00:00Z" });
    let mut answered = app.post(&format!("/v1/accounts/{id}/holds"), hold).await.expect(200)["state"].clone();
    let response = app.get_now(&format!("/v1/accounts/{id}")).await;
    let mut shown = response.expect(200);
    assert_eq!(response.header("etag"), Some("\"3\""));
    assert_eq!(answered["available"], inr("70.00"));
    // Interest is the aggregate's own affair, and when the row was written is the view's.
    answered.as_object_mut().unwrap().remove("accrued_interest");
    shown.as_object_mut().unwrap().remove("updated_at");
    assert_eq!(shown, answered);
}

#[tokio::test]
async fn a_hold_that_has_run_out_no_longer_counts_though_nothing_happened() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let hold = json!({ "amount": inr("30.00"), "expires_at": "2026-03-02T13:00:00Z" });
    app.post(&format!("/v1/accounts/{id}/holds"), hold).await.expect(200);
    app.at("2026-03-02T13:00:00Z");
    let shown = app.get_now(&format!("/v1/accounts/{id}")).await.expect(200);
    assert_eq!((&shown["available"], &shown["holds"]), (&inr("100.00"), &json!([])));
}

#[tokio::test]
async fn lists_go_page_by_page_without_gap_or_repeat() {
    let app = TestApp::start();
    for number in 0..7 {
        app.customer(&format!("c{number}@example.com")).await;
    }
    let all = ids(&whole(&app, "/v1/customers").await, "customer_id");
    assert_eq!(all.len(), 7);
    assert_eq!(ids(&whole(&app, "/v1/customers?limit=3").await, "customer_id"), all);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 7);
}

#[tokio::test]
async fn customers_are_found_by_email_and_phone_however_they_are_written() {
    let app = TestApp::start();
    app.customer("Maria.Anders@Example.com").await;
    app.customer("jan@example.com").await;
    let found = app.get_now("/v1/customers?email=maria.anders@example.COM").await.expect(200);
    assert_eq!(ids(found["items"].as_array().unwrap(), "email"), ["Maria.Anders@Example.com"]);
    assert_eq!(
        app.get_now("/v1/customers?phone=%2B91-98765-43210").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        app.get_now("/v1/customers?email=nobody@example.com").await.expect(200),
        json!({ "items": [], "next_cursor": null })
    );
}

#[tokio::test]
async fn accounts_are_filtered_and_a_cursor_keeps_the_filters() {
    let app = TestApp::start();
    let (poor, rich) = (app.account("10.00").await, app.account("5000.00").await);
    let closed = app.account("0.00").await;
    app.post_empty(&format!("/v1/accounts/{closed}/close")).await.expect(200);
    let owner = app.get_now(&format!("/v1/accounts/{rich}")).await.expect(200)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (query, expected) in [
        (format!("customer_id={owner}"), vec![rich.clone()]),
        ("status=closed".into(), vec![closed.clone()]),
        ("account_type=business".into(), vec![]),
        ("min_balance=10.00".into(), vec![poor.clone(), rich.clone()]),
        ("min_balance=10.01".into(), vec![rich.clone()]),
        (format!("status=active&customer_id={owner}&min_balance=5000"), vec![rich.clone()]),
    ] {
        assert_eq!(
            ids(&whole(&app, &format!("/v1/accounts?{query}")).await, "account_id"),
            expected,
            "{query}"
        );
    }
    let page = app.get_now("/v1/accounts?status=active&limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = app.get_now(&format!("/v1/accounts?cursor={cursor}")).await.expect(200);
    assert_eq!(ids(rest["items"].as_array().unwrap(), "account_id"), [rich], "the filter counts on");
    problem(&app.get(&format!("/v1/accounts?cursor={cursor}&status=closed")).await, 400, "invalid_cursor");
    for query in [
        "customer_id=7",
        "status=open",
        "account_type=gold",
        "min_balance=much",
        "min_balance=1_000",
        "min_balance=1e3",
        "min_balance=%2B5",
        "min_balance=1000.0005",
        "min_balance=.5",
        "min_balance=",
    ] {
        problem(&app.get(&format!("/v1/accounts?{query}")).await, 400, "invalid_parameter");
    }
}

#[tokio::test]
async fn entries_are_listed_with_the_balance_after_each() {
    let app = TestApp::start();
    app.at("2026-03-01T09:00:00Z");
    let id = app.account("100.00").await;
    app.at("2026-03-02T12:00:00Z");
    let path = format!("/v1/accounts/{id}");
    let deposit = json!({ "amount": inr("20.00"), "channel": "cash", "counterparty": "till 4", "reference": "R-1", "description": "cash in" });
    let answer = app.post(&format!("{path}/deposits"), deposit).await.expect(200);
    app.post(
        &format!("{path}/withdrawals"),
        json!({ "amount": inr("5.00"), "effective_at": "2026-03-01T10:00:00Z" }),
    )
    .await
    .expect(200);
    let items = whole(&app, &format!("{path}/transactions")).await;
    let short: Vec<_> = items
        .iter()
        .map(|item| (item["kind"].as_str().unwrap(), item["balance_after"]["amount"].as_str().unwrap()))
        .collect();
    assert_eq!(
        short,
        [("deposit", "100.00"), ("withdrawal", "115.00"), ("deposit", "120.00")],
        "by business time, balances as recorded"
    );
    let of_the_deposit = format!("txn_{}", answer["events"][0]["id"].as_str().unwrap());
    assert_eq!(items[2]["transaction_id"], of_the_deposit.as_str());
    insta::assert_json_snapshot!("transaction", items[2]);

    let last_first = whole(&app, &format!("{path}/transactions?order=desc&limit=1")).await;
    assert_eq!(last_first, items.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(whole(&app, &format!("{path}/transactions?from=2026-03-02")).await.len(), 1);
    assert_eq!(whole(&app, &format!("{path}/transactions?to=2026-03-01")).await.len(), 2);
    assert_eq!(whole(&app, &format!("{path}/transactions?from=2026-03-01&to=2026-03-02")).await.len(), 3);
    problem(&app.get(&format!("{path}/transactions?from=yesterday")).await, 400, "invalid_parameter");
    problem(
        &app.get_now("/v1/accounts/acc_01890a5d-ac96-774b-bcce-b302099a8057/transactions").await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn an_overview_shows_a_customer_with_all_accounts() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let account = app.get_now(&format!("/v1/accounts/{id}")).await.expect(200);
    let owner = account["customer_id"].as_str().unwrap().to_owned();
    let overview = app.get_now(&format!("/v1/customers/{owner}/overview")).await.expect(200);
    assert_eq!(overview["customer"], app.get_now(&format!("/v1/customers/{owner}")).await.expect(200));
    assert_eq!(overview["accounts"], json!({ "items": [account], "next_cursor": null }));
    assert_eq!(overview["customer"]["products"], json!([id]));
    problem(
        &app.get("/v1/customers/cus_01890a5d-ac96-774b-bcce-b302099a8057/overview").await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn numbers_in_query_strings_are_digits_wherever_one_is_taken() {
    let app = TestApp::start();
    let description = description().await;
    let mut tried = 0;
    for (method, path, operation) in operations(&description).filter(|(method, ..)| *method == "get") {
        let id =
            operation["parameters"].as_array().unwrap().iter().find(|parameter| parameter["name"] == "id");
        let form = id.and_then(|id| id["description"].as_str()).unwrap_or_default(); // `acc_…`
        let prefix = form.trim_matches('`').split('_').next().unwrap_or_default();
        let named = match form {
            "`<currency>`" => "INR".to_owned(),
            "`<yyyy-mm-dd>`" => "2026-03-10".to_owned(),
            _ => format!("{prefix}_01890a5d-ac96-774b-bcce-b302099a8057"),
        };
        let path = path.replace("{id}", &named);
        let numbers = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|parameter| parameter["schema"]["type"] == "integer");
        for parameter in numbers.filter(|parameter| parameter["in"] == "query" && !path.contains('{')) {
            let name = parameter["name"].as_str().unwrap();
            for number in ["%2B5", "1_0", "1e1", "%205", "5.0", "0x5", ""] {
                let answer = app.get(&format!("{path}?{name}={number}")).await;
                assert_eq!(
                    problem(&answer, 400, "invalid_parameter")["parameter"],
                    name,
                    "{method} {path}?{name}={number}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 70, "{tried}");
}
