//! Entries: what moves the outstanding amount of a card, and the words that describe it.

use crate::{
    Money,
    cards::{Allocation, MerchantCategory, MerchantId, PurchaseChannel},
    ids::{AccountTransaction, AuthorizationId, DisputeId, TransactionId},
    names::names,
};
use jiff::civil::Date;

names! {
    /// What an entry of a card is.
    pub enum CardEntryKind as "CardTransactionKind" {
        /// A merchant or machine took what had been authorised.
        Capture = "capture",
        /// A merchant gave money back.
        Refund = "refund",
        /// The cardholder paid.
        Payment = "payment",
        /// Interest of a statement period.
        Interest = "interest",
        /// A fee.
        Fee = "fee",
        /// A dispute ended in the cardholder's favour.
        DisputeCredit = "dispute_credit",
        /// The cardholder's credit was paid out.
        CreditPayout = "credit_payout",
    }
}

names! {
    /// Which way an entry moves what is outstanding.
    pub enum CardEntrySide as "CardTransactionDirection" {
        /// The cardholder owes less.
        Credit = "credit",
        /// The cardholder owes more.
        Debit = "debit",
    }
}

impl CardEntrySide {
    /// What an entry of this side adds to what is outstanding, as a factor.
    pub const fn sign(self) -> i64 {
        match self {
            Self::Credit => -1,
            Self::Debit => 1,
        }
    }
}

/// An entry as an event tells it: one movement of what is outstanding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardEntry<'a> {
    pub kind: CardEntryKind,
    /// How much; always positive.
    pub amount: Money,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
    /// The day it counts for.
    pub business_date: Date,
    /// The merchant, where there is one.
    pub merchant_id: Option<&'a MerchantId>,
    /// What the merchant deals in, of a capture.
    pub category: Option<&'a MerchantCategory>,
    /// Where the card was used, of a capture.
    pub channel: Option<PurchaseChannel>,
    /// The authorisation that was captured.
    pub authorization_id: Option<AuthorizationId>,
    /// The dispute that ended.
    pub dispute_id: Option<DisputeId>,
    /// The transaction that was disputed.
    pub disputed_transaction: Option<TransactionId>,
    /// The entry of the account that paid, or was paid to.
    pub account_transaction: Option<AccountTransaction>,
    pub description: Option<&'a str>,
}

impl CardEntry<'_> {
    /// Which way it moves what is outstanding.
    pub const fn side(&self) -> CardEntrySide {
        match self.kind {
            CardEntryKind::Capture
            | CardEntryKind::Interest
            | CardEntryKind::Fee
            | CardEntryKind::CreditPayout => CardEntrySide::Debit,
            CardEntryKind::Refund | CardEntryKind::Payment | CardEntryKind::DisputeCredit => {
                CardEntrySide::Credit
            }
        }
    }

    /// What it adds to what is outstanding, in minor units.
    pub const fn outstanding_change_minor(&self) -> i64 {
        self.amount.minor().saturating_mul(self.side().sign())
    }
}
