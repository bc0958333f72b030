//! The crash driver: clients send random commands, the server is killed with SIGKILL at random moments,
//! started again, and must have lost nothing, doubled nothing and invented nothing.
//!
//! `KHATA_CRASH_ROUNDS` says how often it is killed, `KHATA_CRASH_SEED` repeats the choices of an earlier
//! run.

#[path = "crash/bank.rs"]
mod bank;
#[path = "crash/business.rs"]
mod business;
#[path = "crash/check.rs"]
mod check;
#[path = "crash/command.rs"]
mod command;
#[path = "crash/import.rs"]
mod import;
#[path = "crash/log.rs"]
mod log;
#[path = "crash/planted.rs"]
mod planted;
#[path = "crash/storm.rs"]
mod storm;

use bank::{Bank, Outcome};
use khata_tests::{Client, Home, Random, Server, postgres::Database};
use log::Log;
use storm::Disturbance;

/// How often the server is killed when nobody says otherwise.
const ROUNDS: u64 = 50;
/// The same over PostgreSQL: what differs there, the outcome of a commit, is met as often by tests of the
/// store itself.
const ROUNDS_OVER_POSTGRES: u64 = 8;

#[test]
fn a_bank_that_is_killed_at_any_moment_loses_doubles_and_invents_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    crash(&Home::embedded(&folder.path().join("khata-data")), ROUNDS);
}

#[test]
fn a_bank_over_postgres_that_is_killed_at_any_moment_loses_doubles_and_invents_nothing() {
    let (folder, database) = (tempfile::tempdir().expect("a folder"), Database::fresh());
    crash(&Home::postgres(folder.path(), &database), ROUNDS_OVER_POSTGRES);
}

fn crash(home: &Home, rounds: u64) {
    let random = Random::seeded(Random::seed_from("KHATA_CRASH_SEED"));
    let rounds = std::env::var("KHATA_CRASH_ROUNDS")
        .map_or(rounds, |text| text.parse().expect("KHATA_CRASH_ROUNDS is a number"));
    let (mut bank, mut log) = (Bank::default(), Log::default());
    for round in 0..rounds {
        let mut random = random.fork(round);
        if random.once_in(4) {
            Server::kill_while_starting(home, &mut random);
        }
        let server = home.serve(&[]);
        recover(&server, &mut bank, &mut log, &mut random);
        let disturbance = Disturbance::draw(&mut random);
        println!(
            "round {round}: {} commands, {} events so far; now {disturbance:?}",
            bank.sent.len(),
            log.events().len()
        );
        storm::rage(server, &mut bank, disturbance, &random, round);
    }
    let server = home.serve(&[]);
    recover(&server, &mut bank, &mut log, &mut random.fork(rounds));
    let mut client = server.client();
    for name in check::projections(&mut client) {
        check::rebuilt_view_is_the_same(&mut client, &name);
    }
    server.kill();
    check::chain_is_intact(home);
    check::something_happened(&bank, &log, rounds);
}

/// Brings every command of unknown outcome to an outcome, and checks all that must hold.
fn recover(server: &Server, bank: &mut Bank, log: &mut Log, random: &mut Random) {
    let mut client = server.client();
    log.read_on(&mut client);
    for index in bank.lost() {
        settle(&mut client, bank, log, index);
    }
    if let Some(file) = bank.imports.last() {
        import::settle(&mut client, file);
    }
    check::answers_repeat(&mut client, bank, random);
    log.read_on(&mut client);
    check::commands_happened_once(bank, log);
    import::facts_happened_once(&bank.imports, log);
    check::money_is_conserved(bank, log);
    check::comes_to_be_ready(&mut client);
    check::views_show_the_log(&mut client, log);
    check::server_vouches_for_the_chain(&mut client, log);
    let projections = check::projections(&mut client);
    check::rebuilt_view_is_the_same(&mut client, random.pick(&projections).expect("projections"));
}

/// Sends a command again whose answer was lost: if it had been done, the first answer comes and nothing
/// happens again.
fn settle(client: &mut Client, bank: &mut Bank, log: &Log, index: usize) {
    let command = bank.sent[index].command.clone();
    let had_happened = log.of_command(&command.label).next().is_some();
    let response =
        client.send(&command.request).unwrap_or_else(|error| panic!("{} again: {error}", command.label));
    bank.settle(index, &response);
    bank.answers_lost += 1;
    bank.answers_lost_of_done += u64::from(had_happened);
    let outcome = &bank.sent[index].outcome;
    assert_ne!(
        *outcome,
        Outcome::Lost,
        "{} found a server that is not ready: {}",
        command.label,
        response.text()
    );
    let replayed = response.header("Idempotent-Replayed") == Some("true");
    if had_happened {
        assert!(
            replayed && matches!(outcome, Outcome::Done(_)),
            "{} had happened and was answered anew: {outcome:?}",
            command.label
        );
    }
}
