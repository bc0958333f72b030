//! Notices of the network: only proper ones are believed, each counts once, and one that comes too early comes again.

use crate::bank::{Bank, SECRET, account, id, money, pay, sums, types, until, until_process};
use khata_domain::Money;
use khata_tests::velocitypay::{Kind, Manner, Notice, Signing};
use serde_json::json;

/// What comes of it once the network has taken the order: that it has come is not enough.
fn once_taken(act: impl Fn() -> Option<Notice>) -> Notice {
    loop {
        if let Some(notice) = act() {
            return notice;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_notice_ends_a_payment_and_counts_once() {
    let bank = Bank::with(Manner::TAKES);
    let server = bank.serve();
    bank.network.set_notified(&format!("http://{}/v1/webhooks/velocitypay", server.address()), SECRET);
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payment = pay(&mut client, &from, "Maria", "123.45");
    until(&mut client, &payment, "sent");
    bank.network.wait_for_orders(1);
    let notice = once_taken(|| bank.network.settle(id(&payment)));
    for signing in
        [Signing::WrongSecret, Signing::TooOld, Signing::TooEarly, Signing::OtherBytes, Signing::Missing]
    {
        assert_eq!(bank.network.deliver(&notice, signing).unwrap(), 401, "{signing:?}");
    }
    assert_eq!(client.get(&format!("/v1/payments/{payment}")).expect(200)["status"], "sent");
    for _ in 0..3 {
        assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 200);
    }
    until(&mut client, &payment, "completed");
    until_process(&mut client, &payment, |process| process["status"] == "completed");
    assert_eq!(money(&mut client, &from), sums("876.55", "876.55"));
    let completed = types(&mut client, &format!("/v1/payments/{payment}"));
    assert_eq!(completed.iter().filter(|name| *name == "payment_completed").count(), 1);
    let events = client.get(&format!("/v1/payments/{payment}/events")).expect(200);
    let actors: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["metadata"]["actor"].as_str().unwrap())
        .collect();
    assert_eq!(actors, ["local", "local", "local", "process_external_payment", "velocitypay"]);
}

#[test]
fn a_refusal_by_notice_frees_the_money_and_a_return_brings_it_back() {
    let bank = Bank::with(Manner::TAKES);
    let server = bank.serve();
    bank.network.set_notified(&format!("http://{}/v1/webhooks/velocitypay", server.address()), SECRET);
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let [refused, returned] = [(); 2].map(|()| pay(&mut client, &from, "Maria", "100.01"));
    for payment in [&refused, &returned] {
        until(&mut client, payment, "sent");
    }
    bank.network.wait_for_orders(2);
    once_taken(|| bank.network.refuse(id(&refused)));
    assert_eq!(bank.network.notify(Kind::Refused, id(&refused)), 200);
    let shown = until(&mut client, &refused, "compensated");
    assert_eq!(shown["failure_code"], "AC04");
    // The return overtakes the payment: it is not taken, and comes again.
    once_taken(|| bank.network.settle(id(&returned)));
    let part = Money::parse("40.00", "INR".parse().unwrap()).unwrap();
    bank.network.give_back(id(&returned), Some(part)).unwrap();
    assert_eq!(bank.network.notify(Kind::Returned, id(&returned)), 422);
    assert_eq!(bank.network.notify(Kind::Settled, id(&returned)), 200);
    assert_eq!(bank.network.notify(Kind::Returned, id(&returned)), 200);
    assert_eq!(bank.network.notify(Kind::Returned, id(&returned)), 200);
    until(&mut client, &returned, "returned");
    assert_eq!(money(&mut client, &from), sums("939.99", "939.99"));
}

#[test]
fn a_notice_of_an_unknown_payment_is_told_so_and_none_is_taken_without_a_secret() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    let url = |server: &khata_tests::Server| format!("http://{}/v1/webhooks/velocitypay", server.address());
    bank.network.set_notified(&url(&server), SECRET);
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payment = pay(&mut client, &from, "Maria", "123.45");
    until(&mut client, &payment, "completed");
    let mut notice = bank.network.notices().into_iter().find(|notice| notice.payment_id.is_some()).unwrap();
    let good = notice.data.clone();
    notice.id = "msg_unknown".into();
    notice.data["payment_id"] = json!("pay_00000000-0000-0000-0000-000000000001");
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 404);
    notice.id = "msg_amount".into();
    notice.data = good.clone();
    notice.data["amount"] = json!({ "amount": "1.00", "currency": "INR" });
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 422);
    notice.id = "msg_less".into();
    notice.data = good;
    notice.data["amount"] = json!(null);
    assert_eq!(bank.network.deliver(&notice, Signing::Proper).unwrap(), 400);
    assert_eq!(money(&mut client, &from), sums("876.55", "876.55"));
}
