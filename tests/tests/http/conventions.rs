//! What holds of every route: problems, limits, who may ask.

use khata_api::app::HttpSettings;
use khata_tests::{
    Request, Response, TestApp,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};

/// Makes sure of a problem's shape and code; gives its members.
#[track_caller]
pub fn problem(response: &Response, status: u16, code: &str) -> Value {
    let problem = response.expect(status);
    assert_eq!(problem["code"], code, "{problem:#}");
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    assert_eq!(problem["type"], format!("urn:khata:problem:{code}"));
    assert_eq!(problem["status"], status);
    for member in ["title", "detail", "instance"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem:#}");
    }
    problem
}

/// Makes sure of what an answer tells: of the whole shape of a problem, and of these members of it, of the state that a
/// command is answered with, or of an answer to a question.
#[track_caller]
pub fn told(response: &Response, status: u16, members: &Value) {
    let whole = match members["code"].as_str() {
        Some(code) if status >= 400 => problem(response, status, code),
        _ => response.expect(status),
    };
    let told = whole.get("state").unwrap_or(&whole);
    for (name, value) in members.as_object().expect("members") {
        assert_eq!(&told[name], value, "{name} in {told:#}");
    }
}

#[tokio::test]
async fn an_unknown_route_is_a_problem() {
    let app = TestApp::start();
    let told = problem(&app.get("/v1/nothing").await, 404, "not_found");
    assert_eq!(told["instance"], "/v1/nothing");
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_a_problem_that_names_those_it_has() {
    let app = TestApp::start();
    let response = app.send(&Request { method: "PUT".into(), ..Request::get("/v1/customers") }).await;
    problem(&response, 405, "method_not_allowed");
    let allow = response.header("allow").unwrap();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}

#[tokio::test]
async fn ids_that_cannot_name_anything_are_not_found() {
    let app = TestApp::start();
    for path in [
        "/v1/customers/7",
        "/v1/customers/acc_00000000-0000-0000-0000-000000000001",
        "/v1/customers/cus_%ff",
        "/v1/accounts/acc_X/events",
    ] {
        problem(&app.get(path).await, 404, "not_found");
    }
    let path = "/v1/accounts/acc_00000000-0000-0000-0000-000000000001/holds/7/release";
    problem(&app.post_empty(path).await, 404, "not_found");
}

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be_are_refused_and_change_nothing() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let before = app.get(&format!("/v1/accounts/{id}/events")).await.json();
    let path = format!("/v1/accounts/{id}/deposits");
    let deep = format!("{{\"amount\":{}1{}}}", "[".repeat(60), "]".repeat(60));
    for (body, code) in [
        ("{", "malformed_json"),
        ("[]", "malformed_json"),
        ("", "missing_field"),
        ("{}", "missing_field"),
        (r#"{"amount":{"amount":"1.00","currency":"INR"},"note":"x"}"#, "unknown_field"),
        (r#"{"amount":7}"#, "invalid_type"),
        (r#"{"amount":{"amount":1.5,"currency":"INR"}}"#, "invalid_type"),
        (r#"{"amount":{"amount":"1.001","currency":"INR"}}"#, "invalid_amount"),
        (r#"{"amount":{"amount":"99999999999999999999.00","currency":"INR"}}"#, "invalid_amount"),
        (r#"{"amount":{"amount":"abc","currency":"INR"}}"#, "invalid_amount"),
        (r#"{"amount":{"amount":"1.00","currency":"XXX"}}"#, "unknown_currency"),
        (r#"{"amount":{"amount":"1.00","currency":"INR"},"channel":"pigeon"}"#, "invalid_value"),
        (r#"{"amount":{"amount":"1.00","currency":"INR"},"reference":"\u0000"}"#, "invalid_text"),
        (r#"{"amount":{"amount":"1.00","currency":"INR"},"reference":""}"#, "invalid_text"),
        (r#"{"amount":{"amount":"1.00","currency":"INR"},"effective_at":"2026-03-01"}"#, "invalid_value"),
        (deep.as_str(), "too_deep"),
    ] {
        problem(&app.send(&Request::post_bytes(&path, "application/json", body)).await, 400, code);
    }
    let long = json!({ "amount": inr("1.00"), "reference": "x".repeat(141) });
    assert_eq!(problem(&app.post(&path, long).await, 400, "text_too_long")["field"], "reference");
    assert_eq!(app.get(&format!("/v1/accounts/{id}/events")).await.json(), before);
}

#[tokio::test]
async fn amounts_that_are_none_are_refused_by_the_account() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let path = format!("/v1/accounts/{id}/deposits");
    for (amount, code) in [
        (json!({ "amount": "0.00", "currency": "INR" }), "amount_not_positive"),
        (json!({ "amount": "-1.00", "currency": "INR" }), "amount_not_positive"),
        (json!({ "amount": "1.00", "currency": "USD" }), "currency_mismatch"),
        (json!({ "amount": "92233720368547758.07", "currency": "INR" }), "amount_out_of_range"),
    ] {
        problem(&app.post(&path, json!({ "amount": amount })).await, 422, code);
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let app = TestApp::start();
    let body = new_customer("maria@example.com").to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
        let response = app.send(&Request::post_bytes("/v1/customers", media_type, body.as_str())).await;
        assert_eq!(problem(&response, 415, "unsupported_media_type")["expected"], "application/json");
    }
    let silent = Request { headers: Vec::new(), ..Request::post_bytes("/v1/customers", "", body.as_str()) };
    problem(&app.send(&silent).await, 415, "unsupported_media_type");
    app.send(&Request::post_bytes("/v1/customers", "Application/JSON; charset=utf-8", body))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_it_announces_itself_or_not() {
    let app = TestApp::with(HttpSettings { max_body_bytes: 1000, ..HttpSettings::default() });
    let body = json!({ "name": "x".repeat(1000) }).to_string();
    let told = problem(
        &app.send(&Request::post_bytes("/v1/customers", "application/json", body.as_str())).await,
        413,
        "body_too_large",
    );
    assert_eq!(told["limit_bytes"], 1000);
    let announced =
        Request::post_bytes("/v1/customers", "application/json", "{}").header("Content-Length", 1001);
    problem(&app.send(&announced).await, 413, "body_too_large");
}

#[tokio::test]
async fn headers_that_are_not_of_their_form_are_refused() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let freeze = Request::post(format!("/v1/accounts/{id}/freeze"), &json!({ "reason": "lost papers" }));
    for (name, value) in [
        ("If-Match", "3"),
        ("If-Match", "W/\"3\""),
        ("Idempotency-Key", ""),
        ("Idempotency-Key", "ключ"),
        ("Khata-Correlation-Id", "has blanks"),
    ] {
        let told = problem(&app.send(&freeze.clone().header(name, value)).await, 400, "invalid_header");
        assert_eq!(told["header"], name.to_lowercase());
    }
    problem(&app.send(&freeze.clone().key("k".repeat(256))).await, 400, "invalid_header");
    problem(
        &app.send(&Request::get("/v1/customers").header("Khata-Min-Position", "soon")).await,
        400,
        "invalid_header",
    );
    problem(
        &app.send(&Request::get("/v1/customers").header("X-Large", "x".repeat(17_000))).await,
        431,
        "headers_too_large",
    );
}

#[tokio::test]
async fn query_strings_are_read_to_the_letter() {
    let app = TestApp::start();
    for (path, code) in [
        ("/v1/customers?page=2", "unknown_parameter"),
        ("/v1/customers?limit=0", "invalid_parameter"),
        ("/v1/customers?limit=201", "invalid_parameter"),
        ("/v1/customers?limit=ten", "invalid_parameter"),
        ("/v1/customers?limit=1&limit=2", "invalid_parameter"),
        ("/v1/customers?email=nobody", "invalid_parameter"),
        ("/v1/customers?email=%ff%40x.y", "invalid_parameter"),
        ("/v1/customers?cursor=abc", "invalid_cursor"),
        ("/v1/events?after=-1", "invalid_parameter"),
        ("/v1/admin/projections?x=1", "unknown_parameter"),
    ] {
        problem(&app.get(path).await, 400, code);
    }
    problem(
        &app.post("/v1/customers?dry_run=true", new_customer("maria@example.com")).await,
        400,
        "unknown_parameter",
    );
}

#[tokio::test]
async fn requests_for_other_hosts_and_from_other_origins_are_refused() {
    let app = TestApp::start();
    problem(
        &app.send(&Request::get("/v1/customers").header("Host", "rebound.example:8080")).await,
        403,
        "host_not_allowed",
    );
    let post = Request::post("/v1/customers", &new_customer("maria@example.com"));
    problem(&app.send(&post.clone().header("Origin", "http://evil.example")).await, 403, "cross_origin");
    problem(&app.send(&post.clone().header("Origin", "null")).await, 403, "cross_origin");
    app.send(&post.header("Origin", "http://127.0.0.1:8080")).await.expect(201);
}

#[tokio::test]
async fn what_an_image_or_a_frame_of_another_page_asks_for_is_refused_and_never_begun() {
    let app = TestApp::start();
    for path in [
        "/v1/admin/backup",
        "/v1/admin/export",
        "/v1/admin/audit/verify",
        "/v1/customers",
        "/v1/events",
        "/metrics",
        "/openapi.json",
    ] {
        for site in ["cross-site", "same-site"] {
            let image = Request::get(path)
                .header("Sec-Fetch-Site", site)
                .header("Sec-Fetch-Mode", "no-cors")
                .header("Sec-Fetch-Dest", "image");
            problem(&app.send(&image).await, 403, "cross_origin");
            let link = Request::get(path)
                .header("Sec-Fetch-Site", site)
                .header("Sec-Fetch-Mode", "navigate")
                .header("Sec-Fetch-Dest", "document");
            problem(&app.send(&link).await, 403, "cross_origin");
        }
    }
    let link = Request::get("/docs/")
        .header("Sec-Fetch-Site", "cross-site")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document");
    assert_eq!(app.send(&link).await.status, 200);
}

#[tokio::test]
async fn no_answer_can_be_taken_into_a_page_from_elsewhere() {
    let app = TestApp::start();
    let id = app.customer("maria@example.com").await;
    for (request, status) in [
        (Request::get("/healthz"), 200),
        (Request::get("/docs/"), 200),
        (Request::get("/docs/swagger-ui.css"), 200),
        (Request::get("/docs/%ff%fe"), 404),
        (Request::get("/openapi.json"), 200),
        (Request::get(format!("/v1/customers/{id}/events")), 200),
        (Request::get("/v1/admin/export"), 200),
        (Request::get("/v1/nothing"), 404),
        (Request { method: "PUT".into(), ..Request::get("/v1/customers") }, 405),
        (Request::post("/v1/customers", &json!({})), 400),
        (Request::get("/v1/customers").header("Host", "rebound.example"), 403),
    ] {
        let answer = app.send(&request).await;
        assert_eq!(answer.status, status, "{} {}", request.method, request.path);
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{}", request.path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{}", request.path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("unsafe"),
            "{policy}"
        );
        if status >= 400 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", request.path);
        }
    }
    let stream = app.open(&Request::get("/v1/events").header("Accept", "text/event-stream")).await;
    assert_eq!(stream.headers()["cross-origin-resource-policy"], "same-origin");
}

#[tokio::test]
async fn behind_a_proxy_khata_goes_by_the_names_it_was_told_and_by_no_other() {
    let app = TestApp::with(HttpSettings {
        trusted_hosts: "bank.example".parse().unwrap(),
        ..HttpSettings::default()
    });
    let post = Request::post("/v1/customers", &new_customer("maria@example.com"))
        .header("Origin", "https://bank.example");
    problem(&app.send(&post).await, 403, "cross_origin");
    problem(
        &app.send(&Request::get("/v1/customers").header("X-Forwarded-Host", "evil.example")).await,
        403,
        "host_not_allowed",
    );
    app.send(&post.clone().header("X-Forwarded-Host", "bank.example")).await.expect(201);
    let passed_on =
        Request::post("/v1/customers", &new_customer("david@example.com")).header("Host", "bank.example");
    app.send(&passed_on.header("Origin", "https://bank.example")).await.expect(201);
}

#[tokio::test]
async fn correlation_id_and_trace_context_are_echoed_and_stored() {
    let app = TestApp::start();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let post = Request::post("/v1/customers", &new_customer("maria@example.com"));
    let response =
        app.send(&post.header("Khata-Correlation-Id", "branch-7/42").header("traceparent", trace)).await;
    response.expect(201);
    assert_eq!(
        (response.header("khata-correlation-id"), response.header("traceparent")),
        (Some("branch-7/42"), Some(trace))
    );
    let events = app.get("/v1/events").await.expect(200);
    for event in events["items"].as_array().unwrap() {
        assert_eq!(
            (&event["metadata"]["correlation_id"], &event["metadata"]["traceparent"]),
            (&json!("branch-7/42"), &json!(trace))
        );
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_told_without_its_reasons() {
    let app = TestApp::start();
    app.events.fail_with(Some("disk /var/lib/khata is full"));
    let response = app.post("/v1/customers", new_customer("maria@example.com")).await;
    let told = problem(&response, 503, "store_unavailable");
    assert!(response.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    assert!(!told.to_string().contains("/var/lib"), "{told}");
    assert!(response.header("khata-correlation-id").is_some(), "what the log has can be found by it");
}
