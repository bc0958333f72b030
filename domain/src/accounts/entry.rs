//! Entries: what moves the balance of an account, and the words that describe it.

use crate::{Money, ids::PaymentId, names::names};
use jiff::civil::Date;
use std::borrow::Cow;

names! {
    /// The way money takes.
    ///
    /// Cash alone counts towards cash reports, so nothing is cash unless somebody says so.
    pub enum Channel, default Internal {
        /// Notes and coins over the counter or from a machine.
        Cash = "cash",
        /// From or to another account.
        Transfer = "transfer",
        /// By card.
        Card = "card",
        /// Booked by the bank itself, or not told.
        Internal = "internal",
    }
}

names! {
    /// Which way an entry moves the balance.
    pub enum Direction as "TransactionDirection" {
        /// The balance grows.
        Credit = "credit",
        /// The balance shrinks.
        Debit = "debit",
    }
}

impl Direction {
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

names! {
    /// What an entry of an account is.
    pub enum EntryKind as "TransactionKind" {
        /// Money came in.
        Deposit = "deposit",
        /// Money went out.
        Withdrawal = "withdrawal",
        /// Money went out that had been held before.
        HoldCapture = "hold_capture",
        /// Interest of a month.
        Interest = "interest",
        /// A fee was taken.
        Fee = "fee",
        /// The opposite of an earlier entry.
        Reversal = "reversal",
        /// What was there when the history of the account begins: no money came or went.
        BalanceBroughtForward = "balance_brought_forward",
    }
}

names! {
    /// What a fee is for.
    pub enum FeeKind, default Service {
        /// A service of the bank.
        Service = "service",
        /// Interest that the customer owes, for being overdrawn.
        PenaltyInterest = "penalty_interest",
        /// The monthly fee of a product.
        Maintenance = "maintenance",
        /// A transaction beyond the free ones of a month.
        Transaction = "transaction",
        /// A payment.
        Payment = "payment",
    }
}

names! {
    /// What the check against money laundering said.
    ///
    /// It is a fact from outside.
    pub enum AmlVerdict {
        /// Nothing stands against it.
        Approved = "approved",
        /// It must not happen.
        Rejected = "rejected",
    }
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
    /// The payment that it is part of.
    pub payment_id: Option<PaymentId>,
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
    /// The payment that it is part of.
    pub payment_id: Option<PaymentId>,
}

impl Entry<'_> {
    /// What it adds to the balance, in minor units.
    pub const fn signed_minor(&self) -> i64 {
        self.direction.signed(self.amount.minor())
    }
}
