//! Tidies up behind generations that were replaced: their tables are dropped, plain names are shown that
//! could not be before. It waits for nobody who reads: what is in use is tried again later.

use super::{
    failure::{Outcome, is_depended_on, is_locked, of_postgres},
    generations,
    values::{signed, unsigned},
};
use crate::postgres::pool::{Asking, Pool, ask};
use crate::view_sql::names;
use khata_projections::view_store::GenerationId;
use sqlx::{Connection, Executor, PgConnection};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Between two attempts, the first time and at most. Khata's own readers are done with a table within seconds
/// after its generation was replaced; analysts may take their time.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
/// A table that is waited for is one that others wait for, too.
const PATIENCE: &str = "SET LOCAL lock_timeout = '100ms'";

/// Sweeps whenever it is asked to, until the pool is closed.
pub(super) async fn sweep(pool: Pool, wanted: Arc<Notify>) {
    loop {
        let mut pause = PAUSES.0;
        loop {
            match once(&pool, Asking::LONG).await {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the tables of a replaced generation could not be dropped yet")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (2 * pause).min(PAUSES.1),
                () = wanted.notified() => pause = PAUSES.0,
                () = pool.closed() => return,
            }
        }
        tokio::select! {
            () = wanted.notified() => {}
            () = pool.closed() => return,
        }
    }
}

/// False if there is something left to do.
pub(super) async fn once(pool: &Pool, asking: Asking) -> Outcome<bool> {
    ask!(pool, asking, |connection| sweep_once(connection))
}

async fn sweep_once(connection: &mut PgConnection) -> Outcome<bool> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    let mut is_clean = generations::show_names(&mut transaction).await?;
    transaction.commit().await.map_err(of_postgres)?;
    let retired = "SELECT generation FROM khata_generations AS g WHERE status = 'retired' AND NOT EXISTS (
                       SELECT FROM khata_shown AS s WHERE s.generation = g.generation) ORDER BY generation";
    let retired: Vec<i64> =
        sqlx::query_scalar(retired).fetch_all(&mut *connection).await.map_err(of_postgres)?;
    for id in retired {
        is_clean &= drop_tables(connection, GenerationId(unsigned(id))).await?;
    }
    Ok(is_clean)
}

/// False if somebody is using a table.
async fn drop_tables(connection: &mut PgConnection, id: GenerationId) -> Outcome<bool> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    transaction.execute(PATIENCE).await.map_err(of_postgres)?;
    let mut drops: Vec<String> = generations::shapes(&mut transaction, id)
        .await?
        .iter()
        .map(|shape| names::drop(&shape.name, id))
        .collect();
    drops.push(names::drop_states(id));
    for sql in drops {
        match transaction.execute(sql.as_str()).await {
            Ok(_) => {}
            Err(error) if is_locked(&error) => return Ok(false),
            Err(error) if is_depended_on(&error) => {
                tracing::warn!(generation = %id, "a replaced table remains while views that are not Khata's depend on it: drop those views");
                return Ok(false);
            }
            Err(error) => return Err(of_postgres(error)),
        }
    }
    for sql in [
        "DELETE FROM khata_tables WHERE generation = $1",
        "DELETE FROM khata_generations WHERE generation = $1 AND status = 'retired'",
    ] {
        sqlx::query(sql).bind(signed(id.0)).execute(&mut *transaction).await.map_err(of_postgres)?;
    }
    transaction.commit().await.map_err(of_postgres)?;
    Ok(true)
}
