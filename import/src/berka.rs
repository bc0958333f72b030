//! The Czech bank of 1993 (PKDD'99 Discovery Challenge, "Berka" data set) as historical facts.
//!
//! Customers first, then accounts, who else may sign, loans and cards; then all transactions in the order of
//! their dates, each payment for a loan behind the one that paid it; in the end how the loans came out, and the
//! standing orders, whose dates only their payments tell.
//! Within one account and day the file tells no order; `chain` finds it from the recorded balances. Names,
//! e-mail addresses and phone numbers are not in the data: they are made up and marked so. Memory holds the
//! small files and one day of transactions.

mod chain;
mod credit;
mod facts;
mod orders;
mod tables;
mod words;

use super::table::{DataSetError, Table, count_rows, count_rows_with};
use chain::{Link, chain};
use facts::{Bank, entry};
use jiff::civil::Date;
use khata_application::import::Fact;
use rustc_hash::FxHashMap;
use std::{collections::VecDeque, path::Path};
use tables::{Direction, Transaction};

/// What parts the columns of its files.
const DELIMITER: u8 = b';';
/// What stands in a transaction that paid for a loan.
const LOAN_PAYMENT: &str = "\"UVER\"";

/// The data set, fact by fact. After an error nothing more comes.
#[derive(Debug)]
pub struct Berka {
    /// Facts that are ready.
    ready: VecDeque<Fact>,
    bank: Bank,
    transactions: Table,
    /// The first row of the next day.
    next_day: Option<Told>,
    /// The day that was read last.
    day: Option<Date>,
    /// The balance that each account's last row recorded, in minor units.
    balances: FxHashMap<u32, i64>,
    failed: Option<DataSetError>,
    /// Nothing more will be read.
    ended: bool,
    expected: u64,
}

/// A transaction's row, told.
#[derive(Debug)]
struct Told {
    account: u32,
    date: Date,
    link: Link,
    fact: Fact,
    /// What it paid for.
    payment: Option<Fact>,
}

impl Berka {
    /// Opens the data set in a directory and reads its small files.
    ///
    /// # Errors
    /// A file is missing, or a row of one but trans.asc makes no sense.
    pub fn open(directory: &Path) -> Result<Self, DataSetError> {
        let (bank, ready) = Bank::read(directory)?;
        let transactions =
            count_rows(directory, "trans.asc")? + count_rows_with(directory, "trans.asc", LOAN_PAYMENT)?;
        let expected = (ready.len() + bank.loans.ended() + bank.orders.len()) as u64 + transactions;
        Ok(Self {
            ready: ready.into(),
            bank,
            transactions: Table::open(directory, "trans.asc", DELIMITER)?,
            next_day: None,
            day: None,
            balances: FxHashMap::default(),
            failed: None,
            ended: false,
            expected,
        })
    }

    /// How many facts there are in all.
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// Reads the rows of the next day and makes them ready in the order in which they happened.
    fn read_day(&mut self) {
        let mut rows: Vec<Told> = self.next_day.take().into_iter().collect();
        loop {
            match self.next_row() {
                Ok(Some(row)) if rows.first().is_some_and(|first| first.date != row.date) => {
                    self.next_day = Some(row);
                    break;
                }
                Ok(Some(row)) => rows.push(row),
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Err(error) => {
                    // The rows before it are told still: they happened whatever is wrong with this one.
                    (self.failed, self.ended) = (Some(error), true);
                    break;
                }
            }
        }
        let ordered = self.in_order(rows);
        self.ready.extend(ordered.into_iter().flat_map(|row| [row.fact].into_iter().chain(row.payment)));
        if self.ended && self.failed.is_none() {
            for told in [self.bank.loans.endings(), self.bank.orders.given(self.day)] {
                match told {
                    Ok(facts) => self.ready.extend(facts),
                    Err(reason) => self.failed = Some(self.transactions.complaint(0, reason)),
                }
            }
        }
    }

    fn next_row(&mut self) -> Result<Option<Told>, DataSetError> {
        let Some((line, row)) = self.transactions.next::<Transaction>()? else {
            return Ok(None);
        };
        let refused = |reason: String| self.transactions.complaint(line, reason);
        if !self.bank.has_account(row.account) {
            return Err(refused(format!("account.asc has no account {}", row.account)));
        }
        if self.day.is_some_and(|day| row.date < day) {
            return Err(refused("the rows must come in the order of their dates".to_owned()));
        }
        let fact = entry(&row).map_err(refused)?;
        let payment = self.bank.loans.payment(&row).map_err(refused)?;
        self.bank.orders.note(&row);
        self.day = Some(row.date);
        Ok(Some(Told { account: row.account, date: row.date, link: link(&row), fact, payment }))
    }

    /// The rows of one day: those of one account in the order that their balances tell, at the places where
    /// the file has rows of that account.
    fn in_order(&mut self, rows: Vec<Told>) -> Vec<Told> {
        let mut places: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (place, row) in rows.iter().enumerate() {
            places.entry(row.account).or_default().push(place);
        }
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for (account, places) in places {
            let links: Vec<Link> =
                places.iter().filter_map(|&place| rows.get(place)).map(|row| row.link).collect();
            let opening = self.balances.get(&account).copied().unwrap_or(0);
            let chained = chain(opening, &links);
            self.balances
                .extend(chained.last().and_then(|&last| links.get(last)).map(|last| (account, last.balance)));
            for (&place, &row) in places.iter().zip(&chained) {
                order[place] = places[row];
            }
        }
        let mut rows: Vec<Option<Told>> = rows.into_iter().map(Some).collect();
        order.into_iter().filter_map(|row| rows.get_mut(row).and_then(Option::take)).collect()
    }
}

impl Iterator for Berka {
    type Item = Result<Fact, DataSetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && !self.ended {
            self.read_day();
        }
        match self.ready.pop_front() {
            Some(fact) => Some(Ok(fact)),
            None => self.failed.take().map(Err),
        }
    }
}

fn link(row: &Transaction) -> Link {
    let amount = row.amount.minor();
    let change = match row.direction {
        Direction::Credit => amount,
        Direction::Debit => -amount,
    };
    Link { change, balance: row.balance.minor() }
}

#[cfg(test)]
mod tests;
