//! Compares two generations, table by table, in the columns that both have.

use super::{
    failure::{Outcome, of_sqlite},
    generations, tables,
};
use khata_projections::{
    ViewStoreError,
    view_store::{Difference, GenerationId, TableShape},
};
use rusqlite::Connection;

pub(super) fn generations(connection: &mut Connection, old: GenerationId, new: GenerationId) -> Outcome<Vec<Difference>> {
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    let (old_position, new_position) = (generations::checkpoint(&snapshot, old)?.position, generations::checkpoint(&snapshot, new)?.position);
    if old_position != new_position {
        return Err(ViewStoreError::Apart { old: old_position, new: new_position });
    }
    let old_shapes = generations::shapes(&snapshot, old)?;
    let mut differences = Vec::new();
    for shape in generations::shapes(&snapshot, new)? {
        if let Some(old_shape) = old_shapes.iter().find(|known| known.name == shape.name && known.key == shape.key) {
            differences.push(table(&snapshot, (old, old_shape), (new, &shape))?);
        }
    }
    Ok(differences)
}

fn table(connection: &Connection, (old, old_shape): (GenerationId, &TableShape), (new, shape): (GenerationId, &TableShape)) -> Outcome<Difference> {
    let columns = old_shape.shared_columns(shape);
    let (old, new) = (tables::table(&shape.name, old), tables::table(&shape.name, new));
    let each = |names: &[String], spell: &dyn Fn(String) -> String, between: &str| {
        names.iter().map(|name| spell(tables::quoted(name))).collect::<Vec<_>>().join(between)
    };
    let same_key = each(&shape.key, &|name| format!("o.{name} = n.{name}"), " AND ");
    let differs = each(&columns, &|name| format!("o.{name} IS NOT n.{name}"), " OR ");
    let key = each(&shape.key, &|name| name, ", ");
    let only_old = format!("SELECT {key} FROM {old} AS o WHERE NOT EXISTS (SELECT 1 FROM {new} AS n WHERE {same_key})");
    let only_new = format!("SELECT {key} FROM {new} AS n WHERE NOT EXISTS (SELECT 1 FROM {old} AS o WHERE {same_key})");
    let old_key = each(&shape.key, &|name| format!("o.{name}"), ", ");
    let changed = format!("SELECT {old_key} FROM {old} AS o JOIN {new} AS n ON {same_key} WHERE {differs}");
    let count = |rows: &str| connection.query_row(&format!("SELECT count(*) FROM ({rows})"), [], |row| row.get(0)).map_err(of_sqlite);
    let (only_old_rows, only_new_rows, changed_rows) = (count(&only_old)?, count(&only_new)?, count(&changed)?);
    let examples =
        format!("SELECT json_array({key}) FROM ({only_old} UNION ALL {only_new} UNION ALL {changed}) ORDER BY {key} LIMIT {}", Difference::EXAMPLES);
    let mut statement = connection.prepare(&examples).map_err(of_sqlite)?;
    let examples = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(of_sqlite)?;
    let (only_old, only_new, changed) = (only_old_rows, only_new_rows, changed_rows);
    Ok(Difference { table: shape.name.clone(), columns, only_old, only_new, changed, examples })
}
