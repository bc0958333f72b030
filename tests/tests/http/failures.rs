//! What clients see when Khata itself fails: nothing internal, and never an answer that was not durable.

use crate::conventions::problem;
use async_trait::async_trait;
use khata_api::app::HttpSettings;
use khata_application::{
    EventStore,
    event_store::{FeedFilter, FeedPage, ReadError},
};
use khata_infrastructure::memory::MemoryEventStore;
use khata_tests::{Between, Request, TestApp, Through, test_app::new_customer};
use std::{sync::Arc, time::Duration};

/// How reading the feed fails.
#[derive(Clone, Copy)]
enum Fault {
    Panic,
    Damage,
    Silence,
}

/// A log whose feed cannot be read.
struct Faulty {
    fault: Fault,
    log: Arc<MemoryEventStore>,
}

#[async_trait]
impl Between for Faulty {
    fn log(&self) -> &dyn EventStore {
        &*self.log
    }

    async fn read_all(&self, _: u64, _: usize, _: &FeedFilter) -> Result<FeedPage, ReadError> {
        match self.fault {
            Fault::Panic => panic!("index 7 out of bounds in /srv/khata/secret.rs"),
            Fault::Damage => Err(ReadError::Corrupt("row 12 of /srv/khata/events.db".into())),
            Fault::Silence => std::future::pending().await,
        }
    }
}

fn app(fault: Fault, settings: HttpSettings) -> TestApp {
    TestApp::over(settings, |log| Arc::new(Through(Faulty { fault, log })))
}

#[tokio::test]
async fn a_panic_and_a_damaged_store_are_told_without_their_reasons() {
    for fault in [Fault::Panic, Fault::Damage] {
        let app = app(fault, HttpSettings::default());
        let response = app.get("/v1/events").await;
        let told = problem(&response, 500, "internal");
        assert!(!told.to_string().contains("/srv/"), "{told}");
        assert!(response.header("khata-correlation-id").is_some(), "what the log has can be found by it");
        app.post("/v1/customers", new_customer("maria@example.com")).await.expect(201);
    }
}

#[tokio::test]
async fn the_clients_own_correlation_id_names_the_failure() {
    let app = app(Fault::Damage, HttpSettings::default());
    let response = app.send(&Request::get("/v1/events").header("Khata-Correlation-Id", "branch-7")).await;
    problem(&response, 500, "internal");
    assert_eq!(response.header("khata-correlation-id"), Some("branch-7"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let app = app(
        Fault::Silence,
        HttpSettings { request_timeout: Duration::from_millis(20), ..HttpSettings::default() },
    );
    let response = app.get("/v1/events").await;
    problem(&response, 503, "timeout");
    assert_eq!(response.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_command_that_was_given_up_may_be_repeated_with_its_key() {
    let app =
        TestApp::with(HttpSettings { request_timeout: Duration::from_millis(20), ..HttpSettings::default() });
    let post = Request::post("/v1/customers", &new_customer("maria@example.com")).key("k-1");
    app.events.hold();
    problem(&app.send(&post).await, 503, "timeout");
    app.events.release();
    let again = app.send(&post).await;
    again.expect(201);
    assert_eq!(
        again.header("idempotent-replayed"),
        Some("true"),
        "it was done after all, and is not done twice"
    );
    assert_eq!(app.get("/v1/events?category=customer").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn views_that_nobody_can_read_are_unavailable() {
    use khata_projections::ViewStore as _;
    let mut app = TestApp::start();
    app.customer("maria@example.com").await;
    app.get_now("/v1/customers").await.expect(200);
    app.runner.take().unwrap().stop().await;
    app.views.close().await;
    problem(&app.get("/v1/customers").await, 503, "store_unavailable");
    app.post("/v1/customers", new_customer("jan@example.com")).await.expect(201);
}
