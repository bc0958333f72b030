//! Questions to a view store, its answers, and the check that a question fits its table.

use super::{ParkedHere, ViewStoreError};
use crate::{
    query::{self, Filter, Query, Totals, TotalsQuery},
    row::{Column, ColumnType, Table, Value},
};
use std::collections::BTreeSet;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Rows.
    Page(Query),
    /// A count and sums.
    Totals(TotalsQuery),
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Page`].
    Page(RowPage),
    /// To [`Question::Totals`].
    Totals(Totals),
}

/// Rows as values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPage {
    /// Each row's values in the order of the table's columns.
    pub rows: Vec<Vec<Value>>,
    /// The checkpoint of the generation that was read.
    pub position: u64,
    /// Whether there are more rows behind the last one.
    pub more: bool,
    pub parked: ParkedHere,
}

impl Question {
    /// The table asked.
    pub fn table(&self) -> &'static Table {
        match self {
            Self::Page(query) => query.table,
            Self::Totals(query) => query.table,
        }
    }

    /// The partitions that an answer is concerned with: the one that the question is limited to, if it is,
    /// and those of the rows found.
    pub fn partitions<'q>(&'q self, rows: &'q [Vec<Value>]) -> BTreeSet<&'q str> {
        let (table, filters) = match self {
            Self::Page(query) => (query.table, &query.filters),
            Self::Totals(query) => (query.table, &query.filters),
        };
        let limited = filters.iter().filter_map(|filter| match filter {
            Filter::Is(column, query::Comparison::Equal, Value::Text(partition))
                if *column == table.partition =>
            {
                Some(partition.as_str())
            }
            Filter::Is(..) | Filter::OneOf(..) | Filter::AnyOf(_) => None,
        });
        let found = rows.iter().filter_map(|row| table.partition_of(row));
        limited.chain(found).collect()
    }

    /// Makes sure that the columns exist and that all values are of their columns' types. Every adapter asks
    /// this first.
    pub fn check(&self) -> Result<(), ViewStoreError> {
        let table = self.table();
        let checked = match self {
            Self::Page(query) => check_filters(table, &query.filters).and_then(|()| check_order(query)),
            Self::Totals(query) => check_filters(table, &query.filters).and_then(|()| check_sums(query)),
        };
        checked.map_err(|reason| ViewStoreError::Malformed { table: table.name, reason })
    }
}

fn check_filters(table: &Table, filters: &[Filter]) -> Result<(), String> {
    for filter in filters {
        match filter {
            Filter::Is(name, _, Value::Null) => column(table, name).map(|_| ())?,
            Filter::Is(name, _, Value::Wide(_)) => return Err(format!("{name} is compared with a sum")),
            Filter::Is(name, _, value) => check_value(column(table, name)?, value)?,
            Filter::OneOf(name, values) => {
                let column = column(table, name)?;
                if column.kind == ColumnType::Wide {
                    return Err(format!("{name} is compared with a sum"));
                }
                values.iter().try_for_each(|value| check_value(column, value))?
            }
            Filter::AnyOf(alternatives) => {
                alternatives.iter().try_for_each(|all| check_filters(table, all))?
            }
        }
    }
    Ok(())
}

fn check_order(query: &Query) -> Result<(), String> {
    if query.order.is_empty() {
        return Err("an order needs a column".into());
    }
    for name in &query.order {
        let column = column(query.table, name)?;
        if column.nullable || column.kind == ColumnType::Wide {
            return Err(format!("{name} may be empty or is a sum, and gives no order"));
        }
    }
    let Some(after) = &query.after else { return Ok(()) };
    if after.len() != query.order.len() {
        return Err(format!("{} values for an order of {} columns", after.len(), query.order.len()));
    }
    query.order.iter().zip(after).try_for_each(|(name, value)| check_value(column(query.table, name)?, value))
}

fn check_sums(query: &TotalsQuery) -> Result<(), String> {
    for name in &query.columns {
        if !matches!(column(query.table, name)?.kind, ColumnType::Integer | ColumnType::Wide) {
            return Err(format!("{name} is no integer"));
        }
    }
    Ok(())
}

fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, String> {
    table
        .columns
        .iter()
        .find(|column| column.name == name)
        .ok_or_else(|| format!("there is no column {name}"))
}

fn check_value(column: &Column, value: &Value) -> Result<(), String> {
    if value.kind() == Some(column.kind) {
        Ok(())
    } else {
        Err(format!("a value for {} is of another type", column.name))
    }
}
