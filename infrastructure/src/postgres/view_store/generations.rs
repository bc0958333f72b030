//! Generations in the books: what there is, what is active, what is to be dropped; and the plain names that
//! show the active ones.

use super::{
    failure::{Outcome, is_depended_on, is_locked, of_postgres},
    leases, signals, skipping, tables,
    values::{hash, signed, unsigned},
};
use crate::view_sql::{books, names};
use khata_projections::{
    ViewStoreError,
    view_store::{Checkpoint, Comparison, Generation, GenerationId, NewGeneration, TableShape},
};
use sqlx::{Connection, Executor, PgConnection, Row, postgres::PgRow};

/// How long a plain name's view is waited for, which an analyst's query may hold. Queries that come meanwhile
/// queue behind.
const SHOW_PATIENCE: &str = "SET LOCAL lock_timeout = '300ms'";

pub(super) async fn all(connection: &mut PgConnection) -> Outcome<Vec<Generation>> {
    let sql = "SELECT generation, projection, version, status = 'active', compare, position, hash, states_position, states_hash,
                      (SELECT count(*) FROM khata_parked AS p WHERE p.generation = g.generation),
                      (SELECT count(*) FROM khata_parked AS p WHERE p.generation = g.generation AND cause = 'newer_schema'),
                      (SELECT count(*) FROM khata_left_out AS l WHERE l.generation = g.generation),
                      ARRAY (SELECT shape FROM khata_tables AS t WHERE t.generation = g.generation ORDER BY place), comparison
               FROM khata_generations AS g WHERE status <> 'retired' ORDER BY generation";
    let rows = sqlx::query(sql).fetch_all(connection).await.map_err(of_postgres)?;
    rows.iter().map(described).collect()
}

fn described(row: &PgRow) -> Outcome<Generation> {
    let number = |place: usize| row.try_get(place).map(unsigned).map_err(of_postgres);
    let hash_at = |place: usize| hash(row.try_get(place).map_err(of_postgres)?);
    let shapes: Vec<String> = row.try_get(12).map_err(of_postgres)?;
    let noted: Option<String> = row.try_get(13).map_err(of_postgres)?;
    Ok(Generation {
        id: GenerationId(number(0)?),
        projection: row.try_get(1).map_err(of_postgres)?,
        version: u32::try_from(number(2)?).unwrap_or(u32::MAX),
        active: row.try_get(3).map_err(of_postgres)?,
        compare: row.try_get(4).map_err(of_postgres)?,
        checkpoint: Checkpoint { position: number(5)?, hash: hash_at(6)? },
        states_at: Checkpoint { position: number(7)?, hash: hash_at(8)? },
        tables: shapes.iter().map(|text| books::shape(text)).collect::<Outcome<_>>()?,
        parked: number(9)?,
        parked_newer_schema: number(10)?,
        skipped: number(11)?,
        comparison: noted.as_deref().map(books::comparison).transpose()?,
    })
}

/// Keeps with a generation what its comparison with the one before found.
pub(super) async fn note_comparison(
    connection: &mut PgConnection,
    epoch: u64,
    id: GenerationId,
    comparison: &Comparison,
) -> Outcome<()> {
    let text = books::written(comparison)?;
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    leases::check(&mut transaction, epoch, &[id]).await?;
    let sql = "UPDATE khata_generations SET comparison = $2 WHERE generation = $1";
    sqlx::query(sql).bind(signed(id.0)).bind(text).execute(&mut *transaction).await.map_err(of_postgres)?;
    transaction.commit().await.map_err(of_postgres)
}

/// The tables of a generation in the order of their declaration.
pub(super) async fn shapes(connection: &mut PgConnection, id: GenerationId) -> Outcome<Vec<TableShape>> {
    let sql = "SELECT shape FROM khata_tables WHERE generation = $1 ORDER BY place";
    let texts: Vec<String> =
        sqlx::query_scalar(sql).bind(signed(id.0)).fetch_all(connection).await.map_err(of_postgres)?;
    texts.iter().map(|text| books::shape(text)).collect()
}

/// The position of a generation that is not retired.
pub(super) async fn position(connection: &mut PgConnection, id: GenerationId) -> Outcome<u64> {
    let sql = "SELECT position FROM khata_generations WHERE generation = $1 AND status <> 'retired'";
    let found: Option<i64> =
        sqlx::query_scalar(sql).bind(signed(id.0)).fetch_optional(connection).await.map_err(of_postgres)?;
    found.map(unsigned).ok_or(ViewStoreError::UnknownGeneration(id))
}

pub(super) async fn create(
    connection: &mut PgConnection,
    epoch: u64,
    new: &NewGeneration,
) -> Outcome<Generation> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    leases::check_projection(&mut transaction, epoch, new.projection).await?;
    let start = Checkpoint::START;
    let sql = "INSERT INTO khata_generations (projection, version, status, compare, position, hash, states_position, states_hash)
               VALUES ($1, $2, 'building', $3, $4, $5, $4, $5) RETURNING generation";
    let id: i64 = sqlx::query_scalar(sql)
        .bind(new.projection)
        .bind(i64::from(new.version))
        .bind(new.compare)
        .bind(signed(start.position))
        .bind(&start.hash[..])
        .fetch_one(&mut *transaction)
        .await
        .map_err(of_postgres)?;
    let id = GenerationId(unsigned(id));
    transaction.execute(tables::create_states(id).as_str()).await.map_err(of_postgres)?;
    let shapes = books::shapes(new);
    for (place, shape) in (0_i32..).zip(&shapes) {
        let text = books::written(shape)?;
        let sql = "INSERT INTO khata_tables (name, generation, place, shape) VALUES ($1, $2, $3, $4)";
        let described = sqlx::query(sql).bind(&shape.name).bind(signed(id.0)).bind(place).bind(text);
        described.execute(&mut *transaction).await.map_err(of_postgres)?;
        transaction.execute(tables::create(shape, id).as_str()).await.map_err(of_postgres)?;
    }
    skipping::skip(&mut transaction, id, &new.skipped).await?;
    transaction.commit().await.map_err(of_postgres)?;
    Ok(books::made(id, new, shapes))
}

/// Moves the pointer, and the views of the plain names with it unless somebody is using one: that is done
/// later.
pub(super) async fn activate(
    connection: &mut PgConnection,
    schema: &str,
    epoch: u64,
    id: GenerationId,
) -> Outcome<()> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    let own = leases::check(&mut transaction, epoch, &[id]).await?;
    let projection = own.first().map(|own| own.projection.clone()).unwrap_or_default();
    let before = "SELECT generation FROM khata_generations WHERE status = 'active' AND generation <> $1 AND projection = $2";
    let before: Option<i64> = sqlx::query_scalar(before)
        .bind(signed(id.0))
        .bind(projection)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(of_postgres)?;
    if let Some(before) = before {
        retire(&mut transaction, GenerationId(unsigned(before))).await?;
    }
    let sql = "UPDATE khata_generations SET status = 'active' WHERE generation = $1";
    sqlx::query(sql).bind(signed(id.0)).execute(&mut *transaction).await.map_err(of_postgres)?;
    show_names(&mut transaction).await?;
    signals::notify(&mut transaction, schema, signals::LOOK_YOURSELF).await.map_err(of_postgres)?;
    transaction.commit().await.map_err(of_postgres)
}

/// Takes a generation out of sight and out of the books.
pub(super) async fn discard(
    connection: &mut PgConnection,
    schema: &str,
    epoch: u64,
    id: GenerationId,
) -> Outcome<()> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    match leases::check(&mut transaction, epoch, &[id]).await {
        Ok(_) => {}
        Err(ViewStoreError::UnknownGeneration(_)) => return Ok(()),
        Err(error) => return Err(error),
    }
    retire(&mut transaction, id).await?;
    show_names(&mut transaction).await?;
    signals::notify(&mut transaction, schema, signals::LOOK_YOURSELF).await.map_err(of_postgres)?;
    transaction.commit().await.map_err(of_postgres)
}

/// Takes generations out of sight and out of the books, and keeps their tables.
pub(super) async fn set_aside(
    connection: &mut PgConnection,
    schema: &str,
    ids: &[GenerationId],
) -> Outcome<()> {
    let note = "INSERT INTO khata_set_aside (generation, projection, version, position, hash, tables)
                SELECT generation, projection, version, position, hash,
                       ARRAY (SELECT t.name || '__' || t.generation FROM khata_tables AS t WHERE t.generation = g.generation ORDER BY place)
                FROM khata_generations AS g WHERE generation = $1 AND status <> 'retired'";
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    for id in ids {
        let noted =
            sqlx::query(note).bind(signed(id.0)).execute(&mut *transaction).await.map_err(of_postgres)?;
        if noted.rows_affected() == 0 {
            continue;
        }
        retire(&mut transaction, *id).await?;
        transaction.execute(names::drop_states(*id).as_str()).await.map_err(of_postgres)?;
        for sql in [
            "DELETE FROM khata_tables WHERE generation = $1",
            "DELETE FROM khata_generations WHERE generation = $1",
        ] {
            sqlx::query(sql).bind(signed(id.0)).execute(&mut *transaction).await.map_err(of_postgres)?;
        }
    }
    show_names(&mut transaction).await?;
    signals::notify(&mut transaction, schema, signals::LOOK_YOURSELF).await.map_err(of_postgres)?;
    transaction.commit().await.map_err(of_postgres)
}

/// Its tables are dropped later: that takes time, and this must not.
async fn retire(transaction: &mut PgConnection, id: GenerationId) -> Outcome<()> {
    for sql in books::RETIRE {
        sqlx::query(sql).bind(signed(id.0)).execute(&mut *transaction).await.map_err(of_postgres)?;
    }
    Ok(())
}

/// Lets every plain name mean the active table of its name, and none else. A name that is in use just now, or
/// that has to lose columns which views of analysts rest on, is left as it is. False if there is such a name.
pub(super) async fn show_names(transaction: &mut PgConnection) -> Outcome<bool> {
    let sql = "SELECT coalesce(a.name, s.name), a.generation, a.shape FROM khata_shown AS s FULL JOIN (
                   SELECT name, generation, shape FROM khata_tables JOIN khata_generations USING (generation) WHERE status = 'active') AS a
               USING (name) WHERE s.generation IS DISTINCT FROM a.generation";
    let names = sqlx::query(sql).fetch_all(&mut *transaction).await.map_err(of_postgres)?;
    let mut all_shown = true;
    for row in names {
        let (name, id): (String, Option<i64>) =
            (row.try_get(0).map_err(of_postgres)?, row.try_get(1).map_err(of_postgres)?);
        let active = match (id, row.try_get::<Option<String>, _>(2).map_err(of_postgres)?) {
            (Some(id), Some(text)) => Some((GenerationId(unsigned(id)), books::shape(&text)?)),
            _ => None,
        };
        match show_name(transaction, &name, active.as_ref()).await {
            Ok(()) => {}
            Err(error) if is_locked(&error) => all_shown = false,
            Err(error) if is_depended_on(&error) => {
                tracing::warn!(
                    name,
                    "it shows old rows while views that are not Khata's depend on removed columns: drop those views"
                );
                all_shown = false;
            }
            Err(error) => return Err(of_postgres(error)),
        }
    }
    Ok(all_shown)
}

/// In a part of the transaction that can be taken back alone. Where the columns allow it the view is
/// replaced, so that what analysts were granted on it stays.
async fn show_name(
    transaction: &mut PgConnection,
    name: &str,
    active: Option<&(GenerationId, TableShape)>,
) -> sqlx::Result<()> {
    if let Some((id, shape)) = active {
        let mut part = transaction.begin().await?;
        part.execute(SHOW_PATIENCE).await?;
        match part.execute(tables::show(shape, *id).as_str()).await {
            Ok(_) => {
                note_shown(&mut part, name, Some(*id)).await?;
                return part.commit().await;
            }
            Err(error) if is_locked(&error) => return Err(error),
            // It has other columns.
            Err(_) => part.rollback().await?,
        }
    }
    let mut part = transaction.begin().await?;
    part.execute(SHOW_PATIENCE).await?;
    part.execute(names::hide(name).as_str()).await?;
    if let Some((id, shape)) = active {
        part.execute(tables::show(shape, *id).as_str()).await?;
    }
    note_shown(&mut part, name, active.map(|(id, _)| *id)).await?;
    part.commit().await
}

async fn note_shown(
    transaction: &mut PgConnection,
    name: &str,
    id: Option<GenerationId>,
) -> sqlx::Result<()> {
    let noted = match id {
        Some(id) => {
            let sql = "INSERT INTO khata_shown (name, generation) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET generation = excluded.generation";
            sqlx::query(sql).bind(name).bind(signed(id.0)).execute(transaction).await
        }
        None => sqlx::query("DELETE FROM khata_shown WHERE name = $1").bind(name).execute(transaction).await,
    };
    noted.map(drop)
}

/// Gives the tables of a generation the indexes that they lack, one by one, and tells the planner of queries
/// what is in them: it knows nothing of tables that have just been filled. Nobody but the one who fills them
/// waits meanwhile.
pub(super) async fn index(connection: &mut PgConnection, epoch: u64, id: GenerationId) -> Outcome<()> {
    held_by(connection, epoch, id).await?;
    let shapes = shapes(connection, id).await?;
    let indexes = shapes.iter().flat_map(|shape| names::create_indexes(shape, id));
    for sql in indexes.chain(shapes.iter().map(|shape| tables::analyze(&shape.name, id))) {
        let mut transaction = connection.begin().await.map_err(of_postgres)?;
        transaction.execute("SET LOCAL statement_timeout = 0").await.map_err(of_postgres)?;
        transaction.execute(sql.as_str()).await.map_err(of_postgres)?;
        transaction.commit().await.map_err(of_postgres)?;
        // Not during the work, which takes long: whoever takes over would wait for it.
        held_by(connection, epoch, id).await?;
    }
    Ok(())
}

async fn held_by(connection: &mut PgConnection, epoch: u64, id: GenerationId) -> Outcome<()> {
    let mut transaction = connection.begin().await.map_err(of_postgres)?;
    leases::check(&mut transaction, epoch, &[id]).await?;
    transaction.commit().await.map_err(of_postgres)
}
