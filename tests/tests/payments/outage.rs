//! A network that is away: payments wait on the disk, and go out in their order once it is back.

use crate::bank::{Bank, SECRET, account, id, money, pay, process_of, sums, types, until, until_process};
use khata_tests::velocitypay::{Kind, Manner};
use serde_json::json;

#[test]
fn payments_wait_while_the_network_is_away_also_over_a_restart_and_none_is_lost() {
    let bank = Bank::with(Manner::SETTLES);
    bank.network.go_down();
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "10000.00");
    let payments: Vec<String> = (0..6).map(|_| pay(&mut client, &from, "Maria", "100.01")).collect();
    for payment in &payments {
        until(&mut client, payment, "queued");
    }
    assert_eq!(money(&mut client, &from), sums("10000.00", "9399.94"));
    // One is not wanted any more.
    client.post(&format!("/v1/payments/{}/cancel", payments[5]), &json!({ "reason": "sold" })).expect(200);
    until_process(&mut client, &payments[5], |process| process["status"] == "failed");
    server.kill();
    let server = bank.serve();
    let mut client = server.client();
    bank.network.come_back();
    for payment in &payments[..5] {
        until(&mut client, payment, "completed");
        assert_eq!(bank.network.times_paid(id(payment)), 1);
    }
    assert_eq!(bank.network.times_paid(id(&payments[5])), 0);
    assert_eq!(money(&mut client, &from), sums("9499.95", "9499.95"));
    bank.network.assert_nothing_was_paid_twice();
}

#[test]
fn a_payment_that_waits_is_called_off_by_an_operator_and_its_money_is_free() {
    let bank = Bank::with(Manner::SETTLES);
    bank.network.go_down();
    let server = bank.serve_with(&["--velocitypay-pause", "3600"]);
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payments: Vec<String> = (0..4).map(|_| pay(&mut client, &from, "Maria", "100.01")).collect();
    for payment in &payments {
        until(&mut client, payment, "queued");
    }
    let last = &payments[3];
    client
        .post(&format!("{}/compensate", process_of(last)), &json!({ "reason": "the customer has died" }))
        .expect(200);
    until(&mut client, last, "compensated");
    until_process(&mut client, last, |process| process["status"] == "compensated");
    assert_eq!(money(&mut client, &from), sums("1000.00", "699.97"));
    // Of those that wait nothing was tried beside the first ones.
    assert!(bank.network.requests().is_empty());
    assert!(types(&mut client, &format!("/v1/payments/{last}")).contains(&"payment_queued".to_owned()));
}

#[test]
fn a_network_that_fails_is_left_alone_and_many_who_wait_do_not_come_back_at_once() {
    const PAYMENTS: usize = 60;
    let bank = Bank::with(Manner::SETTLES);
    bank.network.go_down();
    let server = bank.serve();
    let mut client = server.client();
    let from = account(&mut client, 1, "10000.00");
    let payments: Vec<String> = (0..PAYMENTS).map(|_| pay(&mut client, &from, "Maria", "10.01")).collect();
    for payment in &payments {
        until(&mut client, payment, "queued");
    }
    bank.network.come_back();
    for payment in &payments {
        until(&mut client, payment, "completed");
    }
    bank.network.assert_nothing_was_paid_twice();
    let orders =
        bank.network.requests().into_iter().filter(khata_tests::velocitypay::Request::is_order).count();
    assert_eq!(orders, PAYMENTS, "each was handed over once");
    let url = format!("http://{}/v1/webhooks/velocitypay", server.address());
    bank.network.set_notified(&url, SECRET);
    assert_eq!(bank.network.notify(Kind::Settled, id(&payments[0])), 200, "it is known already");
}
