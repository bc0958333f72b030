//! Entries: what moves the balance of an account, and the words that describe it.

use crate::Money;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The way money came or went. Cash alone counts towards cash reports, so nothing is cash unless somebody
/// says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Notes and coins over the counter or from a machine.
    Cash,
    /// From or to another account.
    Transfer,
    /// By card.
    Card,
    /// Booked by the bank itself, or not told.
    #[default]
    Internal,
}

impl Channel {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Transfer => "transfer",
            Self::Card => "card",
            Self::Internal => "internal",
        }
    }
}

/// Which way an entry moves the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up.
    Credit,
    /// Down.
    Debit,
}

impl Direction {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        }
    }

    /// An amount with the sign that it has for the balance.
    pub const fn signed(self, minor: i64) -> i64 {
        match self {
            Self::Credit => minor,
            Self::Debit => minor.saturating_neg(),
        }
    }

    /// The other way.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Credit => Self::Debit,
            Self::Debit => Self::Credit,
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Money came in.
    Deposit,
    /// Money went out.
    Withdrawal,
    /// Money went out that had been held before.
    HoldCapture,
    /// Interest of a month.
    Interest,
    /// A fee.
    Fee,
    /// The opposite of an earlier entry.
    Reversal,
    /// What was there when the history of the account begins: no money came or went.
    BalanceBroughtForward,
}

impl EntryKind {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
            Self::HoldCapture => "hold_capture",
            Self::Interest => "interest",
            Self::Fee => "fee",
            Self::Reversal => "reversal",
            Self::BalanceBroughtForward => "balance_brought_forward",
        }
    }
}

/// What a fee is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    /// A service of the bank.
    #[default]
    Service,
    /// Interest that the customer owes, for being overdrawn.
    PenaltyInterest,
    /// The monthly fee of a product.
    Maintenance,
    /// A transaction beyond the free ones of a month.
    Transaction,
}

/// What the check against money laundering said. It is a fact from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmlVerdict {
    /// Nothing stands against it.
    Approved,
    /// It must not happen.
    Rejected,
}

/// What an entry says about itself, in a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryDetails {
    /// The way the money takes.
    pub channel: Channel,
    /// Who is on the other side.
    pub counterparty: Option<String>,
    /// The customer's or the counterparty's own reference.
    pub reference: Option<String>,
    pub description: Option<String>,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
}

/// An entry as an event tells it: one movement of the balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    pub kind: EntryKind,
    pub direction: Direction,
    /// How much; always positive.
    pub amount: Money,
    /// The day it counts for.
    pub business_date: Date,
    /// The way the money took.
    pub channel: Channel,
    /// Who is on the other side.
    pub counterparty: Option<&'a str>,
    /// A reference: the customer's, a hold's, or the reversed transaction's.
    pub reference: Option<Cow<'a, str>>,
    pub description: Option<Cow<'a, str>>,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
}

impl Entry<'_> {
    /// What it adds to the balance, in minor units.
    pub const fn signed_minor(&self) -> i64 {
        self.direction.signed(self.amount.minor())
    }
}
