//! Khata in this process: the whole HTTP surface over in-memory stores, with a clock that stands and ids that
//! count, so that every answer can be foretold.

use crate::{Request, Response, described::Description};
use axum::{
    Router,
    body::{Body, to_bytes},
    http,
};
use jiff::Timestamp;
use khata_api::{
    app::{App, HttpSettings},
    http::{LogWalks, Looks, OpenStreams, install_recorder, router},
    part::Part,
};
use khata_application::{
    Clock, EventStore, Executor, FingerprintKey, History, Namespace, NewEvent, OperationsLog, Services,
    SettingsBook, StandingOrders, StreamName,
    access::Authenticator,
    access_audit::RefusalLog,
    archive::Vault,
    customers::EmailKey,
    event::Decoded,
    event_store::{Append, Expected, StreamAppend, StreamRange},
    executor::Limits,
    fraud::RuleScorer,
    import::Importer,
    nights::Nights,
    settings::InForce,
};
use khata_domain::payments::BusinessDays;
use khata_infrastructure::{
    clock::ManualClock,
    ids::SequentialIds,
    memory::{MemoryEventStore, MemoryViewStore},
};
use khata_projections::{ReadPorts, Runner, RunnerConfig, all_projections, nights::NightIndex};
use serde_json::{Value, json};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::watch;
use tower::ServiceExt;

/// When tests happen, until they say otherwise.
pub const NOON: &str = "2026-03-02T12:00:00Z";

/// What the surface says of itself: the same for every process that runs all of it.
static DESCRIPTION: OnceLock<Description> = OnceLock::new();

/// A running Khata without sockets. Dropped, it ends as in a crash.
pub struct TestApp {
    pub events: Arc<MemoryEventStore>,
    pub views: Arc<MemoryViewStore>,
    /// The time, which the test sets.
    pub clock: Arc<ManualClock>,
    pub stopping: watch::Sender<bool>,
    pub router: Router,
    /// Feeds the views as long as it is here.
    pub runner: Option<Runner>,
}

impl TestApp {
    /// Starts with the default settings.
    pub fn start() -> Self {
        Self::with(HttpSettings::default())
    }

    /// Starts with settings of the test's own. A query waits at most as long as `min_position_wait` says.
    pub fn with(settings: HttpSettings) -> Self {
        Self::over(settings, |events| events)
    }

    /// Starts as a process that runs a part of the system.
    pub fn part(part: Part) -> Self {
        Self::made(HttpSettings::default(), part, None, |events| events)
    }

    /// Starts as a server that asks who sends a request.
    pub fn asking(settings: HttpSettings, authenticator: Arc<dyn Authenticator>) -> Self {
        Self::made(settings, Part::whole(Namespace::default()), Some(authenticator), |events| events)
    }

    /// Starts with something between the HTTP surface and the log: what it does to reads, clients see.
    pub fn over(
        settings: HttpSettings,
        between: impl FnOnce(Arc<MemoryEventStore>) -> Arc<dyn EventStore>,
    ) -> Self {
        Self::made(settings, Part::whole(Namespace::default()), None, between)
    }

    fn made(
        settings: HttpSettings,
        part: Part,
        authenticator: Option<Arc<dyn Authenticator>>,
        between: impl FnOnce(Arc<MemoryEventStore>) -> Arc<dyn EventStore>,
    ) -> Self {
        let metrics = metrics();
        let clock = Arc::new(ManualClock::at(NOON.parse().expect("an instant")));
        let events = Arc::new(MemoryEventStore::new(clock.clone()));
        let views = Arc::new(MemoryViewStore::default());
        let ids = Arc::new(SequentialIds::default());
        let executor = Arc::new(Executor::new(events.clone(), ids.clone(), Limits::default()));
        let email_key = EmailKey::from_bytes([7; 32]);
        let book = Arc::new(SettingsBook::new(events.clone(), executor.clone(), InForce::default()));
        let importer = Importer::new(
            executor.clone(),
            events.clone(),
            clock.clone(),
            ids.clone(),
            book.clone(),
            email_key,
        );
        let operations_log = OperationsLog::new(executor.clone(), ids.clone());
        let Services { customers, accounts, cards, loans, orders, payments } =
            Services::new(executor.clone(), events.clone(), ids.clone(), email_key, Arc::new(RuleScorer));
        let ports = ReadPorts { store: views.clone(), events: events.clone(), clock: clock.clone() };
        let config = RunnerConfig { pace: Duration::ZERO, ..RunnerConfig::default() };
        let read_side = Runner::start(ports, all_projections(), config).expect("a runner");
        let (stopping, stop) = watch::channel(false);
        let log = between(events.clone());
        let vault = Vault {
            namespace: part.namespace().clone(),
            events: log.clone(),
            keys: events.clone(),
            secret: [7; 32],
        };
        let refusals = RefusalLog::new(executor.clone(), ids.clone(), clock.clone(), book.clone());
        let refusals = Arc::new(refusals);
        let nights = Nights::new(
            executor.clone(),
            events.clone(),
            (clock.clone(), book.clone()),
            Arc::new(NightIndex::new(read_side.views.clone(), read_side.operations.clone())),
            loans.clone(),
        );
        let app = App {
            nights,
            running_night: Arc::default(),
            vault,
            events: log,
            executor,
            customers,
            accounts,
            cards,
            orders,
            standing_orders: StandingOrders::new(payments.clone(), BusinessDays::default()),
            payments,
            reconciler: None,
            loans,
            importer,
            history: History::new(events.clone()),
            views: read_side.views.with_patience(settings.min_position_wait),
            operations: read_side.operations,
            operations_log,
            book,
            walks: LogWalks::default(),
            fingerprints: FingerprintKey::of_secret(&[7; 32]),
            clock: clock.clone(),
            ids,
            relay: None,
            looks: Looks::default(),
            refusals,
            streams: OpenStreams::default(),
            part,
            metrics,
            stopping: stop,
            authenticator,
            settings,
        };
        Self { events, views, clock, stopping, router: router(Arc::new(app)), runner: Some(read_side.runner) }
    }

    /// Sends a request and waits for its whole answer, which has to be one that the surface's description
    /// tells of.
    pub async fn send(&self, request: &Request) -> Response {
        let answer = self.send_unchecked(request).await;
        if DESCRIPTION.get().is_none() {
            let described = self.send_unchecked(&Request::get("/openapi.json")).await;
            let _another_was_first = DESCRIPTION.set(Description::new(described.json()));
        }
        DESCRIPTION.get().expect("a description").check(request, &answer);
        answer
    }

    async fn send_unchecked(&self, request: &Request) -> Response {
        let answer = self.open(request).await;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body").to_vec();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Response { status: parts.status.as_u16(), headers: headers.collect(), body }
    }

    /// Sends a request and gives its answer as soon as that begins.
    pub async fn open(&self, request: &Request) -> http::Response<Body> {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.path);
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            builder = builder.header("host", "127.0.0.1:8080");
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value.as_bytes());
        }
        let body = request.body.clone().map_or_else(Body::empty, Body::from);
        let request = builder.body(body).expect("a request");
        self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Response {
        self.send(&Request::get(path)).await
    }

    /// Asks for a path once the views have seen all that is in the log.
    pub async fn get_now(&self, path: &str) -> Response {
        let head = self.events.head().await.expect("a log").position;
        self.send(&Request::get(path).header("Khata-Min-Position", head)).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.send(&Request::post(path, &body)).await
    }

    /// Posts nothing.
    pub async fn post_empty(&self, path: &str) -> Response {
        self.send(&Request { method: "POST".into(), ..Request::get(path) }).await
    }

    /// Sets the clock.
    pub fn at(&self, instant: &str) {
        self.clock.set(instant.parse::<Timestamp>().expect("an instant"));
    }

    /// A verified individual; gives the id.
    pub async fn customer(&self, email: &str) -> String {
        let answer = self.post("/v1/customers", new_customer(email)).await.expect(201);
        let id = answer["id"].as_str().expect("an id").to_owned();
        self.post(&format!("/v1/customers/{id}/kyc"), json!({ "verdict": "verified" })).await.expect(200);
        id
    }

    /// An open savings account in INR with a balance; gives the id.
    pub async fn account(&self, balance: &str) -> String {
        let customer = self.customer(&format!("owner{}@example.com", self.count().await)).await;
        let deposit = json!({ "amount": balance, "currency": "INR" });
        let mut body = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
        if balance != "0.00" {
            body["initial_deposit"] = deposit;
        }
        let answer = self.post("/v1/accounts", body).await.expect(201);
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// An active credit card in INR with a limit; gives the id.
    pub async fn card(&self, limit: &str) -> String {
        let customer = self.customer(&format!("holder{}@example.com", self.count().await)).await;
        let answer =
            self.post("/v1/cards", json!({ "customer_id": customer, "limit": inr(limit) })).await.expect(201);
        let id = answer["id"].as_str().expect("an id").to_owned();
        self.post_empty(&format!("/v1/cards/{id}/activate")).await.expect(200);
        id
    }

    /// A draft order in INR with one item; gives the id.
    pub async fn order(&self) -> String {
        let customer = self.customer(&format!("buyer{}@example.com", self.count().await)).await;
        let body = json!({ "customer_id": customer, "currency": "INR", "customer_tier": "regular" });
        let id = self.post("/v1/orders", body).await.expect(201)["id"].as_str().expect("an id").to_owned();
        let item = json!({ "product_id": "11", "seller_id": "5", "name": "Chai", "quantity": 2, "unit_price": inr("10.00") });
        self.post(&format!("/v1/orders/{id}/items"), item).await.expect(200);
        id
    }

    /// Appends an event to a stream that only a newer Khata knows: of an unknown type, or of a known type in
    /// an unknown shape.
    pub async fn newer_event(&self, stream: &str, event_type: &str, schema_version: u32) -> u64 {
        let stream = StreamName::parse(stream).expect("a stream");
        let before = self
            .events
            .read_stream(&stream, StreamRange { backwards: true, limit: 1, ..StreamRange::ALL })
            .await
            .expect("a log");
        let event = NewEvent {
            event_id: uuid::Uuid::from_u128(u128::from(self.count().await) + (0xfeed << 64)),
            event_type: event_type.into(),
            schema_version,
            data: r#"{"amount":{"amount":"30.00","currency":"INR"}}"#.into(),
            metadata: before.first().map_or_else(|| "{}".into(), |event| event.metadata.clone()),
            effective_at: self.clock.now(),
            decoded: Decoded::default(),
        };
        let part = StreamAppend { stream, expected: Expected::Any, events: vec![event] };
        self.events
            .append(Append { parts: vec![part], ..Append::default() })
            .await
            .expect("appended")
            .position
    }

    /// How many events there are.
    pub async fn count(&self) -> u64 {
        self.events.head().await.expect("a log").position
    }
}

/// The body of a request that onboards an individual.
pub fn new_customer(email: &str) -> Value {
    json!({
        "name": "Maria Anders", "email": email, "phone": "+91 98765 43210", "type": "individual",
        "documents": [{ "type": "passport", "number": "P1234567" }, { "type": "utility_bill" }],
    })
}

/// Money in INR.
pub fn inr(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "INR" })
}

/// One recorder for all tests of a process, since a process has but one.
fn metrics() -> metrics_exporter_prometheus::PrometheusHandle {
    static HANDLE: OnceLock<metrics_exporter_prometheus::PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| install_recorder(&Namespace::default()).expect("no other recorder")).clone()
}
