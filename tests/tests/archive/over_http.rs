//! Archives over HTTP: the same bytes as without a server, and visibly cut short when they break off.

use crate::logs::backup_time;
use async_trait::async_trait;
use axum::body::to_bytes;
use khata_api::app::HttpSettings;
use khata_application::{
    EventStore,
    event_store::{FeedFilter, FeedPage, ReadError},
};
use khata_archive::{ArchiveError, Kind, Whole, verify};
use khata_tests::{Between, Request, TestApp, Through};
use std::{io::Cursor, sync::Arc};

async fn lived_in() -> TestApp {
    let app = TestApp::start();
    let account = app.account("100.00").await;
    for number in 0..20 {
        let deposit = Request::post(
            format!("/v1/accounts/{account}/deposits"),
            &serde_json::json!({ "amount": khata_tests::test_app::inr("1.00") }),
        );
        app.send(&deposit.key(format!("key {number}"))).await.expect(200);
    }
    app
}

fn verified(bytes: &[u8]) -> Result<Whole, ArchiveError> {
    verify(Cursor::new(bytes), |_, _| {})
}

#[tokio::test]
async fn a_backup_is_given_whole() {
    let app = lived_in().await;
    app.at("2026-03-01T13:00:00Z");
    let answer = app.get("/v1/admin/backup").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/zstd")));
    let whole = verified(&answer.body).unwrap();
    assert_eq!(
        (whole.header.kind, whole.trailer.events, whole.trailer.keys),
        (Kind::Backup, app.count().await, 20)
    );
    assert_eq!(whole.header.created_at, backup_time());
}

#[tokio::test]
async fn an_export_is_given_in_the_range_asked_for() {
    let app = lived_in().await;
    let count = app.count().await;
    for (query, first, last) in
        [("", 1, count), ("?after=3", 4, count), ("?after=3&up_to=7", 4, 7), ("?up_to=1", 1, 1)]
    {
        let answer = app.get(&format!("/v1/admin/export{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        let header = verified(&answer.body).unwrap().header;
        assert_eq!(
            (header.kind, header.first_position, header.last_position),
            (Kind::Export, first, last),
            "{query}"
        );
    }
    let nothing = app.get(&format!("/v1/admin/export?after={count}")).await;
    assert_eq!(verified(&nothing.body).unwrap().trailer.events, 0);
}

#[tokio::test]
async fn a_range_that_is_none_is_refused_by_name() {
    let app = lived_in().await;
    let count = app.count().await;
    for (query, parameter) in [
        (format!("after={}", count + 1), "after"),
        (format!("up_to={}", count + 1), "up_to"),
        ("after=5&up_to=4".to_owned(), "up_to"),
    ] {
        let problem = app.get(&format!("/v1/admin/export?{query}")).await.expect(400);
        assert_eq!(
            (&problem["code"], &problem["parameter"], &problem["head"]),
            (&"invalid_parameter".into(), &parameter.into(), &count.into())
        );
    }
    assert_eq!(
        app.get("/v1/admin/export?category=bank_account").await.expect(400)["code"],
        "unknown_parameter"
    );
}

/// A log whose later part cannot be read any more.
struct Failing(Arc<dyn EventStore>);

#[async_trait]
impl Between for Failing {
    fn log(&self) -> &dyn EventStore {
        &*self.0
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        if after >= 5 {
            Err(ReadError::Unavailable("the disk is gone".into()))
        } else {
            self.0.read_all(after, limit.min(5), filter).await
        }
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_read_to_its_end_breaks_the_answer_off() {
    let app = TestApp::over(HttpSettings::default(), |events| Arc::new(Through(Failing(events))));
    app.account("100.00").await;
    app.account("100.00").await;
    let answer = app.open(&Request::get("/v1/admin/backup")).await;
    assert_eq!(answer.status(), 200);
    assert!(to_bytes(answer.into_body(), usize::MAX).await.is_err(), "the answer must not look whole");
}

#[tokio::test]
async fn a_server_that_stops_breaks_the_answer_off() {
    let app = lived_in().await;
    let answer = app.open(&Request::get("/v1/admin/backup")).await;
    app.stopping.send_replace(true);
    assert!(to_bytes(answer.into_body(), usize::MAX).await.is_err(), "the answer must not look whole");
}
