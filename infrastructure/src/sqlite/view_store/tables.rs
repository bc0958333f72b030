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
    let by_row_number = shape.columns.iter().find(of_key).is_some_and(|column| column.kind == ColumnType::Integer);
    let order = if by_row_number { "" } else { ", WITHOUT ROWID" };
    format!("CREATE TABLE {} ({}, PRIMARY KEY ({key})) STRICT{order}", table(&shape.name, id), columns.join(", "))
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
        ColumnType::Text | ColumnType::Wide | ColumnType::Date | ColumnType::Json | ColumnType::Integer | ColumnType::Timestamp => String::new(),
    };
    format!("{name} {kind}{null}{check}")
}

pub(super) fn create_indexes(shape: &TableShape, id: GenerationId) -> Vec<String> {
    let index = |(number, columns): (usize, &Vec<String>)| {
        let name = quoted(&format!("{}__{id}__{number}", shape.name));
        let columns = list(columns.iter().map(String::as_str));
        format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({columns})", table(&shape.name, id))
    };
    shape.indexes.iter().enumerate().map(index).collect()
}

/// Lets the plain name mean this generation's table.
pub(super) fn show(shape: &TableShape, id: GenerationId) -> String {
    let columns = list(shape.columns.iter().map(|column| column.name.as_str()));
    format!("CREATE VIEW {} AS SELECT {columns} FROM {}", quoted(&shape.name), table(&shape.name, id))
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
