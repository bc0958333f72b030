//! Imports that are killed half-way and simply sent again.

use crate::{bank::Bank, log::Log};
use khata_tests::{Client, Random, Request};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Customers of a file, each with one account.
const CUSTOMERS: u64 = 3;
/// Entries of a file: enough that a kill often finds it half-way.
const ENTRIES: u64 = 600;

/// A file of historical facts.
#[derive(Debug, Clone)]
pub struct ImportFile {
    number: u64,
    lines: Vec<String>,
    entries: Vec<String>,
    sum_minor: i64,
}

impl ImportFile {
    /// A file about new accounts, and about one that commands change at the same time.
    pub fn draw(number: u64, bank: &Bank, random: &mut Random) -> Self {
        let mut file = Self { number, lines: Vec::new(), entries: Vec::new(), sum_minor: 0 };
        for customer in 0..CUSTOMERS {
            file.open_account(customer);
        }
        let live = bank.account(random);
        for entry in 0..ENTRIES {
            let new = file.name("account", random.below(CUSTOMERS));
            let account = live.clone().filter(|_| random.once_in(4)).unwrap_or(new);
            file.deposit(entry, &account, 1 + random.below(50_000) as i64);
        }
        file
    }

    /// What is sent, the first time and every other time.
    pub fn request(&self) -> Request {
        Request::post_bytes("/v1/admin/import", "application/x-ndjson", self.lines.join("\n"))
    }

    /// What its entries add to the bank's money.
    pub fn sum_minor(&self) -> i64 {
        self.sum_minor
    }

    fn open_account(&mut self, number: u64) {
        let (customer, account) = (self.name("customer", number), self.name("account", number));
        let email = format!("import{}-{number}@example.com", self.number);
        self.tell(&json!({"customer_onboarded": {"source": customer, "effective_at": "1993-01-01", "name": "Jan Novák", "email": email,
            "phone": "+420123456789", "type": "individual", "kyc": "verified"}}));
        self.tell(
            &json!({"account_opened": {"source": account, "effective_at": "1993-01-02", "customer": customer,
            "account_type": "savings", "currency": "INR"}}),
        );
    }

    fn deposit(&mut self, number: u64, account: &str, minor: i64) {
        let source = self.name("entry", number);
        let amount = json!({"amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": "INR"});
        let effective_at = format!("1993-{:02}-01", 2 + number * 10 / ENTRIES);
        self.tell(&json!({"entry": {"source": source, "effective_at": effective_at, "account": account, "kind": "deposit", "amount": amount,
            "reference": source}}));
        self.entries.push(source);
        self.sum_minor += minor;
    }

    fn tell(&mut self, fact: &Value) {
        self.lines.push(fact.to_string());
    }

    fn name(&self, thing: &str, number: u64) -> String {
        format!("crash:{}:{thing}:{number}", self.number)
    }
}

/// Sends a file again that may have been taken in, in part or not at all, and once more to no effect.
#[track_caller]
pub fn settle(client: &mut Client, file: &ImportFile) {
    let whole = client.send(&file.request()).expect("a server that answers").expect(200);
    assert_eq!(whole["facts"].as_u64(), Some(file.lines.len() as u64), "{whole}");
    let again = client.send(&file.request()).expect("a server that answers").expect(200);
    assert_eq!(
        (again["events_appended"].as_u64(), &again["already_there"]),
        (Some(0), &whole["facts"]),
        "{again}"
    );
}

/// Every fact of every file is in the log once.
#[track_caller]
pub fn facts_happened_once(files: &[ImportFile], log: &Log) {
    let imported = || log.events().iter().filter(|event| event.metadata["origin"] == "import");
    let mut entries: HashMap<&str, u64> = HashMap::new();
    for event in imported().filter(|event| event.name() == "money_deposited") {
        *entries.entry(event.data["reference"].as_str().unwrap_or_default()).or_default() += 1;
    }
    for entry in files.iter().flat_map(|file| &file.entries) {
        assert_eq!(entries.remove(entry.as_str()), Some(1), "{entry} is in the log so often");
    }
    assert_eq!(entries, HashMap::new(), "entries that no file holds");
    let opened = imported().filter(|event| event.name() == "account_opened").count() as u64;
    let onboarded = imported().filter(|event| event.name() == "customer_onboarded").count() as u64;
    assert_eq!((opened, onboarded), (CUSTOMERS * files.len() as u64, CUSTOMERS * files.len() as u64));
}
