//! The adapter of VelocityPay against a network with books of its own: whatever goes wrong on the way, nothing is paid twice, and
//! nothing is said to be known that is not. And its notices, of which only proper ones are believed.

use jiff::{SignedDuration, civil::date};
use khata_application::{
    Clock,
    payments::{Booking, GatewayOrder, HandedOver, Inquired, PaymentGateway},
};
use khata_domain::{
    Money, Text,
    ids::{AccountId, PaymentId, TypedId},
    payments::{ExternalPayee, Network},
};
use khata_infrastructure::{
    ManualClock, SystemClock,
    velocitypay::{Breaker, VelocityPay},
    webhooks::{Signed, WebhookSecrets},
};
use khata_tests::velocitypay::{Deed, Incoming, Kind, Manner, Reply, Signing, VelocityPayServer};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);
/// For what is never answered.
const HASTE: Duration = Duration::from_millis(500);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn rupees(amount: &str) -> Money {
    Money::parse(amount, "INR".parse().unwrap()).unwrap()
}

fn payment_id(number: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(number))
}

fn order(number: u128, name: &str) -> GatewayOrder {
    let account = Some(Text::parse("0012345").unwrap());
    let name = Text::parse(name).unwrap();
    GatewayOrder {
        payment_id: payment_id(number),
        from_account: AccountId::from_uuid(Uuid::from_u128(8)),
        payee: ExternalPayee::parse(Network::VelocityPay, (None, account), name, None).unwrap(),
        amount: rupees("12.34"),
        reference: None,
    }
}

fn gateway(network: &VelocityPayServer, timeout: Duration) -> VelocityPay {
    let never = Breaker { failures: u32::MAX, pause: PATIENCE };
    VelocityPay::new(&network.url().parse().unwrap(), None, timeout, never)
}

async fn hand_over(gateway: &VelocityPay, order: &GatewayOrder) -> HandedOver {
    gateway.hand_over(order.payment_id, gateway.written(order)).await
}

fn outcome(handed_over: &HandedOver) -> &'static str {
    match handed_over {
        HandedOver::Settled { .. } => "settled",
        HandedOver::Refused { .. } => "refused",
        HandedOver::InProgress {} => "in progress",
        HandedOver::NotSent { .. } => "not sent",
        HandedOver::Unanswered { .. } => "unanswered",
    }
}

fn found(inquired: &Inquired) -> &'static str {
    match inquired {
        Inquired::Settled { .. } => "settled",
        Inquired::Refused { .. } => "refused",
        Inquired::InProgress {} => "in progress",
        Inquired::NotFound {} => "not found",
    }
}

#[tokio::test]
async fn whatever_goes_wrong_an_inquiry_tells_and_a_repetition_pays_nothing_twice() {
    let network = VelocityPayServer::start(Manner::SETTLES);
    let expected = BTreeMap::from([
        ("settles", ("settled", "settled", 1)),
        ("refuses", ("refused", "refused", 0)),
        ("in-progress", ("in progress", "in progress", 0)),
        ("fails-before", ("unanswered", "not found", 0)),
        ("fails-after", ("unanswered", "settled", 1)),
        ("hangs", ("unanswered", "not found", 0)),
        ("rubbish", ("unanswered", "settled", 1)),
        ("loses", ("unanswered", "settled", 1)),
        ("twice", ("settled", "settled", 1)),
        ("other-amount", ("unanswered", "settled", 1)),
        ("late", ("unanswered", "settled", 1)),
    ]);
    for (number, (name, manner)) in (1..).zip(Manner::NAMED) {
        network.set_for(name, manner);
        let order = order(number, name);
        let timeout = if matches!(name, "hangs" | "late") { HASTE } else { PATIENCE };
        let notices_before = network.notices().len();
        let handed_over = hand_over(&gateway(&network, timeout), &order).await;
        if name == "late" {
            network.wait_for_notices(notices_before + 1);
        }
        let (handed_over_as, found_as, times) = expected[name];
        assert_eq!(outcome(&handed_over), handed_over_as, "{name}: {handed_over:?}");
        let gateway = gateway(&network, PATIENCE);
        assert_eq!(
            found(&gateway.inquire(order.payment_id, order.amount).await.unwrap()),
            found_as,
            "{name}"
        );
        assert_eq!(network.times_paid(order.payment_id), times, "{name}");
        network.set_for(name, Manner::SETTLES);
        let again = hand_over(&gateway, &order).await;
        let expected = if found_as == "not found" { "settled" } else { found_as };
        assert_eq!(outcome(&again), expected, "{name} again: {again:?}");
        assert_eq!(network.orders_of(order.payment_id).len(), 2);
    }
    network.assert_nothing_was_paid_twice();
}

#[tokio::test]
async fn other_bytes_under_a_known_key_are_not_taken_and_not_known_to_be_refused() {
    let network = VelocityPayServer::start(Manner::SETTLES);
    let gateway = gateway(&network, PATIENCE);
    let (first, other) = (order(1, "Maria"), order(1, "Mario"));
    assert_eq!(outcome(&hand_over(&gateway, &first).await), "settled");
    assert_eq!(outcome(&hand_over(&gateway, &other).await), "unanswered");
    assert_eq!(network.times_paid(payment_id(1)), 1);
}

#[tokio::test]
async fn while_the_network_is_down_nothing_is_sent_and_then_all_of_it_once() {
    let network = VelocityPayServer::start(Manner::SETTLES);
    let breaker = Breaker { failures: 3, pause: Duration::from_millis(20) };
    let gateway = VelocityPay::new(&network.url().parse().unwrap(), None, PATIENCE, breaker);
    network.go_down();
    for number in 1..=5 {
        assert_eq!(outcome(&hand_over(&gateway, &order(number, "Maria")).await), "not sent");
    }
    assert!(gateway.is_shut());
    gateway.reopened().await;
    assert_eq!(outcome(&hand_over(&gateway, &order(1, "Maria")).await), "not sent");
    assert!(network.requests().is_empty());
    network.come_back();
    let waiting: Vec<_> = (1..=5)
        .map(|number| {
            let (gateway, order) = (gateway.clone(), order(number, "Maria"));
            tokio::spawn(async move {
                gateway.reopened().await;
                hand_over(&gateway, &order).await
            })
        })
        .collect();
    for waits in waiting {
        assert_eq!(outcome(&waits.await.unwrap()), "settled");
    }
    assert!(!gateway.is_shut());
    assert_eq!(network.requests().len(), 5, "one went on first, and the others after it");
    network.assert_nothing_was_paid_twice();
}

#[tokio::test]
async fn questions_are_answered_or_not() {
    let network = VelocityPayServer::start(Manner::SETTLES);
    let order = order(1, "Maria");
    hand_over(&gateway(&network, PATIENCE), &order).await;
    for (reply, code) in [
        (Reply::Fails, "gateway_failed"),
        (Reply::Hangs, "timeout"),
        (Reply::Rubbish, "answer_unusable"),
        (Reply::OtherAmount, "answer_unusable"),
        (Reply::Lost, "gateway_unreachable"),
    ] {
        network.set_questions(reply);
        let gateway = gateway(&network, if reply == Reply::Hangs { HASTE } else { PATIENCE });
        assert_eq!(
            gateway.inquire(order.payment_id, order.amount).await.unwrap_err().code,
            code,
            "{reply:?}"
        );
    }
    network.set_questions(Reply::Unknown);
    let gateway = gateway(&network, PATIENCE);
    assert_eq!(gateway.inquire(order.payment_id, order.amount).await, Ok(Inquired::NotFound {}));
    network.set_questions(Reply::Straight);
    assert_eq!(found(&gateway.inquire(order.payment_id, order.amount).await.unwrap()), "settled");
}

#[tokio::test]
async fn a_statement_tells_what_was_booked_on_its_day() {
    let clock = Arc::new(ManualClock::at("2026-05-04T23:00:00Z".parse().unwrap()));
    let network = VelocityPayServer::start_by(Manner::SETTLES, clock.clone());
    let gateway = gateway(&network, PATIENCE);
    network.set_for("Anna", Manner(Deed::Takes, Reply::Lost));
    hand_over(&gateway, &order(1, "Maria")).await;
    hand_over(&gateway, &order(2, "Anna")).await;
    clock.advance(SignedDuration::from_hours(2));
    network.settle(payment_id(2)).unwrap();
    network.give_back(payment_id(1), Some(rupees("2.34"))).unwrap();
    let account = AccountId::from_uuid(Uuid::from_u128(8));
    let incoming = Incoming { account, amount: rupees("5"), payer: "Anna".to_owned(), reference: None };
    network.receive(&incoming);
    let (first, second) = (date(2026, 5, 4), date(2026, 5, 5));
    let lines = network.lines();
    let bookings: Vec<_> = lines.iter().map(|line| line.booking).collect();
    assert_eq!(bookings, [Booking::Paid, Booking::Paid, Booking::Returned, Booking::Received]);
    assert_eq!(gateway.statement(first).await.as_deref(), Ok(&lines[..1]));
    assert_eq!(gateway.statement(second).await.as_deref(), Ok(&lines[1..]));
    assert_eq!(gateway.statement(date(2026, 5, 6)).await, Ok(Vec::new()));
    network.rewrite(Vec::clear);
    assert_eq!(gateway.statement(first).await, Ok(Vec::new()));
    assert_eq!(network.times_paid(payment_id(1)), 1, "what was paid stays paid, whatever a statement says");
}

#[tokio::test]
async fn only_proper_notices_are_believed() {
    let network = VelocityPayServer::start(Manner::TAKES);
    let gateway = gateway(&network, PATIENCE);
    hand_over(&gateway, &order(1, "Maria")).await;
    let settled = network.settle(payment_id(1)).unwrap();
    assert_eq!((settled.kind, settled.sequence()), (Kind::Settled, 2));
    network.set_notified(&receiver(), SECRET);
    assert_eq!(network.notify(Kind::InProgress, payment_id(1)), 204);
    for (signing, status) in [
        (Signing::Proper, 204),
        (Signing::Proper, 204),
        (Signing::WrongSecret, 401),
        (Signing::TooOld, 401),
        (Signing::TooEarly, 401),
        (Signing::OtherBytes, 401),
        (Signing::Missing, 401),
    ] {
        assert_eq!(network.deliver(&settled, signing).unwrap(), status, "{signing:?}");
    }
    let returned = network.give_back(payment_id(1), None).unwrap();
    assert_eq!((returned.sequence(), network.notices().len()), (3, 3));
}

/// Somebody who takes notices that are properly signed.
fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notices", listener.local_addr().unwrap());
    let secrets = WebhookSecrets::parse(["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", SECRET]).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            receive(stream, &secrets);
        }
    });
    url
}

fn receive(mut stream: TcpStream, secrets: &WebhookSecrets) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = BTreeMap::new();
    for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let header = |name: &str| headers.get(name).map(String::as_str);
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let notice = Signed { id, timestamp, signatures: header("webhook-signature"), body: &body };
    let status = if secrets.verify(&notice, SystemClock.now()).is_ok() { 204 } else { 401 };
    write!(stream, "HTTP/1.1 {status} So\r\nconnection: close\r\n\r\n").unwrap();
}
