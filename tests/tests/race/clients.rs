//! The clients that race, and what they remember of it.

use crate::attempt::{Attempt, Wish};
use khata_tests::{Client, Random, Request};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

const CLIENTS: u64 = 64;
const COMMANDS_EACH: u64 = 25;

/// What the clients share.
struct Race<'a> {
    account: &'a str,
    /// Tells what came before what.
    moments: AtomicU64,
    /// Holds that somebody has placed, with their amounts: others may reach for them too.
    holds: Mutex<Vec<(String, i64)>>,
    attempts: Mutex<Vec<Attempt>>,
    /// All begin at once.
    start: Barrier,
}

/// Lets all clients race, and gives all that they tried.
pub fn race(servers: &[SocketAddr], account: &str, random: &Random) -> Vec<Attempt> {
    let race = Race {
        account,
        moments: AtomicU64::new(1),
        holds: Mutex::default(),
        attempts: Mutex::default(),
        start: Barrier::new(CLIENTS as usize),
    };
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (client, random, race) =
                (Client::new(servers[number as usize % servers.len()]), random.fork(number), &race);
            scope.spawn(move || race.run(client, random, number));
        }
    });
    race.attempts.into_inner().expect("clients that did not fail")
}

impl Race<'_> {
    fn run(&self, mut client: Client, mut random: Random, number: u64) {
        self.start.wait();
        for turn in 0..COMMANDS_EACH {
            let label = format!("c{number}t{turn}");
            let (wish, path, body, adds_minor) = self.draw(&mut random);
            let path = format!("/v1/accounts/{}/{path}", self.account);
            let request = Request::post(path, &body).key(&label).header("Khata-Correlation-Id", &label);
            let sent = self.moments.fetch_add(1, Ordering::SeqCst);
            let response = client.send(&request).unwrap_or_else(|error| panic!("{label}: {error}"));
            let answered = self.moments.fetch_add(1, Ordering::SeqCst);
            let attempt = Attempt::answered(label, wish, adds_minor, sent, answered, &response);
            if let (true, Wish::Hold { hold, minor }) = (attempt.is_done(), &attempt.wish) {
                self.holds.lock().expect("the other clients' health").push((hold.clone(), *minor));
            }
            self.attempts.lock().expect("the other clients' health").push(attempt);
        }
    }

    /// A wish with its path, its body, and what it adds to the balance.
    fn draw(&self, random: &mut Random) -> (Wish, String, Value, i64) {
        let minor = 1 + random.below(20_000) as i64;
        // Holds stay in the list when they end, so that clients reach for ended ones too.
        let hold = random.pick(&self.holds.lock().expect("the other clients' health")).cloned();
        match (random.below(20), hold) {
            (0..=6, _) => (Wish::Deposit, "deposits".into(), json!({"amount": money(minor)}), minor),
            (7..=13, _) => {
                (Wish::Withdraw { minor }, "withdrawals".into(), json!({"amount": money(minor)}), -minor)
            }
            (14 | 15, Some((hold, held))) => {
                let part = 1 + random.below(held as u64) as i64;
                (
                    Wish::Capture { hold: hold.clone() },
                    format!("holds/{hold}/capture"),
                    json!({"amount": money(part)}),
                    -part,
                )
            }
            (16, Some((hold, _))) => {
                (Wish::Release { hold: hold.clone() }, format!("holds/{hold}/release"), json!({}), 0)
            }
            _ => {
                let hold = random.id("hold");
                let body = json!({"hold_id": hold, "amount": money(minor)});
                (Wish::Hold { hold, minor }, "holds".into(), body, 0)
            }
        }
    }
}

/// Minor units as the API writes them.
fn money(minor: i64) -> Value {
    json!({"amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": "INR"})
}
