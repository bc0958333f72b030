//! Answers questions from rows in memory: filters, order, keyset, sums.

use super::generation::StoredGeneration;
use khata_projections::{
    Query, Table, Totals, TotalsQuery, Value,
    query::{Comparison, Direction, Filter},
    view_store::{Answer, ParkedHere, Question, RowPage, TableShape, ViewStoreError},
};
use std::cmp::Ordering;

pub(super) fn answer(stored: &StoredGeneration, question: &Question) -> Result<Answer, ViewStoreError> {
    let table = question.table();
    let rows = rows_of(stored, table)?;
    let position = stored.generation.checkpoint.position;
    match question {
        Question::Page(query) => {
            let (rows, more) = page(rows, query);
            let parked = stored.parked_here(table.name, question.partitions(&rows));
            Ok(Answer::Page(RowPage { rows, position, more, parked }))
        }
        Question::Totals(query) => {
            let parked = stored.parked_here(table.name, question.partitions(&[]));
            Ok(Answer::Totals(Totals { parked, ..totals(&rows, query, position) }))
        }
    }
}

/// All rows, with the columns of `table`, which may be fewer and in another order than those stored.
fn rows_of(stored: &StoredGeneration, table: &'static Table) -> Result<Vec<Vec<Value>>, ViewStoreError> {
    let not_served = ViewStoreError::NotServed { table: table.name };
    let shape = stored
        .generation
        .tables
        .iter()
        .find(|shape| shape.name == table.name)
        .ok_or_else(|| not_served.clone())?;
    let rows = stored.tables.get(table.name).ok_or(not_served)?;
    let place = |shape: &TableShape, name: &str| shape.columns.iter().position(|column| column.name == name);
    let places: Vec<usize> = table.columns.iter().filter_map(|column| place(shape, column.name)).collect();
    Ok(rows.values().map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect())
}

/// The rows, and whether there are more.
fn page(mut rows: Vec<Vec<Value>>, query: &Query) -> (Vec<Vec<Value>>, bool) {
    let places: Vec<usize> = query.order.iter().filter_map(|column| query.table.place(column)).collect();
    let directed = |ordering: Ordering| match query.direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    };
    rows.retain(|row| query.filters.iter().all(|filter| holds(query.table, filter, row)));
    if let Some(after) = &query.after {
        rows.retain(|row| directed(places.iter().map(|place| &row[*place]).cmp(after)) == Ordering::Greater);
    }
    rows.sort_by(|a, b| {
        directed(places.iter().map(|place| &a[*place]).cmp(places.iter().map(|place| &b[*place])))
    });
    let more = rows.len() > query.limit;
    rows.truncate(query.limit);
    (rows, more)
}

fn totals(rows: &[Vec<Value>], query: &TotalsQuery, position: u64) -> Totals {
    let rows =
        || rows.iter().filter(|row| query.filters.iter().all(|filter| holds(query.table, filter, row)));
    let number = |value: &Value| match value {
        Value::Integer(number) => i128::from(*number),
        Value::Wide(number) => *number,
        _ => 0,
    };
    let sum = |place: usize| rows().map(|row| number(&row[place])).sum();
    let sums = query.columns.iter().filter_map(|column| query.table.place(column)).map(sum).collect();
    Totals { count: rows().count() as u64, sums, position, parked: ParkedHere::default() }
}

fn holds(table: &Table, filter: &Filter, row: &[Value]) -> bool {
    match filter {
        Filter::Is(column, comparison, wanted) => {
            table.place(column).is_some_and(|place| compares(&row[place], *comparison, wanted))
        }
        Filter::OneOf(column, wanted) => {
            table.place(column).is_some_and(|place| wanted.contains(&row[place]))
        }
        Filter::AnyOf(alternatives) => {
            alternatives.iter().any(|all| all.iter().all(|filter| holds(table, filter, row)))
        }
    }
}

fn compares(value: &Value, comparison: Comparison, wanted: &Value) -> bool {
    if *value == Value::Null || *wanted == Value::Null {
        return comparison == Comparison::Equal && value == wanted;
    }
    let ordering = value.cmp(wanted);
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::AtLeast => ordering.is_ge(),
        Comparison::Above => ordering.is_gt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Below => ordering.is_lt(),
    }
}
