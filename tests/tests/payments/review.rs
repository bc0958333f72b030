//! Payments to other banks that somebody has to look at first.

use crate::bank::{Bank, account, id, money, order, sums, until, until_process};
use khata_tests::{Client, test_app::inr, velocitypay::Manner};
use serde_json::json;

/// An account from which more can be paid than goes unseen.
fn rich(client: &mut Client) -> String {
    let account = account(client, 1, "900000.00");
    let limits = json!({ "daily_limit": inr("900000.00") });
    client.post(&format!("/v1/accounts/{account}/limits"), &limits).expect(200);
    account
}

#[test]
fn what_was_looked_at_goes_on_to_the_network_and_what_was_rejected_does_not() {
    let bank = Bank::with(Manner::SETTLES);
    let server = bank.serve();
    let mut client = server.client();
    let from = rich(&mut client);
    let [passed, rejected] = ["250000.00", "250001.00"].map(|amount| {
        let made = client.post("/v1/payments", &order(&from, "Maria", amount)).expect(201);
        assert_eq!(made["state"]["status"], "screening", "{made}");
        made["id"].as_str().unwrap().to_owned()
    });
    assert_eq!(money(&mut client, &from), sums("900000.00", "900000.00"));
    let reason = json!({ "reason": "he moves house" });
    client.post(&format!("/v1/payments/{rejected}/reject"), &reason).expect(200);
    let approved = client.post(&format!("/v1/payments/{passed}/approve"), &reason).expect(200);
    assert_eq!(approved["state"]["status"], "held", "{approved}");
    until(&mut client, &passed, "completed");
    until_process(&mut client, &passed, |process| process["status"] == "completed");
    until(&mut client, &rejected, "rejected_fraud");
    assert_eq!(money(&mut client, &from), sums("650000.00", "650000.00"));
    assert_eq!([&passed, &rejected].map(|payment| bank.network.orders_of(id(payment)).len()), [1, 0]);
    assert_eq!(client.get(&crate::bank::process_of(&rejected)).status, 404, "nothing was ever begun");
}
