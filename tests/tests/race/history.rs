//! The history that a race left behind, judged: by the rules, by what was answered, and by what came before
//! what.

use crate::attempt::{Attempt, Wish};
use khata_tests::{
    Client,
    events::{StoredEvent, read_account},
    ledger::{Ledger, minor},
};
use std::{collections::HashMap, ops::RangeInclusive};

/// The events of the account and how it stood after each.
pub struct History {
    events: Vec<StoredEvent>,
    /// How it stood at each version; the first is the empty account.
    stands: Vec<Ledger>,
}

impl History {
    /// Reads the whole history of an account.
    #[track_caller]
    pub fn read(client: &mut Client, account: &str) -> Self {
        Self::of(read_account(client, account))
    }

    /// The history of an account that has these events; one that the rules do not allow where it stands fails
    /// the test.
    #[track_caller]
    pub fn of(events: Vec<StoredEvent>) -> Self {
        let mut stands = vec![Ledger::default()];
        for event in &events {
            let mut next = stands.last().cloned().unwrap_or_default();
            next.apply(event).unwrap_or_else(|reason| panic!("{reason}"));
            stands.push(next);
        }
        Self { events, stands }
    }

    /// Every event.
    pub fn events(&self) -> &[StoredEvent] {
        &self.events
    }

    /// How the account stands in the end.
    pub fn last(&self) -> &Ledger {
        &self.stands[self.events.len()]
    }

    /// All fees together, in minor units.
    pub fn fees_minor(&self) -> i64 {
        self.events
            .iter()
            .filter(|event| event.name() == "fee_charged")
            .map(|event| minor(&event.data["amount"]).unwrap_or_default())
            .sum()
    }

    /// Each answer names its events, and shows the account as it stood after them; no event is left over; and
    /// whoever was answered before another command was sent, stands before it. The first `prepared` events
    /// were there before the race.
    #[track_caller]
    pub fn is_what_was_answered(&self, prepared: u64, attempts: &[Attempt]) {
        let times = self.times(prepared, attempts);
        let mut answered = prepared;
        for attempt in attempts.iter().filter(|attempt| attempt.is_done()) {
            let answer = &attempt.answer;
            let version = answer["version"].as_u64().unwrap_or_default();
            let named = answer["events"].as_array().cloned().unwrap_or_default();
            answered += named.len() as u64;
            for (event, expected) in named.iter().zip(version + 1 - named.len() as u64..) {
                let stored = &self.events[expected as usize - 1];
                assert_eq!(event["version"].as_u64(), Some(expected), "{answer}");
                assert_eq!(
                    (event["id"].as_str(), stored.correlation_id()),
                    (Some(&*stored.event_id), &*attempt.label),
                    "{answer}"
                );
            }
            let stood = &self.stands[version as usize];
            assert_eq!(minor(&answer["state"]["balance"]), Ok(stood.balance), "{answer}");
            assert_eq!(minor(&answer["state"]["available"]), Ok(stood.available()), "{answer}");
            let window = times.window(attempt);
            assert!(
                window.contains(&version),
                "{} stands at {version}, not within {window:?}",
                attempt.label
            );
        }
        assert_eq!(
            answered,
            self.events.len() as u64,
            "an event that nobody was told of, or two tellings of one"
        );
    }

    /// Each refusal was right at some version that its client can have met, and told that version's numbers.
    #[track_caller]
    pub fn refused_only_what_was_not_allowed(&self, prepared: u64, attempts: &[Attempt]) {
        let times = self.times(prepared, attempts);
        for attempt in attempts.iter().filter(|attempt| !attempt.is_done()) {
            let window = times.window(attempt);
            let right = window.clone().any(|version| is_right(attempt, &self.stands[version as usize]));
            assert!(
                right,
                "{} was refused at no version within {window:?}: {:?} {}",
                attempt.label, attempt.wish, attempt.answer
            );
        }
    }

    fn times(&self, prepared: u64, attempts: &[Attempt]) -> Times {
        let sent: HashMap<&str, u64> =
            attempts.iter().map(|attempt| (&*attempt.label, attempt.sent)).collect();
        let sent = self
            .events
            .iter()
            .map(|event| sent.get(event.correlation_id()).copied().unwrap_or_default())
            .collect();
        let done = attempts.iter().filter(|attempt| attempt.is_done());
        let answered = done
            .filter_map(|attempt| Some((attempt.answered, attempt.answer["version"].as_u64()?)))
            .collect();
        Times { prepared, sent, answered }
    }
}

/// What came before what, as the clients can tell.
struct Times {
    prepared: u64,
    /// When the command of each version was sent.
    sent: Vec<u64>,
    /// When which version was answered.
    answered: Vec<(u64, u64)>,
}

impl Times {
    /// The versions at which an attempt can have been decided: not before what was answered before it was
    /// sent, and not after what was sent after it was answered.
    fn window(&self, attempt: &Attempt) -> RangeInclusive<u64> {
        let before = self
            .answered
            .iter()
            .filter(|(answered, _)| *answered < attempt.sent)
            .map(|(_, version)| *version);
        let behind = self.sent.iter().position(|sent| *sent > attempt.answered);
        before.max().unwrap_or(self.prepared)..=behind.unwrap_or(self.sent.len()) as u64
    }
}

/// Whether a refusal is what the rules say of an account that stands so.
fn is_right(attempt: &Attempt, stood: &Ledger) -> bool {
    let told = |fact: &str| minor(&attempt.answer[fact]).unwrap_or(i64::MIN);
    let held = |hold: &str| stood.holds.contains_key(hold);
    match (&attempt.wish, attempt.code()) {
        (Wish::Withdraw { minor } | Wish::Hold { minor, .. }, "insufficient_funds") => {
            // A fee may come on top of what was asked for.
            told("available") == stood.available()
                && told("requested") > stood.available()
                && told("requested") >= *minor
        }
        (Wish::Withdraw { minor } | Wish::Hold { minor, .. }, "daily_limit_exceeded") => {
            let remaining = told("remaining");
            let some_day = stood.debited.keys().any(|day| stood.left_of_day(day).max(0) == remaining)
                || remaining == stood.daily_limit;
            some_day && *minor > remaining
        }
        (Wish::Capture { hold } | Wish::Release { hold }, "hold_not_active" | "hold_not_found") => {
            !held(hold)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// An account with 10.00, of which `first` and then `second` withdrew 4.00 each.
    fn history() -> History {
        let event = |version: u64, label: &str, name: &str, data: Value| StoredEvent {
            event_id: format!("e{version}"),
            stream: "bank_account-acc_1".into(),
            version,
            position: version,
            event_type: format!("bank_account.{name}"),
            schema_version: 1,
            data,
            metadata: json!({"correlation_id": label}),
            recorded_at: String::new(),
            hash: String::new(),
        };
        let terms = json!({"daily_limit": inr("100.00"), "overdraft_limit": inr("0.00"), "minimum_balance": inr("0.00")});
        let entry = |amount: &str| json!({"amount": inr(amount), "business_date": "2026-01-02"});
        History::of(vec![
            event(1, "", "account_opened", json!({"terms": terms})),
            event(2, "", "money_deposited", entry("10.00")),
            event(3, "first", "money_withdrawn", entry("4.00")),
            event(4, "second", "money_withdrawn", entry("4.00")),
        ])
    }

    fn inr(amount: &str) -> Value {
        json!({"amount": amount, "currency": "INR"})
    }

    fn done(label: &str, (sent, answered): (u64, u64), version: u64, balance: &str) -> Attempt {
        let state = json!({"balance": inr(balance), "available": inr(balance)});
        let answer = json!({"version": version, "events": [{"id": format!("e{version}"), "version": version}], "state": state});
        Attempt {
            label: label.into(),
            wish: Wish::Withdraw { minor: 400 },
            adds_minor: -400,
            sent,
            answered,
            status: 200,
            answer,
        }
    }

    fn refused((sent, answered): (u64, u64), available: &str) -> Attempt {
        let answer =
            json!({"code": "insufficient_funds", "available": inr(available), "requested": inr("4.00")});
        Attempt {
            label: "third".into(),
            wish: Wish::Withdraw { minor: 400 },
            adds_minor: -400,
            sent,
            answered,
            status: 422,
            answer,
        }
    }

    fn is_legal(attempts: Vec<Attempt>) -> bool {
        std::panic::catch_unwind(|| {
            history().is_what_was_answered(2, &attempts);
            history().refused_only_what_was_not_allowed(2, &attempts);
        })
        .is_ok()
    }

    #[test]
    fn answers_that_fit_the_history_are_legal() {
        assert!(is_legal(vec![
            done("first", (1, 4), 3, "6.00"),
            done("second", (2, 5), 4, "2.00"),
            refused((3, 6), "2.00")
        ]));
    }

    #[test]
    fn answers_that_no_order_explains_are_found() {
        let (first, second) = (|| done("first", (1, 4), 3, "6.00"), || done("second", (2, 5), 4, "2.00"));
        for (what, attempts) in [
            ("an event that nobody was told of", vec![first()]),
            ("a state that never was", vec![first(), done("second", (2, 5), 4, "3.00")]),
            ("another's event", vec![first(), done("second", (2, 5), 3, "6.00")]),
            ("the later one before the earlier one", vec![done("first", (6, 7), 3, "6.00"), second()]),
            ("a refusal with numbers that never were", vec![first(), second(), refused((3, 6), "1.00")]),
            ("a refusal where the money was there", vec![first(), second(), refused((3, 6), "6.00")]),
            (
                "a refusal on what came later",
                vec![
                    done("first", (10, 11), 3, "6.00"),
                    done("second", (12, 13), 4, "2.00"),
                    refused((1, 2), "2.00"),
                ],
            ),
        ] {
            assert!(!is_legal(attempts), "{what} was taken for legal");
        }
    }
}
