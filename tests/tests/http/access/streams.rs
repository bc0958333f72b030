//! Live feeds: how many there may be, and when they end.

use super::{Bank, feed::blocks, staff};
use crate::conventions::problem;
use async_trait::async_trait;
use axum::{body::Body, http::Response};
use khata_api::app::HttpSettings;
use khata_application::access::{Authenticator, Principal, Role, Roles, Unauthenticated};
use khata_projections::view_store::ViewStore as _;
use khata_tests::{Badges, Request, TestApp, test_app::new_customer};
use serde_json::json;
use std::sync::Arc;

fn live(badge: &str) -> Request {
    Request::get("/v1/events").header("Accept", "text/event-stream").header("Authorization", badge)
}

async fn open(app: &TestApp, badge: &str) -> Response<Body> {
    let answer = app.open(&live(badge)).await;
    assert_eq!(answer.status(), 200);
    answer
}

#[tokio::test]
async fn one_token_does_not_take_every_connection() {
    let app = TestApp::asking(HttpSettings::default(), Arc::new(Badges));
    let auditor = |name: &str| Badges::of(name, &[Role::Auditor]);
    let mut feeds = Vec::new();
    for _ in 0..16 {
        feeds.push(open(&app, &auditor("anna")).await);
    }
    let refused = app.send(&live(&auditor("anna"))).await;
    assert_eq!(problem(&refused, 429, "rate_limited")["limit"], "streams");
    assert!(refused.header("retry-after").is_some());
    // What is no feed is answered, and others have their own.
    app.send(&Request::get("/v1/events").header("Authorization", auditor("anna"))).await.expect(200);
    drop(open(&app, &auditor("bert")).await);
    feeds.pop();
    feeds.push(open(&app, &auditor("anna")).await);
    problem(&app.send(&live(&auditor("anna"))).await, 429, "rate_limited");
}

#[tokio::test]
async fn all_feeds_together_leave_half_of_the_connections() {
    let settings = HttpSettings { max_connections: 6, ..HttpSettings::default() };
    let app = TestApp::asking(settings, Arc::new(Badges));
    let auditor = |n: usize| Badges::of(&format!("auditor-{n}"), &[Role::Auditor]);
    let mut feeds = Vec::new();
    for n in 0..3 {
        feeds.push(open(&app, &auditor(n)).await);
    }
    problem(&app.send(&live(&auditor(3))).await, 429, "rate_limited");
    feeds.remove(0);
    drop(open(&app, &auditor(3)).await);
}

#[tokio::test]
async fn a_feed_ends_where_it_cannot_be_told_who_is_assigned() {
    let bank = Bank::open().await;
    let iyer = Badges::of("r.iyer", &[Role::RelationshipManager]);
    let assign = format!("/v1/customers/{}/assign-manager", bank.maria.id);
    bank.post(&staff(Role::Admin), &assign, json!({ "manager": "r.iyer" })).await.expect(200);
    bank.get(&iyer, "/v1/customers").await.expect(200);
    let feed = open(&bank.app, &iyer).await.into_body();
    bank.app.views.close().await;
    let (told, ended) = blocks(feed, |_| false).await;
    assert!(ended && told.is_empty(), "{told:?}");
}

/// Takes everybody for an admin until one o'clock.
struct UntilOne;

#[async_trait]
impl Authenticator for UntilOne {
    async fn authenticate(&self, _: &str) -> Result<Principal, Unauthenticated> {
        let until = Some("2026-03-02T13:00:00Z".parse().unwrap());
        Ok(Principal { roles: Roles::of(&[Role::Admin]), until, ..Principal::trusted("anna") })
    }
}

#[tokio::test]
async fn a_feed_ends_with_its_token_also_where_only_the_clock_has_gone_on() {
    let app = TestApp::asking(HttpSettings::default(), Arc::new(UntilOne));
    let feed = open(&app, "Bearer any").await.into_body();
    app.at("2026-03-02T13:00:00Z");
    let new = Request::post("/v1/customers", &new_customer("a@example.com"));
    app.send(&new.header("Authorization", "Bearer any")).await.expect(201);
    let (told, ended) = blocks(feed, |block| block.starts_with("id: ")).await;
    assert!(ended, "{told:?}");
    assert_eq!(told, ["event: token_expired\ndata: {\"code\":\"token_expired\",\"seen\":0}"]);
}
