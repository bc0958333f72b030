//! The feed: every position is there for everybody, and in it only what its reader may read.

use super::{Bank, staff};
use async_trait::async_trait;
use axum::body::Body;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use khata_api::app::HttpSettings;
use khata_application::{
    Clock as _,
    access::{Authenticator, Principal, Role, Roles, Unauthenticated},
};
use khata_tests::{Badges, Request, TestApp, test_app::new_customer};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

async fn feed(bank: &Bank, badge: &str, query: &str) -> (Vec<Value>, String) {
    let answer = bank.get(badge, &format!("/v1/events?limit=200{query}")).await;
    let text = answer.text().to_owned();
    (answer.expect(200)["items"].as_array().unwrap().clone(), text)
}

fn is_redacted(event: &Value) -> bool {
    event["redacted"] == true
}

#[tokio::test]
async fn a_customer_finds_every_position_and_reads_their_own() {
    let bank = Bank::open().await;
    let (all, _) = feed(&bank, &staff(Role::Auditor), "").await;
    let (seen, text) = feed(&bank, &bank.maria.badge, "").await;
    let positions =
        |events: &[Value]| events.iter().map(|event| event["position"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(positions(&seen), positions(&all));
    assert!(!all.iter().any(is_redacted));
    for (whole, seen) in all.iter().zip(&seen) {
        let is_own = whole["metadata"]["owner"] == bank.maria.id.as_str()
            && whole["type"] != "customer_email.reserved";
        if is_own {
            assert_eq!(whole, seen);
        } else {
            assert_eq!(*seen, json!({ "position": whole["position"], "redacted": true }));
        }
    }
    assert!(seen.iter().any(is_redacted) && !seen.iter().all(is_redacted));
    for id in bank.boris.all() {
        assert!(!text.contains(id.split_once('_').unwrap().1), "the feed tells of {id}");
    }
    for secret in ["boris", "Boris", "TAX-OF-boris"] {
        assert!(!text.contains(secret), "the feed tells {secret}");
    }
}

#[tokio::test]
async fn a_filter_tells_nothing_of_what_may_not_be_read() {
    let bank = Bank::open().await;
    for filter in ["&category=loan", "&type=bank_account.account_opened", "&category=customer_email"] {
        let (seen, _) = feed(&bank, &bank.maria.badge, filter).await;
        assert!(!seen.iter().any(is_redacted), "{filter}");
        assert_eq!(seen.len(), usize::from(!filter.contains("email")), "{filter}");
    }
}

#[tokio::test]
async fn a_hash_cannot_be_tried_out_against_what_may_not_be_read() {
    let bank = Bank::open().await;
    let (all, _) = feed(&bank, &staff(Role::Auditor), "").await;
    for event in &all {
        let path =
            format!("/v1/events?after={}&after_hash={}", event["position"], event["hash"].as_str().unwrap());
        bank.get(&staff(Role::Auditor), &path).await.expect(200);
        let is_own = event["metadata"]["owner"] == bank.maria.id.as_str()
            && event["type"] != "customer_email.reserved";
        let status = if is_own { 200 } else { 409 };
        assert_eq!(bank.get(&bank.maria.badge, &path).await.status, status, "{event}");
    }
}

#[tokio::test]
async fn a_manager_reads_what_is_of_the_assigned() {
    let bank = Bank::open().await;
    let iyer = Badges::of("r.iyer", &[Role::RelationshipManager]);
    assert!(feed(&bank, &iyer, "").await.0.iter().all(is_redacted));
    let path = format!("/v1/customers/{}/assign-manager", bank.boris.id);
    bank.post(&staff(Role::Admin), &path, json!({ "manager": "r.iyer" })).await.expect(200);
    bank.get(&iyer, "/v1/customers").await.expect(200);
    let (seen, text) = feed(&bank, &iyer, "").await;
    assert!(
        seen.iter().any(is_redacted)
            && text.contains(&bank.boris.account)
            && !text.contains(&bank.maria.account)
    );
}

/// The blocks of a stream, up to the first that passes; all of them if it ends before.
async fn blocks(mut body: Body, is_last: impl Fn(&str) -> bool) -> (Vec<String>, bool) {
    let (mut text, mut blocks) = (String::new(), Vec::new());
    loop {
        while let Some((block, rest)) = text.clone().split_once("\n\n") {
            blocks.push(block.to_owned());
            text = rest.to_owned();
            if is_last(block) {
                return (blocks, false);
            }
        }
        let frame = tokio::time::timeout(Duration::from_secs(10), body.frame())
            .await
            .expect("something within ten seconds");
        let Some(frame) = frame else { return (blocks, true) };
        text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn the_live_feed_is_redacted_likewise() {
    let bank = Bank::open().await;
    let last = bank.app.count().await;
    let request = Request::get("/v1/events").header("Accept", "text/event-stream");
    let response = bank.app.open(&request.header("Authorization", &bank.maria.badge)).await;
    assert_eq!(response.status(), 200);
    let (blocks, _) = blocks(response.into_body(), |block| block.starts_with(&format!("id: {last}\n"))).await;
    assert_eq!(blocks.len() as u64, last);
    let text = blocks.join("\n");
    assert!(text.contains("event: redacted\ndata: {\"position\":"));
    assert!(text.contains(&bank.maria.account) && !text.contains(&bank.boris.account));
}

/// Takes everybody for an admin, for a tenth of a second.
struct Brief(Arc<khata_infrastructure::clock::ManualClock>);

#[async_trait]
impl Authenticator for Brief {
    async fn authenticate(&self, _: &str) -> Result<Principal, Unauthenticated> {
        let until = Some(self.0.now() + SignedDuration::from_millis(100));
        Ok(Principal { roles: Roles::of(&[Role::Admin]), until, ..Principal::trusted("anna") })
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let clock = TestApp::start().clock;
    let app = TestApp::asking(HttpSettings::default(), Arc::new(Brief(clock)));
    let badge = "Bearer any";
    app.send(&Request::post("/v1/customers", &new_customer("a@example.com")).header("Authorization", badge))
        .await
        .expect(201);
    let request =
        Request::get("/v1/events").header("Accept", "text/event-stream").header("Authorization", badge);
    let (blocks, ended) = blocks(app.open(&request).await.into_body(), |_| false).await;
    assert!(ended, "{blocks:?}");
    let last = app.count().await;
    let farewell = format!("event: token_expired\ndata: {{\"code\":\"token_expired\",\"seen\":{last}}}");
    assert_eq!(blocks.last(), Some(&farewell));
    assert_eq!(blocks.len() as u64, last + 1);
}
