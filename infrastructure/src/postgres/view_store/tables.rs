//! The tables of generations: the SQL that makes and shows them.

use crate::view_sql::names::{self, list, quoted, states, table};
use khata_projections::{
    ColumnType,
    view_store::{ColumnShape, GenerationId, TableShape},
};

/// A column's type. Text is compared by its bytes.
pub(super) fn kind(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text",
        ColumnType::Integer => "bigint",
        ColumnType::Wide => "numeric",
        ColumnType::Boolean => "boolean",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Date => "date",
        ColumnType::Json => "jsonb",
    }
}

/// Rows are changed often and by the same key: with some room on each page a change stays on it and touches
/// no index.
const ROOM: &str = "WITH (fillfactor = 85)";

pub(super) fn create_states(id: GenerationId) -> String {
    format!(
        "CREATE TABLE {} (partition text COLLATE \"C\" PRIMARY KEY, state text NOT NULL, position bigint NOT NULL) {ROOM}",
        states(id)
    )
}

pub(super) fn create(shape: &TableShape, id: GenerationId) -> String {
    let columns: Vec<String> = shape.columns.iter().map(column).collect();
    let key = list(shape.key.iter().map(String::as_str));
    format!("CREATE TABLE {} ({}, PRIMARY KEY ({key})) {ROOM}", table(&shape.name, id), columns.join(", "))
}

fn column(column: &ColumnShape) -> String {
    let collation = if column.kind == ColumnType::Text { " COLLATE \"C\"" } else { "" };
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{collation}{null}", quoted(&column.name), kind(column.kind))
}

pub(super) fn analyze(name: &str, id: GenerationId) -> String {
    format!("ANALYZE {}", table(name, id))
}

/// Lets the plain name mean this generation's table. It fails if the view has other columns: hide it before.
pub(super) fn show(shape: &TableShape, id: GenerationId) -> String {
    format!("CREATE OR REPLACE {}", names::view(shape, id))
}
