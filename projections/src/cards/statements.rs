//! `card_statements`: one row per closed statement.

use super::{card_event, card_of};
use crate::{
    Column, ColumnType, FoldError, Projection, Query, Row, RowChanges, Table, Value,
    cell::{Cell, next},
    query::Comparison,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    cards::{CardEvent, card::StatementClosed},
};
use std::borrow::Cow;

/// A statement of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
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

impl Row for StatementRow {
    const TABLE: &'static Table = &Table {
        name: "card_statements",
        partition: "card_id",
        columns: &[
            Column::new("card_id", ColumnType::Text),
            Column::new("closing_date", ColumnType::Date),
            Column::new("due_date", ColumnType::Date),
            Column::new("currency", ColumnType::Text),
            Column::new("closing_balance_minor", ColumnType::Integer),
            Column::new("principal_minor", ColumnType::Integer),
            Column::new("charges_minor", ColumnType::Integer),
            Column::new("minimum_due_minor", ColumnType::Integer),
            Column::new("interest_minor", ColumnType::Integer),
            Column::new("fees_minor", ColumnType::Integer),
            Column::new("position", ColumnType::Integer),
            Column::new("recorded_at", ColumnType::Timestamp),
        ],
        key: &["card_id", "closing_date"],
        indexes: &[],
    };

    fn into_values(self) -> Vec<Value> {
        vec![
            self.card_id.into_value(),
            self.closing_date.into_value(),
            self.due_date.into_value(),
            self.currency.code().to_owned().into_value(),
            self.closing_balance_minor.into_value(),
            self.principal_minor.into_value(),
            self.charges_minor.into_value(),
            self.minimum_due_minor.into_value(),
            self.interest_minor.into_value(),
            self.fees_minor.into_value(),
            self.position.into_value(),
            self.recorded_at.into_value(),
        ]
    }

    fn from_values(values: Vec<Value>) -> Option<Self> {
        let values = &mut values.into_iter();
        Some(Self {
            card_id: next(values)?,
            closing_date: next(values)?,
            due_date: next(values)?,
            currency: next::<String>(values)?.parse().ok()?,
            closing_balance_minor: next(values)?,
            principal_minor: next(values)?,
            charges_minor: next(values)?,
            minimum_due_minor: next(values)?,
            interest_minor: next(values)?,
            fees_minor: next(values)?,
            position: next(values)?,
            recorded_at: next(values)?,
        })
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
        card_of(event)
    }

    fn fold(&self, _state: &mut (), event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        if let CardEvent::StatementClosed(statement) = card_event(event)? {
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
