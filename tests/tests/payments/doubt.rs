//! Payments of which nobody knows whether the network has them: sent again, given up and paid after all, each only when it is
//! time. Time goes on by starting the server anew, later each time.

use crate::bank::{Bank, account, id, money, pay, sums, types, until, until_process, until_shown};
use jiff::{SignedDuration, Timestamp};
use khata_application::Clock;
use khata_infrastructure::{ManualClock, SystemClock};
use khata_tests::{
    Client, Server,
    velocitypay::{Deed, Kind, Manner, Reply},
};
use serde_json::{Value, json};
use std::{fs, sync::Arc};

/// Longer than the pause behind any inquiry of these.
const LATER: i64 = 120;
/// The pauses before so many inquiries are more than a minute.
const INQUIRIES: usize = 4;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A bank that believes "not found" after a minute, and whose network nothing reaches.
struct Doubt {
    bank: Bank,
    clock: Arc<ManualClock>,
    offset: i64,
    rules: String,
}

impl Doubt {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let bank = Bank::by(Manner(Deed::Nothing, Reply::Fails), clock.clone());
        let file = bank.folder().join("khata.toml");
        fs::write(&file, "[rules.payments.gateway]\nquiet_minutes = 1\ninquiries = 3\n").unwrap();
        Self { bank, clock, offset: 0, rules: file.to_str().unwrap().to_owned() }
    }

    /// Starts the server again, later.
    fn later(&mut self) -> Server {
        let shown = self.offset.to_string();
        let server = self.bank.serve_with(&[
            "--clock-offset",
            &shown,
            "--config",
            &self.rules,
            "--velocitypay-failures",
            "1000",
        ]);
        self.clock.set(SystemClock.now() + SignedDuration::from_secs(self.offset));
        self.offset += LATER;
        server
    }

    /// Lets time go by until something is so with a payment, of which so much is known already.
    fn until(&mut self, payment: &str, mut known: usize, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        loop {
            let server = self.later();
            let mut client = server.client();
            let names = loop {
                let names = story(&mut client, payment);
                if names.len() > known {
                    break names;
                }
                std::thread::yield_now();
            };
            server.stop();
            known = names.len();
            if is_so(&names) {
                return names;
            }
        }
    }
}

fn story(client: &mut Client, payment: &str) -> Vec<String> {
    types(client, &format!("/v1/payments/{payment}"))
}

/// When each event of a type happened.
fn instants(client: &mut Client, payment: &str, name: &str, member: &str) -> Vec<Timestamp> {
    let events = client.get(&format!("/v1/payments/{payment}/events?limit=200")).expect(200);
    let of_type = |event: &&Value| event["type"] == format!("payment.{name}");
    let found = events["items"].as_array().unwrap().iter().filter(of_type);
    found.map(|event| event["data"][member].as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn it_is_sent_again_only_after_the_quiet_time_and_so_many_denials_given_up_after_three_rounds_and_paid_late_it_is_a_case()
 {
    let mut doubt = Doubt::new();
    let server = doubt.later();
    let mut client = server.client();
    let from = account(&mut client, 1, "1000.00");
    let payment = pay(&mut client, &from, "Maria", "123.45");
    until(&mut client, &payment, "unknown");
    let known = story(&mut client, &payment).len();
    server.stop();
    let ends = |name: &'static str| move |names: &[String]| names.last().is_some_and(|last| last == name);
    let names = doubt.until(&payment, known, ends("payment_compensated"));

    let round = [&["payment_sent", "payment_unanswered"][..], &["gateway_asked"; INQUIRIES]].concat();
    let rounds = [&round[..]; 3].concat();
    let begun = ["payment_requested", "fraud_screened", "funds_held"];
    let expected = [&begun[..], &rounds, &["payment_failed", "payment_compensated"]].concat();
    assert_eq!(names, expected);
    assert_eq!(doubt.bank.network.orders_of(id(&payment)).len(), 3, "once in each round");

    let server = doubt.later();
    let mut client = server.client();
    let sent = instants(&mut client, &payment, "payment_sent", "sent_at");
    let asked = instants(&mut client, &payment, "gateway_asked", "asked_at");
    for (nth, again) in sent[1..].iter().enumerate() {
        let last = asked[INQUIRIES * (nth + 1) - 1];
        assert!(*again >= last && last.duration_since(sent[nth]) >= MINUTE, "{sent:?} {asked:?}");
    }
    let shown = client.get(&format!("/v1/payments/{payment}")).expect(200);
    assert_eq!((&shown["status"], &shown["failure_code"]), (&json!("compensated"), &json!("not_found")));
    assert_eq!(money(&mut client, &from), sums("1000.00", "1000.00"));
    until_process(&mut client, &payment, |process| process["status"] == "failed");

    // One of the three had only been slow.
    let network = &doubt.bank.network;
    network
        .set_notified(&format!("http://{}/v1/webhooks/velocitypay", server.address()), crate::bank::SECRET);
    network.arrive(id(&payment), Deed::Settles);
    for _ in 0..2 {
        assert_eq!(network.notify(Kind::Settled, id(&payment)), 200);
    }
    let shown = until_shown(&mut client, &format!("/v1/payments/{payment}"), |shown| {
        !shown["reversal_case"].is_null()
    });
    assert_eq!((&shown["status"], &shown["reversal_case"]), (&json!("compensated"), &json!("open")));
    assert_eq!(story(&mut client, &payment)[names.len()..], ["late_success_noted"]);
    assert_eq!(money(&mut client, &from), sums("1000.00", "1000.00"));
    network.assert_nothing_was_paid_twice();
}
