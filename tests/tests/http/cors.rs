//! Pages of other origins: those that are named may send requests with a token and read the answers, all others may not.

use crate::conventions::problem;
use khata_api::app::HttpSettings;
use khata_application::access::Role;
use khata_tests::{Badges, Request, Response, TestApp, test_app::new_customer};
use std::sync::Arc;

const APP: &str = "https://app.bank.example";

fn app() -> TestApp {
    let settings = HttpSettings { cors_origins: APP.parse().unwrap(), ..HttpSettings::default() };
    TestApp::asking(settings, Arc::new(Badges))
}

fn from(origin: &str, request: Request) -> Request {
    request.header("Origin", origin).header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", "cors")
}

fn asks(origin: &str) -> Request {
    let request = Request { method: "OPTIONS".into(), ..Request::get("/v1/customers") };
    from(origin, request).header("Access-Control-Request-Method", "POST")
}

fn allowed(answer: &Response) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn a_page_that_is_named_asks_first_without_a_token_and_sends_with_one() {
    let app = app();
    let answer = app.send(&asks(APP)).await;
    assert_eq!((answer.status, allowed(&answer), answer.header("vary")), (204, Some(APP), Some("origin")));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    let sent = answer.header("access-control-allow-headers").unwrap();
    for header in ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Khata-Min-Position"] {
        assert!(sent.contains(header), "{header}");
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);

    let without = app.send(&from(APP, Request::post("/v1/customers", &new_customer("a@example.com")))).await;
    problem(&without, 401, "unauthenticated");
    assert_eq!(allowed(&without), Some(APP), "the page may read why");
    let badge = Badges::of("maria", &[Role::Admin]);
    let with = Request::post("/v1/customers", &new_customer("a@example.com")).header("Authorization", badge);
    let answer = app.send(&from(APP, with)).await;
    answer.expect(201);
    assert_eq!(allowed(&answer), Some(APP));
    let read = answer.header("access-control-expose-headers").unwrap();
    for header in ["ETag", "Location", "Khata-Position", "Idempotent-Replayed", "Retry-After", "RateLimit"] {
        assert!(read.contains(header), "{header}");
    }
}

#[tokio::test]
async fn a_page_that_is_not_named_is_told_nothing() {
    let app = app();
    for origin in ["https://evil.example", "http://app.bank.example", "https://app.bank.example:8443", "null"]
    {
        for request in [asks(origin), from(origin, Request::get("/v1/customers"))] {
            let answer = app.send(&request).await;
            problem(&answer, 403, "cross_origin");
            assert_eq!(allowed(&answer), None, "{origin}");
        }
    }
    let twice = asks(APP).header("Origin", APP);
    problem(&app.send(&twice).await, 400, "invalid_header");
}

#[tokio::test]
async fn without_names_there_is_no_word_of_it() {
    let app = TestApp::start();
    problem(&app.send(&asks(APP)).await, 403, "cross_origin");
    let answer = app.get("/v1/customers").await;
    assert_eq!((allowed(&answer), answer.header("vary")), (None, None));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("strict-transport-security"), None, "only where TLS is spoken");
}
