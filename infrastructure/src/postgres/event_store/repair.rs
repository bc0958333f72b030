//! Makes what stands beside the events anew from them, in one transaction behind the gate of the log, after all of the chain was verified.
//! Nothing is changed if the chain does not fit. The server's own indexes are made anew by the server.

use super::{
    MIGRATIONS, OpenStoreError,
    commit::{Gate, key_of, sealed_key},
    opening::{secret_of, walk},
    read::{events_behind, hash_of},
    recent::Recent,
    restoring::alone,
    rows::{kinds, number, sql, unreadable},
    stored::noted,
};
use crate::{
    SealKey,
    kinds::Kinds,
    postgres::connect::Database,
    repairing::{Repaired, command_of, fits_as, key_told_by, types_to_try},
    tail::TailLimits,
};
use khata_application::{
    Recorded,
    audit::Link,
    event_store::{KeyRecord, ReadError},
    hash_chain::GENESIS,
};
use sqlx::{Executor, PgConnection, Row};

/// Repairs the log of a namespace that no other process has open.
///
/// # Errors
/// The chain does not fit, another process has the namespace open, or the database cannot be used; nothing was changed then.
pub async fn repair(database: &Database) -> Result<Repaired, OpenStoreError> {
    let mut connection = database.connect("repair").await?;
    if MIGRATIONS.applied_to(database, &mut connection).await? == 0 {
        return Ok(Repaired::default());
    }
    MIGRATIONS.prepare(database, &mut connection).await?;
    alone(database, &mut connection).await.map_err(|error| ReadError::Unavailable(error.to_string()))?;
    let Some(secret) = secret_of(&mut connection).await? else { return Ok(Repaired::default()) };
    connection.execute("BEGIN; SET LOCAL statement_timeout = 0").await.map_err(unreadable)?;
    let gate = Gate { seal: SealKey::of(&secret), lock_key: database.lock_key("events"), channel: database.schema() };
    let end = gate.enter(&mut connection).await.map_err(unreadable)?.head;
    let mut repaired = Repaired { events: end.position, kinds: mend_kinds(&mut connection).await?, ..Repaired::default() };
    let recent = Recent::new(end, kinds(&mut connection).await?, TailLimits { events: 0, bytes: 0 });
    let witness = noted(&mut connection).await?;
    walk(&mut connection, Link::GENESIS, end.position, witness, &recent).await?;
    mend_keys(&mut connection, &gate.seal, &recent, &mut repaired).await?;
    connection.execute("DELETE FROM snapshots; COMMIT").await.map_err(unreadable)?;
    connection.execute("SET statement_timeout = 0").await.map_err(unreadable)?;
    for table in ["events", "keys", "kinds", "snapshots"] {
        connection.execute(format!("REINDEX TABLE {table}").as_str()).await.map_err(unreadable)?;
    }
    Ok(repaired)
}

/// Tells each kind anew that is not what its events say: the category is their stream's, and the type is the one under which the hash
/// of the first of them fits.
async fn mend_kinds(connection: &mut PgConnection) -> Result<u64, ReadError> {
    let known = kinds(connection).await?;
    let query = "SELECT e.kind, e.position, split_part(e.stream, '-', 1) FROM events e
        JOIN (SELECT min(position) AS position FROM events GROUP BY kind) AS first ON first.position = e.position ORDER BY e.kind";
    let rows = sqlx::query(query).fetch_all(&mut *connection).await.map_err(unreadable)?;
    let (mut right, mut mended) = (Vec::new(), 0);
    for row in &rows {
        let (kind, first) = (u32::try_from(row.try_get::<i32, _>(0).map_err(unreadable)?).unwrap_or(0), number(row, 1)?);
        let category: String = row.try_get(2).map_err(unreadable)?;
        let event_type = type_of(connection, kind, first, &category, &known).await?;
        let stands = known.get(kind).is_some_and(|stored| *stored.category == *category && *stored.event_type == *event_type);
        mended += u64::from(!stands);
        right.push((i32::try_from(kind).unwrap_or(0), category, event_type));
    }
    if mended > 0 {
        connection.execute("DELETE FROM kinds").await.map_err(unreadable)?;
        for (kind, category, event_type) in right {
            let insert = sqlx::query("INSERT INTO kinds (id, category, event_type) VALUES ($1, $2, $3)").bind(kind).bind(category).bind(event_type);
            insert.execute(&mut *connection).await.map_err(unreadable)?;
        }
    }
    Ok(mended)
}

/// The type of a kind, from its first event.
async fn type_of(connection: &mut PgConnection, kind: u32, first: u64, category: &str, known: &Kinds) -> Result<String, ReadError> {
    let previous = if first == 1 { Some(GENESIS) } else { hash_of(connection, first - 1).await? };
    let stored = known.get(kind).map(|stored| &*stored.event_type);
    let mut kinds = Kinds::default();
    kinds.insert(kind, category, stored.unwrap_or_default());
    let event = at(connection, first, &Recent::new(crate::sequencer::EMPTY, kinds, TailLimits { events: 0, bytes: 0 })).await?;
    let fitting = |event_type: &String| event.as_ref().zip(previous).is_some_and(|(event, previous)| fits_as(event, event_type, &previous));
    let event_type = types_to_try(category, stored).into_iter().find(fitting);
    // Of a newer Khata, or the event itself was altered: the walk tells.
    Ok(event_type.or(stored.map(str::to_owned)).unwrap_or_default())
}

async fn at(connection: &mut PgConnection, position: u64, recent: &Recent) -> Result<Option<Recorded>, ReadError> {
    let found = events_behind(connection, position.saturating_sub(1), 1, recent).await?;
    Ok(found.into_iter().next().filter(|event| event.position == position))
}

/// Mends the rows of keys that do not carry their seal, from the events that tell of them.
async fn mend_keys(connection: &mut PgConnection, seal: &SealKey, recent: &Recent, repaired: &mut Repaired) -> Result<(), ReadError> {
    let query =
        "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys WHERE id > $1 ORDER BY id LIMIT 5000";
    let mut last: i64 = 0;
    loop {
        let rows = sqlx::query(query).bind(last).fetch_all(&mut *connection).await.map_err(unreadable)?;
        for row in &rows {
            last = row.try_get(9).map_err(unreadable)?;
            match sealed_key(seal, row) {
                Ok(_) => {}
                Err(ReadError::Corrupt(_)) => {
                    let damaged = key_of(row).ok();
                    let told = match &damaged {
                        Some(damaged) => told(connection, recent, damaged).await?,
                        None => None,
                    };
                    match told {
                        Some(record) => {
                            replace_key(connection, seal, last, &record).await?;
                            repaired.keys_mended += 1;
                        }
                        None => {
                            sqlx::query("DELETE FROM keys WHERE id = $1").bind(last).execute(&mut *connection).await.map_err(unreadable)?;
                            repaired.keys_lost.push(damaged.map_or_else(|| format!("row {last}"), |record| record.claim.key));
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// A damaged key as the event at its position tells it, if that event tells one.
async fn told(connection: &mut PgConnection, recent: &Recent, damaged: &KeyRecord) -> Result<Option<KeyRecord>, ReadError> {
    let Some(last) = at(connection, damaged.position, recent).await? else { return Ok(None) };
    let (mut gained, mut position) = (1, last.position);
    while position > 1
        && let Some(before) = at(connection, position - 1, recent).await?
        && command_of(&before) == command_of(&last)
    {
        gained += u64::from(before.stream == last.stream);
        position -= 1;
    }
    Ok(key_told_by(&last, damaged, gained))
}

async fn replace_key(connection: &mut PgConnection, seal: &SealKey, id: i64, record: &KeyRecord) -> Result<(), ReadError> {
    let query =
        "UPDATE keys SET scope = $2, key = $3, fingerprint = $4, decided_at = $5, version = $6, events = $7, position = $8, seal = $9 WHERE id = $1";
    let claim = &record.claim;
    let query = sqlx::query(query).bind(id).bind(&claim.scope).bind(&claim.key).bind(&claim.fingerprint).bind(claim.decided_at.as_microsecond());
    let query = query.bind(sql(record.version)).bind(sql(record.events)).bind(sql(record.position)).bind(seal.key(record).to_vec());
    query.execute(connection).await.map(drop).map_err(unreadable)
}
