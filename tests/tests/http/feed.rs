//! The feed: pages, filters, and the live stream.

use crate::conventions::problem;
use axum::body::Body;
use http_body_util::BodyExt;
use khata_api::app::HttpSettings;
use khata_tests::{
    Request, TestApp,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};
use std::time::Duration;

/// Reads a stream of Server-Sent Events block by block.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(app: &TestApp, path: &str, last_event_id: Option<u64>) -> Self {
        let mut request = Request::get(path).header("Accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = app.open(&request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next block, or nothing at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame())
                .await
                .expect("something within ten seconds")?;
            self.text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
        }
    }

    /// The next event: id, type and JSON.
    async fn event(&mut self) -> (u64, String, Value) {
        let block = self.block().await.expect("an event");
        let line = |name: &str| {
            block
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_else(|| panic!("{name} in {block}"))
                .to_owned()
        };
        (line("id: ").parse().unwrap(), line("event: "), serde_json::from_str(&line("data: ")).unwrap())
    }
}

#[tokio::test]
async fn the_feed_shows_every_event_in_order_with_all_that_is_known_of_it() {
    let app = TestApp::start();
    app.customer("maria@example.com").await;
    let response = app.get("/v1/events").await;
    let feed = response.expect(200);
    let positions: Vec<_> =
        feed["items"].as_array().unwrap().iter().map(|event| event["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, [1, 2, 3]);
    assert_eq!(response.header("khata-position"), Some("3"));
    insta::assert_json_snapshot!("stored_event", feed["items"][0]);
}

#[tokio::test]
async fn pages_follow_one_another_to_the_end() {
    let app = TestApp::start();
    let id = app.account("10.00").await;
    for _ in 0..5 {
        app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("1.00") })).await.expect(200);
    }
    let whole = app.get("/v1/events?limit=200").await.expect(200);
    assert_eq!(whole["next_cursor"], Value::Null);
    let (mut seen, mut path) = (Vec::new(), "/v1/events?limit=4".to_owned());
    loop {
        let page = app.get(&path).await.expect(200);
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/events?limit=4&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(&Value::Array(seen), &whole["items"]);
}

#[tokio::test]
async fn filters_choose_and_a_cursor_keeps_them() {
    let app = TestApp::start();
    for number in 0..3 {
        app.customer(&format!("c{number}@example.com")).await;
    }
    let page = app.get("/v1/events?limit=2&type=customer.kyc_verified").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = app.get(&format!("/v1/events?cursor={cursor}")).await.expect(200);
    let types: Vec<_> = [&page, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|event| event["type"].clone())
        .collect();
    assert_eq!(types, vec![json!("customer.kyc_verified"); 3]);
    problem(
        &app.get(&format!("/v1/events?cursor={cursor}&type=customer.customer_onboarded")).await,
        400,
        "invalid_cursor",
    );
    problem(&app.get(&format!("/v1/customers?cursor={cursor}")).await, 400, "invalid_cursor");
    let reservations = app.get("/v1/events?category=customer_email").await.expect(200);
    assert_eq!(reservations["items"].as_array().unwrap().len(), 3);
    assert_eq!(
        app.get("/v1/events?category=order").await.expect(200),
        json!({ "items": [], "next_cursor": null })
    );
}

#[tokio::test]
async fn an_aggregate_has_its_own_history() {
    let app = TestApp::start();
    let id = app.account("10.00").await;
    app.post(&format!("/v1/accounts/{id}/freeze"), json!({ "reason": "lost papers" })).await.expect(200);
    let all = app.get(&format!("/v1/accounts/{id}/events")).await.expect(200);
    let types: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        ["bank_account.account_opened", "bank_account.money_deposited", "bank_account.account_frozen"]
    );
    let later = app.get(&format!("/v1/accounts/{id}/events?after_version=2")).await.expect(200);
    assert_eq!(later["items"], json!([all["items"][2]]));
    let first = app.get(&format!("/v1/accounts/{id}/events?limit=2")).await.expect(200);
    let rest = app
        .get(&format!("/v1/accounts/{id}/events?cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!((&rest["items"], &rest["next_cursor"]), (&json!([all["items"][2]]), &Value::Null));
    assert_eq!(
        app.get(&format!("/v1/accounts/{id}/events?after_version=3")).await.expect(200)["items"],
        json!([])
    );
    assert_eq!(app.get(&format!("/v1/streams/bank_account-{id}/events")).await.expect(200), all);
    problem(&app.get("/v1/accounts/acc_01890a5d-ac96-774b-bcce-b302099a8057/events").await, 404, "not_found");
    problem(&app.get("/v1/streams/nothing/events").await, 404, "not_found");
}

#[tokio::test]
async fn the_cursor_of_a_history_keeps_its_moment() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("5.00") })).await.expect(200);
    app.at("2026-03-03T12:00:00Z");
    app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("7.00") })).await.expect(200);
    for path in [format!("/v1/accounts/{id}/events"), format!("/v1/streams/bank_account-{id}/events")] {
        let first = app.get(&format!("{path}?limit=2&as_of=2026-03-02T12:00:00Z")).await.expect(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        for query in [format!("cursor={cursor}"), format!("cursor={cursor}&as_of=2026-03-02T12:00:00.0Z")] {
            let rest = app.get(&format!("{path}?{query}")).await.expect(200);
            let versions: Vec<_> = rest["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["version"].as_u64().unwrap())
                .collect();
            assert_eq!((versions, &rest["next_cursor"]), (vec![3], &Value::Null), "{query}");
        }
        let other = app.get(&format!("{path}?cursor={cursor}&as_of=2026-03-03T12:00:00Z")).await;
        problem(&other, 400, "invalid_cursor");
        let timeless = app.get(&format!("{path}?limit=2")).await.expect(200);
        let timeless = timeless["next_cursor"].as_str().unwrap();
        problem(
            &app.get(&format!("{path}?cursor={timeless}&as_of=2026-03-03T12:00:00Z")).await,
            400,
            "invalid_cursor",
        );
    }
}

#[tokio::test]
async fn a_stream_catches_up_and_then_follows_live() {
    let app = TestApp::start();
    app.customer("maria@example.com").await;
    let mut stream = Stream::open(&app, "/v1/events", None).await;
    for position in 1..=3 {
        assert_eq!(stream.event().await.0, position);
    }
    app.post("/v1/customers", new_customer("jan@example.com")).await.expect(201);
    let (id, kind, event) = stream.event().await;
    assert_eq!((id, event["position"].as_u64()), (4, Some(4)));
    assert_eq!(event["type"], kind.as_str());
    let page = app.get("/v1/events?after=3&limit=1").await.expect(200);
    assert_eq!(event, page["items"][0], "the same shape as in a page");
}

#[tokio::test]
async fn a_stream_resumes_behind_the_last_event_seen() {
    let app = TestApp::start();
    app.customer("maria@example.com").await;
    assert_eq!(Stream::open(&app, "/v1/events", Some(2)).await.event().await.0, 3);
    assert_eq!(Stream::open(&app, "/v1/events?after=1", None).await.event().await.0, 2);
    assert_eq!(
        Stream::open(&app, "/v1/events?after=1", Some(2)).await.event().await.0,
        3,
        "what was seen counts more"
    );
}

#[tokio::test]
async fn a_filtered_stream_shows_what_passes_and_takes_note_of_the_rest() {
    let app = TestApp::with(HttpSettings { keep_alive: Duration::from_millis(1), ..HttpSettings::default() });
    app.customer("maria@example.com").await;
    let mut stream = Stream::open(&app, "/v1/events?type=customer.customer_onboarded", None).await;
    assert_eq!(stream.event().await.1, "customer.customer_onboarded");
    let alive = stream.block().await.unwrap();
    assert_eq!(
        alive, ": alive\nid: 3",
        "nothing behind it passes, and a client that comes back need not look at it again"
    );
}

#[tokio::test]
async fn many_subscribers_see_the_same_and_leave_without_a_trace() {
    let app = TestApp::start();
    let mut streams = Vec::new();
    for _ in 0..100 {
        streams.push(Stream::open(&app, "/v1/events", None).await);
    }
    streams.truncate(50);
    app.customer("maria@example.com").await;
    for stream in &mut streams {
        for position in 1..=3 {
            assert_eq!(stream.event().await.0, position);
        }
    }
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let app = TestApp::start();
    app.customer("maria@example.com").await;
    let mut stream = Stream::open(&app, "/v1/events?after=3", None).await;
    app.stopping.send(true).unwrap();
    assert_eq!(stream.block().await, None);
}

#[tokio::test]
async fn a_stream_has_no_pages() {
    let app = TestApp::start();
    let request = Request::get("/v1/events?limit=5").header("Accept", "text/event-stream");
    problem(&app.send(&request).await, 400, "invalid_parameter");
    problem(
        &app.send(
            &Request::get("/v1/events").header("Accept", "text/event-stream").header("Last-Event-ID", "x"),
        )
        .await,
        400,
        "invalid_header",
    );
}

#[tokio::test]
async fn a_reader_who_kept_position_and_hash_is_told_whether_the_log_still_holds_them() {
    let app = TestApp::start();
    app.account("1.00").await;
    let items = app.get("/v1/events").await.expect(200)["items"].as_array().unwrap().clone();
    let hash = |position: usize| items[position - 1]["hash"].as_str().unwrap().to_owned();
    app.get(&format!("/v1/events?after=3&after_hash={}", hash(3))).await.expect(200);
    app.get(&format!("/v1/events?after=0&after_hash={}", "0".repeat(64))).await.expect(200);
    for (after, hash) in [(3, hash(2)), (99, hash(3)), (0, hash(1))] {
        let told = problem(
            &app.get(&format!("/v1/events?after={after}&after_hash={hash}")).await,
            409,
            "log_diverged",
        );
        assert_eq!(told["position"], after);
        let stream = Request::get(format!("/v1/events?after={after}&after_hash={hash}"))
            .header("Accept", "text/event-stream");
        problem(&app.send(&stream).await, 409, "log_diverged");
    }
    problem(&app.get("/v1/events?after=3&after_hash=abc").await, 400, "invalid_parameter");
    let mut stream = Stream::open(&app, &format!("/v1/events?after=3&after_hash={}", hash(3)), None).await;
    assert_eq!(stream.event().await.0, 4);
}

/// After a restore from an older backup, say: what a follower has seen is not in the log, and what comes next
/// does not follow on it.
#[tokio::test]
async fn who_follows_from_beyond_the_end_of_the_log_is_told() {
    let app = TestApp::start();
    app.account("1.00").await;
    let head = app.count().await;
    let follow = |after: u64| {
        Request::get("/v1/events").header("Accept", "text/event-stream").header("Last-Event-ID", after)
    };
    let told = problem(&app.send(&follow(head + 1)).await, 409, "log_diverged");
    assert_eq!(told["position"].as_u64(), Some(head + 1));
    let beyond = Request::get(format!("/v1/events?after={}", head + 8)).header("Accept", "text/event-stream");
    problem(&app.send(&beyond).await, 409, "log_diverged");
    assert_eq!(
        app.open(&follow(head)).await.status(),
        200,
        "the end itself is where one waits for what comes"
    );
}

#[tokio::test]
async fn a_filter_that_can_find_nothing_is_refused_with_what_there_is() {
    let app = TestApp::start();
    app.account("10.00").await;
    for (filter, parameter, there_is) in [
        ("category=nope", "category", "bank_account, "),
        ("type=money_deposited", "type", "such as bank_account.money_deposited"),
        ("type=bank_account.money_deposit", "type", "money_deposited, "),
        ("category=bank_account&type=nope.money_deposited", "type", "bank_account, "),
    ] {
        let refused = app.get(&format!("/v1/events?{filter}")).await;
        let problem = problem(&refused, 400, "invalid_parameter");
        assert_eq!(problem["parameter"], parameter);
        assert!(problem["detail"].as_str().unwrap().contains(there_is), "{problem}");
        let stream = app
            .open(&Request::get(format!("/v1/events?{filter}")).header("Accept", "text/event-stream"))
            .await;
        assert_eq!(stream.status(), 400);
    }
    assert_eq!(
        app.get("/v1/events?type=bank_account.money_deposited").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Known, and not there yet: waited for.
    assert_eq!(app.get("/v1/events?category=loan").await.expect(200)["items"], json!([]));
}
