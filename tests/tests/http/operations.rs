//! What operators and their machines see.

use crate::conventions::problem;
use khata_api::app::HttpSettings;
use khata_application::{
    EventStore, StreamName,
    event_store::{Snapshot, StreamRange},
    fold::Folded,
};
use khata_domain::{Aggregate, accounts::BankAccount};
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_living_process_says_so() {
    assert_eq!(TestApp::start().get("/healthz").await.text(), "ok\n");
}

#[tokio::test]
async fn it_is_ready_once_its_views_serve_and_stays_so_when_nobody_feeds_them() {
    let mut app = TestApp::start();
    app.account("1.00").await;
    // Each projection makes its tables when it begins; how soon they all follow is the machine's affair.
    let is_ready = async {
        while app.get("/readyz").await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), is_ready).await.expect("views that follow");
    let ready = app.get("/readyz").await.expect(200);
    assert_eq!(ready["checks"][0]["name"], "events");
    assert!(ready["checks"].as_array().unwrap().len() > 1, "{ready}");
    app.runner.take().unwrap().stop().await;
    // It can answer as well as any other: that its views stand still is told, and takes nobody out of
    // service.
    let told = app.get("/readyz").await.expect(200);
    let standing = |told: &Value| {
        let checks = told["checks"].as_array().unwrap().clone();
        checks
            .into_iter()
            .filter(|check| {
                check["name"].as_str().unwrap().starts_with("projection ") && check["ok"] == false
            })
            .collect::<Vec<_>>()
    };
    let still = standing(&told);
    assert!(!still.is_empty() && still.iter().all(|check| check["required"] == false), "{told}");
    assert!(
        still.iter().all(|check| check["detail"].as_str().unwrap().contains("is not fed here")),
        "{told}"
    );
}

#[tokio::test]
async fn views_that_lag_beyond_the_bound_are_told_and_take_nobody_out_of_service() {
    let mut app =
        TestApp::with(HttpSettings { lag_bound: Duration::from_secs(60), ..HttpSettings::default() });
    app.account("1.00").await;
    app.get_now("/v1/accounts").await.expect(200);
    app.runner.take().unwrap().stop().await;
    app.customer("jan@example.com").await;
    let lagging = |ready: &Value| {
        ready["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["detail"].as_str().unwrap().contains("lags"))
            .count()
    };
    assert_eq!(lagging(&app.get("/readyz").await.expect(200)), 0);
    app.clock.advance(jiff::SignedDuration::from_secs(61));
    let ready = app.get("/readyz").await.expect(200);
    assert!(
        ready["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["ok"] == false && check["required"] == false),
        "{ready}"
    );
}

#[tokio::test]
async fn requests_commands_and_refusals_are_counted() {
    let app = TestApp::start();
    let id = app.account("1.00").await;
    app.post(&format!("/v1/accounts/{id}/withdrawals"), json!({ "amount": inr("5.00") })).await.expect(422);
    app.get("/nowhere").await.expect(404);
    let text = app.get("/metrics").await.text().to_owned();
    for line in [
        "khata_http_requests_total{route=\"/v1/accounts/{id}/withdrawals\",method=\"POST\",status=\"4xx\"}",
        "khata_http_requests_total{route=\"unmatched\",method=\"GET\",status=\"4xx\"}",
        "khata_commands_total{command=\"POST /v1/accounts\",result=\"accepted\"}",
        "khata_commands_total{command=\"POST /v1/accounts/{id}/withdrawals\",result=\"refused\"}",
        "khata_refusals_total{code=\"insufficient_funds\"}",
        "khata_http_request_seconds_bucket{route=\"/v1/accounts\",method=\"POST\",le=\"+Inf\"}",
    ] {
        let line = line.replacen('{', "{namespace=\"main\",", 1);
        assert!(text.lines().any(|found| found.starts_with(&line)), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn projections_are_listed_with_their_lag() {
    let app = TestApp::start();
    app.account("1.00").await;
    app.get_now("/v1/customers").await.expect(200);
    let listed = app.get("/v1/admin/projections").await.expect(200);
    let customers = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|projection| projection["name"] == "customers")
        .unwrap();
    assert_eq!(
        (&customers["lag_events"], &customers["parked"], &customers["state"]),
        (&json!(0), &json!(0), &json!("running"))
    );
}

#[tokio::test]
async fn a_projection_is_rebuilt_on_request_while_it_serves() {
    let app = TestApp::start();
    app.customer("maria@example.com").await;
    let before = app.get_now("/v1/customers").await;
    let started =
        app.post("/v1/admin/projections/customers/rebuild", json!({ "compare": true })).await.expect(202);
    let generation = started["generation"].as_u64().unwrap();
    let swapped = async {
        while app.get("/v1/admin/projections").await.json()["items"][0]["generation"].as_u64()
            != Some(generation)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), swapped).await.expect("the new generation serves");
    assert_eq!(app.get("/v1/customers").await.body, before.body);
}

#[tokio::test]
async fn projections_and_parked_partitions_that_are_not_there_are_not_found() {
    let app = TestApp::start();
    problem(&app.post_empty("/v1/admin/projections/nothing/rebuild").await, 404, "not_found");
    problem(&app.get("/v1/admin/projections/nothing/parked").await, 404, "not_found");
    problem(&app.post_empty("/v1/admin/projections/customers/parked/1-1/retry").await, 404, "not_found");
    problem(&app.post_empty("/v1/admin/projections/customers/parked/one/skip").await, 404, "not_found");
    app.get_now("/v1/customers").await.expect(200);
    assert_eq!(
        app.get("/v1/admin/projections/customers/parked").await.expect(200),
        json!({ "items": [], "next_cursor": null })
    );
    assert_eq!(app.get("/v1/admin/parked").await.expect(200), json!({ "items": [], "next_cursor": null }));
}

#[tokio::test]
async fn the_audit_walks_the_whole_log() {
    let app = TestApp::start();
    app.account("1.00").await;
    let head = app.get("/v1/events?after=5").await.json()["items"][0].clone();
    let audit = app.get("/v1/admin/audit/verify").await.expect(200);
    assert_eq!(
        audit,
        json!({ "intact": true, "events": 6, "position": 6, "hash": head["hash"], "broken_at": null, "reason": null, "faults": [] })
    );
    let kept = app
        .get(&format!("/v1/admin/audit/verify?expect=6:{}", head["hash"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(kept["intact"], true);
    let other = app.get(&format!("/v1/admin/audit/verify?expect=6:{}", "0".repeat(64))).await.expect(200);
    assert_eq!((&other["intact"], &other["broken_at"]), (&json!(false), &json!(6)));
    for wrong in ["6", "0:ab", "6:zz"] {
        problem(&app.get(&format!("/v1/admin/audit/verify?expect={wrong}")).await, 400, "invalid_parameter");
    }
}

#[tokio::test]
async fn the_audit_folds_snapshots_again() {
    let app = TestApp::start();
    let id = app.account("1.00").await;
    let stream = StreamName::parse(&format!("bank_account-{id}")).unwrap();
    let events = app.events.read_stream(&stream, StreamRange::ALL).await.unwrap();
    let mut folded = Folded::<BankAccount>::default();
    events.iter().for_each(|event| folded.apply(event).unwrap());
    let last = events.last().unwrap();
    let right = Snapshot {
        version: last.version,
        last_event_id: last.event_id,
        recorded_at: last.recorded_at,
        state_schema: BankAccount::STATE_SCHEMA,
        state: serde_json::to_string(&folded.state).unwrap(),
    };
    app.events.keep_snapshot(&stream, right.clone()).await.unwrap();
    assert_eq!(app.get("/v1/admin/audit/verify").await.expect(200)["intact"], true);
    let other = Folded::<BankAccount>::default();
    app.events
        .keep_snapshot(&stream, Snapshot { state: serde_json::to_string(&other.state).unwrap(), ..right })
        .await
        .unwrap();
    let audit = app.get("/v1/admin/audit/verify").await.expect(200);
    assert_eq!(
        (&audit["intact"], &audit["broken_at"], &audit["faults"][0]["part"]),
        (&json!(false), &json!(null), &json!("snapshots"))
    );
    assert!(
        audit["faults"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("holds another state than the events come to"),
        "{audit}"
    );
    assert_eq!(app.get("/v1/admin/audit/verify?quick=true").await.expect(200)["intact"], true);
}

#[tokio::test]
async fn the_bare_echo_exists_only_where_it_was_asked_for() {
    let echo = Request::post("/v1/bench/echo", &json!({ "a": [1, "b"] }));
    problem(&TestApp::start().send(&echo).await, 404, "not_found");
    let bench = TestApp::with(HttpSettings { bench_echo: true, ..HttpSettings::default() });
    assert_eq!(bench.send(&echo).await.expect(200), json!({ "a": [1, "b"] }));
    problem(
        &bench.send(&Request::post_bytes("/v1/bench/echo", "application/json", "{")).await,
        400,
        "malformed_json",
    );
}

#[tokio::test]
async fn a_key_on_an_operation_does_it_once_and_belongs_to_it_alone() {
    let app = TestApp::start();
    let account = app.account("1.00").await;
    app.get_now("/v1/customers").await.expect(200);
    let rebuild = |compare: bool| {
        Request::post("/v1/admin/projections/customers/rebuild", &json!({ "compare": compare }))
            .key("nightly")
    };
    let first = app.send(&rebuild(false)).await;
    let generation = first.expect(202)["generation"].clone();
    let again = app.send(&rebuild(false)).await;
    assert_eq!(
        (again.expect(202), again.header("Idempotent-Replayed")),
        (first.json(), Some("true")),
        "no second rebuild"
    );
    assert_eq!(first.json()["generation"], generation);
    problem(&app.send(&rebuild(true)).await, 422, "idempotency_key_reused");
    let deposit =
        Request::post(format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("1.00") }))
            .key("nightly");
    problem(&app.send(&deposit).await, 422, "idempotency_key_reused");
    let done = app.get("/v1/events?category=operation").await.expect(200);
    let done = done["items"].as_array().unwrap();
    assert_eq!(
        (done.len(), &done[1]["data"]["act"], &done[1]["data"]["target"]),
        (2, &json!("rebuild"), &json!("customers")),
        "that it was begun, and what it came to"
    );
}

#[tokio::test]
async fn an_operation_that_fails_leaves_its_key_free() {
    let app = TestApp::start();
    app.get_now("/v1/customers").await.expect(200);
    let rebuild =
        |name: &str| Request::post(format!("/v1/admin/projections/{name}/rebuild"), &json!({})).key("k");
    problem(&app.send(&rebuild("unknown")).await, 404, "not_found");
    let done = app.send(&rebuild("customers")).await;
    assert_eq!((done.status, done.header("Idempotent-Replayed")), (202, None));
}
