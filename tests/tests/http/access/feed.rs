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

/// An event of one's own as it is told to a customer, where somebody else has asked for it.
fn of_somebody_elses_asking(whole: &Value) -> Value {
    let mut told = whole.clone();
    told["hash"] = Value::Null;
    for member in ["actor", "correlation_id", "traceparent"] {
        told["metadata"][member] = Value::Null;
    }
    told
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
            assert_eq!(*seen, of_somebody_elses_asking(whole));
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

/// Where the pages of a filtered feed begin, and how many events they hold.
async fn pages(bank: &Bank, badge: &str, filter: &str) -> (Vec<u64>, usize) {
    let (mut places, mut events) = (Vec::new(), 0);
    let mut path = format!("/v1/events?limit=1&{filter}");
    loop {
        let page = bank.get(badge, &path).await.expect(200);
        events += page["items"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { return (places, events) };
        // What a cursor keeps stands behind its checksum, and ends with the place.
        let bytes =
            (16..cursor.len()).step_by(2).map(|at| u8::from_str_radix(&cursor[at..at + 2], 16).unwrap());
        let kept: Value = serde_json::from_slice(&bytes.collect::<Vec<u8>>()).unwrap();
        places.push(kept[2].as_u64().unwrap());
        path = format!("/v1/events?limit=1&cursor={cursor}");
    }
}

#[tokio::test]
async fn cursors_of_a_filter_tell_nothing_of_what_may_not_be_read() {
    let bank = Bank::open().await;
    let (activate, block) =
        (format!("/v1/cards/{}/activate", bank.boris.card), "customer.customer_suspended");
    bank.post(&staff(Role::Teller), &activate, json!({})).await.expect(200);
    let deposits = format!("/v1/accounts/{}/deposits", bank.boris.account);
    for _ in 0..450 {
        let one = json!({ "amount": { "amount": "1.00", "currency": "INR" } });
        bank.post(&staff(Role::Teller), &deposits, one).await.expect(200);
    }
    bank.post(
        &bank.boris.badge,
        &format!("/v1/cards/{}/block", bank.boris.card),
        json!({ "reason": "lost" }),
    )
    .await
    .expect(200);
    let nobody = pages(&bank, &bank.maria.badge, &format!("type={block}")).await;
    assert_eq!(nobody, (vec![200, 400], 0));
    for others in
        ["type=credit_card.card_activated", "type=credit_card.card_blocked", "category=customer_email"]
    {
        assert_eq!(pages(&bank, &bank.maria.badge, others).await, nobody, "{others}");
    }
    // What is one's own is found, a page for each.
    let (places, found) = pages(&bank, &bank.maria.badge, "category=customer").await;
    assert_eq!((&places[4..], found), (&[208, 408][..], 5), "{places:?}");
    // Whoever sees all is brought from one to the next.
    assert_eq!(pages(&bank, &staff(Role::Auditor), "type=credit_card.card_blocked").await.1, 1);
}

#[tokio::test]
async fn whether_there_is_what_only_a_newer_khata_knows_is_told_to_those_who_see_all() {
    let bank = Bank::open().await;
    bank.app.newer_event(&format!("bank_account-{}", bank.boris.account), "bank_account.gilded", 1).await;
    for (badge, status) in [(&staff(Role::Auditor), 200), (&bank.maria.badge, 400), (&bank.boris.badge, 400)]
    {
        for (of, status) in [("bank_account.gilded", status), ("bank_account.gelded", 400)] {
            assert_eq!(bank.get(badge, &format!("/v1/events?type={of}")).await.status, status, "{of}");
        }
    }
}

#[tokio::test]
async fn two_roles_see_no_more_of_others_than_each_of_them() {
    let bank = Bank::open().await;
    let both = format!("Bearer maria/customer+loan_officer/{}", bank.maria.id);
    let path = format!("/v1/streams/customer-{}/events", bank.boris.id);
    let of_stream = bank.get(&both, &path).await.expect(200)["items"].clone();
    let (feed, _) = feed(&bank, &both, "&category=customer").await;
    let onboarded = |event: &&Value| event["type"] == "customer.customer_onboarded";
    let of_feed: Vec<&Value> = feed.iter().filter(onboarded).collect();
    assert_eq!(of_feed.len(), 2);
    for event in of_feed.into_iter().chain(of_stream.as_array().unwrap().iter().filter(onboarded)) {
        assert_eq!(event["data"]["documents"][0]["number"], "••••4567", "{event:#}");
        assert_eq!(event["hash"], Value::Null);
    }
    // A manager's sight of the assigned is not a teller's of all.
    let assign = format!("/v1/customers/{}/assign-manager", bank.maria.id);
    bank.post(&staff(Role::Admin), &assign, json!({ "manager": "r.iyer" })).await.expect(200);
    let both = Badges::of("r.iyer", &[Role::RelationshipManager, Role::Teller]);
    for (badge, seen) in
        [(&both, "••••oris"), (&staff(Role::Teller), "••••oris"), (&staff(Role::Auditor), "TAX-OF-boris")]
    {
        let shown = bank.get(badge, &format!("/v1/customers/{}", bank.boris.id)).await.expect(200);
        assert_eq!(shown["tax_id"], seen);
    }
}

#[tokio::test]
async fn whoever_is_paid_is_not_told_by_whose_request() {
    let bank = Bank::open().await;
    let (maria, boris) = (&bank.maria, &bank.boris);
    let order = json!({ "from_account": boris.account, "to_account": maria.account,
        "amount": { "amount": "10.00", "currency": "INR" } });
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = Request::post("/v1/payments", &order)
        .header("Authorization", &boris.badge)
        .header("Khata-Correlation-Id", "phone-of-boris")
        .header("traceparent", trace);
    bank.app.send(&request).await.expect(201);
    let last = async |badge: &str, account: &str| {
        let events = bank.get(badge, &format!("/v1/accounts/{account}/events")).await.expect(200);
        events["items"].as_array().unwrap().last().unwrap().clone()
    };
    let own = last(&boris.badge, &boris.account).await;
    assert_eq!((&own["metadata"]["actor"], own["hash"].is_string()), (&json!("boris"), true));
    assert_eq!(own["metadata"]["correlation_id"], "phone-of-boris");
    let whole = last(&staff(Role::Auditor), &maria.account).await;
    assert_eq!(last(&maria.badge, &maria.account).await, of_somebody_elses_asking(&whole));
    let (_, text) = feed(&bank, &maria.badge, "").await;
    for told in ["\"boris\"", "phone-of-boris", "4bf92f3577b34da6a3ce929d0e0e4736"] {
        assert!(!text.contains(told), "the feed tells {told}");
    }
    // What one has asked for oneself is told in whole, and its hash is taken.
    let path = format!("/v1/customers/{}/contact", maria.id);
    let changed = bank.post(&maria.badge, &path, json!({ "phone": "+91 98000 00001" })).await.expect(200);
    let (seen, _) = feed(&bank, &maria.badge, "").await;
    let own = seen.iter().find(|event| event["position"] == changed["position"]).unwrap();
    assert_eq!(own["metadata"]["actor"], "maria");
    let after = format!("/v1/events?after={}&after_hash={}", own["position"], own["hash"].as_str().unwrap());
    bank.get(&maria.badge, &after).await.expect(200);
}

#[tokio::test]
async fn a_hash_cannot_be_tried_out_against_what_may_not_be_read() {
    let bank = Bank::open().await;
    let (all, _) = feed(&bank, &staff(Role::Auditor), "").await;
    for event in &all {
        let path =
            format!("/v1/events?after={}&after_hash={}", event["position"], event["hash"].as_str().unwrap());
        bank.get(&staff(Role::Auditor), &path).await.expect(200);
        // All of them were asked for by the bank: what is hidden of them could be tried out, too.
        assert_eq!(bank.get(&bank.maria.badge, &path).await.status, 409, "{event}");
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
pub(super) async fn blocks(mut body: Body, is_last: impl Fn(&str) -> bool) -> (Vec<String>, bool) {
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

/// The position that a block of a stream has as its id.
pub(super) fn position_of(block: &str) -> Option<u64> {
    block.lines().find_map(|line| line.strip_prefix("id: ")?.parse().ok())
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
