//! The bank's standing orders: a month of them, carried out by Khata, against what the bank itself did in that month.

use super::{
    bank::{Bank, import, minor},
    data,
};
use khata_application::{Clock, import::SourceRef};
use khata_domain::ids::StandingOrderId;
use khata_infrastructure::SystemClock;
use khata_tests::{Home, Request, Server};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// What the whole file comes to.
pub(crate) const SUMS: [&str; 5] = [
    "CZK: 3502 standing orders, household, 13965417.00",
    "CZK: 532 standing orders, insurance, 686927.00",
    "CZK: 341 standing orders, leasing, 759527.10",
    "CZK: 717 standing orders, loan_payment, 3035184.50",
    "CZK: 1379 standing orders, other, 2781938.00",
];

/// The bank as it stood in the end of January 1994.
const LAST_DAY: &str = "940131";

fn fields(line: &str) -> Vec<&str> {
    line.split(';').map(|field| field.trim_matches('"')).collect()
}

fn rows(data: &Path, file: &str) -> (String, Vec<String>) {
    let text = fs::read_to_string(data.join(file)).unwrap();
    let mut lines = text.lines().map(str::to_owned);
    (lines.next().unwrap(), lines.collect())
}

/// Copies a file with those rows that are meant, and gives these.
fn copy(data: &Path, to: &Path, file: &str, is_meant: impl Fn(&[&str]) -> bool) -> Vec<String> {
    let (header, rows) = rows(data, file);
    let meant: Vec<String> = rows.into_iter().filter(|row| is_meant(&fields(row))).collect();
    let text = [header].iter().chain(&meant).map(|row| format!("{row}\n")).collect::<String>();
    fs::write(to.join(file), text).unwrap();
    meant
}

fn column(rows: &[String], number: usize) -> BTreeSet<String> {
    rows.iter().map(|row| fields(row)[number].to_owned()).collect()
}

/// The data set up to that day, without loans and cards. Gives the orders of accounts that there were.
fn january(data: &Path, to: &Path) -> Vec<String> {
    let accounts = column(&copy(data, to, "account.asc", |row| row[3] <= LAST_DAY), 0);
    let owners = copy(data, to, "disp.asc", |row| accounts.contains(row[2]));
    let clients = column(&owners, 1);
    copy(data, to, "client.asc", |row| clients.contains(row[0]));
    copy(data, to, "district.asc", |_| true);
    copy(data, to, "trans.asc", |row| row[2] <= LAST_DAY);
    copy(data, to, "loan.asc", |_| false);
    copy(data, to, "card.asc", |_| false);
    copy(data, to, "order.asc", |row| accounts.contains(row[1]))
}

/// What the bank paid in February for orders that had been paid before: day and amount, by account and payee.
fn paid_by_the_bank(data: &Path) -> BTreeMap<(String, String), (String, i64)> {
    let (_, rows) = rows(data, "trans.asc");
    let pair = |row: &[&str]| (row[1].to_owned(), row[9].to_owned());
    let transfers: Vec<Vec<&str>> =
        rows.iter().map(|row| fields(row)).filter(|row| row[4] == "PREVOD NA UCET").collect();
    let before: BTreeSet<_> =
        transfers.iter().filter(|row| row[2] <= LAST_DAY).map(|row| pair(row)).collect();
    let february = transfers.iter().filter(|row| row[2].starts_with("9402") && before.contains(&pair(row)));
    february
        .map(|row| {
            let day = format!("1994-02-{}", &row[2][4..]);
            (pair(row), (day, row[5].replace('.', "").parse().unwrap()))
        })
        .collect()
}

/// A server on the first of March 1994, which can order payments to other banks and takes nothing for fraud: that is not
/// what is looked at here.
fn march(home: &Home, place: &Path) -> Server {
    let then: jiff::Timestamp = "1994-03-01T06:00:00Z".parse().unwrap();
    let offset = format!("--clock-offset={}", then.duration_since(SystemClock.now()).as_secs());
    let config = place.join("khata.toml");
    fs::write(&config, "[rules.fraud.payments]\napproved_below = \"1\"\nrejected_from = \"1\"\n").unwrap();
    // Nobody listens there: payments wait.
    let network = ["--velocitypay-url", "http://127.0.0.1:9", "--velocitypay-token", "t0ken"];
    let named = ["--config", config.to_str().unwrap(), &offset];
    home.serve(&[&network[..], &named].concat())
}

#[test]
fn a_month_carries_out_each_order_once_and_as_the_bank_did() {
    let Some(data) = data() else { return };
    let place = tempfile::tempdir().unwrap();
    let copied = place.path().join("berka");
    fs::create_dir(&copied).unwrap();
    let orders = january(&data, &copied);
    assert_eq!(orders.len(), 1_659);
    let home = Home::embedded(&place.path().join("data"));
    let server = march(&home, place.path());
    let summary = import(&copied, &home);
    assert!(summary.contains("1659 standing orders"), "{summary}");
    let (mut bank, mut client) = (Bank::of(&server), server.client());
    for account in bank.accounts().keys() {
        // What came in during that month is not told: everybody has enough.
        let amount = json!({ "amount": "150000.00", "currency": "CZK" });
        let body = json!({ "amount": amount, "effective_at": "1994-02-01T00:00:00Z" });
        client.post(&format!("/v1/accounts/{account}/deposits"), &body).expect(200);
    }
    for day in 1..=28 {
        let day = format!("1994-02-{day:02}");
        for order in bank.all(&format!("/v1/standing-orders?limit=200&due_on_or_before={day}")) {
            let path = format!("/v1/standing-orders/{}/run", order["standing_order_id"].as_str().unwrap());
            let run = client.send(&Request::post(path, &json!({ "date": day }))).unwrap().expect(200);
            assert_eq!((&run["state"]["executed"], &run["state"]["last_paid_on"]), (&json!(1), &json!(day)));
        }
    }
    let payments = bank.all("/v1/payments?limit=200");
    assert_eq!(payments.len(), orders.len());
    let named: BTreeSet<&str> =
        payments.iter().map(|payment| payment["standing_order_id"].as_str().unwrap()).collect();
    assert_eq!(named.len(), orders.len());
    sums_are_those_of_the_file(&orders, &bank.all("/v1/standing-orders?limit=200"));
    as_the_bank_did(&data, &orders, &payments);
}

/// What was paid for each purpose, by the orders of the file and by those that were carried out.
fn sums_are_those_of_the_file(orders: &[String], shown: &[Value]) {
    let kind = |symbol: &str| match symbol.trim() {
        "SIPO" => "household",
        "POJISTNE" => "insurance",
        "LEASING" => "leasing",
        "UVER" => "loan_payment",
        _ => "other",
    };
    let (mut told, mut done) = (BTreeMap::new(), BTreeMap::new());
    for order in orders.iter().map(|order| fields(order)) {
        let sum: &mut (u32, i64) = told.entry(kind(order[5]).to_owned()).or_default();
        *sum = (sum.0 + 1, sum.1 + order[4].replace('.', "").parse::<i64>().unwrap());
    }
    for order in shown.iter().filter(|order| order["executed"] == 1) {
        let sum: &mut (u32, i64) = done.entry(order["kind"].as_str().unwrap().to_owned()).or_default();
        *sum = (sum.0 + 1, sum.1 + minor(&order["amount"]["amount"]));
    }
    assert_eq!(done, told);
}

/// Orders that the bank had paid before were paid on the same day, with the same amount, as the bank paid them.
fn as_the_bank_did(data: &Path, orders: &[String], payments: &[Value]) {
    let by_order: BTreeMap<&str, &Value> =
        payments.iter().map(|payment| (payment["standing_order_id"].as_str().unwrap(), payment)).collect();
    let by_the_bank = paid_by_the_bank(data);
    let mut compared = 0;
    for order in orders.iter().map(|order| fields(order)) {
        let Some((day, amount)) = by_the_bank.get(&(order[1].to_owned(), order[3].to_owned())) else {
            continue;
        };
        let id: StandingOrderId = SourceRef::parse(&format!("berka:order:{}", order[0])).unwrap().id();
        let payment = by_order[id.to_string().as_str()];
        assert_eq!(
            (payment["due_date"].as_str().unwrap(), minor(&payment["amount"]["amount"])),
            (&**day, *amount)
        );
        compared += 1;
    }
    assert_eq!((compared, by_the_bank.len()), (922, 922));
}
