//! Writes batches: the lease checked, checkpoints by compare-and-set, states, rows, parked partitions; one
//! transaction each, one statement for each table in it, whose rows come as arrays of columns.

use super::{
    failure::{Outcome, of_postgres},
    generations, leases, signals,
    skipping::SKIP,
    tables,
    values::{self, Instant, signed},
};
use crate::view_sql::names;
use khata_projections::{
    Table, Value, ViewStoreError,
    view_store::{GenerationId, GenerationWrite, ParkedChange, RowOp, TableRows, WriteBatch},
};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;

/// Nothing is left open afterwards, above all no lock on the lease: whoever takes over waits for it.
pub(super) async fn batch(connection: &mut PgConnection, schema: &str, batch: &WriteBatch) -> Outcome<()> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    match parts(&mut transaction, schema, batch).await {
        Ok(()) => transaction.commit().await.map_err(of_postgres),
        Err(error) => {
            transaction.rollback().await.map_err(of_postgres)?;
            Err(error)
        }
    }
}

async fn parts(transaction: &mut PgConnection, schema: &str, batch: &WriteBatch) -> Outcome<()> {
    let ids: Vec<GenerationId> = batch.parts.iter().map(|part| part.generation).collect();
    let own = leases::check(&mut *transaction, batch.epoch, &ids).await?;
    move_checkpoints(&mut *transaction, batch).await?;
    for part in &batch.parts {
        write_states(&mut *transaction, part).await?;
        for rows in &part.tables {
            upsert(&mut *transaction, part.generation, rows).await?;
            delete(&mut *transaction, part.generation, rows).await?;
        }
        for change in &part.parked {
            write_parked(&mut *transaction, part.generation, change).await?;
        }
    }
    let active = own.iter().filter(|own| own.active);
    let served: BTreeMap<&str, u64> = active
        .filter_map(|own| {
            let part =
                batch.parts.iter().find(|part| part.generation == own.generation && part.from != part.to)?;
            Some((own.projection.as_str(), part.to.position))
        })
        .collect();
    if !served.is_empty() {
        signals::notify(transaction, schema, &signals::served(&served)).await.map_err(of_postgres)?;
    }
    Ok(())
}

async fn move_checkpoints(transaction: &mut PgConnection, batch: &WriteBatch) -> Outcome<()> {
    let sql = "UPDATE khata_generations AS g SET position = w.position, hash = w.hash,
                   states_position = coalesce(w.states_position, g.states_position), states_hash = coalesce(w.states_hash, g.states_hash)
               FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[], $6::bigint[], $7::bytea[])
                   AS w (generation, from_position, from_hash, position, hash, states_position, states_hash)
               WHERE g.generation = w.generation AND g.position = w.from_position AND g.hash = w.from_hash AND status <> 'retired'
               RETURNING g.generation";
    let parts = || batch.parts.iter();
    let moved: Vec<i64> = sqlx::query_scalar(sql)
        .bind(parts().map(|part| signed(part.generation.0)).collect::<Vec<_>>())
        .bind(parts().map(|part| signed(part.from.position)).collect::<Vec<_>>())
        .bind(parts().map(|part| &part.from.hash[..]).collect::<Vec<_>>())
        .bind(parts().map(|part| signed(part.to.position)).collect::<Vec<_>>())
        .bind(parts().map(|part| &part.to.hash[..]).collect::<Vec<_>>())
        .bind(parts().map(|part| part.states_at.map(|at| signed(at.position))).collect::<Vec<_>>())
        .bind(parts().map(|part| part.states_at.as_ref().map(|at| &at.hash[..])).collect::<Vec<_>>())
        .fetch_all(&mut *transaction)
        .await
        .map_err(of_postgres)?;
    match parts().find(|part| !moved.contains(&signed(part.generation.0))) {
        None => Ok(()),
        Some(GenerationWrite { generation, .. }) => {
            let actual = generations::position(transaction, *generation).await?;
            Err(ViewStoreError::CheckpointMoved { generation: *generation, actual })
        }
    }
}

async fn write_states(transaction: &mut PgConnection, part: &GenerationWrite) -> Outcome<()> {
    if part.states.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO {} (partition, state, position) SELECT partition, state, $3 FROM unnest($1::text[], $2::text[]) AS w (partition, state)
         ON CONFLICT (partition) DO UPDATE SET state = excluded.state, position = excluded.position",
        names::states(part.generation)
    );
    let mut states: Vec<&(String, String)> = part.states.iter().collect();
    states.sort_unstable();
    let (partitions, states): (Vec<&str>, Vec<&str>) =
        states.into_iter().map(|(partition, state)| (partition.as_str(), state.as_str())).unzip();
    let written = sqlx::query(&sql)
        .bind(partitions)
        .bind(states)
        .bind(signed(part.to.position))
        .execute(transaction)
        .await;
    written.map(drop).map_err(of_postgres)
}

async fn upsert(transaction: &mut PgConnection, id: GenerationId, rows: &TableRows) -> Outcome<()> {
    let table = rows.table;
    let mut upserts: Vec<&Vec<Value>> = rows
        .ops
        .iter()
        .filter_map(|op| if let RowOp::Upsert(values) = op { Some(values) } else { None })
        .collect();
    if upserts.is_empty() {
        return Ok(());
    }
    // Neighbours in the index one after the other, so that each of its pages is looked up while it is at
    // hand.
    let places = table.key_places();
    upserts.sort_unstable_by(|a, b| {
        places.iter().map(|place| a.get(*place)).cmp(places.iter().map(|place| b.get(*place)))
    });
    let sql = upsert_sql(table, id);
    let mut statement = sqlx::query(&sql);
    for (place, column) in table.columns.iter().enumerate() {
        statement = values::bind_all(
            statement,
            column.kind,
            upserts.iter().map(|values| values.get(place).unwrap_or(&Value::Null)),
        )?;
    }
    statement.execute(transaction).await.map(drop).map_err(of_postgres)
}

fn upsert_sql(table: &Table, id: GenerationId) -> String {
    let columns = names::list(table.columns.iter().map(|column| column.name));
    let arrays: Vec<String> = (1..)
        .zip(table.columns)
        .map(|(nth, column)| format!("${nth}::{}[]", tables::kind(column.kind)))
        .collect();
    let others = table.columns.iter().map(|column| column.name).filter(|name| !table.key.contains(name));
    let changes: Vec<String> =
        others.map(|name| format!("{0} = excluded.{0}", names::quoted(name))).collect();
    let action =
        if changes.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", changes.join(", ")) };
    let (name, key) = (names::table(table.name, id), names::list(table.key.iter().copied()));
    format!(
        "INSERT INTO {name} ({columns}) SELECT * FROM unnest({}) ON CONFLICT ({key}) DO {action}",
        arrays.join(", ")
    )
}

async fn delete(transaction: &mut PgConnection, id: GenerationId, rows: &TableRows) -> Outcome<()> {
    let table = rows.table;
    let keys: Vec<&Vec<Value>> =
        rows.ops.iter().filter_map(|op| if let RowOp::Delete(key) = op { Some(key) } else { None }).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let kinds: Vec<_> = table.key_places().iter().map(|place| table.columns[*place].kind).collect();
    let arrays: Vec<String> =
        (1..).zip(&kinds).map(|(nth, kind)| format!("${nth}::{}[]", tables::kind(*kind))).collect();
    let (columns, same) = (
        names::list(table.key.iter().copied()),
        table.key.iter().map(|name| format!("t.{0} = w.{0}", names::quoted(name))),
    );
    let sql = format!(
        "DELETE FROM {} AS t USING unnest({}) AS w ({columns}) WHERE {}",
        names::table(table.name, id),
        arrays.join(", "),
        same.collect::<Vec<_>>().join(" AND ")
    );
    let mut statement = sqlx::query(&sql);
    for (place, kind) in kinds.into_iter().enumerate() {
        statement =
            values::bind_all(statement, kind, keys.iter().map(|key| key.get(place).unwrap_or(&Value::Null)))?;
    }
    statement.execute(transaction).await.map(drop).map_err(of_postgres)
}

async fn write_parked(
    transaction: &mut PgConnection,
    id: GenerationId,
    change: &ParkedChange,
) -> Outcome<()> {
    let id = signed(id.0);
    let statement = match change {
        ParkedChange::Park { partition, position, error, cause, at } => sqlx::query(PARK)
            .bind(id)
            .bind(partition)
            .bind(signed(*position))
            .bind(error)
            .bind(Instant(*at))
            .bind(cause.name()),
        ParkedChange::Wait { partition, position } => {
            sqlx::query(WAIT).bind(id).bind(partition).bind(signed(*position))
        }
        ParkedChange::Caught { partition, up_to } => {
            sqlx::query(CAUGHT).bind(id).bind(partition).bind(signed(*up_to))
        }
        ParkedChange::Release { partition } => sqlx::query(RELEASE).bind(id).bind(partition),
        ParkedChange::Skip { partition, position, error, at } => {
            sqlx::query(SKIP).bind(id).bind(signed(*position)).bind(partition).bind(error).bind(Instant(*at))
        }
    };
    statement.execute(transaction).await.map(drop).map_err(of_postgres)
}

const PARK: &str =
    "INSERT INTO khata_parked AS p (generation, partition, position, error, attempts, parked_at, cause) VALUES ($1, $2, $3, $4, 1, $5, $6)
    ON CONFLICT (generation, partition) DO UPDATE SET error = excluded.error, parked_at = excluded.parked_at, position = excluded.position,
        cause = excluded.cause,
        attempts = CASE WHEN p.position = excluded.position THEN p.attempts + 1 ELSE 1 END";
const WAIT: &str =
    "INSERT INTO khata_waiting (generation, partition, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const CAUGHT: &str = "DELETE FROM khata_waiting WHERE generation = $1 AND partition = $2 AND position <= $3";
const RELEASE: &str =
    "WITH none_waits AS (DELETE FROM khata_waiting WHERE generation = $1 AND partition = $2)
    DELETE FROM khata_parked WHERE generation = $1 AND partition = $2";
