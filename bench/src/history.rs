//! A history to import: the bank's customers and accounts as an older system would have told them, and years
//! of entries, as lines of JSON made while they are sent.

use super::{
    BenchError,
    bank::Bank,
    connection::{Connection, connect},
};
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;
use std::{
    fmt::Write,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The first business day.
const FIRST_DAY: Date = jiff::civil::date(2020, 1, 1);
/// The entries spread evenly over so many days.
const DAYS: u64 = 5 * 365;
/// Events of a customer: onboarded, e-mail reserved, verified.
const EVENTS_PER_CUSTOMER: u64 = 3;
/// Events of an account's opening: opened, attached to its customer.
const EVENTS_PER_ACCOUNT: u64 = 2;
/// Lines are sent in pieces of about this size.
const PIECE_BYTES: usize = 256 * 1024;

/// A history of so many events.
#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    pub(super) bank: Bank,
    /// Customers, accounts and entries together; at least what customers and accounts need.
    pub(super) events: u64,
}

/// What an import came to.
pub(super) struct Imported {
    pub(super) events: u64,
    /// From the first byte sent to the answer.
    pub(super) took: Duration,
}

#[derive(Deserialize)]
struct Answer {
    events_appended: u64,
}

impl History {
    /// Sends the history to a server as one request and waits for the answer.
    pub(super) async fn import(self, address: SocketAddr) -> Result<Imported, BenchError> {
        let mut connection = connect(address).await?;
        let started = Instant::now();
        let head = format!(
            "POST /v1/admin/import HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        connection.send(head.as_bytes()).await?;
        // A server that refuses a line answers and stops reading: then its answer says more than the broken
        // pipe.
        let sent = self.send_lines(&mut connection).await;
        let reply = connection.answer().await;
        let (Ok(()), Ok(reply)) = (&sent, &reply) else {
            return Err(sent
                .and(reply.map(drop))
                .err()
                .unwrap_or_else(|| BenchError::Answer("the import broke off".to_owned())));
        };
        let took = started.elapsed();
        if reply.status != 200 {
            return Err(BenchError::Answer(format!(
                "the import: {}: {}",
                reply.status,
                String::from_utf8_lossy(reply.body)
            )));
        }
        let answer: Answer = serde_json::from_slice(reply.body)?;
        Ok(Imported { events: answer.events_appended, took })
    }

    async fn send_lines(self, connection: &mut Connection) -> Result<(), BenchError> {
        let mut piece = String::with_capacity(PIECE_BYTES + 1_024);
        for number in 0..self.lines() {
            self.line(number, &mut piece)?;
            if piece.len() >= PIECE_BYTES || number + 1 == self.lines() {
                connection.send(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await?;
                piece.clear();
            }
        }
        connection.send(b"0\r\n\r\n").await
    }

    fn lines(self) -> u64 {
        u64::from(self.bank.customers()) + u64::from(self.bank.accounts) + self.entries()
    }

    fn entries(self) -> u64 {
        let opening = u64::from(self.bank.customers()) * EVENTS_PER_CUSTOMER
            + u64::from(self.bank.accounts) * EVENTS_PER_ACCOUNT;
        self.events.saturating_sub(opening).max(1)
    }

    /// Writes the n-th line, from 0: first the customers, then the accounts, then the entries.
    fn line(self, number: u64, into: &mut String) -> Result<(), BenchError> {
        let (customers, accounts) = (self.bank.customers(), self.bank.accounts);
        let unwritable = |_| BenchError::Plan("a line could not be written".to_owned());
        match (u32::try_from(number), number.checked_sub(u64::from(customers) + u64::from(accounts))) {
            (_, Some(entry)) => self.entry(entry, into).map_err(unwritable),
            (Ok(number), None) if number < customers => self.customer(number, into).map_err(unwritable),
            (Ok(number), None) => self.account(number - customers, into).map_err(unwritable),
            (Err(_), None) => Err(BenchError::Plan("too many customers and accounts".to_owned())),
        }
    }

    fn customer(self, number: u32, into: &mut String) -> std::fmt::Result {
        let (id, series) = (self.bank.customer(number), self.bank.series);
        writeln!(
            into,
            r#"{{"customer_onboarded":{{"source":"{id}","effective_at":"{FIRST_DAY}","name":"Bench {number}","email":"history-{series}-{number}@example.com","phone":"+4202{number:08}","type":"individual","kyc":"verified"}}}}"#
        )
    }

    fn account(self, number: u32, into: &mut String) -> std::fmt::Result {
        let (id, customer) = (self.bank.account(number), self.bank.customer(self.bank.owner(number)));
        writeln!(
            into,
            r#"{{"account_opened":{{"source":"{id}","effective_at":"{FIRST_DAY}","customer":"{customer}","account_type":"savings","currency":"CZK"}}}}"#
        )
    }

    /// Two deposits to each withdrawal, the accounts in a scattered order.
    fn entry(self, number: u64, into: &mut String) -> std::fmt::Result {
        let accounts = u64::from(self.bank.accounts);
        let account = self.bank.account((number.wrapping_mul(7_919) % accounts) as u32);
        let day = FIRST_DAY.saturating_add(((number * DAYS / self.entries()) as i64).days());
        let (kind, amount) = if number % 3 == 2 { ("withdrawal", "10.00") } else { ("deposit", "12.50") };
        let series = self.bank.series;
        writeln!(
            into,
            r#"{{"entry":{{"source":"bench:{series}:{number}","effective_at":"{day}","account":"{account}","kind":"{kind}","amount":{{"amount":"{amount}","currency":"CZK"}},"channel":"transfer"}}}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_has_as_many_events_as_were_asked_for_and_is_json() {
        let history = History { bank: Bank { accounts: 25, series: 1 }, events: 1_000 };
        let mut text = String::new();
        (0..history.lines()).for_each(|number| history.line(number, &mut text).unwrap());
        let events: u64 = text
            .lines()
            .map(|line| {
                let fact: serde_json::Value = serde_json::from_str(line).unwrap();
                let kind = fact.as_object().unwrap().keys().next().unwrap().clone();
                match kind.as_str() {
                    "customer_onboarded" => EVENTS_PER_CUSTOMER,
                    "account_opened" => EVENTS_PER_ACCOUNT,
                    _ => 1,
                }
            })
            .sum();
        assert_eq!(events, 1_000);
    }
}
