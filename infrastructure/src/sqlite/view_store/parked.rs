//! Reads states and what is parked.

use super::{
    failure::{Outcome, of_sqlite},
    generations, tables,
};
use jiff::Timestamp;
use khata_projections::view_store::{GenerationId, Parked, StoredState};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn states(connection: &mut Connection, id: GenerationId, partitions: &[String]) -> Outcome<Vec<Option<StoredState>>> {
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    generations::checkpoint(&snapshot, id)?;
    let sql = format!("SELECT position, state FROM {} WHERE \"partition\" = ?1", tables::states(id));
    let mut statement = snapshot.prepare_cached(&sql).map_err(of_sqlite)?;
    let stored = |row: &Row<'_>| Ok(StoredState { position: row.get(0)?, state: row.get(1)? });
    partitions.iter().map(|partition| statement.query_row([partition], stored).optional().map_err(of_sqlite)).collect()
}

pub(super) fn partitions(connection: &Connection, id: GenerationId) -> Outcome<Vec<Parked>> {
    generations::checkpoint(connection, id)?;
    let sql = "SELECT \"partition\", position, error, attempts, parked_at,
                      (SELECT count(*) FROM khata_waiting AS w WHERE w.generation = p.generation AND w.\"partition\" = p.\"partition\")
               FROM khata_parked AS p WHERE generation = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let parked = statement.query_map([id.0], |row| {
        Ok(Parked {
            generation: id,
            partition: row.get(0)?,
            position: row.get(1)?,
            error: row.get(2)?,
            attempts: row.get(3)?,
            parked_at: Timestamp::from_microsecond(row.get(4)?).unwrap_or_default(),
            waiting: row.get(5)?,
        })
    });
    parked.and_then(Iterator::collect).map_err(of_sqlite)
}

pub(super) fn waiting(connection: &Connection, id: GenerationId, partition: &str) -> Outcome<Vec<u64>> {
    let sql = "SELECT position FROM khata_waiting WHERE generation = ?1 AND \"partition\" = ?2 ORDER BY position";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    statement.query_map(params![id.0, partition], |row| row.get(0)).and_then(Iterator::collect).map_err(of_sqlite)
}

pub(super) fn skipped(connection: &Connection, projection: &str, version: u32) -> Outcome<Vec<u64>> {
    let sql = "SELECT position FROM khata_skipped WHERE projection = ?1 AND version = ?2 ORDER BY position";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    statement.query_map(params![projection, version], |row| row.get(0)).and_then(Iterator::collect).map_err(of_sqlite)
}
