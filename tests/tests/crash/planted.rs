//! Shows that the crash driver's checks can fail: small logs with one wrong thing planted in each.

use crate::{
    bank::Bank,
    check::{commands_happened_once, money_is_conserved},
    command::Command,
    log::Log,
};
use khata_tests::{Random, Response, events::StoredEvent};
use serde_json::{Value, json};
use std::panic::catch_unwind;

const ACCOUNT: &str = "acc_00000000-0000-0000-0000-000000000001";

/// An account that was opened (`o`) and into which 10.00 were paid (`d`).
fn log() -> Vec<StoredEvent> {
    vec![opened(1, 1), deposited(2, 2, "d", "10.00")]
}

fn opened(position: u64, version: u64) -> StoredEvent {
    let terms =
        json!({"daily_limit": inr("100.00"), "overdraft_limit": inr("0.00"), "minimum_balance": inr("0.00")});
    event(position, version, "o", "account_opened", json!({"terms": terms}))
}

fn deposited(position: u64, version: u64, label: &str, amount: &str) -> StoredEvent {
    event(
        position,
        version,
        label,
        "money_deposited",
        json!({"amount": inr(amount), "business_date": "2026-01-02"}),
    )
}

fn event(position: u64, version: u64, label: &str, name: &str, data: Value) -> StoredEvent {
    StoredEvent {
        event_id: format!("e{position}"),
        stream: format!("bank_account-{ACCOUNT}"),
        version,
        position,
        event_type: format!("bank_account.{name}"),
        schema_version: 1,
        data,
        metadata: json!({"correlation_id": label}),
        recorded_at: "2026-01-02T00:00:00Z".into(),
        hash: format!("h{position}"),
    }
}

fn inr(amount: &str) -> Value {
    json!({"amount": amount, "currency": "INR"})
}

/// A bank that was answered for both commands, and refused a third.
fn bank() -> Bank {
    let mut bank = Bank::default();
    for (label, adds_minor, event) in [("o", 0, &log()[0]), ("d", 1_000, &log()[1])] {
        let named = json!({"id": event.event_id, "type": event.event_type, "version": event.version});
        let answer =
            json!({"id": ACCOUNT, "version": event.version, "position": event.position, "events": [named]});
        bank.note(command(label, adds_minor), Some(&response(200, &answer)));
    }
    bank.note(command("r", -5_000), Some(&response(422, &json!({"code": "insufficient_funds"}))));
    bank
}

fn command(label: &str, adds_minor: i64) -> Command {
    // Which one is drawn makes no difference: what counts are its label and what it adds.
    Command { adds_minor, ..Command::draw(&Bank::default(), &mut Random::seeded(1), label.to_owned()) }
}

fn response(status: u16, body: &Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

fn holds(events: Vec<StoredEvent>) -> bool {
    catch_unwind(|| {
        let log = Log::of(events);
        commands_happened_once(&bank(), &log);
        money_is_conserved(&bank(), &log);
    })
    .is_ok()
}

#[test]
fn a_log_that_holds_what_was_answered_passes() {
    assert!(holds(log()));
}

#[test]
fn every_planted_fault_is_found() {
    let with = |event: StoredEvent| [log(), vec![event]].concat();
    for (fault, events) in [
        ("an acknowledged command that is gone", vec![log()[0].clone()]),
        ("a command that happened twice", with(deposited(3, 3, "d", "10.00"))),
        ("a refused command that happened", with(deposited(3, 3, "r", "10.00"))),
        ("an event that nobody asked for", with(deposited(3, 3, "x", "10.00"))),
        ("another amount than was sent", vec![log()[0].clone(), deposited(2, 2, "d", "10.01")]),
        (
            "another event than was answered",
            vec![log()[0].clone(), StoredEvent { event_id: "e9".into(), ..log()[1].clone() }],
        ),
        ("a gap in the positions", vec![log()[0].clone(), deposited(3, 2, "d", "10.00")]),
        ("a gap in the versions", vec![log()[0].clone(), deposited(2, 3, "d", "10.00")]),
        (
            "time that runs backwards",
            vec![
                log()[0].clone(),
                StoredEvent { recorded_at: "2026-01-01T00:00:00Z".into(), ..log()[1].clone() },
            ],
        ),
    ] {
        assert!(!holds(events), "{fault} was not found");
    }
}
