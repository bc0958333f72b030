//! Writes what a batch has come to, in the transaction that makes it durable.

use super::{
    lookup::{StoredKey, Writes},
    rows::sql,
    segment::Entry,
};
use crate::seal::{Seal, SealKey};
use khata_application::{Recorded, event_store::Snapshot};
use rusqlite::{Connection, Result, params};

/// Inserts everything that the appends of a batch gave.
pub(super) fn insert(connection: &Connection, seal: &SealKey, writes: &Writes) -> Result<()> {
    let mut stream = connection.prepare_cached("INSERT INTO streams (id, name) VALUES (?1, ?2)")?;
    for (id, name) in &writes.streams {
        stream.execute((id, name.as_str()))?;
    }
    let mut kind =
        connection.prepare_cached("INSERT INTO kinds (id, category, event_type) VALUES (?1, ?2, ?3)")?;
    for new in &writes.kinds {
        kind.execute((new.id, &new.category, &new.event_type))?;
    }
    insert_events(connection, &writes.events, &writes.entries)?;
    insert_keys(connection, seal, &writes.keys)
}

/// Row by row: with bound parameters this is as quick as many rows in one statement, since the cost is in the
/// rows.
fn insert_events(connection: &Connection, events: &[Recorded], entries: &[Entry]) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO events (position, stream, version, kind, schema_version, event_id, recorded_at, effective_at, hash, data, metadata)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for (event, entry) in events.iter().zip(entries) {
        insert.raw_bind_parameter(1, sql(event.position))?;
        insert.raw_bind_parameter(2, entry.stream)?;
        insert.raw_bind_parameter(3, sql(event.version))?;
        insert.raw_bind_parameter(4, entry.kind)?;
        insert.raw_bind_parameter(5, event.schema_version)?;
        insert.raw_bind_parameter(6, event.event_id.as_bytes())?;
        insert.raw_bind_parameter(7, event.recorded_at.as_microsecond())?;
        insert.raw_bind_parameter(8, event.effective_at.as_microsecond())?;
        insert.raw_bind_parameter(9, event.hash.as_slice())?;
        insert.raw_bind_parameter(10, &*event.data)?;
        insert.raw_bind_parameter(11, &*event.metadata)?;
        insert.raw_execute()?;
    }
    Ok(())
}

/// Inserts idempotency keys, sealed.
pub(super) fn insert_keys(connection: &Connection, seal: &SealKey, keys: &[StoredKey]) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO keys (id, scope, key, fingerprint, decided_at, stream, version, events, position, seal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for StoredKey { id, stream, record, .. } in keys {
        let claim = &record.claim;
        let (version, events, position) = (sql(record.version), sql(record.events), sql(record.position));
        let decided_at = claim.decided_at.as_microsecond();
        let seal = seal.key(record);
        insert.execute(params![
            id,
            claim.scope,
            claim.key,
            claim.fingerprint,
            decided_at,
            stream,
            version,
            events,
            position,
            seal.as_slice()
        ])?;
    }
    Ok(())
}

/// Keeps a snapshot; one of the same version is replaced.
pub(super) fn insert_snapshot(
    connection: &Connection,
    stream: u32,
    snapshot: &Snapshot,
    seal: Seal,
) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO snapshots (stream, version, last_event_id, recorded_at, state_schema, state, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let recorded_at = snapshot.recorded_at.as_microsecond();
    let last_event_id = snapshot.last_event_id.as_bytes();
    insert.execute((
        stream,
        sql(snapshot.version),
        last_event_id,
        recorded_at,
        snapshot.state_schema,
        &snapshot.state,
        seal.as_slice(),
    ))?;
    Ok(())
}
