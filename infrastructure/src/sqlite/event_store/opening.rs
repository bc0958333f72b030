//! Opening the log: refuses what this build cannot use or what was altered, before anything is touched.
//!
//! What a start verifies: the chain over the last [`WALKED_AT_START`] events, further back if the last
//! verified position lies there, and that the event at that position still is the one that was verified. A
//! process moves that position along with what it writes itself, and to the head when it ends cleanly. So a
//! start notices any alteration of a log that is not longer, or of the end of a longer one; and a log that
//! ends before the verified position. What it finds it looks for again from the beginning, to name the first
//! position that does not fit. It does not notice an alteration in the depth of a long log: that takes the
//! whole walk of `khata audit verify`. Events cut off behind the verified position, after a kill, cannot be
//! told from events that never were.

use super::{
    filling,
    lookup::key_of,
    progress::{Progress, noted},
    recent::Recent,
    rows::{self, instant, unreadable},
    segment::SEGMENT,
};
use crate::{
    leases::LeaseTables,
    seal::SealKey,
    sqlite::{
        connection::{Durability, OpenError, Settings, open_inspector, open_writer},
        leases::FileLeases,
        schema::Migrations,
    },
    tail::TailLimits,
};
use khata_application::{
    audit::{Broken, Link, Misfit, Walk},
    event_store::{ReadError, stored_log::Witness},
};
use rusqlite::{Connection, OptionalExtension};
use std::{io, path::Path, sync::Arc};

/// So many events at the end of the log are verified at every start: what takes about a tenth of a second.
pub const WALKED_AT_START: u64 = 100_000;

/// The schema of the log.
pub(in crate::sqlite) const MIGRATIONS: Migrations = Migrations(&[
    include_str!("../../../../migrations/sqlite/events/0001_log.sql"),
    include_str!("../../../../migrations/sqlite/events/0002_consumers.sql"),
    include_str!("../../../../migrations/sqlite/events/0003_seals.sql"),
    include_str!("../../../../migrations/sqlite/events/0004_leases.sql"),
]);

/// The writer's connection. It copies the WAL itself, between batches.
pub(super) const WRITER: Settings =
    Settings { durability: Durability::Full, cache_kib: 8_192, checkpoint_pages: 0 };

/// The schema version from which on rows beside the events carry seals.
pub(super) const SEALED_SINCE: u32 = 3;

/// Why the log cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The file is no store that this build can use.
    #[error(transparent)]
    File(#[from] OpenError),
    /// The log was altered.
    #[error(transparent)]
    Altered(#[from] Broken),
    /// What the file says of itself beside the events was altered, or sealed with another secret.
    #[error(
        "the log fits together, but its notes of how far it has come (the table progress) do not carry the seal of this deployment: they were altered, or the secret is another one; with the right secret, `khata audit repair-index` makes them and the indexes anew from the events"
    )]
    Notes,
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    Thread(io::Error),
}

pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) recent: Arc<Recent>,
    pub(super) progress: Progress,
    pub(super) leases: FileLeases,
}

pub(super) fn open(path: &Path, tail: TailLimits, seal: SealKey) -> Result<Opened, OpenStoreError> {
    let version = MIGRATIONS.check(path)?;
    if version > 0 {
        let inspector = open_inspector(path)?;
        verify(&inspector)?;
        if version >= SEALED_SINCE && Progress::sealed(&inspector, &seal)?.is_none() {
            return Err(OpenStoreError::Notes);
        }
    }
    let mut connection = open_writer(path, WRITER)?;
    MIGRATIONS.apply_with(&mut connection, path, |transaction, from| {
        if from < SEALED_SINCE { seal_all(transaction, &seal).map_err(OpenStoreError::Read) } else { Ok(()) }
    })?;
    let progress = Progress::load(&connection, &seal)?;
    let progress = filling::catch_up(&mut connection, &seal, progress)?;
    let recent =
        Recent::new(rows::head(&connection)?, progress.indexed_segments, rows::kinds(&connection)?, tail);
    rows::entries_behind(&connection, progress.indexed_segments * SEGMENT)?
        .into_iter()
        .for_each(|entry| recent.recall(entry));
    let leases = FileLeases::load(&connection, LeaseTables::OF_LOG).map_err(unreadable)?;
    Ok(Opened { connection, recent: Arc::new(recent), progress, leases })
}

/// Seals what a Khata has written that knew no seals, as it is.
pub(super) fn seal_all(connection: &Connection, seal: &SealKey) -> Result<(), ReadError> {
    let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, id FROM keys";
    let mut keys = connection.prepare(query).map_err(unreadable)?;
    let mut update = connection.prepare("UPDATE keys SET seal = ?2 WHERE id = ?1").map_err(unreadable)?;
    let mut rows = keys.query([]).map_err(unreadable)?;
    while let Some(row) = rows.next().map_err(unreadable)? {
        let record = key_of(connection, row)?;
        update
            .execute((row.get::<_, i64>(8).map_err(unreadable)?, seal.key(&record).as_slice()))
            .map_err(unreadable)?;
    }
    Progress::unsealed(connection)?.store(connection, seal).map_err(unreadable)
}

/// Verifies what a start has to.
fn verify(connection: &Connection) -> Result<(), OpenStoreError> {
    let (end, noted) = (rows::head(connection)?, noted(connection)?);
    let begin = noted.position.min(end.position.saturating_sub(WALKED_AT_START));
    let found = stored(connection, begin).and_then(|from| walk(connection, from, Some(noted)));
    match found {
        // Something before the walk's beginning may be wrong, too: the first of all is named.
        Err(OpenStoreError::Altered(_)) if begin > 0 => {
            walk(connection, Link::GENESIS, Some(noted)).and(found)
        }
        found => found,
    }
}

/// An event's place in the chain, as the file has it.
fn stored(connection: &Connection, position: u64) -> Result<Link, OpenStoreError> {
    if position == 0 {
        return Ok(Link::GENESIS);
    }
    let found = connection
        .query_row("SELECT hash, recorded_at FROM events WHERE position = ?1", [rows::sql(position)], |row| {
            Ok(Link { position, hash: row.get(0)?, recorded_at: instant(row.get(1)?)? })
        })
        .optional()
        .map_err(unreadable)?;
    found.ok_or_else(|| Broken { position, reason: Misfit::Missing }.into())
}

/// Walks the chain behind an event to the end of the file.
pub(super) fn walk(
    connection: &Connection,
    from: Link,
    noted: Option<Witness>,
) -> Result<(), OpenStoreError> {
    let kinds = rows::kinds(connection)?;
    let mut walk = Walk::behind(from).past(noted);
    match rows::walk_behind(connection, from.position, &kinds, |event| {
        walk.step(&event).map_err(OpenStoreError::Altered)
    }) {
        Err(OpenStoreError::Read(ReadError::Corrupt(reason))) => {
            Err(walk.broken(Misfit::Unreadable(reason)).into())
        }
        Ok(()) => Ok(walk.finish()?),
        ended => ended,
    }
}
