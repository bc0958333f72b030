//! The tables of generations: the SQL that makes and shows them.

use crate::view_sql::names::{self, list, quoted, states, table};
use khata_projections::{
    ColumnType,
    view_store::{ColumnShape, GenerationId, TableShape},
};

pub(super) fn create_states(id: GenerationId) -> String {
    let columns = "\"partition\" TEXT PRIMARY KEY, state TEXT NOT NULL, position INTEGER NOT NULL";
    format!("CREATE TABLE {} ({columns}) STRICT, WITHOUT ROWID", states(id))
}

/// Adds what states lacked before migration 2.
pub(super) fn date_states(id: GenerationId) -> String {
    format!("ALTER TABLE {} ADD COLUMN position INTEGER NOT NULL DEFAULT 0", states(id))
}

/// A table that lies in the order of its key. For one integer that is SQLite's own row number.
pub(super) fn create(shape: &TableShape, id: GenerationId) -> String {
    let columns: Vec<String> = shape.columns.iter().map(column).collect();
    let key = list(shape.key.iter().map(String::as_str));
    let of_key = |column: &&ColumnShape| shape.key.len() == 1 && column.name == shape.key[0];
    let by_row_number =
        shape.columns.iter().find(of_key).is_some_and(|column| column.kind == ColumnType::Integer);
    let order = if by_row_number { "" } else { ", WITHOUT ROWID" };
    format!(
        "CREATE TABLE {} ({}, PRIMARY KEY ({key})) STRICT{order}",
        table(&shape.name, id),
        columns.join(", ")
    )
}

fn column(column: &ColumnShape) -> String {
    let name = quoted(&column.name);
    let kind = match column.kind {
        ColumnType::Text | ColumnType::Wide | ColumnType::Date | ColumnType::Json => "TEXT",
        ColumnType::Integer | ColumnType::Boolean | ColumnType::Timestamp => "INTEGER",
    };
    let null = if column.nullable { "" } else { " NOT NULL" };
    let check = match column.kind {
        ColumnType::Boolean => format!(" CHECK ({name} IN (0, 1))"),
        ColumnType::Text
        | ColumnType::Wide
        | ColumnType::Date
        | ColumnType::Json
        | ColumnType::Integer
        | ColumnType::Timestamp => String::new(),
    };
    format!("{name} {kind}{null}{check}")
}

/// Lets the plain name mean this generation's table.
pub(super) fn show(shape: &TableShape, id: GenerationId) -> String {
    format!("CREATE {}", names::view(shape, id))
}
