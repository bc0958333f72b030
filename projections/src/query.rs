//! Questions to a view: typed filters, one order, keyset pages.

use crate::{
    row::{Row, Table, Value},
    view_store::ParkedHere,
};

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// At least.
    AtLeast,
    /// More than.
    Above,
    /// At most.
    AtMost,
    /// Less than.
    Below,
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// A column compared with a value. `Equal` to `Value::Null` finds empty columns; otherwise nothing
    /// compares with an empty one.
    Is(&'static str, Comparison, Value),
    /// A column is one of some values; of none, it never is.
    OneOf(&'static str, Vec<Value>),
    /// Any of the alternatives, each a conjunction.
    AnyOf(Vec<Vec<Filter>>),
}

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// A question to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The table, whichever generation of it serves.
    pub table: &'static Table,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// The order: non-null columns that together identify a row, all in one direction.
    pub order: Vec<&'static str>,
    pub direction: Direction,
    /// Only rows behind these values of the order's columns.
    pub after: Option<Vec<Value>>,
    /// At most so many rows.
    pub limit: usize,
}

impl Query {
    /// All rows of a table in the order of its key.
    pub fn of<R: Row>(limit: usize) -> Self {
        Self {
            table: R::TABLE,
            filters: Vec::new(),
            order: R::TABLE.key.to_vec(),
            direction: Direction::Ascending,
            after: None,
            limit,
        }
    }

    /// Adds a condition.
    #[must_use]
    pub fn only(mut self, column: &'static str, comparison: Comparison, value: Value) -> Self {
        self.filters.push(Filter::Is(column, comparison, value));
        self
    }

    /// Sets the order: non-null columns that together identify a row.
    #[must_use]
    pub fn ordered(mut self, columns: &[&'static str], direction: Direction) -> Self {
        self.order = columns.to_vec();
        self.direction = direction;
        self
    }

    /// Goes on behind the values that [`Page::next`] gave.
    #[must_use]
    pub fn behind(mut self, after: Option<Vec<Value>>) -> Self {
        self.after = after;
        self
    }
}

/// How many rows fulfil the filters, and the sums of some of their integer columns, wide ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalsQuery {
    /// The table, whichever generation of it serves.
    pub table: &'static Table,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// The integer columns to sum up.
    pub columns: Vec<&'static str>,
}

impl TotalsQuery {
    /// Sums over all rows of a table.
    pub fn of<R: Row>(columns: &[&'static str]) -> Self {
        Self { table: R::TABLE, filters: Vec::new(), columns: columns.to_vec() }
    }

    /// Adds a condition.
    #[must_use]
    pub fn only(mut self, column: &'static str, comparison: Comparison, value: Value) -> Self {
        self.filters.push(Filter::Is(column, comparison, value));
        self
    }
}

/// Rows, and how far the view had come when they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<R> {
    pub rows: Vec<R>,
    /// The checkpoint of the view's projection, read in the same snapshot as the rows.
    pub position: u64,
    /// If there are more rows: the values of the order's columns in the last row here, i.e. `Query::after` of
    /// the next page.
    pub next: Option<Vec<Value>>,
    /// What is parked of the view, in the same snapshot.
    pub parked: ParkedHere,
    /// For each row, whether it belongs to a partition that is parked: it shows how that stood before the
    /// event it is parked at.
    pub parked_rows: Vec<bool>,
}

/// A count and sums, and how far the view had come when they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// How many rows fulfil the filters.
    pub count: u64,
    /// The sums in the order of the query's columns; 0 without rows, nulls count as 0.
    pub sums: Vec<i128>,
    /// The checkpoint of the view's projection, read in the same snapshot as the sums.
    pub position: u64,
    /// What is parked of the view, in the same snapshot.
    pub parked: ParkedHere,
}
