//! The whole way over sockets: what can have arrived, and what shuts the gate.

use super::*;
use jiff::civil::date;
use khata_domain::{
    Currency, Money,
    ids::{AccountId, TypedId},
    payments::ExternalPayee,
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};
use uuid::Uuid;

/// Longer than any of these answers takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// For an answer that never comes.
const HASTE: Duration = Duration::from_millis(300);
const NEVER: Breaker = Breaker { failures: u32::MAX, pause: PATIENCE };

fn payment_id() -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(7))
}

fn order() -> GatewayOrder {
    let number = Some(Text::parse("0012345").unwrap());
    let name = Text::parse("Maria").unwrap();
    GatewayOrder {
        payment_id: payment_id(),
        from_account: AccountId::from_uuid(Uuid::from_u128(8)),
        payee: ExternalPayee::parse(Network::VelocityPay, (None, number), name, None).unwrap(),
        amount: Money::from_minor(1234, "INR".parse::<Currency>().unwrap()),
        reference: None,
    }
}

fn gateway(url: &str, timeout: Duration, breaker: Breaker) -> VelocityPay {
    VelocityPay::new(&url.parse().unwrap(), Some("token"), timeout, breaker)
}

async fn hand_over(gateway: &VelocityPay) -> HandedOver {
    gateway.hand_over(payment_id(), gateway.written(&order())).await
}

/// Another side on a free port: what it does with each connection, and how often it was reached.
fn other_side(meet: impl Fn(TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reached = Arc::new(AtomicUsize::new(0));
    let count = reached.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            meet(stream);
        }
    });
    (format!("http://{address}"), reached)
}

/// The head and body of a request.
fn request_of(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn answer(stream: &mut TcpStream, status: u16, text: &str) {
    let length = text.len();
    write!(stream, "HTTP/1.1 {status} So\r\ncontent-length: {length}\r\n\r\n{text}").unwrap();
}

fn standing(members: &str) -> String {
    let amount = r#"{"amount":"12.34","currency":"INR"}"#;
    format!(r#"{{"payment_id":"{}","amount":{amount},{members}}}"#, payment_id())
}

#[tokio::test]
async fn an_order_goes_out_under_its_payments_id_and_is_answered() {
    let (url, _) = other_side(|mut stream| {
        let (head, body) = request_of(&stream);
        let head = head.to_lowercase();
        assert!(head.starts_with("post /v1/payments http/1.1\r\n"), "{head}");
        for header in [
            &format!("idempotency-key: {}", payment_id()),
            "content-type: application/json",
            "authorization: bearer token",
        ] {
            assert!(head.contains(&format!("\r\n{header}\r\n")), "{header} in {head}");
        }
        assert_eq!(body, protocol::written(&order()));
        answer(&mut stream, 201, &standing(r#""status":"settled","gateway_reference":"VP-1""#));
    });
    let gateway = gateway(&format!("{url}/v1/"), PATIENCE, NEVER);
    let gateway_reference = Text::parse("VP-1").unwrap();
    assert_eq!(hand_over(&gateway).await, HandedOver::Settled { gateway_reference });
    assert!(!format!("{gateway:?}").contains("token"));
}

#[tokio::test]
async fn questions_are_put_where_they_belong() {
    let (url, _) = other_side(|mut stream| {
        let (head, _) = request_of(&stream);
        match head.split(' ').nth(1) {
            Some("/payments/pay_00000000-0000-0000-0000-000000000007") => {
                answer(&mut stream, 404, r#"{"code":"payment_unknown"}"#);
            }
            Some("/statements/2026-05-04") => {
                answer(&mut stream, 200, r#"{"day":"2026-05-04","lines":[]}"#);
            }
            _ => answer(&mut stream, 500, ""),
        }
    });
    let gateway = gateway(&url, PATIENCE, NEVER);
    assert_eq!(gateway.inquire(payment_id(), order().amount).await, Ok(Inquired::NotFound {}));
    assert_eq!(gateway.statement(date(2026, 5, 4)).await, Ok(Vec::new()));
    let error = gateway.statement(date(2026, 5, 5)).await.unwrap_err();
    assert_eq!(error.code, "gateway_failed");
}

#[tokio::test]
async fn what_never_left_was_surely_not_sent() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = gateway(&format!("http://{address}"), PATIENCE, NEVER);
    let HandedOver::NotSent { reason } = hand_over(&nobody).await else { panic!("nobody was there") };
    assert_eq!(reason.as_str(), "the network gave no answer: the connection fails: connection refused");
    assert_eq!(nobody.inquire(payment_id(), order().amount).await.unwrap_err().code, "gateway_unreachable");
    // Neither who speaks no TLS nor who says nothing gets the order.
    for (says, timeout) in [(&b"HTTP/1.1 400 No\r\n\r\n"[..], PATIENCE), (b"", PATIENCE), (b"hang", HASTE)] {
        let kept = std::sync::Mutex::new(Vec::new());
        let (url, _) = other_side(move |mut stream| match says {
            b"hang" => kept.lock().unwrap().push(stream),
            says => stream.write_all(says).unwrap(),
        });
        let gateway = gateway(&url.replace("http:", "https:"), timeout, NEVER);
        let outcome = hand_over(&gateway).await;
        assert!(matches!(outcome, HandedOver::NotSent { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_may_have_left_is_not_known() {
    let kept = std::sync::Mutex::new(Vec::new());
    let (url, _) = other_side(move |mut stream| {
        let (head, _) = request_of(&stream);
        match head.split('/').nth(1) {
            Some("silent") => kept.lock().unwrap().push(stream),
            Some("half") => write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{{").unwrap(),
            Some("no-http") => stream.write_all(b"<html>SECRET</html>\r\n\r\n").unwrap(),
            Some("long") => answer(&mut stream, 200, &" ".repeat(70_000)),
            Some("elsewhere") => {
                stream
                    .write_all(b"HTTP/1.1 307 There\r\nlocation: /SECRET\r\ncontent-length: 0\r\n\r\n")
                    .unwrap();
            }
            _ => {}
        }
    });
    for (place, timeout, code) in [
        ("silent", HASTE, "timeout"),
        ("half", PATIENCE, "gateway_unreachable"),
        ("no-http", PATIENCE, "gateway_unreachable"),
        ("long", PATIENCE, "answer_unusable"),
        ("elsewhere", PATIENCE, "gateway_failed"),
        ("closed", PATIENCE, "gateway_unreachable"),
    ] {
        let gateway = gateway(&format!("{url}/{place}"), timeout, NEVER);
        let HandedOver::Unanswered { error } = hand_over(&gateway).await else { panic!("{place}") };
        assert!(!error.as_str().contains("SECRET"), "{error}");
        assert_eq!(gateway.inquire(payment_id(), order().amount).await.unwrap_err().code, code, "{place}");
    }
}

#[tokio::test]
async fn an_order_of_another_payment_is_not_sent() {
    let (url, reached) = other_side(|_| {});
    let gateway = gateway(&url, PATIENCE, NEVER);
    let other = PaymentId::from_uuid(Uuid::from_u128(9));
    let outcome = gateway.hand_over(other, gateway.written(&order())).await;
    assert!(matches!(outcome, HandedOver::NotSent { .. }));
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn failures_shut_the_gate_and_refusals_do_not() {
    let (url, reached) = other_side(|mut stream| {
        let (head, _) = request_of(&stream);
        let status = if head.starts_with("POST /refusing") { 422 } else { 503 };
        answer(&mut stream, status, r#"{"code":"AC04","reason":"closed"}"#);
    });
    let breaker = Breaker { failures: 3, pause: PATIENCE };
    let refusing = gateway(&format!("{url}/refusing"), PATIENCE, breaker);
    for _ in 0..5 {
        assert!(matches!(hand_over(&refusing).await, HandedOver::Refused { .. }));
    }
    assert!(!refusing.is_shut());
    let failing = gateway(&format!("{url}/failing"), PATIENCE, breaker);
    assert!(matches!(hand_over(&failing).await, HandedOver::Unanswered { .. }));
    assert_eq!(failing.inquire(payment_id(), order().amount).await.unwrap_err().code, "gateway_failed");
    assert_eq!(failing.statement(date(2026, 5, 4)).await.unwrap_err().code, "gateway_failed");
    assert!(failing.is_shut());
    let calls = reached.load(Ordering::SeqCst);
    assert!(matches!(hand_over(&failing).await, HandedOver::NotSent { .. }));
    assert_eq!(failing.inquire(payment_id(), order().amount).await.unwrap_err().code, "gateway_shut");
    assert_eq!(reached.load(Ordering::SeqCst), calls, "nothing was asked of it any more");
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_counts() {
    let (arrived, mut arrives) = tokio::sync::mpsc::unbounded_channel();
    let (given_up, is_given_up) = std::sync::mpsc::channel();
    let (url, _) = other_side(move |mut stream| {
        request_of(&stream);
        arrived.send(()).unwrap();
        is_given_up.recv().unwrap();
        answer(&mut stream, 200, &standing(r#""status":"in_progress""#));
    });
    let gateway = gateway(&url, PATIENCE, Breaker { failures: 1, pause: Duration::from_millis(10) });
    gateway.gate.enter().unwrap().tell(true);
    gateway.reopened().await;
    let probe = tokio::spawn({
        let gateway = gateway.clone();
        async move { hand_over(&gateway).await }
    });
    arrives.recv().await.unwrap();
    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled() && gateway.is_shut());
    given_up.send(()).unwrap();
    gateway.reopened().await;
    assert!(!gateway.is_shut());
}
