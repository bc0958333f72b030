//! Payments to other banks: whatever the network does, each is paid once or given back, and what is not known is not
//! claimed to be known.

use crate::bank::{Bank, account, id, money, order, pay, process_of, sums, types, until, until_process};
use khata_tests::{
    Random,
    velocitypay::{Deed, Manner, Reply},
};
use serde_json::json;

#[test]
fn a_payment_is_held_sent_and_paid_and_its_process_tells_the_story() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payment = pay(&mut client, &from, "Maria", "123.45");
    let shown = until(&mut client, &payment, "completed");
    assert_eq!((&shown["kind"], &shown["external"]["name"]), (&json!("external"), &json!("Maria")));
    assert!(shown["gateway_reference"].as_str().is_some_and(|reference| !reference.is_empty()), "{shown}");
    assert_eq!(money(&mut client, &from), sums("876.55", "876.55"));
    let entries = client.get(&format!("/v1/accounts/{from}/transactions?order=desc")).expect(200);
    let entry = &entries["items"][0];
    assert_eq!((&entry["payment_id"], &entry["counterparty"]), (&json!(payment), &json!("0012345")));
    let process = until_process(&mut client, &payment, |process| process["status"] == "completed");
    let steps: Vec<(&str, &str)> = process["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["name"].as_str().unwrap(), step["status"].as_str().unwrap()))
        .collect();
    assert_eq!(steps, [("send/1", "done"), ("hand_over/1", "done"), ("settle/1", "done")]);
    let [request] = &bank.network.orders_of(id(&payment))[..] else { panic!("not sent once") };
    assert_eq!(request.json()["amount"], json!({ "amount": "123.45", "currency": "INR" }));
    assert!(!server.log().contains("t0ken"));
    server.stop();
}

#[test]
fn what_the_network_refuses_is_free_again() {
    let bank = Bank::with(Manner::REFUSES);
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payment = pay(&mut client, &from, "Maria", "123.45");
    let shown = until(&mut client, &payment, "compensated");
    assert_eq!(shown["failure_code"], "AC04", "{shown}");
    assert_eq!(money(&mut client, &from), sums("1000.00", "1000.00"));
    until_process(&mut client, &payment, |process| process["status"] == "failed");
    let types = types(&mut client, &format!("/v1/payments/{payment}"));
    let expected = [
        "payment_requested",
        "fraud_screened",
        "funds_held",
        "payment_sent",
        "payment_failed",
        "payment_compensated",
    ];
    assert_eq!(types, expected);
}

#[test]
fn an_order_whose_answer_cannot_be_used_is_asked_for_and_never_sent_again() {
    let bad = [
        Manner(Deed::Settles, Reply::Fails),
        Manner(Deed::Settles, Reply::Hangs),
        Manner(Deed::Settles, Reply::Rubbish),
        Manner(Deed::Settles, Reply::Lost),
        Manner(Deed::Settles, Reply::OtherAmount),
        Manner(Deed::Settles, Reply::Late),
    ];
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve_with(&["--velocitypay-failures", "1000"]);
    let mut client = server.client();
    let from = account(&mut client, 1, "10000.00");
    let payments: Vec<String> = bad
        .iter()
        .enumerate()
        .map(|(number, manner)| {
            let name = format!("Payee {number}");
            bank.network.set_for(&name, *manner);
            pay(&mut client, &from, &name, "100.01")
        })
        .collect();
    for payment in &payments {
        let shown = until(&mut client, payment, "completed");
        let types = types(&mut client, &format!("/v1/payments/{payment}"));
        assert!(types.contains(&"payment_unanswered".to_owned()), "{types:?} {shown}");
        assert_eq!(bank.network.orders_of(id(payment)).len(), 1);
        assert_eq!(bank.network.times_paid(id(payment)), 1);
    }
    let twice = pay(&mut client, &from, "Twice", "100.01");
    bank.network.set_for("Twice", Manner(Deed::Settles, Reply::Twice));
    until(&mut client, &twice, "completed");
    assert_eq!(money(&mut client, &from), sums("9299.93", "9299.93"));
    bank.network.assert_nothing_was_paid_twice();
}

#[test]
fn what_is_not_known_stays_unknown_until_the_network_says_something_and_nobody_can_call_it_off() {
    let bank = Bank::with(Manner(Deed::Nothing, Reply::Lost));
    let server = bank.serve_with(&["--velocitypay-failures", "1000"]);
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payment = pay(&mut client, &from, "Maria", "123.45");
    until(&mut client, &payment, "unknown");
    // It does not know the payment, which may mean that it does not know it yet.
    let asked = |types: Vec<String>| types.iter().filter(|name| *name == "gateway_asked").count();
    let path = format!("/v1/payments/{payment}");
    while asked(types(&mut client, &path)) < 2 {
        std::thread::yield_now();
    }
    assert_eq!(client.get(&path).expect(200)["status"], "unknown");
    assert_eq!(money(&mut client, &from), sums("1000.00", "876.55"));
    let refused = client.post(&format!("{path}/cancel"), &json!({})).expect(422);
    assert_eq!(refused["code"], "payment_not_cancellable");
    // An operator who wants it undone is told that it cannot be, as long as nobody knows.
    client
        .post(&format!("{}/compensate", process_of(&payment)), &json!({ "reason": "by mistake" }))
        .expect(200);
    let process = until_process(&mut client, &payment, |process| {
        !process["error"].is_null() || process["status"] == "compensated"
    });
    assert_eq!(process["error"], "inquiry_needed", "{process}");
    assert_eq!(money(&mut client, &from), sums("1000.00", "876.55"));
    assert_eq!(bank.network.orders_of(id(&payment)).len(), 1);
}

#[test]
fn what_cannot_be_paid_is_refused_and_nothing_is_sent() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let beyond = client.post("/v1/payments", &order(&from, "Maria", "1000.01")).expect(422);
    assert_eq!(beyond["code"], "insufficient_funds");
    let misprinted =
        json!({ "network": "velocitypay", "iban": "DE88 3704 0044 0532 0130 00", "name": "Maria" });
    let mut bad = order(&from, "Maria", "1.00");
    bad["external"] = misprinted;
    assert_eq!(client.post("/v1/payments", &bad).expect(422)["code"], "payee_invalid");
    assert!(bank.network.requests().is_empty());
}

#[test]
fn kills_at_any_moment_lose_no_payment_and_pay_none_twice() {
    const PAYMENTS: usize = 20;
    let bank = Bank::with(Manner::SETTLES);
    let mut random = Random::seeded(Random::seed_from("KHATA_CRASH_SEED"));
    let manners = [
        Manner::SETTLES,
        Manner::TAKES,
        Manner(Deed::Settles, Reply::Lost),
        Manner(Deed::Settles, Reply::Hangs),
        Manner(Deed::Refuses, Reply::Straight),
    ];
    let mut payments: Vec<(String, String)> = Vec::new();
    while payments.len() < PAYMENTS {
        let server = bank.serve();
        let mut client = server.client();
        for _ in 0..4 {
            let number = payments.len();
            let from = account(&mut client, number, "1000.00");
            let name = format!("Payee {number}");
            bank.network.set_for(&name, *random.pick(&manners).unwrap());
            let payment = pay(&mut client, &from, &name, "123.45");
            payments.push((payment, from));
        }
        (0..random.below(200)).for_each(|_| drop(client.get("/healthz")));
        server.kill();
    }
    let server = bank.serve();
    let mut client = server.client();
    for (payment, from) in &payments {
        let path = format!("/v1/payments/{payment}");
        // What the network works on it pays now; what never reached it waits a quarter of an hour.
        let shown = crate::bank::until_shown(&mut client, &path, |shown| {
            drop(bank.network.settle(id(payment)));
            let never_arrived = bank.network.times_paid(id(payment)) == 0 && shown["status"] == "unknown";
            never_arrived || shown["status"] == "completed" || shown["status"] == "compensated"
        });
        let paid = bank.network.times_paid(id(payment));
        let (balance, available) = money(&mut client, from);
        let expected = match (shown["status"].as_str().unwrap(), paid) {
            ("completed", 1) => ("876.55", "876.55"),
            ("compensated", 0) => ("1000.00", "1000.00"),
            ("unknown", 0) => ("1000.00", "876.55"),
            other => panic!("{payment} is {other:?}"),
        };
        assert_eq!((balance.as_str(), available.as_str()), expected, "{shown}");
    }
    bank.network.assert_nothing_was_paid_twice();
}
