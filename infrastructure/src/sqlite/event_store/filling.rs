//! Fills the indexes of whole segments from the events, a transaction for each: where a start finds more of
//! them without indexes than the writer may file behind its commits, and where they are made anew.

use super::{
    indexer::Indexer,
    progress::Progress,
    rows::{self, sql, unreadable},
    segment::{Entry, SEGMENT, Segment},
};
use crate::seal::SealKey;
use khata_application::event_store::ReadError;
use rusqlite::{Connection, Transaction};

/// So many full segments may wait for their indexes when the writer begins.
const WAITING: u64 = 2;
/// After so many segments the WAL is copied into the file.
const COPY_EVERY: u64 = 8;

/// Indexes what the writer is not to be left with, and tells how far the file has come then.
pub(super) fn catch_up(
    connection: &mut Connection,
    key: &SealKey,
    mut progress: Progress,
) -> Result<Progress, ReadError> {
    let full = rows::head(connection)?.position / SEGMENT;
    let due = full.saturating_sub(WAITING);
    if progress.indexed_segments < due {
        tracing::warn!(
            segments = due - progress.indexed_segments,
            "the indexes of the log are made anew from the events"
        );
    }
    while progress.indexed_segments < due {
        progress = fill_next(connection, key, progress)?;
        if progress.indexed_segments.is_multiple_of(COPY_EVERY) {
            connection
                .pragma_update_and_check(None, "wal_checkpoint", "PASSIVE", |_| Ok(()))
                .map_err(unreadable)?;
        }
    }
    Ok(progress)
}

/// Indexes the next segment.
fn fill_next(
    connection: &mut Connection,
    key: &SealKey,
    mut progress: Progress,
) -> Result<Progress, ReadError> {
    let transaction = connection.transaction().map_err(unreadable)?;
    let mut indexer = Indexer::default();
    indexer.begin(segment(&transaction, progress.indexed_segments)?.into());
    write_all(&transaction, &mut indexer, key, &mut progress).map_err(unreadable)?;
    transaction.commit().map_err(unreadable)?;
    Ok(progress)
}

fn write_all(
    transaction: &Transaction<'_>,
    indexer: &mut Indexer,
    key: &SealKey,
    progress: &mut Progress,
) -> rusqlite::Result<()> {
    indexer.write_slice(transaction, key, usize::MAX, progress)?;
    progress.store(transaction, key)
}

/// What the indexes have to say of a segment, from the events in it.
pub(super) fn segment(connection: &Connection, number: u64) -> Result<Segment, ReadError> {
    let query = "SELECT stream, version, kind, event_id FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position";
    let mut statement = rows::prepare(connection, query)?;
    let first = number * SEGMENT;
    let entries = statement.query_map((sql(first), sql(first + SEGMENT)), Entry::read).map_err(unreadable)?;
    let mut segment = Segment::empty(number);
    for entry in entries {
        segment.push(entry.map_err(unreadable)?);
    }
    Ok(segment)
}
