//! Real connections: slow and greedy clients, and an orderly end.

use khata_api::{app::HttpSettings, http::serve};
use khata_tests::{TestApp, test_app::new_customer};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub struct Served {
    pub app: TestApp,
    pub address: SocketAddr,
    pub server: JoinHandle<()>,
}

pub async fn served(settings: HttpSettings) -> Served {
    let app = TestApp::with(settings.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, stopping) = (app.router.clone(), app.stopping.subscribe());
    let server = tokio::spawn(async move { serve(listener, router, &settings, stopping).await });
    Served { app, address, server }
}

/// Sends bytes and reads until the server closes, or a whole answer without body has come.
pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer))
        .await
        .expect("an end")
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_let_go() {
    let served =
        served(HttpSettings { header_timeout: Duration::from_millis(30), ..HttpSettings::default() }).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_body_that_never_comes_is_told_and_changes_nothing() {
    let served =
        served(HttpSettings { body_timeout: Duration::from_millis(30), ..HttpSettings::default() }).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"request_timeout\""), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert_eq!(served.app.get("/v1/events").await.json()["items"], serde_json::json!([]));
}

#[tokio::test]
async fn headers_without_end_and_without_pause_are_cut_off() {
    let served = served(HttpSettings::default()).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream
        .write_all(
            format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: {}", "x".repeat(70_000)).as_bytes(),
        )
        .await
        .unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_refused() {
    let served = served(HttpSettings { max_body_bytes: 100, ..HttpSettings::default() }).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let chunk = format!("c8\r\n{}\r\n0\r\n\r\n", "x".repeat(200));
    stream.write_all(format!("{head}{chunk}").as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"), "{answer}");
}

#[tokio::test]
async fn what_is_under_way_is_finished_before_the_end_and_nothing_new_begins() {
    let served = served(HttpSettings::default()).await;
    served.app.events.hold();
    let body = new_customer("maria@example.com").to_string();
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    let waiting = async {
        while served.app.events.waiting() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the command waits for the store");

    served.app.stopping.send(true).unwrap();
    assert_eq!(read_to_end(&mut idle).await, "", "a connection without a request is closed");
    assert!(!served.server.is_finished(), "a command is under way");
    served.app.events.release();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    tokio::time::timeout(Duration::from_secs(10), served.server).await.expect("the end").unwrap();
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn an_import_that_stops_arriving_is_told_what_was_kept() {
    let served =
        served(HttpSettings { body_timeout: Duration::from_millis(30), ..HttpSettings::default() }).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = "POST /v1/admin/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"imported\""), "{answer}");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server_from_stopping() {
    let served =
        served(HttpSettings { shutdown_patience: Duration::from_millis(30), ..HttpSettings::default() })
            .await;
    served.app.events.hold();
    let body = new_customer("maria@example.com").to_string();
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let waiting = async {
        while served.app.events.waiting() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the command waits for the store");
    served.app.stopping.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(10), served.server).await.expect("the end").unwrap();
}
