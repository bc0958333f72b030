//! How two generations are compared: table by table, in the columns that both have.

use super::names::{quoted, table};
use khata_projections::view_store::{Difference, GenerationId, TableShape};

/// The tables that two generations both have, by the same key.
pub(crate) fn common<'s>(
    old: &'s [TableShape],
    new: &'s [TableShape],
) -> impl Iterator<Item = (&'s TableShape, &'s TableShape)> {
    new.iter().filter_map(|shape| {
        Some((old.iter().find(|known| known.name == shape.name && known.key == shape.key)?, shape))
    })
}

/// The SQL that tells how a table differs. Each gives the keys of rows.
pub(crate) struct Compared {
    /// The columns of the key.
    pub(crate) key: String,
    /// The columns that both have.
    pub(crate) columns: Vec<String>,
    /// Rows that only the old one has.
    pub(crate) only_old: String,
    /// Rows that only the new one has.
    pub(crate) only_new: String,
    pub(crate) changed: String,
}

impl Compared {
    pub(crate) fn of(
        (old, old_shape): (GenerationId, &TableShape),
        (new, shape): (GenerationId, &TableShape),
    ) -> Self {
        let columns = old_shape.shared_columns(shape);
        let (old, new) = (table(&shape.name, old), table(&shape.name, new));
        let each = |names: &[String], spell: &dyn Fn(String) -> String, between: &str| {
            names.iter().map(|name| spell(quoted(name))).collect::<Vec<_>>().join(between)
        };
        let same_key = each(&shape.key, &|name| format!("o.{name} = n.{name}"), " AND ");
        let differs = each(&columns, &|name| format!("o.{name} IS DISTINCT FROM n.{name}"), " OR ");
        let key = each(&shape.key, &|name| name, ", ");
        let old_key = each(&shape.key, &|name| format!("o.{name}"), ", ");
        Self {
            only_old: format!(
                "SELECT {key} FROM {old} AS o WHERE NOT EXISTS (SELECT 1 FROM {new} AS n WHERE {same_key})"
            ),
            only_new: format!(
                "SELECT {key} FROM {new} AS n WHERE NOT EXISTS (SELECT 1 FROM {old} AS o WHERE {same_key})"
            ),
            changed: format!(
                "SELECT {old_key} FROM {old} AS o JOIN {new} AS n ON {same_key} WHERE {differs}"
            ),
            key,
            columns,
        }
    }

    /// How many rows one of the three gives.
    pub(crate) fn count(rows: &str) -> String {
        format!("SELECT count(*) FROM ({rows}) AS found")
    }

    /// What is told of some of the rows that differ in any way, in the order of their keys.
    pub(crate) fn examples(&self, told: &str) -> String {
        let Self { key, only_old, only_new, changed, .. } = self;
        format!(
            "SELECT {told} FROM ({only_old} UNION ALL {only_new} UNION ALL {changed}) AS found ORDER BY {key} LIMIT {}",
            Difference::EXAMPLES
        )
    }
}
