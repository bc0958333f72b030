//! Parked partitions: no answer hides that it lacks events.

use crate::conventions::problem;
use khata_application::subscription::{LeaseRequest, Leases};
use khata_projections::{
    Row, ViewStore,
    accounts::AccountMonthRow,
    view_store::{Generation, GenerationWrite, RowOp, TableRows, WriteBatch},
};
use khata_tests::{Request, Response, TestApp, test_app::inr};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Asks once the views have seen all of the log.
async fn now(app: &TestApp, path: &str) -> Response {
    app.get_now(path).await
}

/// The item of a list that has an id somewhere among its members.
fn item<'l>(list: &'l Value, id: &str) -> &'l Value {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .find(|item| item.as_object().unwrap().values().any(|value| value == id))
        .unwrap_or_else(|| panic!("{id} is not in {list}"))
}

/// All of a list, one item at a time.
async fn page_by_page(app: &TestApp, path: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{path}?limit=1{cursor}")).await.expect(200);
        let page_items = page["items"].as_array().unwrap();
        assert_eq!(page_items.len(), 1, "{page}");
        items.extend(page_items.clone());
        let Some(next) = page["next_cursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

/// The keys that an answer names as parked.
fn parked(answer: &Response) -> Vec<(String, String, String)> {
    let text = |key: &Value, member: &str| key[member].as_str().unwrap().to_owned();
    let body = problem(answer, 503, "view_parked");
    assert_eq!(answer.header("retry-after"), Some("60"));
    body["parked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (text(key, "view"), text(key, "partition"), text(key, "cause")))
        .collect()
}

#[tokio::test]
async fn what_an_event_of_a_newer_khata_belongs_to_is_marked_and_nothing_sums_over_it() {
    let app = TestApp::start();
    let (account, other) = (app.account("100.00").await, app.account("7.00").await);
    let owner = now(&app, &format!("/v1/accounts/{account}")).await.expect(200)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.newer_event(&format!("bank_account-{account}"), "bank_account.money_teleported", 1).await;
    app.newer_event(&format!("bank_account-{account}"), "bank_account.money_withdrawn", 99).await;

    let row = now(&app, &format!("/v1/accounts/{account}")).await.expect(200);
    assert_eq!((&row["parked"], &row["balance"], &row["version"]), (&json!(true), &inr("100.00"), &json!(2)));
    let list = now(&app, "/v1/accounts").await;
    assert_eq!(list.header("khata-parked"), Some("1"));
    assert_eq!(item(&list.clone().expect(200), &account)["parked"], true);
    for row in [
        item(&list.expect(200), &other).clone(),
        now(&app, &format!("/v1/accounts/{other}")).await.expect(200),
    ] {
        assert_eq!((&row["parked"], &row["balance"]), (&Value::Null, &inr("7.00")));
    }

    let key =
        |view: &str, partition: &str| (view.to_owned(), partition.to_owned(), "newer_schema".to_owned());
    let lines = now(&app, &format!("/v1/accounts/{account}/transactions")).await;
    assert_eq!(parked(&lines), [key("account_transactions", &account)]);
    for form in ["json", "csv"] {
        for month in ["2026-02", "2026-03", "2026-04"] {
            let statement =
                now(&app, &format!("/v1/accounts/{account}/statement?month={month}&format={form}")).await;
            let views = parked(&statement);
            assert!(
                views.contains(&key("account_months", &account))
                    && views.contains(&key("account_transactions", &account)),
                "{views:?}"
            );
        }
    }
    let overview = parked(&now(&app, &format!("/v1/customers/{owner}/overview")).await);
    assert_eq!(overview, [key("customer_overview", &owner), key("accounts", &account)]);
    for path in ["transactions", "statement?month=2026-03"] {
        now(&app, &format!("/v1/accounts/{other}/{path}")).await.expect(200);
    }

    for projection in app.get("/v1/admin/projections").await.expect(200)["items"].as_array().unwrap() {
        let concerned = ["accounts", "account_transactions", "account_months", "customer_overview"]
            .contains(&projection["name"].as_str().unwrap());
        let counts = (&projection["parked"], &projection["parked_newer_schema"]);
        assert_eq!(counts, (&json!(u8::from(concerned)), &json!(u8::from(concerned))), "{projection}");
    }
    let ready = app.get("/readyz").await.expect(200);
    assert!(
        ready["checks"].to_string().contains(", 1 partitions parked (1 of them at events of a newer Khata)"),
        "{ready}"
    );
    let all = app.get("/v1/admin/parked").await.expect(200);
    assert_eq!(
        (all["items"][0]["cause"].as_str(), all["items"][0]["waiting"].as_u64()),
        (Some("newer_schema"), Some(1))
    );
}

#[tokio::test]
async fn every_view_says_so_alike() {
    let app = TestApp::start();
    let (card, order) = (app.card("500.00").await, app.order().await);
    let customer = app.customer("maria@example.com").await;
    let loan = json!({
        "customer_id": customer, "loan_type": "personal", "principal": inr("12000.00"), "annual_rate": "12", "term_months": 3, "day_count": "30/360",
    });
    let loan = app.post("/v1/loans", loan).await.expect(201)["id"].as_str().unwrap().to_owned();
    for (kind, category, id, lines) in [
        ("cards", "credit_card", &card, &["transactions", "authorizations", "statements"] as &[&str]),
        ("orders", "order", &order, &[]),
        ("loans", "loan", &loan, &["schedule", "payments"]),
        ("customers", "customer", &customer, &["overview"]),
    ] {
        app.newer_event(&format!("{category}-{id}"), &format!("{category}.changed_in_another_way"), 1).await;
        assert_eq!(now(&app, &format!("/v1/{kind}/{id}")).await.expect(200)["parked"], true, "{kind}");
        let list = now(&app, &format!("/v1/{kind}")).await;
        assert_eq!(list.header("khata-parked"), Some("1"), "{kind}");
        assert_eq!(item(&list.expect(200), id)["parked"], true, "{kind}");
        for path in lines {
            assert!(
                !parked(&now(&app, &format!("/v1/{kind}/{id}/{path}")).await).is_empty(),
                "{kind} {path}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_parked_from_its_first_event_on_is_not_said_to_be_missing() {
    let app = TestApp::start();
    let id = "acc_00000000-0000-7000-8000-0000000000aa";
    app.newer_event(&format!("bank_account-{id}"), "bank_account.account_opened", 9).await;
    for path in ["", "/transactions", "/statement?month=2026-03"] {
        assert!(!parked(&now(&app, &format!("/v1/accounts/{id}{path}")).await).is_empty(), "{path}");
    }
    let unknown = "acc_00000000-0000-7000-8000-0000000000ab";
    problem(&now(&app, &format!("/v1/accounts/{unknown}")).await, 404, "not_found");
}

#[tokio::test]
async fn an_unreadable_event_parks_all_months_and_a_skip_is_listed_until_it_is_taken_back() {
    let app = TestApp::start();
    app.at("2026-02-02T12:00:00Z");
    let id = app.account("100.00").await;
    app.at("2026-03-02T12:00:00Z");
    // Of a known type, with data that does not fit it.
    let position = app.newer_event(&format!("bank_account-{id}"), "bank_account.money_deposited", 1).await;
    for month in ["2026-02", "2026-03"] {
        let statement = now(&app, &format!("/v1/accounts/{id}/statement?month={month}")).await;
        assert!(
            parked(&statement).iter().all(|(_, partition, cause)| *partition == id && cause == "failed"),
            "{month}"
        );
    }
    let all = app.get("/v1/admin/parked").await.expect(200);
    for item in all["items"].as_array().unwrap() {
        let path = format!(
            "/v1/admin/projections/{}/parked/{}/skip",
            item["projection"].as_str().unwrap(),
            item["id"].as_str().unwrap()
        );
        app.post_empty(&path).await.expect(200);
    }
    let skipped = app.get("/v1/admin/skipped").await.expect(200);
    let of_months = item(&skipped, "account_months");
    assert_eq!((&of_months["position"], &of_months["partition"]), (&json!(position), &json!(id)));
    assert!(of_months["error"].as_str().unwrap().contains("money_deposited"), "{of_months}");
    assert_eq!(
        app.get("/v1/admin/projections/account_months/skipped").await.expect(200)["items"],
        json!([of_months])
    );
    assert_eq!(page_by_page(&app, "/v1/admin/skipped").await, skipped["items"].as_array().unwrap().clone());
    assert_eq!(
        page_by_page(&app, "/v1/admin/projections/account_months/skipped").await,
        std::slice::from_ref(of_months)
    );
    let cursor =
        app.get("/v1/admin/skipped?limit=1").await.expect(200)["next_cursor"].as_str().unwrap().to_owned();
    for (path, code) in [
        ("parked?cursor=", "invalid_cursor"),
        ("projections/accounts/skipped?cursor=", "invalid_cursor"),
        ("skipped?limit=", "invalid_parameter"),
    ] {
        let asked = if path.ends_with("limit=") { "201" } else { &cursor };
        problem(&app.get(&format!("/v1/admin/{path}{asked}")).await, 400, code);
    }
    let projections = app.get("/v1/admin/projections").await.expect(200);
    assert_eq!(item(&projections, "account_months")["skipped"], 1);
    now(&app, &format!("/v1/accounts/{id}/statement?month=2026-03")).await.expect(200);
    let ready = app.get("/readyz").await.expect(200);
    assert!(ready["checks"].to_string().contains(", 1 events left out"), "{ready}");

    problem(&app.post_empty("/v1/admin/projections/account_months/skipped/1/unskip").await, 404, "not_found");
    problem(
        &app.post_empty("/v1/admin/projections/account_months/skipped/one/unskip").await,
        404,
        "not_found",
    );
    let started = app
        .post_empty(&format!("/v1/admin/projections/account_months/skipped/{position}/unskip"))
        .await
        .expect(202);
    let generation = started["generation"].clone();
    while item(&app.get("/v1/admin/projections").await.expect(200), "account_months")["generation"]
        != generation
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.get("/v1/admin/projections/account_months/skipped").await.expect(200)["items"], json!([]));
    let statement = now(&app, &format!("/v1/accounts/{id}/statement?month=2026-03")).await;
    assert_eq!(
        parked(&statement),
        [("account_months".to_owned(), id, "failed".to_owned())],
        "it is tried again, and fails in sight"
    );
    app.send(&Request::post(
        "/v1/admin/projections/account_months/rebuild",
        &json!({ "keep_skipped": true }),
    ))
    .await
    .expect(202);
}

#[tokio::test]
async fn a_statement_whose_lines_and_totals_disagree_is_not_told() {
    let mut app = TestApp::start();
    let id = app.account("100.00").await;
    let path = format!("/v1/accounts/{id}/statement?month=2026-03");
    now(&app, &path).await.expect(200);
    app.runner.take().unwrap().stop().await;
    let request = LeaseRequest {
        holder: "test".into(),
        names: vec!["account_months".into()],
        length: Duration::from_secs(600),
        epoch: None,
    };
    let epoch = app.views.acquire(request).await.unwrap().epoch;
    let Generation { id: generation, checkpoint, .. } = app
        .views
        .generations()
        .await
        .unwrap()
        .into_iter()
        .find(|generation| generation.projection == "account_months")
        .unwrap();
    let gone = RowOp::Delete(AccountMonthRow::key(&id, "2026-03".parse().unwrap()));
    let tables = vec![TableRows { table: AccountMonthRow::TABLE, ops: vec![gone] }];
    let part = GenerationWrite {
        generation,
        from: checkpoint,
        to: checkpoint,
        states_at: None,
        states: vec![],
        tables,
        parked: vec![],
    };
    app.views
        .submit(Arc::new(WriteBatch { epoch, background: false, parts: vec![part] }))
        .outcome()
        .await
        .unwrap();
    assert_eq!(parked(&app.get(&path).await), []);
}
