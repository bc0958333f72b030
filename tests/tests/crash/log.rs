//! The log as a reader sees it who comes back after each crash: it may have grown, and nothing else.

use crate::bank::Bank;
use khata_tests::{
    Client,
    events::{StoredEvent, read_log},
    ledger::Ledger,
};
use std::collections::{BTreeMap, HashMap};

/// All events read so far, in order of position.
#[derive(Debug, Default)]
pub struct Log {
    events: Vec<StoredEvent>,
    by_command: HashMap<String, Vec<usize>>,
    versions: HashMap<String, u64>,
    ledgers: BTreeMap<String, Ledger>,
}

impl Log {
    /// Reads what is new, and makes sure that what is old is still the same and that there are no gaps.
    #[track_caller]
    pub fn read_on(&mut self, client: &mut Client) {
        let seen = self.events.len() as u64;
        // The last event once more: its hash stands for all before it.
        let mut fresh = read_log(client, seen.saturating_sub(1));
        if let Some(last) = self.events.last() {
            assert!(!fresh.is_empty(), "position {seen} is gone");
            assert_eq!(fresh.remove(0), *last, "the past has changed");
        }
        fresh.into_iter().for_each(|event| self.take(event));
    }

    /// A log of these events.
    #[track_caller]
    pub fn of(events: Vec<StoredEvent>) -> Self {
        let mut log = Self::default();
        events.into_iter().for_each(|event| log.take(event));
        log
    }

    /// Every event.
    pub fn events(&self) -> &[StoredEvent] {
        &self.events
    }

    /// The events that a command led to.
    pub fn of_command<'a>(&'a self, label: &str) -> impl Iterator<Item = &'a StoredEvent> {
        self.by_command.get(label).into_iter().flatten().map(|index| &self.events[*index])
    }

    /// Every account as its rules make it from its events, by id.
    pub fn ledgers(&self) -> &BTreeMap<String, Ledger> {
        &self.ledgers
    }

    /// The position of the last event.
    pub fn head(&self) -> u64 {
        self.events.len() as u64
    }

    /// Events that no command in the bank asked for, and no import told; the settings are recorded by the
    /// first start.
    pub fn invented<'a>(&'a self, bank: &'a Bank) -> impl Iterator<Item = &'a StoredEvent> {
        let asked: std::collections::HashSet<&str> =
            bank.sent.iter().map(|sent| sent.command.label.as_str()).collect();
        self.events.iter().filter(move |event| {
            event.metadata["origin"] != "import"
                && event.event_type != "settings.settings_changed"
                && !asked.contains(event.correlation_id())
        })
    }

    #[track_caller]
    fn take(&mut self, event: StoredEvent) {
        assert_eq!(event.position, self.head() + 1, "a gap in the positions");
        let version = self.versions.entry(event.stream.clone()).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "a gap in the versions of {}", event.stream);
        if let Some(last) = self.events.last() {
            assert!(
                instant(last) <= instant(&event),
                "position {} was recorded before the one before it",
                event.position
            );
        }
        if event.event_type.starts_with("bank_account.") {
            let ledger = self.ledgers.entry(event.aggregate_id().to_owned()).or_default();
            ledger.apply(&event).unwrap_or_else(|reason| panic!("position {}: {reason}", event.position));
        }
        self.by_command.entry(event.correlation_id().to_owned()).or_default().push(self.events.len());
        self.events.push(event);
    }
}

fn instant(event: &StoredEvent) -> jiff::Timestamp {
    event.recorded_at.parse().expect("an instant")
}
