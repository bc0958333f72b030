//! Compares two generations, table by table, in the columns that both have.

use super::{
    failure::{Outcome, of_postgres},
    generations,
    values::{self, unsigned},
};
use crate::{
    keys,
    view_sql::comparison::{Compared, common},
};
use khata_projections::{
    ViewStoreError,
    view_store::{Difference, GenerationId, TableShape},
};
use sqlx::{Connection, Executor, PgConnection, postgres::PgRow};

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) async fn generations(
    connection: &mut PgConnection,
    old: GenerationId,
    new: GenerationId,
) -> Outcome<Vec<Difference>> {
    let mut snapshot = connection.begin_with(SNAPSHOT).await.map_err(of_postgres)?;
    // Large tables take their time.
    snapshot.execute("SET LOCAL statement_timeout = 0").await.map_err(of_postgres)?;
    let (old_position, new_position) =
        (generations::position(&mut snapshot, old).await?, generations::position(&mut snapshot, new).await?);
    if old_position != new_position {
        return Err(ViewStoreError::Apart { old: old_position, new: new_position });
    }
    let old_shapes = generations::shapes(&mut snapshot, old).await?;
    let new_shapes = generations::shapes(&mut snapshot, new).await?;
    let mut differences = Vec::new();
    for (was, shape) in common(&old_shapes, &new_shapes) {
        differences.push(table(&mut snapshot, shape, Compared::of((old, was), (new, shape))).await?);
    }
    Ok(differences)
}

async fn table(snapshot: &mut PgConnection, shape: &TableShape, compared: Compared) -> Outcome<Difference> {
    let mut counts = Vec::with_capacity(3);
    for rows in [&compared.only_old, &compared.only_new, &compared.changed] {
        let count: i64 = sqlx::query_scalar(&Compared::count(rows))
            .fetch_one(&mut *snapshot)
            .await
            .map_err(of_postgres)?;
        counts.push(unsigned(count));
    }
    let (table, columns, examples) = (shape.name.clone(), compared.columns.clone(), Vec::new());
    let mut difference =
        Difference { table, columns, only_old: counts[0], only_new: counts[1], changed: counts[2], examples };
    if !difference.is_none() {
        let sql = compared.examples(&compared.key);
        let found = sqlx::query(&sql).fetch_all(snapshot).await.map_err(of_postgres)?;
        difference.examples = found.iter().map(|row| example(shape, row)).collect::<Outcome<_>>()?;
    }
    Ok(difference)
}

fn example(shape: &TableShape, row: &PgRow) -> Outcome<String> {
    let kinds = shape
        .key
        .iter()
        .filter_map(|name| shape.columns.iter().find(|column| column.name == *name))
        .map(|column| column.kind);
    let key =
        kinds.enumerate().map(|(place, kind)| values::read(kind, row, place)).collect::<Outcome<Vec<_>>>()?;
    Ok(keys::spelled(&key))
}
