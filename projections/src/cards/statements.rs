//! `card_statements`: one row per closed statement.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    projection::{event_of, stream_of},
    query::Comparison,
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    cards::{CardEvent, CreditCard, card::StatementClosed},
};
use std::borrow::Cow;

row! {
    /// A statement of a card.
    pub struct StatementRow in "card_statements", partition card_id, key [card_id, closing_date] {
        /// `card_…`
        pub card_id: String,
        /// The last day of its period.
        pub closing_date: Date,
        /// The last day to pay on.
        pub due_date: Date,
        /// The currency of all its amounts.
        pub currency: Currency,
        /// What was outstanding at its end; negative for a credit.
        pub closing_balance_minor: i64,
        /// Of that: purchases and cash.
        pub principal_minor: i64,
        /// Of that: interest and fees.
        pub charges_minor: i64,
        /// The least that must be paid until the due date.
        pub minimum_due_minor: i64,
        /// Interest charged in the period.
        pub interest_minor: i64,
        /// Fees charged in the period.
        pub fees_minor: i64,
        /// Its place in the log.
        pub position: u64,
        /// When it was recorded.
        pub recorded_at: Timestamp,
    }
}

impl StatementRow {
    /// The statements of a card in the order of their closing.
    pub fn of_card(card_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit).only("card_id", Comparison::Equal, Value::Text(card_id.to_owned()))
    }

    /// An amount of this statement's card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// The projection behind [`StatementRow`].
#[derive(Debug, Clone, Copy)]
pub struct CardStatements;

impl Projection for CardStatements {
    const NAME: &'static str = "card_statements";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[StatementRow::TABLE];
    type State = ();

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<CreditCard>(event)
    }

    fn fold(&self, _state: &mut (), event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        if let CardEvent::StatementClosed(statement) = event_of::<CreditCard>(event)? {
            rows.upsert(row(event, statement));
        }
        Ok(())
    }
}

fn row(event: &Recorded, statement: &StatementClosed) -> StatementRow {
    StatementRow {
        card_id: event.stream.id().to_owned(),
        closing_date: statement.closing_date,
        due_date: statement.due_date,
        currency: statement.closing_balance.currency(),
        closing_balance_minor: statement.closing_balance.minor(),
        principal_minor: statement.principal.minor(),
        charges_minor: statement.charges.minor(),
        minimum_due_minor: statement.minimum_due.minor(),
        interest_minor: statement.interest.minor(),
        fees_minor: statement.fees.minor(),
        position: event.position,
        recorded_at: event.recorded_at,
    }
}
