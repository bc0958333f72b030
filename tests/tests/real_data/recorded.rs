//! What the bank itself recorded, read from its file without any of Khata's code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// A row of trans.asc, amounts in hundredths.
struct Row {
    account: u32,
    date: String,
    change: i64,
    balance: i64,
    rounded: bool,
}

/// What an account's balance should be.
pub(crate) struct Expected {
    /// The balance that the last row recorded.
    pub(crate) balance_minor: i64,
    /// How many rows so far may be off by up to 0.10 each.
    pub(crate) rounded_rows: i64,
}

pub(crate) struct Recorded {
    /// In order of date.
    rows: Vec<Row>,
}

impl Recorded {
    pub(crate) fn read(data: &Path) -> Self {
        let text = fs::read_to_string(data.join("trans.asc")).unwrap();
        let rows = text.lines().skip(1).map(|line| {
            let fields: Vec<&str> = line.split(';').map(|field| field.trim_matches('"')).collect();
            let minor = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
            let amount = minor(fields[5]);
            Row {
                account: fields[1].parse().unwrap(),
                date: fields[2].to_owned(),
                change: if fields[3] == "PRIJEM" { amount } else { -amount },
                balance: minor(fields[6]),
                rounded: ["UROK", "SLUZBY", "SANKC. UROK"].contains(&fields[7]),
            }
        });
        Self { rows: rows.collect() }
    }

    pub(crate) fn accounts(&self) -> BTreeSet<u32> {
        self.rows.iter().map(|row| row.account).collect()
    }

    /// What each account should have at the end of a day, by the account's source reference.
    pub(crate) fn at_the_end_of(&self, day: &str) -> Vec<(String, Expected)> {
        let mut accounts: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.date.as_str() <= day) {
            accounts.entry(row.account).or_default().push(row);
        }
        let expected = |rows: &[&Row]| {
            let days = rows.chunk_by(|a, b| a.date == b.date);
            let balance_minor = days.fold(0, last_balance);
            Expected { balance_minor, rounded_rows: rows.iter().filter(|row| row.rounded).count() as i64 }
        };
        accounts.iter().map(|(account, rows)| (format!("berka:account:{account}"), expected(rows))).collect()
    }
}

/// The balance after a day's rows: of all orders, the one in which the recorded balances fit best. A day has
/// seven rows at most.
fn last_balance(opening: i64, day: &[&Row]) -> i64 {
    let mut order: Vec<usize> = (0..day.len()).collect();
    let mut best = (i64::MAX, opening);
    permute(&mut order, 0, &mut |order| {
        let mut before = opening;
        let mut gaps = 0;
        for &row in order {
            gaps += (before + day[row].change - day[row].balance).abs();
            before = day[row].balance;
        }
        if gaps < best.0 {
            best = (gaps, before);
        }
    });
    best.1
}

fn permute(order: &mut [usize], fixed: usize, look: &mut impl FnMut(&[usize])) {
    if fixed == order.len() {
        return look(order);
    }
    for index in fixed..order.len() {
        order.swap(fixed, index);
        permute(order, fixed + 1, look);
        order.swap(fixed, index);
    }
}
