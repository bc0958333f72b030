//! Clients that send commands until the server dies under them.

use crate::{bank::Bank, command::Command, import::ImportFile};
use khata_tests::{Client, Random, Request, Server};
use serde_json::{Value, json};
use std::{
    sync::{
        Mutex,
        mpsc::{self, Sender},
    },
    thread,
};

/// How many clients send at once.
const CLIENTS: u64 = 6;
/// The server is killed after at most so many answers of a round.
const MOST_ANSWERS: u64 = 120;

/// What else goes on while clients send commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing.
    None,
    /// Every projection is rebuilt, again and again.
    Rebuild,
    /// A file of historical facts is taken over.
    Import,
}

impl Disturbance {
    /// What a round has.
    pub fn draw(random: &mut Random) -> Self {
        match random.below(3) {
            0 => Self::Rebuild,
            1 => Self::Import,
            _ => Self::None,
        }
    }
}

/// Lets clients send until a random number of answers has come, then kills the server while they go on.
pub fn rage(server: Server, bank: &mut Bank, disturbance: Disturbance, random: &Random, round: u64) {
    let enough = random.fork(CLIENTS).below(MOST_ANSWERS);
    if disturbance == Disturbance::Import {
        let file = ImportFile::draw(round, bank, &mut random.fork(CLIENTS + 1));
        bank.imports.push(file);
    }
    let file = bank.imports.last().filter(|_| disturbance == Disturbance::Import).cloned();
    let shared = Mutex::new(std::mem::take(bank));
    let (answered, answers) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (client, random, shared, answered) =
                (server.client(), random.fork(number), &shared, answered.clone());
            scope.spawn(move || {
                send_until_it_dies(client, random, shared, &answered, &format!("r{round}c{number}"))
            });
        }
        if disturbance == Disturbance::Rebuild {
            let client = server.client();
            scope.spawn(move || rebuild_until_it_dies(client));
        }
        if let Some(file) = &file {
            let mut client = server.client();
            // Whether it was answered makes no difference: it is sent again in any case.
            scope.spawn(move || client.send(&file.request()).map(|answer| answer.expect(200)));
        }
        drop(answered);
        for _ in 0..enough {
            answers.recv().expect("clients that send until the server is killed");
        }
        server.kill();
    });
    *bank = shared.into_inner().expect("clients that did not fail");
}

fn send_until_it_dies(
    mut client: Client,
    mut random: Random,
    bank: &Mutex<Bank>,
    answered: &Sender<()>,
    name: &str,
) {
    for number in 0.. {
        let command = Command::draw(
            &bank.lock().expect("the other clients' health"),
            &mut random,
            format!("{name}n{number}"),
        );
        let response = client.send(&command.request).ok();
        bank.lock().expect("the other clients' health").note(command, response.as_ref());
        if response.is_none() {
            return;
        }
        // Nobody listens any more once enough answers have come.
        let _ = answered.send(());
    }
}

fn rebuild_until_it_dies(mut client: Client) {
    let Ok(listed) = client.send(&Request::get("/v1/admin/projections")) else { return };
    let names: Vec<String> = listed.json()["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["name"].as_str().map(str::to_owned))
        .collect();
    assert!(!names.is_empty(), "no projections: {}", listed.text());
    for name in names.iter().cycle() {
        let path = format!("/v1/admin/projections/{name}/rebuild");
        let Ok(response) = client.send(&Request::post(path, &json!({}))) else { return };
        // Another rebuild of it may still be running.
        assert!(matches!(response.status, 202 | 409), "{}", response.text());
        wait_for_rebuild(&mut client, name);
    }
}

/// Waits until a projection is no longer being rebuilt, or the server is dead.
fn wait_for_rebuild(client: &mut Client, name: &str) {
    while let Ok(listed) = client.send(&Request::get("/v1/admin/projections")) {
        let listed = listed.json();
        let rebuilding = |item: &Value| item["name"] == name && !item["rebuild"].is_null();
        if !listed["items"].as_array().into_iter().flatten().any(rebuilding) {
            return;
        }
    }
}
