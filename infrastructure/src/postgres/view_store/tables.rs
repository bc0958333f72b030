//! The tables of generations: their names, and the SQL that makes, indexes, shows and drops them.

use khata_projections::{
    ColumnType,
    view_store::{ColumnShape, GenerationId, TableShape},
};

/// An identifier in quotes, so that no name clashes with a keyword.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Identifiers in quotes, separated by commas.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// The table of a generation, in quotes.
pub(super) fn table(name: &str, id: GenerationId) -> String {
    quoted(&format!("{name}__{id}"))
}

/// The states of a generation, in quotes.
pub(super) fn states(id: GenerationId) -> String {
    table("khata_states", id)
}

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

/// Rows are changed often and by the same key: with some room on each page a change stays on it and touches no index.
const ROOM: &str = "WITH (fillfactor = 85)";

pub(super) fn create_states(id: GenerationId) -> String {
    format!("CREATE TABLE {} (partition text COLLATE \"C\" PRIMARY KEY, state text NOT NULL, position bigint NOT NULL) {ROOM}", states(id))
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

pub(super) fn create_indexes(shape: &TableShape, id: GenerationId) -> Vec<String> {
    let index = |(number, columns): (usize, &Vec<String>)| {
        let name = quoted(&format!("{}__{id}__{number}", shape.name));
        let columns = list(columns.iter().map(String::as_str));
        format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({columns})", table(&shape.name, id))
    };
    shape.indexes.iter().enumerate().map(index).collect()
}

pub(super) fn analyze(name: &str, id: GenerationId) -> String {
    format!("ANALYZE {}", table(name, id))
}

/// Lets the plain name mean this generation's table. It fails if the view has other columns: hide it before.
pub(super) fn show(shape: &TableShape, id: GenerationId) -> String {
    let columns = list(shape.columns.iter().map(|column| column.name.as_str()));
    format!("CREATE OR REPLACE VIEW {} AS SELECT {columns} FROM {}", quoted(&shape.name), table(&shape.name, id))
}

pub(super) fn hide(name: &str) -> String {
    format!("DROP VIEW IF EXISTS {}", quoted(name))
}

pub(super) fn drop(name: &str, id: GenerationId) -> String {
    format!("DROP TABLE IF EXISTS {}", table(name, id))
}

pub(super) fn drop_states(id: GenerationId) -> String {
    format!("DROP TABLE IF EXISTS {}", states(id))
}
