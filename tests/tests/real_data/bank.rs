//! The imported data sets, asked through the API.

use khata_application::import::SourceRef;
use khata_domain::ids::AccountId;
use khata_tests::{Client, Home, Request, Server};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, process::Command};

/// What the data set comes to: each customer is onboarded and has an e-mail reserved, each account is opened
/// and attached to its customer, then signatories and transactions; each loan is attached, applied for,
/// approved and paid out, 123 payments are known, 203 loans were repaid, 31 written off (both are detached),
/// 45 late; each card is attached, issued and activated; each standing order is given.
pub(crate) const EVENTS: u64 =
    2 * 5_369 + 2 * 4_500 + 869 + 49_102 + 4 * 682 + 123 + 2 * (203 + 31) + 45 + 3 * 892 + 6_471;

/// Recorded before all else: the settings of the namespace.
pub(crate) const SETTINGS: u64 = 1;

/// The end of a log that holds them all.
pub(crate) const HEAD: u64 = EVENTS + SETTINGS;

/// The command that imports the data set.
pub(crate) fn import_command(data: &Path, home: &Home) -> Command {
    let mut command = home.khata(["import", "berka"]);
    command.arg(data);
    command
}

/// Imports the data set; gives the summary.
#[track_caller]
pub(crate) fn import(data: &Path, home: &Home) -> String {
    let output = import_command(data, home).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// An account as its view shows it.
pub(crate) struct Account {
    pub(crate) balance_minor: i64,
}

pub(crate) struct Bank {
    client: Client,
}

impl Bank {
    pub(crate) fn of(server: &Server) -> Self {
        Self { client: server.client() }
    }

    /// The last position of the log.
    pub(crate) fn head(&mut self) -> u64 {
        self.client.get("/v1/events?limit=1").header("Khata-Position").unwrap().parse().unwrap()
    }

    /// All accounts by id, once the view has seen the whole log.
    pub(crate) fn accounts(&mut self) -> BTreeMap<String, Account> {
        let account = |row: &Value| {
            (
                row["account_id"].as_str().unwrap().to_owned(),
                Account { balance_minor: minor(&row["balance"]["amount"]) },
            )
        };
        self.all("/v1/accounts?limit=200").iter().map(account).collect()
    }

    /// Credits, debits and number of an account's transactions.
    pub(crate) fn turnover(&mut self, account: &str) -> (i64, i64, usize) {
        let transactions = self.all(&format!("/v1/accounts/{account}/transactions?limit=200"));
        let sum = |direction: &str| {
            transactions
                .iter()
                .filter(|row| row["direction"] == direction)
                .map(|row| minor(&row["amount"]["amount"]))
                .sum()
        };
        (sum("credit"), sum("debit"), transactions.len())
    }

    /// An account's balance at the end of a day, by business time.
    pub(crate) fn balance_on(&mut self, source: &str, date: &str) -> i64 {
        let account: AccountId = SourceRef::parse(source).unwrap().id();
        minor(
            &self.client.get(&format!("/v1/accounts/{account}?effective_on={date}")).expect(200)["balance"]["amount"],
        )
    }

    /// What is answered to a question, once the view has seen the whole log.
    pub(crate) fn get(&mut self, path: &str) -> Value {
        let head = self.head();
        self.client.send(&Request::get(path).header("Khata-Min-Position", head)).unwrap().expect(200)
    }

    /// All pages of a list.
    pub(crate) fn all(&mut self, path: &str) -> Vec<Value> {
        let head = self.head();
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let request = Request::get(&next).header("Khata-Min-Position", head);
            let response = self.client.send(&request).unwrap();
            if response.status == 503 {
                // The view is still on its way.
                continue;
            }
            let mut page = response.expect(200);
            items.append(page["items"].as_array_mut().unwrap());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}&cursor={cursor}"),
                None => return items,
            }
        }
    }
}

/// A decimal string in hundredths.
pub(crate) fn minor(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}
