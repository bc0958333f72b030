//! What an import came to, so far or in all.

use crate::command::CommandError;
use khata_domain::{Currency, payments::standing_order::StandingOrderKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many lines that were told again are named.
const NAMED_LINES: usize = 100;

/// What an import came to. Facts count whether they were appended now or had been there before; those that
/// the same import has told before are counted apart, and add to no sum.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Facts taken in, all kinds together.
    pub facts: u64,
    /// Of these, facts that an earlier run had brought in already.
    pub already_there: u64,
    /// Of these, facts whose source an earlier line of this import has named: booked once.
    pub repeated: u64,
    /// Their lines, the first hundred.
    pub repeated_lines: Vec<u64>,
    /// Events appended by this run.
    pub events_appended: u64,
    /// Customers among the facts.
    pub customers: u64,
    /// Accounts among the facts.
    pub accounts: u64,
    /// Signatories among the facts.
    pub signatories: u64,
    /// Entries among the facts.
    pub transactions: u64,
    /// Opening balances among the facts.
    pub opening_balances: u64,
    /// Balances among the facts that the entries had to lead to, and did.
    pub balances_checked: u64,
    /// Loans among the facts.
    pub loans: u64,
    /// Payments for loans among the facts.
    pub loan_payments: u64,
    /// Cards among the facts.
    pub cards: u64,
    /// Standing orders among the facts.
    pub standing_orders: u64,
    /// Orders among the facts.
    pub orders: u64,
    /// The lines of these orders.
    pub order_lines: u64,
    /// Shipments among the facts.
    pub shipments: u64,
    /// Sums of the entries, by currency.
    pub sums: BTreeMap<Currency, Sums>,
    /// What the loans were together, by currency, in minor units.
    pub lent: BTreeMap<Currency, i128>,
    /// What the orders come to, by currency.
    pub ordered: BTreeMap<Currency, Ordered>,
    /// What standing orders pay each time, by currency and by what they are for.
    pub given: BTreeMap<Currency, BTreeMap<StandingOrderKind, GivenOrders>>,
    /// The last position that this run wrote; 0 if it wrote none.
    pub position: u64,
}

/// Sums of entries in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    pub credits_minor: i128,
    pub debits_minor: i128,
    /// Of all opening balances.
    pub opening_minor: i128,
}

/// What orders in one currency come to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ordered {
    /// All lines, after their discounts.
    pub items_minor: i128,
    pub shipping_minor: i128,
}

/// Standing orders for one purpose in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GivenOrders {
    pub count: u64,
    /// What all of them pay each time, in minor units.
    pub amount_minor: i128,
}

impl Sums {
    /// The opening balances and the credits, less the debits.
    pub fn balance_minor(&self) -> i128 {
        self.opening_minor + self.credits_minor - self.debits_minor
    }
}

/// Why an import stopped. Everything before is kept; a further run continues.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Stop {
    /// A line makes no sense or contradicts what is there.
    #[error("line {line}: {reason}")]
    BadLine {
        /// Its number, counted from 1.
        line: u64,
        /// The rule that refuses it, or `malformed`.
        code: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] CommandError),
}

impl Report {
    /// Counts a fact that this import has told before.
    pub(super) fn count_repeated(&mut self, line: u64) {
        self.facts += 1;
        self.repeated += 1;
        if self.repeated_lines.len() < NAMED_LINES {
            self.repeated_lines.push(line);
        }
    }

    /// Counts a fact in.
    pub(super) fn count(&mut self, fact: &Counted) {
        self.facts += 1;
        match fact {
            Counted::Customer => self.customers += 1,
            Counted::Account => self.accounts += 1,
            Counted::Signatory => self.signatories += 1,
            Counted::Entry { currency, minor, credit } => {
                self.transactions += 1;
                let sums = self.sums.entry(*currency).or_default();
                let sum = if *credit { &mut sums.credits_minor } else { &mut sums.debits_minor };
                *sum += i128::from(*minor);
            }
            Counted::OpeningBalance { currency, minor } => {
                self.opening_balances += 1;
                self.sums.entry(*currency).or_default().opening_minor += i128::from(*minor);
            }
            Counted::BalanceChecked => self.balances_checked += 1,
            Counted::Loan { currency, minor } => {
                self.loans += 1;
                *self.lent.entry(*currency).or_default() += i128::from(*minor);
            }
            Counted::LoanPayment => self.loan_payments += 1,
            Counted::Standing => {}
            Counted::Card => self.cards += 1,
            Counted::StandingOrder { kind, currency, minor } => {
                self.standing_orders += 1;
                let given = self.given.entry(*currency).or_default().entry(*kind).or_default();
                given.count += 1;
                given.amount_minor += i128::from(*minor);
            }
            Counted::Order { currency, lines, items_minor, shipping_minor } => {
                self.orders += 1;
                self.order_lines += lines;
                let ordered = self.ordered.entry(*currency).or_default();
                ordered.items_minor += i128::from(*items_minor);
                ordered.shipping_minor += i128::from(*shipping_minor);
            }
            Counted::Shipment => self.shipments += 1,
        }
    }
}

/// What of a fact is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Customer,
    Account,
    Signatory,
    Entry {
        currency: Currency,
        minor: i64,
        credit: bool,
    },
    OpeningBalance {
        currency: Currency,
        minor: i64,
    },
    BalanceChecked,
    Loan {
        currency: Currency,
        minor: i64,
    },
    LoanPayment,
    /// How a loan stands or ended: no thing of its own.
    Standing,
    Card,
    StandingOrder {
        kind: StandingOrderKind,
        currency: Currency,
        minor: i64,
    },
    Order {
        currency: Currency,
        lines: u64,
        items_minor: i64,
        shipping_minor: i64,
    },
    Shipment,
}
