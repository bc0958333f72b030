//! Reads states and what is parked.

use super::{
    failure::{Outcome, of_sqlite},
    generations,
};
use crate::view_sql::names;
use jiff::Timestamp;
use khata_projections::view_store::{GenerationId, Parked, ParkedCause, ParkedKey, Skipped, StoredState};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeSet;

pub(super) fn states(
    connection: &mut Connection,
    id: GenerationId,
    partitions: &[String],
) -> Outcome<Vec<Option<StoredState>>> {
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    generations::checkpoint(&snapshot, id)?;
    let sql = format!("SELECT position, state FROM {} WHERE \"partition\" = ?1", names::states(id));
    let mut statement = snapshot.prepare_cached(&sql).map_err(of_sqlite)?;
    let stored = |row: &Row<'_>| Ok(StoredState { position: row.get(0)?, state: row.get(1)? });
    partitions
        .iter()
        .map(|partition| statement.query_row([partition], stored).optional().map_err(of_sqlite))
        .collect()
}

pub(super) fn partitions(
    connection: &Connection,
    id: GenerationId,
    behind: (u64, &str),
    limit: usize,
) -> Outcome<Vec<Parked>> {
    generations::checkpoint(connection, id)?;
    let sql = "SELECT \"partition\", position, error, cause, attempts, parked_at,
                      (SELECT count(*) FROM khata_waiting AS w WHERE w.generation = p.generation AND w.\"partition\" = p.\"partition\")
               FROM khata_parked AS p WHERE generation = ?1 AND (position, \"partition\") > (?2, ?3) ORDER BY position, \"partition\" LIMIT ?4";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let parked = statement.query_map(params![id.0, bound(behind.0), behind.1, bound(limit)], |row| {
        Ok(Parked {
            generation: id,
            partition: row.get(0)?,
            position: row.get(1)?,
            error: row.get(2)?,
            cause: ParkedCause::of_name(&row.get::<_, String>(3)?),
            attempts: row.get(4)?,
            parked_at: Timestamp::from_microsecond(row.get(5)?).unwrap_or_default(),
            waiting: row.get(6)?,
        })
    });
    parked.and_then(Iterator::collect).map_err(of_sqlite)
}

/// A number as SQLite has it. What is beyond that is beyond all that is stored.
fn bound(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

pub(super) fn waiting(connection: &Connection, id: GenerationId, partition: &str) -> Outcome<Vec<u64>> {
    let sql =
        "SELECT position FROM khata_waiting WHERE generation = ?1 AND \"partition\" = ?2 ORDER BY position";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    statement
        .query_map(params![id.0, partition], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(of_sqlite)
}

pub(super) fn skipped(
    connection: &Connection,
    id: GenerationId,
    behind: u64,
    limit: usize,
) -> Outcome<Vec<Skipped>> {
    generations::checkpoint(connection, id)?;
    let sql = "SELECT \"partition\", position, error, skipped_at FROM khata_left_out
               WHERE generation = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let skipped = statement.query_map(params![id.0, bound(behind), bound(limit)], |row| {
        let at = Timestamp::from_microsecond(row.get(3)?).unwrap_or_default();
        Ok(Skipped { partition: row.get(0)?, position: row.get(1)?, error: row.get(2)?, at })
    });
    skipped.and_then(Iterator::collect).map_err(of_sqlite)
}

/// Those of these partitions that are parked, in the order of their names.
pub(super) fn among(
    connection: &Connection,
    id: GenerationId,
    view: &'static str,
    partitions: BTreeSet<&str>,
) -> Outcome<Vec<ParkedKey>> {
    let sql = "SELECT position, cause FROM khata_parked WHERE generation = ?1 AND \"partition\" = ?2";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let mut found = Vec::new();
    for partition in partitions {
        let key = statement.query_row(params![id.0, partition], |row| {
            let cause = ParkedCause::of_name(&row.get::<_, String>(1)?);
            Ok(ParkedKey { view, partition: partition.to_owned(), position: row.get(0)?, cause })
        });
        found.extend(key.optional().map_err(of_sqlite)?);
    }
    Ok(found)
}
