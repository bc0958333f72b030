//! What nobody is shown who has no business with it, and what is not taken since it would show nobody what it
//! is.

use crate::conventions::problem;
use khata_application::{EventStore, event_store::FeedFilter};
use khata_tests::{
    Request, TestApp,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};

/// All metadata that a body shows.
fn metadata(body: &str) -> Vec<Value> {
    let lines = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect::<Vec<_>>();
    if lines.is_empty() {
        let list: Value = serde_json::from_str(body).unwrap();
        return list["items"].as_array().unwrap().iter().map(|event| event["metadata"].clone()).collect();
    }
    lines.into_iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["metadata"].clone()).collect()
}

#[tokio::test]
async fn readers_of_events_are_shown_neither_keys_nor_fingerprints_of_others() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let deposit = Request::post(format!("/v1/accounts/{id}/deposits"), &json!({ "amount": inr("5.00") }))
        .key("maria's own key");
    app.send(&deposit).await.expect(200);
    let stored = app.events.read_all(0, 100, &FeedFilter::default()).await.unwrap().events;
    assert!(
        stored
            .iter()
            .map(|event| &event.metadata)
            .any(|text| text.contains("maria's own key") && text.contains("\"fingerprint\":\"k1:")),
        "{stored:?}"
    );

    for path in [
        "/v1/events?limit=200".to_owned(),
        format!("/v1/accounts/{id}/events"),
        format!("/v1/streams/bank_account-{id}/events"),
    ] {
        let answer = app.get(&path).await;
        answer.expect(200);
        let shown = metadata(answer.text());
        assert!(
            !shown.is_empty() && !answer.text().contains("maria's own key") && !answer.text().contains("k1:"),
            "{path}"
        );
        for metadata in shown {
            let members: Vec<&str> = metadata.as_object().unwrap().keys().map(String::as_str).collect();
            for told in ["correlation_id", "causation_id", "command_id", "actor", "traceparent"] {
                assert!(members.contains(&told), "{told} in {path}");
            }
            assert!(
                !members.contains(&"fingerprint") && !members.contains(&"idempotency_key"),
                "{members:?} in {path}"
            );
        }
    }
}

#[tokio::test]
async fn texts_that_show_no_reader_what_they_are_are_refused_by_name() {
    let app = TestApp::start();
    for hidden in [
        "\u{200b}",
        "\u{3164}",
        "\u{2800}",
        "\u{ad}\u{ad}",
        "\u{e0041}",
        "Maria\u{202e}sredna",
        "Maria\u{2028}Anders",
        "Maria\u{2066}Anders",
    ] {
        let mut body = new_customer("maria@example.com");
        body["name"] = json!(hidden);
        let told = problem(&app.post("/v1/customers", body).await, 400, "invalid_text");
        assert_eq!(told["field"], "name", "{told}");
    }
    let mut body = new_customer("maria@example.com");
    body["name"] = json!("Mari\u{61}\u{301} क्‍ष");
    let answer = app.post("/v1/customers", body).await.expect(201);
    assert_eq!(answer["state"]["name"], "Mari\u{e1} क्‍ष", "in its composed form");
}

#[tokio::test]
async fn two_walks_over_the_log_go_on_at_once_and_a_third_is_told_when_to_come_again() {
    let app = TestApp::start();
    app.account("100.00").await;
    let first = app.open(&Request::get("/v1/admin/backup")).await;
    let second = app.open(&Request::get("/v1/admin/export")).await;
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    for path in ["/v1/admin/backup", "/v1/admin/export", "/v1/admin/audit/verify"] {
        let refused = app.get(path).await;
        problem(&refused, 429, "too_many_log_walks");
        assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    }
    app.customer("others@example.com").await;
    drop(first);
    app.get("/v1/admin/audit/verify").await.expect(200);
    app.get("/v1/admin/audit/verify").await.expect(200);
    drop(second);
    let lines =
        app.open(&Request::get("/v1/admin/audit/verify").header("Accept", "application/x-ndjson")).await;
    let export = app.open(&Request::get("/v1/admin/export")).await;
    problem(&app.get("/v1/admin/export").await, 429, "too_many_log_walks");
    drop((lines, export));
    assert_eq!(app.get("/v1/admin/export").await.status, 200);
}
