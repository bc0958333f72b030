//! Who is let in: by a token, where one has to say who one is, and which routes ask nobody.

use crate::conventions::problem;
use khata_api::app::HttpSettings;
use khata_application::access::Role;
use khata_tests::{Badges, Request, TestApp};
use std::sync::Arc;

fn asking() -> TestApp {
    TestApp::asking(HttpSettings::default(), Arc::new(Badges))
}

#[tokio::test]
async fn whoever_does_not_say_who_they_are_is_let_in_nowhere_but_where_nobody_is_asked() {
    let app = asking();
    let described = app.get("/openapi.json").await.expect(200);
    let paths = described["paths"].as_object().unwrap();
    assert!(paths.len() > 100, "{}", paths.len());
    for (template, item) in paths {
        let path = template.replace("{id}", "x").replace(['{', '}'], "");
        for method in item.as_object().unwrap().keys() {
            let answer =
                app.send(&Request { method: method.to_uppercase(), ..Request::get(path.as_str()) }).await;
            if ["/healthz", "/readyz"].contains(&template.as_str()) {
                assert_eq!(answer.status, 200, "{template}");
                assert_eq!(item[method]["security"], serde_json::json!([]), "{template}");
                continue;
            }
            if template == "/v1/webhooks/velocitypay" {
                // It asks for a signature, if anybody has one.
                problem(&answer, 404, "not_found");
                assert_eq!(item[method]["security"], serde_json::json!([]), "{template}");
                continue;
            }
            problem(&answer, 401, "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"khata\""), "{template}");
            assert!(item[method]["security"].is_null(), "{template}");
        }
    }
    for path in ["/", "/docs", "/docs/", "/docs/errors.md", "/docs/swagger-ui.css", "/v1"] {
        assert!(app.get(path).await.status < 400, "{path}");
    }
    // Which routes there are is told to nobody either.
    for path in ["/v1/nothing", "/v1/customers/x/y/z", "/healthz/x", "/metrics/"] {
        problem(&app.get(path).await, 401, "unauthenticated");
    }
    problem(
        &app.send(&Request { method: "PUT".into(), ..Request::get("/v1/customers") }).await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn whoever_says_so_is_let_in() {
    let app = asking();
    let badge = Badges::of("maria", &[Role::Admin]);
    app.send(&Request::get("/v1/customers").header("Authorization", &badge)).await.expect(200);
    assert_eq!(app.send(&Request::get("/metrics").header("Authorization", &badge)).await.status, 200);
    let lower = badge.replacen("Bearer", "bearer", 1);
    app.send(&Request::get("/v1/customers").header("Authorization", lower)).await.expect(200);
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_told_why_and_never_repeated() {
    let app = asking();
    let asked = |value: &str| Request::get("/v1/customers").header("Authorization", value);
    for (value, told) in [
        ("Bearer expired", "the token has expired"),
        ("Bearer s3cr3t-b4dge", "the token is not valid: it is no badge"),
        ("Bearer s3cr3t b4dge", "the token is not valid: it is malformed"),
    ] {
        let answer = app.send(&asked(value)).await;
        problem(&answer, 401, "unauthenticated");
        let challenge =
            format!("Bearer realm=\"khata\", error=\"invalid_token\", error_description=\"{told}\"");
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
        assert!(!answer.text().contains("b4dge"), "{}", answer.text());
    }
    let long = app.send(&asked(&format!("Bearer {}", "a".repeat(8 * 1024 + 1)))).await;
    problem(&long, 401, "unauthenticated");
    assert!(long.header("www-authenticate").unwrap().contains("longer than 8 KiB"));
    for value in ["Basic bWFyaWE6c2VjcmV0", "Bearer", ""] {
        let answer = app.send(&asked(value)).await;
        problem(&answer, 401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"khata\""), "{value}");
    }
}

#[tokio::test]
async fn two_tokens_are_no_request_and_keys_out_of_reach_are_no_refusal() {
    let app = asking();
    let badge = Badges::of("maria", &[Role::Admin]);
    let twice = Request::get("/v1/customers").header("Authorization", &badge).header("Authorization", &badge);
    let answer = app.send(&twice).await;
    problem(&answer, 400, "invalid_header");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"khata\", error=\"invalid_request\""));
    let answer = app.send(&Request::get("/v1/customers").header("Authorization", "Bearer unreachable")).await;
    problem(&answer, 503, "keys_unavailable");
    assert!(answer.header("retry-after").is_some() && answer.header("www-authenticate").is_none());
    assert!(!answer.text().contains("nobody answers"), "{}", answer.text());
}

#[tokio::test]
async fn a_server_that_asks_may_be_addressed_by_any_address_and_by_no_strange_name() {
    let app = asking();
    let badge = Badges::of("maria", &[Role::Admin]);
    let asked =
        |host: &str| Request::get("/v1/customers").header("Host", host).header("Authorization", &badge);
    for host in ["192.0.2.7:8443", "[2001:db8::7]:8443", "127.0.0.1:1", "localhost"] {
        app.send(&asked(host)).await.expect(200);
    }
    problem(&app.send(&asked("evil.example")).await, 403, "host_not_allowed");
    let nobody_is_asked = TestApp::start();
    problem(
        &nobody_is_asked.send(&Request::get("/v1/customers").header("Host", "192.0.2.7:8443")).await,
        403,
        "host_not_allowed",
    );
}

#[tokio::test]
async fn where_nobody_is_asked_a_token_changes_nothing() {
    let app = TestApp::start();
    for value in ["Bearer expired", "Basic x", "whatever"] {
        app.send(&Request::get("/v1/customers").header("Authorization", value)).await.expect(200);
    }
}
