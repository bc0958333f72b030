//! Names in SQL, and the statements about tables of generations that are the same in every store.

use khata_projections::view_store::{GenerationId, TableShape};

/// An identifier in quotes, so that no name clashes with a keyword.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Identifiers in quotes, separated by commas.
pub(crate) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// The table of a generation, in quotes.
pub(crate) fn table(name: &str, id: GenerationId) -> String {
    quoted(&format!("{name}__{id}"))
}

/// The states of a generation, in quotes.
pub(crate) fn states(id: GenerationId) -> String {
    table("khata_states", id)
}

pub(crate) fn create_indexes(shape: &TableShape, id: GenerationId) -> Vec<String> {
    let index = |(number, columns): (usize, &Vec<String>)| {
        let name = quoted(&format!("{}__{id}__{number}", shape.name));
        let columns = list(columns.iter().map(String::as_str));
        format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({columns})", table(&shape.name, id))
    };
    shape.indexes.iter().enumerate().map(index).collect()
}

/// `VIEW … AS …`, by which the plain name means this generation's table.
pub(crate) fn view(shape: &TableShape, id: GenerationId) -> String {
    let columns = list(shape.columns.iter().map(|column| column.name.as_str()));
    format!("VIEW {} AS SELECT {columns} FROM {}", quoted(&shape.name), table(&shape.name, id))
}

pub(crate) fn hide(name: &str) -> String {
    format!("DROP VIEW IF EXISTS {}", quoted(name))
}

pub(crate) fn drop(name: &str, id: GenerationId) -> String {
    format!("DROP TABLE IF EXISTS {}", table(name, id))
}

pub(crate) fn drop_states(id: GenerationId) -> String {
    format!("DROP TABLE IF EXISTS {}", states(id))
}
