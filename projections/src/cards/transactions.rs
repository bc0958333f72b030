//! `card_transactions`: one row per entry, with what is outstanding after it. That follows position, i.e. the
//! order in which entries were recorded.

use super::outstanding_after;
use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    projection::{event_of, stream_of},
    query::{Comparison, Direction},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    cards::{CardEntry, CreditCard},
    ids::{TransactionId, TypedId},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// An entry of a card.
    pub struct CardTransactionRow in "card_transactions", partition card_id, key [position],
        index [card_id, business_date, effective_at, position] {
        /// Its place in the log.
        pub position: u64,
        /// `card_…`
        pub card_id: String,
        /// The id of its event, as `txn_…`.
        pub transaction_id: String,
        /// `capture`, `refund`, `payment`, `interest`, `fee`, `dispute_credit`, `credit_payout`.
        pub kind: String,
        /// `debit` where it raises what is outstanding, `credit` where it lowers it.
        pub direction: String,
        /// How much; always positive.
        pub amount_minor: i64,
        /// What was outstanding once it was recorded; negative for a credit.
        pub outstanding_after_minor: i64,
        /// The currency of both.
        pub currency: Currency,
        /// The merchant, where there is one.
        pub merchant_id: Option<String>,
        /// What the merchant deals in, of a capture.
        pub category: Option<String>,
        /// `pos`, `online` or `atm`, of a capture.
        pub channel: Option<String>,
        /// The authorisation that was captured.
        pub authorization_id: Option<String>,
        /// The dispute that ended, `dsp_…`.
        pub dispute_id: Option<String>,
        /// The transaction that was in dispute, `txn_…`.
        pub disputed_transaction_id: Option<String>,
        /// The account that paid, or was paid to, `acc_…`
        pub account_id: Option<String>,
        /// The entry of that account, `txn_…`
        pub account_transaction_id: Option<String>,
        pub description: Option<String>,
        /// The day it counts for.
        pub business_date: Date,
        /// Its business time.
        pub effective_at: Timestamp,
        /// When it was recorded.
        pub recorded_at: Timestamp,
    }
}

impl CardTransactionRow {
    /// The order of entries: by business time, then as recorded.
    pub const ORDER: &'static [&'static str] = &["business_date", "effective_at", "position"];

    /// The entries of a card by business time, the first first. Narrow it by `business_date`.
    pub fn of_card(card_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit)
            .only("card_id", Comparison::Equal, Value::Text(card_id.to_owned()))
            .ordered(Self::ORDER, Direction::Ascending)
    }

    /// An amount of this entry's card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// The projection behind [`CardTransactionRow`].
#[derive(Debug, Clone, Copy)]
pub struct CardTransactions;

/// What is outstanding on one card so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunningOutstanding {
    outstanding_minor: i64,
}

impl Projection for CardTransactions {
    const NAME: &'static str = "card_transactions";
    const VERSION: u32 = 2;
    const TABLES: &'static [&'static Table] = &[CardTransactionRow::TABLE];
    type State = RunningOutstanding;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<CreditCard>(event)
    }

    fn fold(
        &self,
        state: &mut RunningOutstanding,
        event: &Recorded,
        rows: &mut RowChanges,
    ) -> Result<(), FoldError> {
        if let Some(entry) = event_of::<CreditCard>(event)?.entry() {
            state.outstanding_minor =
                outstanding_after(state.outstanding_minor, entry.outstanding_change_minor())?;
            rows.upsert(row(event, &entry, state.outstanding_minor));
        }
        Ok(())
    }
}

fn row(event: &Recorded, entry: &CardEntry<'_>, outstanding_after_minor: i64) -> CardTransactionRow {
    CardTransactionRow {
        position: event.position,
        card_id: event.stream.id().to_owned(),
        transaction_id: TransactionId::from_uuid(event.event_id).to_string(),
        kind: entry.kind.name().to_owned(),
        direction: entry.side().name().to_owned(),
        amount_minor: entry.amount.minor(),
        outstanding_after_minor,
        currency: entry.amount.currency(),
        merchant_id: entry.merchant_id.map(|merchant| merchant.as_str().to_owned()),
        category: entry.category.map(|category| category.as_str().to_owned()),
        channel: entry.channel.map(|channel| channel.name().to_owned()),
        authorization_id: entry.authorization_id.map(|id| id.to_string()),
        dispute_id: entry.dispute_id.map(|id| id.to_string()),
        disputed_transaction_id: entry.disputed_transaction.map(|id| id.to_string()),
        account_id: entry.account_transaction.map(|of| of.account_id.to_string()),
        account_transaction_id: entry.account_transaction.map(|of| of.transaction_id.to_string()),
        description: entry.description.map(str::to_owned),
        business_date: entry.business_date,
        effective_at: event.effective_at,
        recorded_at: event.recorded_at,
    }
}
