//! Makes what stands beside the events anew from them, in one transaction behind the gate of the log, after
//! all of the chain was verified. Nothing is changed if the chain does not fit. The server's own indexes are
//! made anew by the server.

use super::{
    MIGRATIONS, OpenStoreError,
    commit::{Gate, key_of, sealed_key},
    derived::keys_missing,
    opening::{PAGE, secret_of, walk},
    read::{events_behind, hash_of, noted},
    recent::Recent,
    restoring::alone,
    rows::{kinds, number, sql, unreadable},
};
use crate::{
    SealKey,
    kinds::Kinds,
    postgres::connect::Database,
    repairing::{Commands, Damaged, DamagedKeys, Repaired, Told, fits_as, types_to_try},
    tail::TailLimits,
};
use khata_application::{
    Recorded,
    audit::Link,
    event_store::{KeyRecord, ReadError},
    hash_chain::GENESIS,
};
use rustc_hash::FxHashSet;
use sqlx::{Executor, PgConnection, Row};

/// Repairs the log of a namespace that no other process has open.
///
/// # Errors
/// The chain does not fit, another process has the namespace open, or the database cannot be used; nothing
/// was changed then.
pub async fn repair(database: &Database) -> Result<Repaired, OpenStoreError> {
    let mut connection = database.connect("repair").await?;
    if MIGRATIONS.applied_to(database, &mut connection).await? == 0 {
        return Ok(Repaired::default());
    }
    MIGRATIONS.prepare(database, &mut connection).await?;
    alone(database, &mut connection).await.map_err(|error| ReadError::Unavailable(error.to_string()))?;
    let Some(secret) = secret_of(&mut connection).await? else { return Ok(Repaired::default()) };
    connection.execute("BEGIN; SET LOCAL statement_timeout = 0").await.map_err(unreadable)?;
    let gate = Gate {
        seal: SealKey::of(&secret),
        lock_key: database.lock_key("events"),
        channel: database.schema(),
    };
    let end = gate.enter(&mut connection).await.map_err(unreadable)?.head;
    let mut repaired =
        Repaired { events: end.position, kinds: mend_kinds(&mut connection).await?, ..Repaired::default() };
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

/// Tells each kind anew that is not what its events say: the category is their stream's, and the type is the
/// one under which the hash of the first of them fits.
async fn mend_kinds(connection: &mut PgConnection) -> Result<u64, ReadError> {
    let known = kinds(connection).await?;
    let query = "SELECT e.kind, e.position, split_part(e.stream, '-', 1) FROM events e
        JOIN (SELECT min(position) AS position FROM events GROUP BY kind) AS first ON first.position = e.position ORDER BY e.kind";
    let rows = sqlx::query(query).fetch_all(&mut *connection).await.map_err(unreadable)?;
    let (mut right, mut mended) = (Vec::new(), 0);
    for row in &rows {
        let (kind, first) =
            (u32::try_from(row.try_get::<i32, _>(0).map_err(unreadable)?).unwrap_or(0), number(row, 1)?);
        let category: String = row.try_get(2).map_err(unreadable)?;
        let event_type = type_of(connection, kind, first, &category, &known).await?;
        let stands = known
            .get(kind)
            .is_some_and(|stored| *stored.category == *category && *stored.event_type == *event_type);
        mended += u64::from(!stands);
        right.push((i32::try_from(kind).unwrap_or(0), category, event_type));
    }
    if mended > 0 {
        connection.execute("DELETE FROM kinds").await.map_err(unreadable)?;
        for (kind, category, event_type) in right {
            let insert = sqlx::query("INSERT INTO kinds (id, category, event_type) VALUES ($1, $2, $3)")
                .bind(kind)
                .bind(category)
                .bind(event_type);
            insert.execute(&mut *connection).await.map_err(unreadable)?;
        }
    }
    Ok(mended)
}

/// The type of a kind, from its first event.
async fn type_of(
    connection: &mut PgConnection,
    kind: u32,
    first: u64,
    category: &str,
    known: &Kinds,
) -> Result<String, ReadError> {
    let previous = if first == 1 { Some(GENESIS) } else { hash_of(connection, first - 1).await? };
    let stored = known.get(kind).map(|stored| &*stored.event_type);
    let mut kinds = Kinds::default();
    kinds.insert(kind, category, stored.unwrap_or_default());
    let event = at(
        connection,
        first,
        &Recent::new(crate::sequencer::EMPTY, kinds, TailLimits { events: 0, bytes: 0 }),
    )
    .await?;
    let fitting = |event_type: &String| {
        event.as_ref().zip(previous).is_some_and(|(event, previous)| fits_as(event, event_type, &previous))
    };
    let event_type = types_to_try(category, stored).into_iter().find(fitting);
    // Of a newer Khata, or the event itself was altered: the walk tells.
    Ok(event_type.or(stored.map(str::to_owned)).unwrap_or_default())
}

async fn at(
    connection: &mut PgConnection,
    position: u64,
    recent: &Recent,
) -> Result<Option<Recorded>, ReadError> {
    let found = events_behind(connection, position.saturating_sub(1), 1, recent).await?;
    Ok(found.into_iter().next().filter(|event| event.position == position))
}

/// Mends the rows of keys that do not carry their seal, and gives those that events tell and that have none a
/// row again.
async fn mend_keys(
    connection: &mut PgConnection,
    seal: &SealKey,
    recent: &Recent,
    repaired: &mut Repaired,
) -> Result<(), ReadError> {
    let damaged = damaged(connection, seal).await?;
    let ids: Vec<i64> = damaged.iter().map(|row| row.id).collect();
    let mut damaged = DamagedKeys::new(*seal, damaged);
    let mut lost = Vec::new();
    if !damaged.is_empty() {
        let mut log = Log::new(recent);
        while let Some(page) = log.next(connection).await? {
            page.iter().for_each(|told| damaged.look(told));
        }
        sqlx::query("DELETE FROM keys WHERE id = ANY($1)")
            .bind(ids)
            .execute(&mut *connection)
            .await
            .map_err(unreadable)?;
        for (row, record) in damaged.settled() {
            match record {
                Some(record) => {
                    repaired.keys_mended += u64::from(put(connection, seal, Some(row.id), &record).await?)
                }
                None => lost.push(row),
            }
        }
    }
    let (mut log, mut restored) = (Log::new(recent), FxHashSet::default());
    while let Some(page) = log.next(connection).await? {
        let own: Vec<KeyRecord> = page.iter().filter_map(Told::own).collect();
        let names: Vec<(String, String)> =
            own.iter().map(|record| (record.claim.scope.clone(), record.claim.key.clone())).collect();
        let missing: FxHashSet<(String, String)> =
            keys_missing(connection, &names).await?.into_iter().collect();
        for record in
            own.iter().zip(names).filter(|(_, name)| missing.contains(name)).map(|(record, _)| record)
        {
            if put(connection, seal, None, record).await? {
                repaired.keys_restored += 1;
                restored.insert(record.claim.key.clone());
            }
        }
    }
    repaired.keys_lost = lost.into_iter().map(Damaged::name).filter(|key| !restored.contains(key)).collect();
    Ok(())
}

/// All rows that do not carry their seal.
async fn damaged(connection: &mut PgConnection, seal: &SealKey) -> Result<Vec<Damaged>, ReadError> {
    let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys WHERE id > $1 ORDER BY id LIMIT 5000";
    let (mut last, mut damaged) = (i64::MIN, Vec::new());
    loop {
        let rows = sqlx::query(query).bind(last).fetch_all(&mut *connection).await.map_err(unreadable)?;
        for row in &rows {
            last = row.try_get(9).map_err(unreadable)?;
            match sealed_key(seal, row) {
                Ok(_) => {}
                Err(ReadError::Corrupt(_)) => {
                    let seal = row.try_get(8).unwrap_or_default();
                    damaged.push(Damaged { id: last, record: key_of(row).ok(), seal });
                }
                Err(error) => return Err(error),
            }
        }
        if rows.is_empty() {
            return Ok(damaged);
        }
    }
}

/// Goes along the log, a page of commands at a time.
struct Log<'a> {
    recent: &'a Recent,
    after: u64,
    /// `None` at the end.
    commands: Option<Commands>,
}

impl<'a> Log<'a> {
    fn new(recent: &'a Recent) -> Self {
        Self { recent, after: 0, commands: Some(Commands::default()) }
    }

    async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Vec<Told>>, ReadError> {
        let Some(commands) = &mut self.commands else { return Ok(None) };
        let events = events_behind(connection, self.after, PAGE, self.recent).await?;
        let Some(last) = events.last() else {
            return Ok(self.commands.take().map(|commands| commands.end().into_iter().collect()));
        };
        self.after = last.position;
        Ok(Some(events.iter().filter_map(|event| commands.step(event)).collect()))
    }
}

/// Stores a row. False: its key has one.
async fn put(
    connection: &mut PgConnection,
    seal: &SealKey,
    id: Option<i64>,
    record: &KeyRecord,
) -> Result<bool, ReadError> {
    let query = "INSERT INTO keys (id, scope, key, fingerprint, decided_at, stream, version, events, position, seal)
        VALUES (coalesce($1, nextval(pg_get_serial_sequence('keys', 'id'))), $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (scope, key) DO NOTHING";
    let claim = &record.claim;
    let query = sqlx::query(query).bind(id).bind(&claim.scope).bind(&claim.key).bind(&claim.fingerprint);
    let query = query
        .bind(claim.decided_at.as_microsecond())
        .bind(record.stream.as_str())
        .bind(sql(record.version))
        .bind(sql(record.events));
    let done = query
        .bind(sql(record.position))
        .bind(seal.key(record).to_vec())
        .execute(connection)
        .await
        .map_err(unreadable)?;
    Ok(done.rows_affected() > 0)
}
