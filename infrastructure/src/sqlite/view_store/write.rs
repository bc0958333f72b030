//! Writes batches: checkpoints by compare-and-set, states, rows, parked partitions; one transaction each.

use super::{
    failure::{Outcome, of_sqlite},
    generations,
    leases::{Scope, ViewLeases},
    skipping,
    values::Bound,
};
use crate::view_sql::names;
use khata_projections::{
    Table, Value, ViewStoreError,
    view_store::{GenerationId, GenerationWrite, ParkedChange, RowOp, TableRows, WriteBatch},
};
use rusqlite::{Connection, params, params_from_iter};

/// To be called within a transaction.
pub(super) fn batch(connection: &Connection, leases: &ViewLeases, batch: &WriteBatch) -> Outcome<()> {
    batch
        .parts
        .iter()
        .try_for_each(|part| leases.check(connection, batch.epoch, &Scope::Generation(part.generation)))?;
    batch.parts.iter().try_for_each(|part| write_part(connection, part))
}

fn write_part(connection: &Connection, part: &GenerationWrite) -> Outcome<()> {
    move_checkpoint(connection, part)?;
    write_states(connection, part)?;
    part.tables.iter().try_for_each(|rows| write_rows(connection, part.generation, rows))?;
    part.parked.iter().try_for_each(|change| write_parked(connection, part.generation, change))
}

fn move_checkpoint(connection: &Connection, part: &GenerationWrite) -> Outcome<()> {
    let sql = "UPDATE khata_generations SET position = ?1, hash = ?2,
                   states_position = coalesce(?6, states_position), states_hash = coalesce(?7, states_hash)
               WHERE generation = ?3 AND position = ?4 AND hash = ?5 AND status <> 'retired'";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let (states_position, states_hash) =
        (part.states_at.map(|at| at.position), part.states_at.map(|at| at.hash));
    let id = part.generation.0;
    let moved = statement.execute(params![
        part.to.position,
        part.to.hash,
        id,
        part.from.position,
        part.from.hash,
        states_position,
        states_hash
    ]);
    if moved.map_err(of_sqlite)? == 1 {
        return Ok(());
    }
    let actual = generations::checkpoint(connection, part.generation)?;
    Err(ViewStoreError::CheckpointMoved { generation: part.generation, actual: actual.position })
}

fn write_states(connection: &Connection, part: &GenerationWrite) -> Outcome<()> {
    if part.states.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO {} (\"partition\", state, position) VALUES (?1, ?2, ?3)
         ON CONFLICT (\"partition\") DO UPDATE SET state = excluded.state, position = excluded.position",
        names::states(part.generation)
    );
    let mut statement = connection.prepare_cached(&sql).map_err(of_sqlite)?;
    let mut states: Vec<&(String, String)> = part.states.iter().collect();
    states.sort_unstable();
    for state in states {
        statement.execute(params![state.0, state.1, part.to.position]).map_err(of_sqlite)?;
    }
    Ok(())
}

fn write_rows(connection: &Connection, id: GenerationId, rows: &TableRows) -> Outcome<()> {
    let mut put = connection.prepare_cached(&put_sql(rows.table, id)).map_err(of_sqlite)?;
    for op in in_key_order(rows) {
        let values = match op {
            RowOp::Upsert(values) => values,
            RowOp::Delete(key) => {
                let mut delete = connection.prepare_cached(&delete_sql(rows.table, id)).map_err(of_sqlite)?;
                delete.execute(params_from_iter(key.iter().map(Bound))).map_err(of_sqlite)?;
                continue;
            }
        };
        if put.execute(params_from_iter(values.iter().map(Bound))).map_err(of_sqlite)? == 0 {
            let mut replace = connection.prepare_cached(&replace_sql(rows.table, id)).map_err(of_sqlite)?;
            replace.execute(params_from_iter(values.iter().map(Bound))).map_err(of_sqlite)?;
        }
    }
    Ok(())
}

/// Neighbours in the tree one after the other, so that each page is looked up while it is at hand.
fn in_key_order(rows: &TableRows) -> Vec<&RowOp> {
    let places = rows.table.key_places();
    let mut ops: Vec<&RowOp> = rows.ops.iter().collect();
    ops.sort_unstable_by(|a, b| key_of(&places, a).cmp(key_of(&places, b)));
    ops
}

fn key_of<'o>(places: &'o [usize], op: &'o RowOp) -> impl Iterator<Item = &'o Value> {
    let of_row = |values: &'o [Value], place: usize| values.get(place);
    places.iter().enumerate().filter_map(move |(nth, place)| match op {
        RowOp::Upsert(values) => of_row(values, *place),
        RowOp::Delete(key) => of_row(key, nth),
    })
}

fn insert_sql(table: &Table, id: GenerationId) -> String {
    let columns = names::list(table.columns.iter().map(|column| column.name));
    let places = vec!["?"; table.columns.len()].join(", ");
    format!("INTO {} ({columns}) VALUES ({places})", names::table(table.name, id))
}

/// Replaces the whole row, with its entries in all indexes.
fn replace_sql(table: &Table, id: GenerationId) -> String {
    format!("INSERT OR REPLACE {}", insert_sql(table, id))
}

/// Inserts a row, or changes it if nothing in it that is indexed has changed: no index is touched then, which
/// for a row with three indexes is most of the work. Changes no row if something indexed has changed.
fn put_sql(table: &Table, id: GenerationId) -> String {
    let is_key = |column: &&str| table.key.contains(column);
    let is_indexed = |column: &&str| table.indexes.iter().any(|index| index.columns.contains(column));
    let others = || table.columns.iter().map(|column| column.name).filter(|column| !is_key(column));
    let changes: Vec<String> = others()
        .filter(|column| !is_indexed(column))
        .map(|column| format!("{0} = excluded.{0}", names::quoted(column)))
        .collect();
    if changes.is_empty() {
        return replace_sql(table, id);
    }
    let name = names::table(table.name, id);
    let same: Vec<String> = others()
        .filter(is_indexed)
        .map(|column| format!("{name}.{0} IS excluded.{0}", names::quoted(column)))
        .collect();
    let condition = if same.is_empty() { String::new() } else { format!(" WHERE {}", same.join(" AND ")) };
    let key = names::list(table.key.iter().copied());
    format!(
        "INSERT {} ON CONFLICT ({key}) DO UPDATE SET {}{condition}",
        insert_sql(table, id),
        changes.join(", ")
    )
}

fn delete_sql(table: &Table, id: GenerationId) -> String {
    let key: Vec<String> = table.key.iter().map(|column| format!("{} = ?", names::quoted(column))).collect();
    format!("DELETE FROM {} WHERE {}", names::table(table.name, id), key.join(" AND "))
}

fn write_parked(connection: &Connection, id: GenerationId, change: &ParkedChange) -> Outcome<()> {
    let written = match change {
        ParkedChange::Park { partition, position, error, cause, at } => {
            connection.prepare_cached(PARK).and_then(|mut statement| {
                statement.execute(params![
                    id.0,
                    partition,
                    position,
                    error,
                    at.as_microsecond(),
                    cause.name()
                ])
            })
        }
        ParkedChange::Wait { partition, position } => connection
            .prepare_cached(WAIT)
            .and_then(|mut statement| statement.execute(params![id.0, partition, position])),
        ParkedChange::Caught { partition, up_to } => {
            connection.execute(CAUGHT, params![id.0, partition, up_to])
        }
        ParkedChange::Release { partition } => connection
            .execute(NONE_WAITS, params![id.0, partition])
            .and_then(|_| connection.execute(RELEASE, params![id.0, partition])),
        ParkedChange::Skip { partition, position, error, at } => {
            return skipping::skip(connection, id, partition, *position, error, *at);
        }
    };
    written.map(|_| ()).map_err(of_sqlite)
}

const PARK: &str =
    "INSERT INTO khata_parked (generation, \"partition\", position, error, attempts, parked_at, cause) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)
    ON CONFLICT (generation, \"partition\") DO UPDATE SET error = excluded.error, parked_at = excluded.parked_at, position = excluded.position,
        cause = excluded.cause,
        attempts = CASE WHEN position = excluded.position THEN attempts + 1 ELSE 1 END";
const WAIT: &str =
    "INSERT OR IGNORE INTO khata_waiting (generation, \"partition\", position) VALUES (?1, ?2, ?3)";
const CAUGHT: &str =
    "DELETE FROM khata_waiting WHERE generation = ?1 AND \"partition\" = ?2 AND position <= ?3";
const NONE_WAITS: &str = "DELETE FROM khata_waiting WHERE generation = ?1 AND \"partition\" = ?2";
const RELEASE: &str = "DELETE FROM khata_parked WHERE generation = ?1 AND \"partition\" = ?2";
