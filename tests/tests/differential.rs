//! No difference between stores: the same random requests to Khata over SQLite and over PostgreSQL are
//! answered with the same status and code, and never with a 5xx. `KHATA_DIFFERENTIAL_REQUESTS` makes it
//! longer, `KHATA_DIFFERENTIAL_SEED` repeats a run.

#[path = "differential/bank.rs"]
mod bank;
#[path = "differential/draw.rs"]
mod draw;

use bank::Bank;
use draw::Draw;
use khata_tests::{Client, Home, Random, Request, Response, Server, postgres::Database};
use std::collections::BTreeMap;

const REQUESTS: u64 = 4_000;

/// Both servers and a client of each.
struct Pair {
    _servers: [Server; 2],
    clients: [Client; 2],
    /// The last position that both have answered.
    position: u64,
}

impl Pair {
    fn start(servers: [Server; 2]) -> Self {
        let mut clients = [servers[0].client(), servers[1].client()];
        // A view that is made for the first time cannot be asked at once.
        for client in &mut clients {
            while client.send(&Request::get("/readyz")).expect("an answer").status != 200 {
                std::thread::yield_now();
            }
        }
        Self { _servers: servers, clients, position: 0 }
    }

    /// Sends a request to both. Questions to views ask for all that was done before, so that none is behind.
    fn send(&mut self, request: &Request) -> [Response; 2] {
        let request = match request.method.as_str() {
            "GET" => request.clone().header("Khata-Min-Position", self.position),
            _ => request.clone(),
        };
        let answers = [0, 1].map(|store| self.clients[store].send(&request).expect("an answer"));
        let positions = [0, 1].map(|store| {
            serde_json::from_slice::<serde_json::Value>(&answers[store].body).ok()?["position"].as_u64()
        });
        if request.method == "POST" && answers[0].status < 300 {
            assert_eq!(positions[0], positions[1], "{} {}", request.method, request.path);
            self.position = positions[0].map_or(self.position, |position| self.position.max(position));
        }
        answers
    }
}

fn code(answer: &Response) -> Option<String> {
    serde_json::from_slice::<serde_json::Value>(&answer.body).ok()?["code"].as_str().map(str::to_owned)
}

fn shown(request: &Request) -> String {
    let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    format!("{} {} {:?} {body}", request.method, request.path, request.headers)
}

/// A cursor as this Khata would write it: its checksum is no secret.
fn forged_cursor(json: &str) -> String {
    let checksum = blake3::derive_key("khata.dev 2026-11 list cursor", json.as_bytes());
    checksum[..8].iter().chain(json.as_bytes()).map(|byte| format!("{byte:02x}")).collect()
}

/// A server over each store, in a folder of the test's own.
fn pair(folder: &std::path::Path, database: &Database) -> Pair {
    let homes = [Home::embedded(&folder.join("sqlite")), Home::postgres(&folder.join("postgres"), database)];
    Pair::start(homes.map(|home| home.serve(&[])))
}

#[test]
fn what_one_store_cannot_hold_is_answered_alike() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    let mut pair = pair(folder.path(), &database);
    let cursor = |json: &str| format!("/v1/customers?cursor={}", forged_cursor(json));
    let expected = [
        ("/v1/loans?min_days_past_due=2500000".to_owned(), 200),
        ("/v1/loans?min_days_past_due=2147483647".to_owned(), 200),
        (cursor(r#"["customers",{"email":null,"phone":null},[{"t":"a"}]]"#), 200),
        (cursor(r#"["customers",{"email":null,"phone":null},[{"t":"\u0000"}]]"#), 400),
        ("/v1/customers?email=%00".to_owned(), 400),
        ("/v1/events?category=%00".to_owned(), 400),
    ];
    for (path, status) in expected {
        let answers = pair.send(&Request::get(&path));
        assert_eq!(
            [answers[0].status, answers[1].status],
            [status; 2],
            "{path}: {} {}",
            answers[0].text(),
            answers[1].text()
        );
    }
}

#[test]
fn both_stores_answer_random_requests_alike() {
    let requests = std::env::var("KHATA_DIFFERENTIAL_REQUESTS")
        .map_or(REQUESTS, |text| text.parse().expect("a number of requests"));
    let random = Random::seeded(Random::seed_from("KHATA_DIFFERENTIAL_SEED"));
    let folder = tempfile::tempdir().unwrap();
    let database = Database::fresh();
    let mut pair = pair(folder.path(), &database);
    let description = pair.clients[0].send(&Request::get("/openapi.json")).unwrap().json();
    let bank = Bank::open(&mut |request| {
        let answers = pair.send(request);
        assert!(
            answers.iter().all(|answer| answer.status < 300),
            "{}: {}",
            shown(request),
            answers[0].text()
        );
    });
    let mut draw = Draw::new(random, &description, bank);
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for number in 0..requests {
        let request = draw.request();
        let answers = pair.send(&request);
        let [sqlite, postgres] = [0, 1].map(|store| (answers[store].status, code(&answers[store])));
        assert_eq!(
            sqlite,
            postgres,
            "request {number}: {}\n{}\n{}",
            shown(&request),
            answers[0].text(),
            answers[1].text()
        );
        assert!(sqlite.0 < 500, "request {number}: {}: {}", shown(&request), answers[0].text());
        *statuses.entry(sqlite.0).or_default() += 1;
    }
    println!("{statuses:?}");
    let done: u64 = statuses.range(200..300).map(|(_, count)| count).sum();
    assert!(done > requests / 10, "too few requests were good ones: {statuses:?}");
    for client in &mut pair.clients {
        let audit = client.send(&Request::get("/v1/admin/audit/verify")).unwrap().expect(200);
        assert_eq!(audit["intact"], true);
        let parked = client.send(&Request::get("/v1/admin/parked")).unwrap().expect(200);
        assert_eq!(parked["items"], serde_json::json!([]));
    }
}
