//! Makes everything beside the events anew from them, after all of the chain was verified: what a start, an
//! audit or a question found damaged. Nothing is changed if the chain does not fit.

use super::{
    commit::insert_keys,
    filling,
    index::stream_id,
    lookup::{StoredKey, key_of, sealed_key},
    opening::{MIGRATIONS, OpenStoreError, SEALED_SINCE, WRITER, seal_all, walk},
    progress::{Progress, noted},
    rows::{self, prepare, unreadable},
};
use crate::{
    SealKey,
    key_filter::key_hash,
    kinds::Kinds,
    repairing::{Commands, Damaged, DamagedKeys, Repaired, Told, fits_as, types_to_try},
    sqlite::connection::{checkpoint_and_truncate, open_writer},
};
use jiff::Timestamp;
use khata_application::{
    audit::Link,
    event_store::{KeyRecord, ReadError},
    hash_chain::GENESIS,
};
use rusqlite::{Connection, Transaction};
use rustc_hash::FxHashSet;
use std::path::Path;

/// Repairs a log that no process has open. A log that is not there needs none.
///
/// # Errors
/// The chain does not fit, or the file cannot be used; nothing was changed then.
pub fn repair(path: &Path, seal: SealKey, now: Timestamp) -> Result<Repaired, OpenStoreError> {
    let version = MIGRATIONS.check(path)?;
    if version == 0 {
        return Ok(Repaired::default());
    }
    let mut connection = open_writer(path, WRITER)?;
    MIGRATIONS.apply_with(&mut connection, path, |transaction, from| {
        if from < SEALED_SINCE { seal_all(transaction, &seal).map_err(OpenStoreError::Read) } else { Ok(()) }
    })?;
    let transaction = connection.transaction().map_err(unreadable)?;
    let mut repaired = Repaired { kinds: mend_kinds(&transaction)?, ..Repaired::default() };
    transaction.execute_batch("REINDEX").map_err(unreadable)?;
    let sealed = Progress::sealed(&transaction, &seal)?;
    // Notes that do not carry their seal are no witness.
    let witness = if sealed.is_some() { Some(noted(&transaction)?) } else { None };
    walk(&transaction, Link::GENESIS, witness)?;
    let head = rows::head(&transaction)?;
    repaired.events = head.position;
    mend_keys(&transaction, &seal, &mut repaired)?;
    transaction
        .execute_batch("DELETE FROM stream_runs; DELETE FROM stream_ends; DELETE FROM kind_runs; DELETE FROM event_ids; DELETE FROM snapshots")
        .map_err(unreadable)?;
    let floor = sealed.map_or(now.max(head.recorded_at), |progress| progress.floor);
    let last_key = transaction
        .query_row("SELECT coalesce(max(id), 0) FROM keys", [], |row| row.get(0))
        .map_err(unreadable)?;
    let progress = Progress::anew(floor, last_key, head);
    progress.store(&transaction, &seal).map_err(unreadable)?;
    transaction.commit().map_err(unreadable)?;
    filling::catch_up(&mut connection, &seal, progress)?;
    checkpoint_and_truncate(&connection).map_err(unreadable)?;
    Ok(repaired)
}

/// Tells each kind anew that is not what its events say: the category is their stream's, and the type is the
/// one under which the hash of the first of them fits.
fn mend_kinds(transaction: &Transaction<'_>) -> Result<u64, ReadError> {
    let known = rows::kinds(transaction)?;
    let mut statement = transaction
        .prepare("SELECT kind, min(position) FROM events GROUP BY kind ORDER BY kind")
        .map_err(unreadable)?;
    let firsts: rusqlite::Result<Vec<(u32, u64)>> = statement
        .query_map([], |row| Ok((row.get(0)?, rows::number(row, 1)?)))
        .map_err(unreadable)?
        .collect();
    let (mut right, mut mended) = (Vec::new(), 0);
    for (kind, first) in firsts.map_err(unreadable)? {
        let (category, event_type) = kind_of(transaction, kind, first, &known)?;
        let stands = known
            .get(kind)
            .is_some_and(|stored| *stored.category == *category && *stored.event_type == *event_type);
        mended += u64::from(!stands);
        right.push((kind, category, event_type));
    }
    if mended > 0 {
        transaction.execute_batch("DELETE FROM kinds").map_err(unreadable)?;
        let mut insert = transaction
            .prepare("INSERT INTO kinds (id, category, event_type) VALUES (?1, ?2, ?3)")
            .map_err(unreadable)?;
        for row in &right {
            insert.execute((row.0, &row.1, &row.2)).map_err(unreadable)?;
        }
    }
    Ok(mended)
}

/// Category and type of a kind, from its first event.
fn kind_of(
    connection: &Connection,
    kind: u32,
    first: u64,
    known: &Kinds,
) -> Result<(String, String), ReadError> {
    let previous = if first == 1 { GENESIS } else { rows::hash_at(connection, first - 1)? };
    let category = rows::stream_at(connection, first)?.category().to_owned();
    let stored = known.get(kind).map(|stored| &*stored.event_type);
    let mut kinds = Kinds::default();
    kinds.insert(kind, &category, stored.unwrap_or_default());
    let event = rows::event_at(connection, &kinds, first)?;
    let fitting =
        |event_type: &String| event.as_ref().is_some_and(|event| fits_as(event, event_type, &previous));
    let event_type = types_to_try(&category, stored).into_iter().find(fitting);
    // Of a newer Khata, or the event itself was altered: the walk tells.
    Ok((category, event_type.or(stored.map(str::to_owned)).unwrap_or_default()))
}

/// Mends the rows of keys that do not carry their seal, gives those that events tell and that have none a row
/// again, and indexes all of them anew.
fn mend_keys(
    transaction: &Transaction<'_>,
    seal: &SealKey,
    repaired: &mut Repaired,
) -> Result<(), ReadError> {
    transaction.execute_batch("DELETE FROM key_hashes").map_err(unreadable)?;
    let mut keys = Keys { transaction, seal, last: 0 };
    let mut damaged = DamagedKeys::new(*seal, keys.index_sound()?);
    let mut lost = Vec::new();
    if !damaged.is_empty() {
        commands(transaction, |told| {
            damaged.look(&told);
            Ok(())
        })?;
        for (row, record) in damaged.settled() {
            transaction.execute("DELETE FROM keys WHERE id = ?1", [row.id]).map_err(unreadable)?;
            match record {
                Some(record) if keys.put(row.id, &record)? => repaired.keys_mended += 1,
                // Its key has a sound row.
                Some(_) => {}
                None => lost.push(row),
            }
        }
    }
    let mut restored = FxHashSet::default();
    commands(transaction, |told| {
        if let Some(record) = told.own()
            && keys.put(keys.last + 1, &record)?
        {
            repaired.keys_restored += 1;
            restored.insert(record.claim.key);
        }
        Ok(())
    })?;
    repaired.keys_lost = lost.into_iter().map(Damaged::name).filter(|key| !restored.contains(key)).collect();
    Ok(())
}

/// Visits the commands of the log, in order.
fn commands(
    connection: &Connection,
    mut visit: impl FnMut(Told) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut commands = Commands::default();
    rows::walk_behind(connection, 0, &rows::kinds(connection)?, |event| {
        commands.step(&event).map_or(Ok(()), &mut visit)
    })?;
    commands.end().map_or(Ok(()), visit)
}

/// The rows of keys while they are mended.
struct Keys<'a> {
    transaction: &'a Transaction<'a>,
    seal: &'a SealKey,
    /// The largest id so far.
    last: i64,
}

impl Keys<'_> {
    /// Indexes the rows that carry their seal; gives the others.
    fn index_sound(&mut self) -> Result<Vec<Damaged>, ReadError> {
        let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys ORDER BY id";
        let mut statement = self.transaction.prepare(query).map_err(unreadable)?;
        let mut found = statement.query([]).map_err(unreadable)?;
        let mut damaged = Vec::new();
        while let Some(row) = found.next().map_err(unreadable)? {
            self.last = row.get(9).map_err(unreadable)?;
            match sealed_key(self.transaction, self.seal, row) {
                Ok(record) => self.index(self.last, &record)?,
                Err(ReadError::Corrupt(_)) => {
                    let seal = row.get(8).unwrap_or_default();
                    damaged.push(Damaged { id: self.last, record: key_of(self.transaction, row).ok(), seal });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(damaged)
    }

    /// Stores a row and indexes it. False: its key has one.
    fn put(&mut self, id: i64, record: &KeyRecord) -> Result<bool, ReadError> {
        let (claim, stream) = (&record.claim, stream_id(self.transaction, &record.stream)?);
        let query = "SELECT 1 FROM key_hashes h JOIN keys k ON k.id = h.id WHERE h.hash = ?1 AND k.scope = ?2 AND k.key = ?3";
        let hash = key_hash(&claim.scope, &claim.key);
        if prepare(self.transaction, query)?.exists((hash, &claim.scope, &claim.key)).map_err(unreadable)? {
            return Ok(false);
        }
        let Some(stream) = stream else { return Ok(false) };
        insert_keys(self.transaction, self.seal, &[StoredKey { id, hash, stream, record: record.clone() }])
            .map_err(unreadable)?;
        self.index(id, record)?;
        self.last = self.last.max(id);
        Ok(true)
    }

    fn index(&self, id: i64, record: &KeyRecord) -> Result<(), ReadError> {
        let mut insert =
            prepare(self.transaction, "INSERT OR IGNORE INTO key_hashes (hash, id) VALUES (?1, ?2)")?;
        insert.execute((key_hash(&record.claim.scope, &record.claim.key), id)).map(drop).map_err(unreadable)
    }
}
