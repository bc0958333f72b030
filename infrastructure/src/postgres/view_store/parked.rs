//! Reads states and what is parked.

use super::{
    failure::{Outcome, is_table_gone, of_postgres},
    generations,
    values::{Instant, signed, unsigned},
};
use crate::view_sql::names;
use khata_projections::{
    ViewStoreError,
    view_store::{GenerationId, Parked, ParkedCause, ParkedKey, Skipped, StoredState},
};
use sqlx::{PgConnection, Row, postgres::PgRow};
use std::collections::BTreeSet;

pub(super) async fn states(
    connection: &mut PgConnection,
    id: GenerationId,
    partitions: &[String],
) -> Outcome<Vec<Option<StoredState>>> {
    generations::position(&mut *connection, id).await?;
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT state, position FROM unnest($1::text[]) WITH ORDINALITY AS asked (partition, nth)
         LEFT JOIN {} AS s ON s.partition = asked.partition COLLATE \"C\" ORDER BY nth",
        names::states(id)
    );
    let rows = sqlx::query(&sql).bind(partitions).fetch_all(connection).await;
    let rows = rows.map_err(|error| {
        if is_table_gone(&error) { ViewStoreError::UnknownGeneration(id) } else { of_postgres(error) }
    })?;
    let stored = |row: &PgRow| {
        let state: Option<String> = row.try_get(0)?;
        let position: Option<i64> = row.try_get(1)?;
        Ok(state.zip(position).map(|(state, position)| StoredState { position: unsigned(position), state }))
    };
    rows.iter().map(stored).collect::<sqlx::Result<_>>().map_err(of_postgres)
}

pub(super) async fn partitions(
    connection: &mut PgConnection,
    id: GenerationId,
    behind: (u64, &str),
    limit: usize,
) -> Outcome<Vec<Parked>> {
    generations::position(&mut *connection, id).await?;
    let sql = "SELECT partition, position, error, cause, attempts, parked_at,
                      (SELECT count(*) FROM khata_waiting AS w WHERE w.generation = p.generation AND w.partition = p.partition)
               FROM khata_parked AS p WHERE generation = $1 AND (position, partition COLLATE \"C\") > ($2, $3)
               ORDER BY position, partition COLLATE \"C\" LIMIT $4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sqlx::query(sql)
        .bind(signed(id.0))
        .bind(signed(behind.0))
        .bind(behind.1)
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(of_postgres)?;
    let parked = |row: &PgRow| {
        Ok(Parked {
            generation: id,
            partition: row.try_get(0)?,
            position: unsigned(row.try_get(1)?),
            error: row.try_get(2)?,
            cause: ParkedCause::of_name(row.try_get(3)?),
            attempts: u32::try_from(row.try_get::<i64, _>(4)?).unwrap_or(u32::MAX),
            parked_at: row.try_get::<Instant, _>(5)?.0,
            waiting: unsigned(row.try_get(6)?),
        })
    };
    rows.iter().map(parked).collect::<sqlx::Result<_>>().map_err(of_postgres)
}

pub(super) async fn waiting(
    connection: &mut PgConnection,
    id: GenerationId,
    partition: &str,
) -> Outcome<Vec<u64>> {
    generations::position(&mut *connection, id).await?;
    let sql = "SELECT position FROM khata_waiting WHERE generation = $1 AND partition = $2 ORDER BY position";
    let positions: Vec<i64> = sqlx::query_scalar(sql)
        .bind(signed(id.0))
        .bind(partition)
        .fetch_all(connection)
        .await
        .map_err(of_postgres)?;
    Ok(positions.into_iter().map(unsigned).collect())
}

pub(super) async fn skipped(
    connection: &mut PgConnection,
    id: GenerationId,
    behind: u64,
    limit: usize,
) -> Outcome<Vec<Skipped>> {
    generations::position(&mut *connection, id).await?;
    let sql = "SELECT partition, position, error, skipped_at FROM khata_left_out WHERE generation = $1 AND position > $2 ORDER BY position LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sqlx::query(sql)
        .bind(signed(id.0))
        .bind(signed(behind))
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(of_postgres)?;
    let skipped = |row: &PgRow| {
        let (position, at) = (unsigned(row.try_get(1)?), row.try_get::<Instant, _>(3)?.0);
        Ok(Skipped { partition: row.try_get(0)?, position, error: row.try_get(2)?, at })
    };
    rows.iter().map(skipped).collect::<sqlx::Result<_>>().map_err(of_postgres)
}

/// Those of these partitions that are parked, in the order of their names.
pub(super) async fn among(
    snapshot: &mut PgConnection,
    id: GenerationId,
    view: &'static str,
    partitions: BTreeSet<&str>,
) -> sqlx::Result<Vec<ParkedKey>> {
    let sql = "SELECT partition, position, cause FROM khata_parked WHERE generation = $1 AND partition = ANY ($2) ORDER BY partition";
    let partitions: Vec<&str> = partitions.into_iter().collect();
    let rows = sqlx::query(sql).bind(signed(id.0)).bind(partitions).fetch_all(snapshot).await?;
    let key = |row: &PgRow| {
        let (position, cause) = (unsigned(row.try_get(1)?), ParkedCause::of_name(row.try_get(2)?));
        Ok(ParkedKey { view, partition: row.try_get(0)?, position, cause })
    };
    rows.iter().map(key).collect()
}
