//! How much may be asked: by whoever a token names, and by one address.

use crate::conventions::problem;
use async_trait::async_trait;
use khata_api::{app::HttpSettings, http::serve};
use khata_application::access::{Authenticator, Principal, Role, Unauthenticated};
use khata_tests::{Badges, Client, Request, Response, TestApp, test_app::new_customer};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

fn limited(limits: &str, proxies: &str) -> HttpSettings {
    HttpSettings {
        rate_limits: limits.parse().unwrap(),
        trusted_proxies: proxies.parse().unwrap(),
        ..HttpSettings::default()
    }
}

fn by(who: &str, request: Request) -> Request {
    request.header("Authorization", Badges::of(who, &[Role::Admin]))
}

fn told(answer: &Response) -> [Option<&str>; 2] {
    ["ratelimit-policy", "ratelimit"].map(|name| answer.header(name))
}

#[tokio::test]
async fn whoever_asks_for_more_than_the_quota_is_told_when_to_come_again_and_others_go_on() {
    let app = TestApp::asking(limited("commands=2/h,queries=3/h,admin=1/h", ""), Arc::new(Badges));
    let onboard = |who, email: &str| by(who, Request::post("/v1/customers", &new_customer(email)));
    for (email, left, whole_in) in
        [("a@example.com", "1", 1_700..=1_800), ("b@example.com", "0", 3_500..=3_600)]
    {
        let answer = app.send(&onboard("maria", email)).await;
        answer.expect(201);
        let [policy, limit] = told(&answer);
        assert_eq!(policy, Some("\"commands\";q=2;w=3600"));
        let (remaining, seconds) = limit.unwrap().rsplit_once(";t=").unwrap();
        assert_eq!(remaining, format!("\"commands\";r={left}"));
        assert!(whole_in.contains(&seconds.parse::<u32>().unwrap()), "{limit:?}");
    }
    let refused = app.send(&onboard("maria", "c@example.com")).await;
    assert_eq!(problem(&refused, 429, "rate_limited")["limit"], "commands");
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1_700..=1_800).contains(&wait), "{wait}");
    app.send(&onboard("carlos", "c@example.com")).await.expect(201);
    let asked = || by("maria", Request::get("/v1/customers"));
    for _ in 0..3 {
        app.send(&asked()).await.expect(200);
    }
    problem(&app.send(&asked()).await, 429, "rate_limited");
    app.send(&by("maria", Request::get("/v1/admin/projections"))).await.expect(200);
    problem(&app.send(&by("maria", Request::get("/v1/admin/projections"))).await, 429, "rate_limited");
    for _ in 0..5 {
        assert_eq!(app.get("/healthz").await.status, 200, "whoever looks whether it lives");
    }
}

#[tokio::test]
async fn where_nobody_is_asked_nobody_is_counted() {
    let app = TestApp::with(limited("commands=1/h,queries=1/h", ""));
    for _ in 0..3 {
        let answer = app.get("/v1/customers").await;
        answer.expect(200);
        assert_eq!(told(&answer), [None, None]);
    }
}

/// A server on a socket, which asks who sends a request.
async fn served(settings: HttpSettings) -> (TestApp, std::net::SocketAddr) {
    served_by(settings, Arc::new(Badges)).await
}

async fn served_by(
    settings: HttpSettings,
    authenticator: Arc<dyn Authenticator>,
) -> (TestApp, std::net::SocketAddr) {
    let app = TestApp::asking(settings.clone(), authenticator);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, stopping) = (app.router.clone(), app.stopping.subscribe());
    tokio::spawn(async move { serve(listener, router, &settings, stopping).await });
    (app, address)
}

async fn sent(address: std::net::SocketAddr, request: Request) -> Response {
    tokio::task::spawn_blocking(move || Client::new(address).send(&request).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_counted_whoever_asks_and_a_trusted_proxy_tells_which_it_is() {
    let (_app, address) = served(limited("address=2/h", "127.0.0.0/8")).await;
    let from = |hops: &str| by("maria", Request::get("/v1/customers")).header("X-Forwarded-For", hops);
    for _ in 0..2 {
        sent(address, from("198.51.100.9, 203.0.113.7")).await.expect(200);
    }
    // What the client wrote itself stands to the left.
    problem(&sent(address, from("198.51.100.10, 203.0.113.7")).await, 429, "rate_limited");
    let other = sent(address, from("203.0.113.8")).await;
    other.expect(200);
    assert_eq!(told(&other)[0], Some("\"address\";q=2;w=3600"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_whoever_is_no_proxy_of_ones_own_says_of_addresses_is_not_believed() {
    let (_app, address) = served(limited("address=1/h", "10.0.0.0/8")).await;
    let from = |hop: &str| by("maria", Request::get("/v1/customers")).header("X-Forwarded-For", hop);
    sent(address, from("203.0.113.7")).await.expect(200);
    problem(&sent(address, from("203.0.113.8")).await, 429, "rate_limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_shows_bad_tokens_is_not_listened_to_for_a_while() {
    let (_app, address) = served(limited("unauthenticated=3/h", "")).await;
    let good = || by("maria", Request::get("/v1/customers"));
    for value in ["Bearer x", "Bearer expired", "Basic x"] {
        let answer = sent(address, Request::get("/v1/customers").header("Authorization", value)).await;
        problem(&answer, 401, "unauthenticated");
    }
    let refused = sent(address, good()).await;
    assert_eq!(problem(&refused, 429, "rate_limited")["limit"], "unauthenticated");
    assert_eq!(sent(address, Request::get("/healthz")).await.status, 200);
}

/// Remembers badges that it has seen.
#[derive(Default)]
struct Remembering(Mutex<HashMap<String, Principal>>);

#[async_trait]
impl Authenticator for Remembering {
    async fn authenticate(&self, token: &str) -> Result<Principal, Unauthenticated> {
        let principal = Badges.authenticate(token).await?;
        self.0.lock().unwrap().insert(token.to_owned(), principal.clone());
        Ok(principal)
    }

    fn remembered(&self, token: &str) -> Option<Principal> {
        self.0.lock().unwrap().get(token).cloned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_shows_bad_tokens_does_not_shut_out_those_who_are_known() {
    let (_app, address) =
        served_by(limited("unauthenticated=3/h", ""), Arc::new(Remembering::default())).await;
    let asks = |who: &str| by(who, Request::get("/v1/customers"));
    sent(address, asks("maria")).await.expect(200);
    for _ in 0..3 {
        let bad = Request::get("/v1/customers").header("Authorization", "Bearer x");
        problem(&sent(address, bad).await, 401, "unauthenticated");
    }
    problem(&sent(address, asks("carlos")).await, 429, "rate_limited");
    sent(address, asks("maria")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_reached_are_no_fault_of_whoever_shows_a_token() {
    let (_app, address) = served(limited("unauthenticated=3/h", "")).await;
    for _ in 0..6 {
        let asked = Request::get("/v1/customers").header("Authorization", "Bearer unreachable");
        problem(&sent(address, asked).await, 503, "keys_unavailable");
    }
    sent(address, by("maria", Request::get("/v1/customers"))).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_ask_nobody_count_for_the_address_and_probes_do_not() {
    let (_app, address) = served(limited("address=2/h", "")).await;
    for path in ["/openapi.json", "/docs/"] {
        assert_eq!(sent(address, Request::get(path)).await.status, 200);
    }
    for path in ["/openapi.json", "/docs/swagger-ui.css", "/docs/errors.md", "/", "/v1"] {
        problem(&sent(address, Request::get(path)).await, 429, "rate_limited");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(sent(address, Request::get(path)).await.status, 200);
    }
}
