//! Keys that an issuer publishes: fetched over a socket from somebody who rotates them, fails, hangs and sends elsewhere.

use crate::conventions::problem;
use jiff::SignedDuration;
use khata_api::app::HttpSettings;
use khata_application::Namespace;
use khata_infrastructure::{
    ManualClock,
    tokens::{Address, ClaimRules, FileKeys, KeyRing, Tokens},
};
use khata_tests::{Request, Response, TestApp, test_app::NOON};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

fn fixtures() -> Value {
    serde_json::from_str(include_str!("../../fixtures/tokens/tokens.json")).unwrap()
}

/// What the issuer does with whoever asks for keys.
#[derive(Clone)]
enum Issuer {
    Publishes(Vec<&'static str>),
    Fails,
    Hangs,
    /// To a place where other keys are.
    SendsElsewhere,
    /// More than any key set.
    Floods,
}

struct Published {
    address: SocketAddr,
    does: Arc<Mutex<Issuer>>,
    asked: Arc<AtomicUsize>,
}

impl Published {
    fn begin(does: Issuer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (does, asked) = (Arc::new(Mutex::new(does)), Arc::new(AtomicUsize::new(0)));
        let (told, counted) = (does.clone(), asked.clone());
        thread::spawn(move || {
            let mut hanging = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 4096];
                let read = stream.read(&mut head).unwrap_or(0);
                let elsewhere = head[..read].starts_with(b"GET /elsewhere");
                counted.fetch_add(1, Ordering::SeqCst);
                let does =
                    if elsewhere { Issuer::Publishes(vec!["rs-2"]) } else { told.lock().unwrap().clone() };
                let answer = match does {
                    Issuer::Publishes(ids) => answer("200 OK", "", &set(&ids)),
                    Issuer::Fails => answer("500 Internal Server Error", "", "{}"),
                    Issuer::SendsElsewhere => answer("302 Found", "Location: /elsewhere\r\n", ""),
                    Issuer::Floods => answer("200 OK", "", &" ".repeat(300 * 1024)),
                    Issuer::Hangs => {
                        hanging.push(stream);
                        continue;
                    }
                };
                let _gone = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, does, asked }
    }

    fn now(&self, does: Issuer) {
        *self.does.lock().unwrap() = does;
    }
}

impl Published {
    async fn is_asked(&self, times: usize) {
        while self.asked.load(Ordering::SeqCst) < times {
            tokio::task::yield_now().await;
        }
    }
}

fn set(ids: &[&str]) -> String {
    let keys = fixtures()["keys"].clone();
    json!({ "keys": ids.iter().map(|id| keys[id].clone()).collect::<Vec<_>>() }).to_string()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}")
}

/// Khata, which believes the issuer's keys; and its clock.
fn believing(published: &Published) -> (TestApp, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOON.parse().unwrap()));
    let address: Address = format!("http://{}/keys", published.address).parse().unwrap();
    let ring = KeyRing::new(FileKeys::default(), Some(address.fetch()), clock.clone());
    let rules = ClaimRules {
        issuer: "https://issuer.example".into(),
        audience: "khata-tests".into(),
        leeway: SignedDuration::from_secs(30),
        namespace: Namespace::default(),
    };
    let tokens = Tokens::new(rules, ring, clock.clone()).unwrap();
    (TestApp::asking(HttpSettings::default(), Arc::new(tokens)), clock)
}

async fn shown(app: &TestApp, key: &str) -> Response {
    let token = fixtures()["accepted"][key].as_str().unwrap().to_owned();
    app.send(&Request::get("/healthz/none").header("Authorization", format!("Bearer {token}"))).await
}

/// Whether the bearer of a token got as far as being told that there is no such route.
#[track_caller]
fn assert_let_in(answer: &Response) {
    problem(answer, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_rotated_and_dropped_as_their_issuer_publishes_them() {
    let published = Published::begin(Issuer::Publishes(vec!["rs-1"]));
    let (app, clock) = believing(&published);
    assert_let_in(&shown(&app, "rs-1").await);
    problem(&shown(&app, "es-1").await, 401, "unauthenticated");
    published.now(Issuer::Publishes(vec!["rs-1", "es-1"]));
    clock.advance(SignedDuration::from_secs(10));
    assert_let_in(&shown(&app, "es-1").await);
    assert_let_in(&shown(&app, "rs-1").await);
    published.now(Issuer::Publishes(vec!["es-1"]));
    clock.advance(SignedDuration::from_mins(30));
    problem(&shown(&app, "rs-1").await, 401, "unauthenticated");
    assert_let_in(&shown(&app, "es-1").await);
    assert_eq!(published.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_gives_no_keys_lets_nobody_in_and_is_not_followed_elsewhere() {
    let published = Published::begin(Issuer::Fails);
    let (app, clock) = believing(&published);
    let all = [Issuer::Fails, Issuer::SendsElsewhere, Issuer::Floods, Issuer::Publishes(vec!["weak"])];
    for (n, does) in all.into_iter().enumerate() {
        published.now(does);
        let answer = shown(&app, "rs-2").await;
        problem(&answer, 503, "keys_unavailable");
        assert!(
            !answer.text().contains("127.0.0.1"),
            "where keys are is nobody's business: {}",
            answer.text()
        );
        published.is_asked(n + 1).await;
        clock.advance(SignedDuration::from_secs(10));
    }
    assert_eq!(published.asked.load(Ordering::SeqCst), 4, "nobody went elsewhere");
    published.now(Issuer::Publishes(vec!["rs-2"]));
    while shown(&app, "rs-2").await.status == 503 {
        tokio::task::yield_now().await;
    }
    assert_let_in(&shown(&app, "rs-2").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_hangs_is_waited_for_a_few_seconds_and_known_keys_go_on() {
    let published = Published::begin(Issuer::Publishes(vec!["rs-1"]));
    let (app, clock) = believing(&published);
    assert_let_in(&shown(&app, "rs-1").await);
    published.now(Issuer::Hangs);
    clock.advance(SignedDuration::from_mins(11));
    assert_let_in(&shown(&app, "rs-1").await);
    clock.advance(SignedDuration::from_secs(10));
    problem(&shown(&app, "es-1").await, 503, "keys_unavailable");
    clock.advance(SignedDuration::from_hours(24));
    problem(&shown(&app, "rs-1").await, 503, "keys_unavailable");
}
