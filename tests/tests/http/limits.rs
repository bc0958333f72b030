//! What greedy, mute and impatient clients can hold, and what they are told.

use crate::connections::{Served, read_to_end, served};
use khata_api::app::HttpSettings;
use khata_tests::test_app::new_customer;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

async fn connect(served: &Served) -> TcpStream {
    TcpStream::connect(served.address).await.unwrap()
}

/// Reads one answer with a length from a connection that goes on: head and body.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let whole = async {
        loop {
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if body.len() >= length.parse().unwrap() {
                    return text;
                }
            }
            assert!(stream.read_buf(&mut read).await.unwrap() > 0, "an end after {text:?}");
        }
    };
    tokio::time::timeout(Duration::from_secs(10), whole).await.expect("an answer")
}

/// A command that waits for the store, which is held.
async fn command_under_way(served: &Served, number: usize) -> TcpStream {
    let mut stream = connect(served).await;
    let body = new_customer(&format!("maria{number}@example.com")).to_string();
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let waiting = async {
        while served.app.events.waiting() < number {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the command waits for the store");
    stream
}

#[tokio::test]
async fn whoever_takes_nothing_of_its_answers_is_given_up() {
    let served =
        served(HttpSettings { write_timeout: Duration::from_millis(50), ..HttpSettings::default() }).await;
    let mut stream = connect(&served).await;
    let (_unread, mut writing) = stream.split();
    let request = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(200);
    // The buffers of both ends fill up, and then nothing moves any more, until the server has had enough.
    let given_up = async { while writing.write_all(&request).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), given_up).await.expect("the end of the connection");
}

#[tokio::test]
async fn when_all_places_are_taken_whoever_was_quiet_the_longest_has_to_go() {
    let served = served(HttpSettings { max_connections: 2, ..HttpSettings::default() }).await;
    let (mut first, mut second) = (connect(&served).await, connect(&served).await);
    for stream in [&mut second, &mut first] {
        stream.write_all(HEALTH).await.unwrap();
        assert!(read_answer(stream).await.starts_with("HTTP/1.1 200"));
    }
    let mut third = connect(&served).await;
    third.write_all(HEALTH).await.unwrap();
    assert!(read_answer(&mut third).await.starts_with("HTTP/1.1 200"), "a new client is served");
    assert_eq!(read_to_end(&mut second).await, "", "it was quiet the longest");
    first.write_all(HEALTH).await.unwrap();
    assert!(read_answer(&mut first).await.starts_with("HTTP/1.1 200"), "it may stay");
}

#[tokio::test]
async fn half_requests_keep_nobody_out() {
    let served = served(HttpSettings { max_connections: 8, ..HttpSettings::default() }).await;
    let mut half = Vec::new();
    for _ in 0..50 {
        let mut stream = connect(&served).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ").await.unwrap();
        half.push(stream);
    }
    let mut client = connect(&served).await;
    client.write_all(HEALTH).await.unwrap();
    assert!(read_answer(&mut client).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn when_all_have_requests_under_way_the_next_is_turned_away_and_they_are_answered() {
    let served = served(HttpSettings { max_connections: 2, ..HttpSettings::default() }).await;
    served.app.events.hold();
    let mut under_way = [command_under_way(&served, 1).await, command_under_way(&served, 2).await];
    let mut third = connect(&served).await;
    third.write_all(HEALTH).await.unwrap();
    let told = read_to_end(&mut third).await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("\"too_many_connections\""), "{told}");
    assert!(
        told.contains("retry-after: 1") && told.contains("content-type: application/problem+json"),
        "{told}"
    );
    served.app.events.release();
    for stream in &mut under_way {
        assert!(read_answer(stream).await.starts_with("HTTP/1.1 201"));
    }
}

#[tokio::test]
async fn an_answer_before_the_body_leaves_the_connection_for_the_next_request() {
    let served = served(HttpSettings::default()).await;
    let mut stream = connect(&served).await;
    let body = "{\"amount\": 12345678}";
    for (path, header) in [
        ("/v1/accounts/x/deposits", "X-A: b"),
        ("/v1/customers", "Origin: http://evil.example"),
        ("/v1/customers", "Idempotency-Key:"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // In a packet of its own, as many clients send it.
        tokio::task::yield_now().await;
        stream.write_all(body.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("connection: close"), "{answer}");
    }
    stream.write_all(HEALTH).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_before_a_body_that_is_not_read_says_that_it_is_the_last() {
    let served = served(HttpSettings::default()).await;
    for head in [
        "POST /v1/customers HTTP/1.1\r\nContent-Length: 100000\r\n",
        "POST /v1/accounts/x/deposits HTTP/1.1\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n",
        "POST /v1/accounts/x/deposits HTTP/1.1\r\nContent-Length: 20\r\n",
    ] {
        let mut stream = connect(&served).await;
        stream
            .write_all(format!("{head}Host: 127.0.0.1\r\nContent-Type: application/json\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("connection: close"), "{head}: {answer}");
        drop(stream.shutdown().await);
        assert_eq!(read_to_end(&mut stream).await, "");
    }
}

#[tokio::test]
async fn what_is_no_request_is_told_so_as_a_problem() {
    let served = served(HttpSettings::default()).await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "x".repeat(70_000));
    let many = format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", "X-a: b\r\n".repeat(150));
    for (bytes, status, code) in [
        ("NONSENSE\r\n\r\n", 400, "malformed_request"),
        ("GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", 400, "malformed_request"),
        (
            "POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
            "malformed_request",
        ),
        (long.as_str(), 414, "uri_too_long"),
        (many.as_str(), 431, "headers_too_large"),
    ] {
        let mut stream = connect(&served).await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(
            answer.contains(&format!("\"code\":\"{code}\""))
                && answer.contains("content-type: application/problem+json"),
            "{answer}"
        );
        assert!(
            answer.contains("cross-origin-resource-policy: same-origin")
                && answer.contains("connection: close"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn an_import_does_not_go_on_reading_behind_a_bad_line_for_ever() {
    let served = served(HttpSettings::default()).await;
    let mut stream = connect(&served).await;
    let head = "POST /v1/admin/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}4\r\nbad\n\r\n").as_bytes()).await.unwrap();
    let chunk = format!("100000\r\n{}\r\n", "x\n".repeat(512 * 1024)).into_bytes();
    let (mut reading, mut writing) = stream.split();
    let sending = async {
        for sent in 0..400 {
            if writing.write_all(&chunk).await.is_err() {
                return sent;
            }
        }
        400
    };
    let mut answer = Vec::new();
    let hearing = reading.read_buf(&mut answer);
    // Whichever comes first: the answer, or the end of the client's patience.
    let heard = tokio::select! {
        heard = hearing => heard.unwrap(),
        sent = sending => panic!("sent {sent} MiB and heard nothing"),
    };
    let answer = String::from_utf8_lossy(&answer[..heard]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("connection: close"), "{answer}");
}
