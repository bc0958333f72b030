//! Rows of views: typed values in declared tables. How a store spells them in SQL is its own affair.

mod declared;

pub use declared::{Columns, columns_of, count_columns, owner_of};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// A 64-bit integer: counts, versions, positions, money in minor units.
    Integer,
    /// An integer of up to 128 bits: sums of money in minor units (`numeric`; SQLite: decimal text). It can
    /// be summed up, and neither compared nor ordered by.
    Wide,
    /// True or false.
    Boolean,
    /// An instant in whole microseconds (`timestamptz`; SQLite: integer microseconds since 1970).
    Timestamp,
    /// A calendar date (`date`; SQLite: `YYYY-MM-DD`).
    Date,
    /// JSON text (`jsonb`; SQLite: text).
    Json,
}

/// A value of a column. Values of one type sort as stores sort them: texts by their bytes, false before true.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// Nothing, in a nullable column.
    Null,
    /// UTF-8 text.
    Text(String),
    /// A 64-bit integer.
    Integer(i64),
    /// An integer of up to 128 bits.
    Wide(i128),
    /// True or false.
    Boolean(bool),
    /// An instant in whole microseconds.
    Timestamp(Timestamp),
    /// A calendar date.
    Date(Date),
    /// JSON text.
    Json(String),
}

impl Value {
    /// The type of the columns that can hold it; `None` for nothing, which any nullable column can.
    pub fn kind(&self) -> Option<ColumnType> {
        Some(match self {
            Self::Null => return None,
            Self::Text(_) => ColumnType::Text,
            Self::Integer(_) => ColumnType::Integer,
            Self::Wide(_) => ColumnType::Wide,
            Self::Boolean(_) => ColumnType::Boolean,
            Self::Timestamp(_) => ColumnType::Timestamp,
            Self::Date(_) => ColumnType::Date,
            Self::Json(_) => ColumnType::Json,
        })
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in snake case, unit last (`balance_minor`).
    pub name: &'static str,
    pub kind: ColumnType,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

impl Column {
    /// A column that always holds something.
    pub const fn new(name: &'static str, kind: ColumnType) -> Self {
        Self { name, kind, nullable: false }
    }

    /// A column that may hold nothing.
    pub const fn nullable(name: &'static str, kind: ColumnType) -> Self {
        Self { name, kind, nullable: true }
    }
}

/// An index that a query needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its columns, in order.
    pub columns: &'static [&'static str],
}

/// A table of a view.
#[derive(Debug)]
pub struct Table {
    /// Its name, as an analyst would write it.
    pub name: &'static str,
    /// The text column that tells what a row is parked as, e.g. the account that an entry belongs to; see
    /// `Projection::parked_as`.
    pub partition: &'static str,
    /// The text column that names the customer whose data a row is, where it has one: who asks with a scope
    /// sees the rows of customers within it.
    pub owner: Option<&'static str>,
    /// Its columns. The order is that of [`Row::into_values`].
    pub columns: &'static [Column],
    /// The names of the columns that identify a row.
    pub key: &'static [&'static str],
    pub indexes: &'static [Index],
    /// Reads a row and writes it again: the same values, or nothing where they make no row.
    pub reread: fn(Vec<Value>) -> Option<Vec<Value>>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        let shape = |table: &Self| (table.name, table.partition, table.columns, table.key, table.indexes);
        shape(self) == shape(other)
    }
}

impl Eq for Table {}

impl Table {
    /// Where a column stands.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// What a row, given as values of all columns, is parked as.
    pub fn partition_of<'r>(&self, row: &'r [Value]) -> Option<&'r str> {
        match row.get(self.place(self.partition)?)? {
            Value::Text(partition) => Some(partition),
            _ => None,
        }
    }

    /// Where the columns of the key stand, in the key's order.
    pub fn key_places(&self) -> Vec<usize> {
        self.key.iter().filter_map(|name| self.place(name)).collect()
    }
}

/// A row of one table: a plain struct that becomes values and comes back from them. [`crate::row!`] declares
/// it.
pub trait Row: Columns + Send + 'static {
    /// Its table.
    const TABLE: &'static Table;

    /// Its values in the order of the table's columns.
    fn into_values(self) -> Vec<Value> {
        let mut values = Vec::with_capacity(Self::COLUMNS.len());
        self.write(&mut values);
        values
    }

    /// The row again, from values in the order of the table's columns. `None` where they do not fit.
    fn from_values(values: Vec<Value>) -> Option<Self> {
        Self::read(&mut values.into_iter())
    }
}
