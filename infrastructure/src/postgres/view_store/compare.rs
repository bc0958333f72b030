//! Compares two generations, table by table, in the columns that both have.

use super::{
    failure::{Outcome, of_postgres},
    generations, tables,
    values::{self, unsigned},
};
use crate::keys;
use khata_projections::{
    ViewStoreError,
    view_store::{Difference, GenerationId, TableShape},
};
use sqlx::{Connection, Executor, PgConnection, postgres::PgRow};

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) async fn generations(connection: &mut PgConnection, old: GenerationId, new: GenerationId) -> Outcome<Vec<Difference>> {
    let mut snapshot = connection.begin_with(SNAPSHOT).await.map_err(of_postgres)?;
    // Large tables take their time.
    snapshot.execute("SET LOCAL statement_timeout = 0").await.map_err(of_postgres)?;
    let (old_position, new_position) = (generations::position(&mut snapshot, old).await?, generations::position(&mut snapshot, new).await?);
    if old_position != new_position {
        return Err(ViewStoreError::Apart { old: old_position, new: new_position });
    }
    let old_shapes = generations::shapes(&mut snapshot, old).await?;
    let mut differences = Vec::new();
    for shape in generations::shapes(&mut snapshot, new).await? {
        if let Some(old_shape) = old_shapes.iter().find(|known| known.name == shape.name && known.key == shape.key) {
            differences.push(table(&mut snapshot, (old, old_shape), (new, &shape)).await?);
        }
    }
    Ok(differences)
}

async fn table(
    snapshot: &mut PgConnection,
    (old, old_shape): (GenerationId, &TableShape),
    (new, shape): (GenerationId, &TableShape),
) -> Outcome<Difference> {
    let columns = old_shape.shared_columns(shape);
    let (old, new) = (tables::table(&shape.name, old), tables::table(&shape.name, new));
    let each = |names: &[String], spell: &dyn Fn(String) -> String, between: &str| {
        names.iter().map(|name| spell(tables::quoted(name))).collect::<Vec<_>>().join(between)
    };
    let same_key = each(&shape.key, &|name| format!("o.{name} = n.{name}"), " AND ");
    let differs = each(&columns, &|name| format!("o.{name} IS DISTINCT FROM n.{name}"), " OR ");
    let key = each(&shape.key, &|name| name, ", ");
    let only_old = format!("SELECT {key} FROM {old} AS o WHERE NOT EXISTS (SELECT FROM {new} AS n WHERE {same_key})");
    let only_new = format!("SELECT {key} FROM {new} AS n WHERE NOT EXISTS (SELECT FROM {old} AS o WHERE {same_key})");
    let old_key = each(&shape.key, &|name| format!("o.{name}"), ", ");
    let changed = format!("SELECT {old_key} FROM {old} AS o JOIN {new} AS n ON {same_key} WHERE {differs}");
    let mut counts = Vec::with_capacity(3);
    for rows in [&only_old, &only_new, &changed] {
        let count: i64 =
            sqlx::query_scalar(&format!("SELECT count(*) FROM ({rows}) AS rows")).fetch_one(&mut *snapshot).await.map_err(of_postgres)?;
        counts.push(unsigned(count));
    }
    let mut difference =
        Difference { table: shape.name.clone(), columns, only_old: counts[0], only_new: counts[1], changed: counts[2], examples: Vec::new() };
    if !difference.is_none() {
        let sql =
            format!("SELECT {key} FROM ({only_old} UNION ALL {only_new} UNION ALL {changed}) AS rows ORDER BY {key} LIMIT {}", Difference::EXAMPLES);
        let found = sqlx::query(&sql).fetch_all(snapshot).await.map_err(of_postgres)?;
        difference.examples = found.iter().map(|row| example(shape, row)).collect::<Outcome<_>>()?;
    }
    Ok(difference)
}

fn example(shape: &TableShape, row: &PgRow) -> Outcome<String> {
    let kinds = shape.key.iter().filter_map(|name| shape.columns.iter().find(|column| column.name == *name)).map(|column| column.kind);
    let key = kinds.enumerate().map(|(place, kind)| values::read(kind, row, place)).collect::<Outcome<Vec<_>>>()?;
    Ok(keys::spelled(&key))
}
