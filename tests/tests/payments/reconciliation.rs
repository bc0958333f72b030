//! Days reconciled with the network's books, and money that comes from other banks.

use crate::bank::{Bank, SECRET, account, id, money, pay, sums, until, until_shown};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use khata_application::{Clock, payments::StatementLine};
use khata_domain::Money;
use khata_infrastructure::SystemClock;
use khata_tests::velocitypay::{Incoming, Manner, Signing};
use serde_json::{Value, json};

fn inr(amount: &str) -> Money {
    Money::parse(amount, "INR".parse().unwrap()).unwrap()
}

fn kinds(day: &Value) -> Vec<(&str, &str)> {
    let open = day["open"].as_array().unwrap().iter();
    let mut kinds: Vec<(&str, &str)> =
        open.map(|open| (open["kind"].as_str().unwrap(), open["booking"].as_str().unwrap())).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn the_books_of_a_day_are_compared_and_each_difference_is_told_until_it_is_explained() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payments: Vec<String> = (0..3).map(|_| pay(&mut client, &from, "Maria", "100.01")).collect();
    for payment in &payments {
        until(&mut client, payment, "completed");
    }
    let day = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let path = format!("/v1/reconciliations/{day}");
    assert_eq!(client.get(&path).status, 404, "it was not compared yet");
    let compared = client.post(&path, &json!({})).expect(200);
    assert_eq!((&compared["state"]["matched"], &compared["state"]["differences"]), (&json!(3), &json!(0)));
    assert_eq!(client.post(&path, &json!({})).expect(200)["events"], json!([]), "twice changes nothing");
    // The network loses one, books one with another amount, and one that nobody here knows.
    let honest = bank.network.rewrite(|lines: &mut Vec<StatementLine>| {
        let honest = lines.clone();
        lines.retain(|line| line.payment_id != Some(id(&payments[0])));
        lines[0].amount = inr("100.00");
        let unknown = "pay_00000000-0000-0000-0000-000000000001".parse().unwrap();
        lines.push(StatementLine { payment_id: Some(unknown), ..honest[2].clone() });
        honest
    });
    let compared = client.post(&path, &json!({})).expect(200);
    let expected = [("amount", "paid"), ("only_ours", "paid"), ("only_theirs", "paid")];
    assert_eq!(kinds(&compared["state"]), expected);
    let shown = client
        .send(&khata_tests::Request::get(path.as_str()).header("Khata-Min-Position", &compared["position"]));
    assert_eq!(kinds(&shown.unwrap().expect(200)), expected);
    assert_eq!(client.get("/v1/reconciliations").expect(200)["items"].as_array().unwrap().len(), 1);
    bank.network.rewrite(|lines| *lines = honest);
    let compared = client.post(&path, &json!({})).expect(200);
    assert_eq!((kinds(&compared["state"]).len(), &compared["state"]["explained"]), (0, &json!(3)));
    client.post("/v1/reconciliations/2026-13-01", &json!({})).expect(404);
    bank.network.go_down();
    assert_eq!(client.post(&path, &json!({})).expect(503)["code"], "gateway_unavailable");
}

#[test]
fn money_from_another_bank_is_booked_once_and_what_no_account_takes_stays_with_the_network() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    bank.network.set_notified(&format!("http://{}/v1/webhooks/velocitypay", server.address()), SECRET);
    let mut client = server.client();
    let to = account(&mut client, 1, "10.00");
    let incoming = Incoming {
        account: to.parse().unwrap(),
        payer: "Erik Larsson".to_owned(),
        amount: inr("250.50"),
        reference: Some("rent".to_owned()),
    };
    let mut notice = bank.network.receive(&incoming);
    assert_eq!(bank.network.deliver(&notice, Signing::WrongSecret).unwrap(), 401);
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 200);
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 200);
    // The same money told under another id, and told otherwise.
    notice.id = "msg_again".into();
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 200);
    notice.id = "msg_otherwise".into();
    notice.data["amount"] = json!({ "amount": "999.00", "currency": "INR" });
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 422);
    assert_eq!(money(&mut client, &to), sums("260.50", "260.50"));
    let foreign = bank.network.receive(&Incoming {
        amount: Money::parse("5.00", "EUR".parse().unwrap()).unwrap(),
        ..incoming.clone()
    });
    assert_eq!(bank.network.deliver(&foreign, Signing::Proper).unwrap(), 422);
    let nobody =
        Incoming { account: "acc_00000000-0000-0000-0000-000000000001".parse().unwrap(), ..incoming };
    assert_eq!(bank.network.deliver(&bank.network.receive(&nobody), Signing::Proper).unwrap(), 404);
    assert_eq!(money(&mut client, &to), sums("260.50", "260.50"));
    // The network's books have three that came, and Khata one of them.
    let day = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let compared = client.post(&format!("/v1/reconciliations/{day}"), &json!({})).expect(200);
    assert_eq!(compared["state"]["matched"], 1);
    assert_eq!(kinds(&compared["state"]), [("only_theirs", "received"), ("only_theirs", "received")]);
}

#[test]
fn a_day_is_reconciled_by_itself_when_it_is_over_everywhere_and_once_more_changes_nothing() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payments: Vec<String> = (0..4).map(|_| pay(&mut client, &from, "Maria", "100.01")).collect();
    for payment in &payments {
        until(&mut client, payment, "completed");
    }
    // The network loses one, books one with another amount, one twice, and one that nobody here knows.
    bank.network.rewrite(|lines: &mut Vec<StatementLine>| {
        let of = |nth: usize| id(&payments[nth]);
        let last = lines.iter().find(|line| line.payment_id == Some(of(2))).cloned().unwrap();
        lines.retain(|line| line.payment_id != Some(of(0)));
        lines
            .iter_mut()
            .filter(|line| line.payment_id == Some(of(1)))
            .for_each(|line| line.amount = inr("100.00"));
        let unknown = "pay_00000000-0000-0000-0000-000000000001".parse().unwrap();
        lines.push(StatementLine { payment_id: Some(unknown), ..last.clone() });
        lines.push(last);
    });
    let now = SystemClock.now();
    let day = now.to_zoned(TimeZone::UTC).date();
    let (path, process) = (
        format!("/v1/reconciliations/{day}"),
        format!("/v1/processes/process_reconciliation-velocitypay_{day}"),
    );
    let waiting = until_shown(&mut client, &process, |process| process["status"] == "waiting");
    let due: Timestamp = waiting["next_timer"].as_str().unwrap().parse().unwrap();
    let over = day.tomorrow().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp();
    assert_eq!(due, over + SignedDuration::from_hours(14), "over in every time zone, and booked");
    assert_eq!(client.get(&path).status, 404, "it was not compared yet");
    server.stop();
    let serve_at = |instant: Timestamp| {
        let seconds = instant.duration_since(SystemClock.now()).as_secs().to_string();
        bank.serve_with(&["--clock-offset", &seconds])
    };
    let server = serve_at(due + SignedDuration::from_mins(1));
    let mut client = server.client();
    until_shown(&mut client, &process, |process| process["status"] == "completed");
    let shown = until_shown(&mut client, &path, |_| true);
    let expected = [("amount", "paid"), ("only_ours", "paid"), ("only_theirs", "paid"), ("twice", "paid")];
    assert_eq!((kinds(&shown), &shown["matched"]), (expected.to_vec(), &json!(2)), "{shown}");
    server.kill();
    let server = serve_at(due + SignedDuration::from_hours(24));
    let mut client = server.client();
    assert_eq!(client.post(&path, &json!({})).expect(200)["events"], json!([]));
    assert_eq!(kinds(&client.get(&path).expect(200)), expected);
}
