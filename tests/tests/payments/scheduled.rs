//! Payments for a later day: made when it comes, once, also if nobody was there when it came.

use crate::bank::{account, money, sums, until, until_shown};
use khata_application::Clock;
use khata_infrastructure::SystemClock;
use khata_tests::{Client, Server, test_app::inr};
use serde_json::{Value, json};
use std::path::Path;

fn days_ahead(folder: &Path, days: u32) -> Server {
    let seconds = (days * 86_400).to_string();
    let bound = ["--clock-offset", &seconds, "--lease", "1"];
    Server::start_with(folder, if days == 0 { &["--lease", "1"] } else { &bound })
}

fn tomorrow(client: &mut Client, [from, to]: [&str; 2], amount: &str) -> String {
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let ordered = json!({
        "from_account": from, "to_account": to, "amount": inr(amount), "scheduled_for": today.tomorrow().unwrap(),
    });
    let made = client.post("/v1/payments", &ordered).expect(201);
    assert_eq!(made["state"]["status"], "requested", "{made}");
    made["id"].as_str().unwrap().to_owned()
}

fn process_of(payment: &str) -> String {
    format!("/v1/processes/process_scheduled_payment-{payment}")
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |process| process["status"] == status
}

#[test]
fn a_payment_is_made_once_when_its_day_has_come_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let server = days_ahead(folder.path(), 0);
    let mut client = server.client();
    let [from, to] = [1, 2].map(|number| account(&mut client, number, "1000.00"));
    let [made, cancelled, broke] =
        ["400.00", "1.00", "1100.00"].map(|amount| tomorrow(&mut client, [&from, &to], amount));
    let process = until_shown(&mut client, &process_of(&made), is("waiting"));
    assert_eq!(process["waiting_for"], "the timer day", "{process}");
    client.post(&format!("/v1/payments/{cancelled}/cancel"), &json!({})).expect(200);
    until_shown(&mut client, &process_of(&cancelled), is("failed"));
    assert_eq!(money(&mut client, &from), sums("1000.00", "1000.00"));
    server.kill();
    let server = days_ahead(folder.path(), 2);
    let mut client = server.client();
    until(&mut client, &made, "completed");
    until_shown(&mut client, &process_of(&made), is("completed"));
    // The other one cannot be made now; money may come in.
    let process =
        until_shown(&mut client, &process_of(&broke), |process| process["error"] == "insufficient_funds");
    assert_eq!(process["status"], "waiting", "{process}");
    assert_eq!(client.get(&format!("/v1/payments/{cancelled}")).expect(200)["status"], "cancelled");
    server.kill();
    // On the days after it was tried often enough.
    for days in 3..6 {
        days_ahead(folder.path(), days).stop();
    }
    let server = days_ahead(folder.path(), 6);
    let mut client = server.client();
    let shown = until(&mut client, &broke, "failed");
    assert_eq!(shown["failure_code"], "insufficient_funds", "{shown}");
    assert_eq!(money(&mut client, &from), sums("600.00", "600.00"));
    assert_eq!(money(&mut client, &to), sums("1400.00", "1400.00"));
}
