//! Compares two generations, table by table, in the columns that both have.

use super::{
    failure::{Outcome, of_sqlite},
    generations,
};
use crate::view_sql::comparison::{Compared, common};
use khata_projections::{
    ViewStoreError,
    view_store::{Difference, GenerationId},
};
use rusqlite::Connection;

pub(super) fn generations(
    connection: &mut Connection,
    old: GenerationId,
    new: GenerationId,
) -> Outcome<Vec<Difference>> {
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    let (old_position, new_position) = (
        generations::checkpoint(&snapshot, old)?.position,
        generations::checkpoint(&snapshot, new)?.position,
    );
    if old_position != new_position {
        return Err(ViewStoreError::Apart { old: old_position, new: new_position });
    }
    let old_shapes = generations::shapes(&snapshot, old)?;
    let new_shapes = generations::shapes(&snapshot, new)?;
    common(&old_shapes, &new_shapes)
        .map(|(was, shape)| table(&snapshot, &shape.name, Compared::of((old, was), (new, shape))))
        .collect()
}

fn table(connection: &Connection, name: &str, compared: Compared) -> Outcome<Difference> {
    let count =
        |rows: &str| connection.query_row(&Compared::count(rows), [], |row| row.get(0)).map_err(of_sqlite);
    let (only_old, only_new, changed) =
        (count(&compared.only_old)?, count(&compared.only_new)?, count(&compared.changed)?);
    let mut statement = connection
        .prepare(&compared.examples(&format!("json_array({})", compared.key)))
        .map_err(of_sqlite)?;
    let examples =
        statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(of_sqlite)?;
    Ok(Difference {
        table: name.to_owned(),
        columns: compared.columns,
        only_old,
        only_new,
        changed,
        examples,
    })
}
