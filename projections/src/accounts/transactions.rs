//! `account_transactions`: one row per entry, with the balance after it.
//!
//! The balance in a row follows position, i.e. the order in which entries were recorded; an entry dated back
//! stands among its day's entries with the balance that it led to when it came. In a statement the balance
//! runs over its lines as they are shown: [`RunningBalance`].

use super::out_of_range;
use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, TotalsQuery, Value,
    projection::{event_of, stream_of},
    query::{Comparison, Direction},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    accounts::{BankAccount, Entry, Month},
    ids::{TransactionId, TypedId},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// An entry of an account.
    pub struct TransactionRow in "account_transactions", partition account_id, key [position],
        index [account_id, business_date, effective_at, position] {
        /// Its place in the log.
        pub position: u64,
        /// `acc_…`
        pub account_id: String,
        /// The id of its event, as `txn_…`.
        pub transaction_id: String,
        /// `deposit`, `withdrawal`, `hold_capture`, `interest`, `fee`, `reversal`, `balance_brought_forward`.
        pub kind: String,
        /// `credit` or `debit`.
        pub direction: String,
        /// How much; always positive.
        pub amount_minor: i64,
        /// The balance once it was recorded.
        pub balance_after_minor: i64,
        /// The currency of both.
        pub currency: Currency,
        /// `cash`, `transfer`, `card`, `internal`.
        pub channel: String,
        /// Who is on the other side.
        pub counterparty: Option<String>,
        /// A reference: the customer's, a hold's, or the reversed transaction's.
        pub reference: Option<String>,
        pub description: Option<String>,
        /// The payment that it is part of, `pay_…`.
        pub payment_id: Option<String>,
        /// The day it counts for.
        pub business_date: Date,
        /// The day from which on its bank counts interest on it, where that told it.
        pub value_date: Option<Date>,
        /// Its business time.
        pub effective_at: Timestamp,
        /// When it was recorded.
        pub recorded_at: Timestamp,
    }
}

impl TransactionRow {
    /// The order of entries: by business time, then as recorded.
    pub const ORDER: &'static [&'static str] = &["business_date", "effective_at", "position"];

    /// The entries of an account by business time, the first first. Narrow it by `business_date`.
    pub fn of_account(account_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit)
            .only("account_id", Comparison::Equal, Value::Text(account_id.to_owned()))
            .ordered(Self::ORDER, Direction::Ascending)
    }

    /// The lines of an account's statement for a month.
    pub fn of_month(account_id: &str, month: Month, limit: usize) -> Query {
        Self::of_account(account_id, limit)
            .only("business_date", Comparison::AtLeast, Value::Date(month.first_day()))
            .only("business_date", Comparison::AtMost, Value::Date(month.last_day()))
    }

    /// How many credits, or debits, an account's statement for a month has, and their sum.
    pub fn totals_of_month(
        account_id: &str,
        month: Month,
        direction: khata_domain::accounts::Direction,
    ) -> TotalsQuery {
        let lines = Self::of_month(account_id, month, 0);
        TotalsQuery { table: Self::TABLE, filters: lines.filters, columns: vec!["amount_minor"] }.only(
            "direction",
            Comparison::Equal,
            Value::Text(direction.name().to_owned()),
        )
    }

    /// What it adds to the balance.
    pub fn signed_minor(&self) -> i128 {
        let minor = i128::from(self.amount_minor);
        if self.direction == DEBIT { -minor } else { minor }
    }

    /// An amount of this entry's account.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

const DEBIT: &str = khata_domain::accounts::Direction::Debit.name();

/// The balance of an account over the lines of a statement, in [`TransactionRow::ORDER`], from its opening to
/// its closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningBalance {
    minor: i128,
}

impl RunningBalance {
    /// Begins with the opening balance.
    pub const fn from_opening(minor: i128) -> Self {
        Self { minor }
    }

    /// The balance after the next line, in minor units.
    pub fn after(&mut self, line: &TransactionRow) -> i128 {
        self.minor += line.signed_minor();
        self.minor
    }
}

/// The projection behind [`TransactionRow`].
#[derive(Debug, Clone, Copy)]
pub struct AccountTransactions;

/// The balance of one account so far, in the order of recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordedBalance {
    balance_minor: i64,
}

impl Projection for AccountTransactions {
    const NAME: &'static str = "account_transactions";
    const VERSION: u32 = 3;
    const TABLES: &'static [&'static Table] = &[TransactionRow::TABLE];
    type State = RecordedBalance;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<BankAccount>(event)
    }

    fn fold(
        &self,
        state: &mut RecordedBalance,
        event: &Recorded,
        rows: &mut RowChanges,
    ) -> Result<(), FoldError> {
        if let Some(entry) = event_of::<BankAccount>(event)?.entry() {
            let balance = state.balance_minor.checked_add(entry.signed_minor());
            state.balance_minor = balance.ok_or_else(|| out_of_range("balance"))?;
            rows.upsert(row(event, entry, state.balance_minor));
        }
        Ok(())
    }
}

fn row(event: &Recorded, entry: Entry<'_>, balance_after_minor: i64) -> TransactionRow {
    TransactionRow {
        position: event.position,
        account_id: event.stream.id().to_owned(),
        transaction_id: TransactionId::from_uuid(event.event_id).to_string(),
        kind: entry.kind.name().to_owned(),
        direction: entry.direction.name().to_owned(),
        amount_minor: entry.amount.minor(),
        balance_after_minor,
        currency: entry.amount.currency(),
        channel: entry.channel.name().to_owned(),
        counterparty: entry.counterparty.map(str::to_owned),
        reference: entry.reference.map(Cow::into_owned),
        description: entry.description.map(Cow::into_owned),
        payment_id: entry.payment_id.map(|payment_id| payment_id.to_string()),
        business_date: entry.business_date,
        value_date: entry.value_date,
        effective_at: event.effective_at,
        recorded_at: event.recorded_at,
    }
}
