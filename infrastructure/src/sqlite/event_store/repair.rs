//! Makes everything beside the events anew from them, after all of the chain was verified: what a start, an audit or a question found
//! damaged. Nothing is changed if the chain does not fit.

use super::{
    filling,
    known::{key_of, sealed_key},
    opening::{MIGRATIONS, OpenStoreError, SEALED_SINCE, WRITER, seal_all, walk},
    progress::Progress,
    rows::{self, unreadable},
    stored::noted,
};
use crate::{
    SealKey,
    key_filter::key_hash,
    kinds::Kinds,
    repairing::{Repaired, command_of, fits_as, key_told_by, types_to_try},
    sqlite::connection::{checkpoint_and_truncate, open_writer},
};
use jiff::Timestamp;
use khata_application::{
    audit::Link,
    event_store::{KeyRecord, ReadError},
    hash_chain::GENESIS,
};
use rusqlite::{Connection, Transaction};
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
    let last_key = transaction.query_row("SELECT coalesce(max(id), 0) FROM keys", [], |row| row.get(0)).map_err(unreadable)?;
    let progress = Progress::anew(floor, last_key, head);
    progress.store(&transaction, &seal).map_err(unreadable)?;
    transaction.commit().map_err(unreadable)?;
    filling::catch_up(&mut connection, &seal, progress)?;
    checkpoint_and_truncate(&connection).map_err(unreadable)?;
    Ok(repaired)
}

/// Tells each kind anew that is not what its events say: the category is their stream's, and the type is the one under which the hash
/// of the first of them fits.
fn mend_kinds(transaction: &Transaction<'_>) -> Result<u64, ReadError> {
    let known = rows::kinds(transaction)?;
    let mut statement = transaction.prepare("SELECT kind, min(position) FROM events GROUP BY kind ORDER BY kind").map_err(unreadable)?;
    let firsts: rusqlite::Result<Vec<(u32, u64)>> =
        statement.query_map([], |row| Ok((row.get(0)?, rows::number(row, 1)?))).map_err(unreadable)?.collect();
    let (mut right, mut mended) = (Vec::new(), 0);
    for (kind, first) in firsts.map_err(unreadable)? {
        let (category, event_type) = kind_of(transaction, kind, first, &known)?;
        let stands = known.get(kind).is_some_and(|stored| *stored.category == *category && *stored.event_type == *event_type);
        mended += u64::from(!stands);
        right.push((kind, category, event_type));
    }
    if mended > 0 {
        transaction.execute_batch("DELETE FROM kinds").map_err(unreadable)?;
        let mut insert = transaction.prepare("INSERT INTO kinds (id, category, event_type) VALUES (?1, ?2, ?3)").map_err(unreadable)?;
        for row in &right {
            insert.execute((row.0, &row.1, &row.2)).map_err(unreadable)?;
        }
    }
    Ok(mended)
}

/// Category and type of a kind, from its first event.
fn kind_of(connection: &Connection, kind: u32, first: u64, known: &Kinds) -> Result<(String, String), ReadError> {
    let previous = if first == 1 { GENESIS } else { rows::hash_at(connection, first - 1)? };
    let category = rows::stream_at(connection, first)?.category().to_owned();
    let stored = known.get(kind).map(|stored| &*stored.event_type);
    let mut kinds = Kinds::default();
    kinds.insert(kind, &category, stored.unwrap_or_default());
    let event = rows::event_at(connection, &kinds, first)?;
    let fitting = |event_type: &String| event.as_ref().is_some_and(|event| fits_as(event, event_type, &previous));
    let event_type = types_to_try(&category, stored).into_iter().find(fitting);
    // Of a newer Khata, or the event itself was altered: the walk tells.
    Ok((category, event_type.or(stored.map(str::to_owned)).unwrap_or_default()))
}

/// Mends the rows of keys that do not carry their seal, from the events that tell of them, and indexes all of them anew.
fn mend_keys(transaction: &Transaction<'_>, seal: &SealKey, repaired: &mut Repaired) -> Result<(), ReadError> {
    let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys";
    let mut statement = transaction.prepare(query).map_err(unreadable)?;
    let mut found = statement.query([]).map_err(unreadable)?;
    transaction.execute_batch("DELETE FROM key_hashes").map_err(unreadable)?;
    let mut insert = transaction.prepare("INSERT OR IGNORE INTO key_hashes (hash, id) VALUES (?1, ?2)").map_err(unreadable)?;
    let mut lost = Vec::new();
    while let Some(row) = found.next().map_err(unreadable)? {
        let id: i64 = row.get(9).map_err(unreadable)?;
        match sealed_key(transaction, seal, row) {
            Ok(record) => drop(insert.execute((key_hash(&record.claim.scope, &record.claim.key), id)).map_err(unreadable)?),
            Err(ReadError::Corrupt(_)) => lost.push((id, key_of(transaction, row).ok())),
            Err(error) => return Err(error),
        }
    }
    for (id, record) in lost {
        match record.as_ref().map(|record| told(transaction, record)).transpose()?.flatten() {
            Some(record) => {
                replace_key(transaction, seal, id, &record).map_err(unreadable)?;
                insert.execute((key_hash(&record.claim.scope, &record.claim.key), id)).map_err(unreadable)?;
                repaired.keys_mended += 1;
            }
            None => {
                transaction.execute("DELETE FROM keys WHERE id = ?1", [id]).map_err(unreadable)?;
                repaired.keys_lost.push(record.map_or_else(|| format!("row {id}"), |record| record.claim.key));
            }
        }
    }
    Ok(())
}

/// A damaged key as the event at its position tells it, if that event tells one.
fn told(connection: &Connection, damaged: &KeyRecord) -> Result<Option<KeyRecord>, ReadError> {
    let kinds = rows::kinds(connection)?;
    let Some(last) = rows::event_at(connection, &kinds, damaged.position)? else { return Ok(None) };
    let (mut gained, mut position) = (1, last.position);
    while position > 1
        && let Some(before) = rows::event_at(connection, &kinds, position - 1)?
        && command_of(&before) == command_of(&last)
    {
        gained += u64::from(before.stream == last.stream);
        position -= 1;
    }
    Ok(key_told_by(&last, damaged, gained))
}

fn replace_key(connection: &Connection, seal: &SealKey, id: i64, record: &KeyRecord) -> rusqlite::Result<()> {
    let (claim, digest) = (&record.claim, seal.key(record));
    let numbers = [record.version, record.events, record.position].map(rows::sql);
    connection.execute(
        "UPDATE keys SET scope = ?2, key = ?3, fingerprint = ?4, decided_at = ?5, version = ?6, events = ?7, position = ?8, seal = ?9 WHERE id = ?1",
        rusqlite::params![
            id,
            claim.scope,
            claim.key,
            claim.fingerprint,
            claim.decided_at.as_microsecond(),
            numbers[0],
            numbers[1],
            numbers[2],
            digest.as_slice()
        ],
    )?;
    Ok(())
}
