//! Generations in the books: what there is, what is active, what is to be dropped.

use super::{
    failure::{Outcome, of_sqlite},
    skipping, tables,
};
use crate::view_sql::{books, names};
use khata_projections::{
    ViewStoreError,
    view_store::{Checkpoint, Comparison, Generation, GenerationId, NewGeneration, Skipped, TableShape},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn all(connection: &Connection) -> Outcome<Vec<Generation>> {
    let sql = "SELECT generation, projection, version, status = 'active', compare, position, hash, states_position, states_hash,
                      (SELECT count(*) FROM khata_parked WHERE khata_parked.generation = khata_generations.generation),
                      (SELECT count(*) FROM khata_parked AS p WHERE p.generation = khata_generations.generation AND cause = 'newer_schema'),
                      (SELECT count(*) FROM khata_left_out AS l WHERE l.generation = khata_generations.generation), comparison
               FROM khata_generations WHERE status <> 'retired' ORDER BY generation";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let generations: Vec<(Generation, Option<String>)> = statement
        .query_map([], |row| Ok((described(row)?, row.get(12)?)))
        .and_then(Iterator::collect)
        .map_err(of_sqlite)?;
    let whole = |(generation, noted): (Generation, Option<String>)| {
        let comparison = noted.as_deref().map(books::comparison).transpose()?;
        Ok(Generation { tables: shapes(connection, generation.id)?, comparison, ..generation })
    };
    generations.into_iter().map(whole).collect()
}

fn described(row: &Row<'_>) -> rusqlite::Result<Generation> {
    Ok(Generation {
        id: GenerationId(row.get(0)?),
        projection: row.get(1)?,
        version: row.get(2)?,
        active: row.get(3)?,
        compare: row.get(4)?,
        checkpoint: Checkpoint { position: row.get(5)?, hash: row.get(6)? },
        states_at: Checkpoint { position: row.get(7)?, hash: row.get(8)? },
        tables: Vec::new(),
        parked: row.get(9)?,
        parked_newer_schema: row.get(10)?,
        skipped: row.get(11)?,
        comparison: None,
    })
}

/// Keeps with a generation what its comparison with the one before found.
pub(super) fn note_comparison(
    connection: &Connection,
    id: GenerationId,
    comparison: &Comparison,
) -> Outcome<()> {
    let text = books::written(comparison)?;
    connection
        .execute("UPDATE khata_generations SET comparison = ?2 WHERE generation = ?1", params![id.0, text])
        .map_err(of_sqlite)?;
    Ok(())
}

/// The tables of a generation in the order of their declaration.
pub(super) fn shapes(connection: &Connection, id: GenerationId) -> Outcome<Vec<TableShape>> {
    let sql = "SELECT shape FROM khata_tables WHERE generation = ?1 ORDER BY place";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let texts: Vec<String> =
        statement.query_map([id.0], |row| row.get(0)).and_then(Iterator::collect).map_err(of_sqlite)?;
    texts.iter().map(|text| books::shape(text)).collect()
}

pub(super) fn checkpoint(connection: &Connection, id: GenerationId) -> Outcome<Checkpoint> {
    let sql = "SELECT position, hash FROM khata_generations WHERE generation = ?1 AND status <> 'retired'";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let found = statement
        .query_row([id.0], |row| Ok(Checkpoint { position: row.get(0)?, hash: row.get(1)? }))
        .optional();
    found.map_err(of_sqlite)?.ok_or(ViewStoreError::UnknownGeneration(id))
}

pub(super) fn create(connection: &Connection, new: &NewGeneration) -> Outcome<Generation> {
    let sql = "INSERT INTO khata_generations (projection, version, status, compare, position, hash) VALUES (?1, ?2, 'building', ?3, ?4, ?5)
               RETURNING generation";
    let start = Checkpoint::START;
    let id = connection
        .query_row(
            sql,
            params![new.projection, new.version, new.compare, start.position, start.hash],
            |row| row.get(0),
        )
        .map(GenerationId)
        .map_err(of_sqlite)?;
    connection.execute_batch(&tables::create_states(id)).map_err(of_sqlite)?;
    let shapes = books::shapes(new);
    for (place, shape) in shapes.iter().enumerate() {
        let text = books::written(shape)?;
        let sql = "INSERT INTO khata_tables (name, generation, place, shape) VALUES (?1, ?2, ?3, ?4)";
        connection.execute(sql, params![shape.name, id.0, place, text]).map_err(of_sqlite)?;
        connection.execute_batch(&tables::create(shape, id)).map_err(of_sqlite)?;
    }
    for Skipped { partition, position, error, at } in &new.skipped {
        skipping::skip(connection, id, partition, *position, error, *at)?;
    }
    Ok(books::made(id, new, shapes))
}

/// Gives states that were made without one the column that tells the position they were written at. The 0 in
/// it is as good as any position up to `states_at`: the events up to there are never folded again.
pub(super) fn date_states(connection: &Connection) -> Outcome<()> {
    let sql = "SELECT generation FROM khata_generations AS g
               WHERE EXISTS (SELECT 1 FROM pragma_table_info('khata_states__' || g.generation))
                 AND NOT EXISTS (SELECT 1 FROM pragma_table_info('khata_states__' || g.generation) WHERE name = 'position')";
    let mut statement = connection.prepare(sql).map_err(of_sqlite)?;
    let undated: Vec<u64> =
        statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(of_sqlite)?;
    undated.into_iter().try_for_each(|id| {
        connection.execute_batch(&tables::date_states(GenerationId(id))).map_err(of_sqlite)
    })
}

/// Moves the pointer, and the views of the plain names with it. The generation before is retired.
pub(super) fn activate(connection: &Connection, id: GenerationId) -> Outcome<()> {
    checkpoint(connection, id)?;
    let sql = "SELECT generation FROM khata_generations
               WHERE status = 'active' AND generation <> ?1 AND projection = (SELECT projection FROM khata_generations WHERE generation = ?1)";
    let before: Option<u64> =
        connection.query_row(sql, [id.0], |row| row.get(0)).optional().map_err(of_sqlite)?;
    if let Some(before) = before.map(GenerationId) {
        retire(connection, before)?;
    }
    connection
        .execute("UPDATE khata_generations SET status = 'active' WHERE generation = ?1", [id.0])
        .map_err(of_sqlite)?;
    for shape in shapes(connection, id)? {
        connection.execute_batch(&names::hide(&shape.name)).map_err(of_sqlite)?;
        connection.execute_batch(&tables::show(&shape, id)).map_err(of_sqlite)?;
    }
    Ok(())
}

/// Takes a generation out of sight and out of the books, and keeps its tables.
pub(super) fn set_aside(connection: &Connection, id: GenerationId) -> Outcome<()> {
    let note = "INSERT INTO khata_set_aside (generation, projection, version, position, hash, tables, set_aside_at)
                SELECT generation, projection, version, position, hash, (SELECT json_group_array(name || '__' || ?1) FROM khata_tables WHERE generation = ?1),
                       unixepoch() FROM khata_generations WHERE generation = ?1 AND status <> 'retired'";
    if connection.execute(note, [id.0]).map_err(of_sqlite)? == 0 {
        return Ok(());
    }
    retire(connection, id)?;
    connection.execute_batch(&names::drop_states(id)).map_err(of_sqlite)?;
    for sql in [
        "DELETE FROM khata_tables WHERE generation = ?1",
        "DELETE FROM khata_generations WHERE generation = ?1",
    ] {
        connection.execute(sql, [id.0]).map_err(of_sqlite)?;
    }
    Ok(())
}

/// Takes a generation out of sight and out of the books. Its tables are dropped later: that takes time, and
/// this must not.
pub(super) fn retire(connection: &Connection, id: GenerationId) -> Outcome<()> {
    let is_active = "SELECT 1 FROM khata_generations WHERE generation = ?1 AND status = 'active'";
    if connection.query_row(is_active, [id.0], |_| Ok(())).optional().map_err(of_sqlite)?.is_some() {
        for shape in shapes(connection, id)? {
            connection.execute_batch(&names::hide(&shape.name)).map_err(of_sqlite)?;
        }
    }
    for sql in books::RETIRE {
        connection.execute(sql, [id.0]).map_err(of_sqlite)?;
    }
    Ok(())
}

/// Retired generations whose tables are still there.
pub(super) fn retired(connection: &Connection) -> Outcome<Vec<GenerationId>> {
    let mut statement = connection
        .prepare_cached("SELECT generation FROM khata_generations WHERE status = 'retired'")
        .map_err(of_sqlite)?;
    statement.query_map([], |row| row.get(0).map(GenerationId)).and_then(Iterator::collect).map_err(of_sqlite)
}

/// Drops the tables of a retired generation.
pub(super) fn drop_tables(connection: &Connection, id: GenerationId) -> Outcome<()> {
    for shape in shapes(connection, id)? {
        connection.execute_batch(&names::drop(&shape.name, id)).map_err(of_sqlite)?;
    }
    connection.execute_batch(&names::drop_states(id)).map_err(of_sqlite)?;
    connection.execute("DELETE FROM khata_tables WHERE generation = ?1", [id.0]).map_err(of_sqlite)?;
    connection
        .execute("DELETE FROM khata_generations WHERE generation = ?1 AND status = 'retired'", [id.0])
        .map_err(of_sqlite)?;
    Ok(())
}
