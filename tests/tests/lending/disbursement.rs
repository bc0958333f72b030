//! Loans are paid out from the treasury, once; what cannot be paid out is undone up to the approval.

use crate::bank::{
    account, approve, asked, balance, fund, is, now, pays_out, process_of, sums, treasury, until,
};
use khata_application::Clock;
use khata_infrastructure::SystemClock;
use khata_tests::{Client, Random, Server};
use serde_json::{Value, json};
use std::path::Path;

fn serve(folder: &Path) -> Server {
    Server::start_with(folder, &["--lease", "1"])
}

fn steps(process: &Value) -> Vec<(String, String)> {
    let steps = process["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["name"].to_string(), step["status"].to_string())).collect()
}

/// The loan is to be decided again, for this reason, and nobody has anything.
#[track_caller]
fn undone(client: &mut Client, loan: &str, account: &str, reason: &str) {
    let shown = now(client, &format!("/v1/loans/{loan}"));
    assert_eq!(shown["status"], "pending", "{shown}");
    assert!(shown["reversal_reason"].as_str().unwrap().contains(reason), "{shown}");
    assert_eq!(balance(client, account), "0.00");
}

#[test]
fn an_approved_loan_is_paid_out_from_the_treasury_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let mut client = server.client();
    pays_out(&mut client);
    fund(&mut client, "1500.00");
    let owner = account(&mut client, 1);
    let loan = asked(&mut client, &owner, None);
    let disbursement = approve(&mut client, &loan);
    let process = until(&mut client, &process_of(&disbursement), is("completed"));
    assert!(steps(&process).iter().all(|(_, status)| status == "\"done\""), "{process}");
    let shown = until(&mut client, &format!("/v1/loans/{loan}/disbursement"), is("completed"));
    assert_eq!((&shown["disbursement_id"], &shown["account_id"]), (&json!(disbursement), &json!(owner.1)));
    let entry =
        format!("/v1/accounts/{}/transactions/{}", owner.1, shown["transaction_id"].as_str().unwrap());
    let entry = until(&mut client, &entry, |entry| entry["kind"] == "deposit");
    assert_eq!((&entry["counterparty"], &entry["reference"]), (&json!(loan), &json!(disbursement)));
    assert_eq!(now(&mut client, &format!("/v1/loans/{loan}"))["status"], "active");
    assert_eq!(balance(&mut client, &owner.1), "1000.00");
    assert_eq!(treasury(&mut client), sums("500.00", "0.00"));
    // By hand nothing more comes of it.
    client.post(&format!("/v1/loans/{loan}/disburse"), &json!({})).expect(200);
    assert_eq!(treasury(&mut client), sums("500.00", "0.00"));
}

#[test]
fn by_default_and_without_an_account_loans_are_paid_out_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let mut client = server.client();
    fund(&mut client, "5000.00");
    let owner = account(&mut client, 1);
    let loan = asked(&mut client, &owner, None);
    let disbursement = approve(&mut client, &loan);
    client.post(&format!("/v1/loans/{loan}/disburse"), &json!({})).expect(200);
    client.get(&process_of(&disbursement)).expect(404);
    client.get(&format!("/v1/loans/{loan}/disbursement")).expect(404);
    assert_eq!(treasury(&mut client), sums("5000.00", "0.00"));
    assert_eq!(balance(&mut client, &owner.1), "0.00");
}

#[test]
fn a_short_treasury_is_waited_for_and_called_off_takes_the_approval_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let mut client = server.client();
    pays_out(&mut client);
    fund(&mut client, "999.99");
    let (first, second) = (account(&mut client, 1), account(&mut client, 2));
    let (paid, called_off) = (asked(&mut client, &first, None), asked(&mut client, &second, None));
    let [waits, gives_up] = [&paid, &called_off].map(|loan| approve(&mut client, loan));
    let is_short = |process: &Value| process["error"] == "treasury_short";
    until(&mut client, &process_of(&waits), is_short);
    until(&mut client, &process_of(&gives_up), is_short);
    let path = format!("{}/compensate", process_of(&gives_up));
    client.post(&path, &json!({ "reason": "no money this year" })).expect(200);
    until(&mut client, &process_of(&gives_up), is("compensated"));
    undone(&mut client, &called_off, &second.1, "called off");
    fund(&mut client, "0.01");
    client.post(&format!("{}/retry", process_of(&waits)), &json!({ "reason": "it is there" })).expect(200);
    until(&mut client, &process_of(&waits), is("completed"));
    assert_eq!(treasury(&mut client), sums("0.00", "0.00"));
    // Approved anew it begins anew.
    let anew = approve(&mut client, &called_off);
    until(&mut client, &process_of(&anew), is_short);
}

#[test]
fn more_than_one_loan_may_have_and_a_passed_due_date_take_the_approval_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let mut client = server.client();
    pays_out(&mut client);
    fund(&mut client, "5000.00");
    let owner = account(&mut client, 1);
    let late = asked(&mut client, &owner, Some("2024-01-01"));
    let disbursement = approve(&mut client, &late);
    until(&mut client, &process_of(&disbursement), is("compensated"));
    undone(&mut client, &late, &owner.1, "first_due_date_passed");
    let limit = json!({ "limit": { "amount": "999.00", "currency": "INR" } });
    client.post("/v1/treasury/INR/limit", &limit).expect(200);
    let large = asked(&mut client, &owner, None);
    let disbursement = approve(&mut client, &large);
    until(&mut client, &process_of(&disbursement), is("compensated"));
    undone(&mut client, &large, &owner.1, "treasury_limit_exceeded");
    assert_eq!(treasury(&mut client), sums("5000.00", "0.00"));
}

#[test]
fn an_account_closed_or_frozen_before_the_day_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tomorrow = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap().to_string();
    let server = serve(folder.path());
    let mut client = server.client();
    pays_out(&mut client);
    fund(&mut client, "5000.00");
    let owners = [1, 2, 3, 4].map(|number| account(&mut client, number));
    let loans = [0, 1, 2, 3].map(|number| asked(&mut client, &owners[number], Some(&tomorrow)));
    let [closed, frozen, taken_back, due] = [0, 1, 2, 3].map(|number| approve(&mut client, &loans[number]));
    for disbursement in [&closed, &frozen, &taken_back, &due] {
        let process = until(&mut client, &process_of(disbursement), is("waiting"));
        assert_eq!(process["waiting_for"], "the timer start", "{process}");
    }
    client.post(&format!("/v1/accounts/{}/close", owners[0].1), &json!({})).expect(200);
    client.post(&format!("/v1/accounts/{}/freeze", owners[1].1), &json!({ "reason": "court" })).expect(200);
    let reverse = format!("/v1/loans/{}/reverse-approval", loans[2]);
    client.post(&reverse, &json!({ "reason": "second thoughts" })).expect(200);
    let anew = approve(&mut client, &loans[2]);
    server.kill();
    let server = Server::start_with(folder.path(), &["--lease", "1", "--clock-offset", "172800"]);
    let mut client = server.client();
    until(&mut client, &process_of(&due), is("completed"));
    until(&mut client, &process_of(&closed), is("compensated"));
    undone(&mut client, &loans[0], &owners[0].1, "payout_account_closed");
    let process =
        until(&mut client, &process_of(&frozen), |process| process["error"] == "payout_account_frozen");
    assert_eq!(process["status"], "waiting", "{process}");
    client.post(&format!("/v1/accounts/{}/unfreeze", owners[1].1), &json!({})).expect(200);
    client.post(&format!("{}/retry", process_of(&frozen)), &json!({ "reason": "unfrozen" })).expect(200);
    until(&mut client, &process_of(&frozen), is("completed"));
    // The approval that was taken back pays nothing out, the one after it does.
    until(&mut client, &process_of(&taken_back), is("failed"));
    until(&mut client, &process_of(&anew), is("completed"));
    let paid = owners.map(|(_, account)| balance(&mut client, &account));
    assert_eq!(paid, ["0.00", "1000.00", "1000.00", "1000.00"]);
    assert_eq!(treasury(&mut client), sums("2000.00", "0.00"));
}

#[test]
fn kills_at_any_moment_pay_nobody_twice_and_forget_nobody() {
    const LOANS: usize = 10;
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::seeded(Random::seed_from("KHATA_CRASH_SEED"));
    let server = serve(folder.path());
    let mut client = server.client();
    pays_out(&mut client);
    fund(&mut client, "20000.00");
    server.kill();
    let mut paid = Vec::new();
    while paid.len() < LOANS {
        let server = serve(folder.path());
        let mut client = server.client();
        for _ in 0..2 {
            let owner = account(&mut client, paid.len());
            let loan = asked(&mut client, &owner, None);
            let disbursement = approve(&mut client, &loan);
            paid.push((owner.1, disbursement));
        }
        (0..random.below(100)).for_each(|_| drop(client.get("/healthz")));
        server.kill();
    }
    let server = serve(folder.path());
    let mut client = server.client();
    for (account, disbursement) in &paid {
        until(&mut client, &process_of(disbursement), is("completed"));
        assert_eq!(balance(&mut client, account), "1000.00");
    }
    assert_eq!(treasury(&mut client), sums("10000.00", "0.00"));
    assert_eq!(client.get("/v1/admin/audit/verify").expect(200)["intact"], true);
}
