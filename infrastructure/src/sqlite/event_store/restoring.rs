//! What the writer does for a restore: it takes events and keys as they were, instead of giving positions,
//! times and hashes, and commits them in the batches in which they come.

pub(in crate::sqlite) use super::job::Piece;

use super::{
    SqliteEventStore,
    job::Job,
    lookup::{WriterLookup, sealed_key},
    rows::{number, prepare, sql, unreadable},
};
use crate::{
    seal::SealKey,
    sequencer::{LogLookup, Sequencer},
};
use khata_application::{
    archive::{KeyPage, RestoreError},
    event_store::{AppendError, Head, ReadError},
};
use rusqlite::Connection;
use tokio::sync::oneshot;

/// How a piece comes to be durable.
pub(in crate::sqlite) type Outcome = oneshot::Receiver<Result<(), RestoreError>>;

impl SqliteEventStore {
    /// Queues a piece. What it is restored into must be empty but for the pieces before it.
    pub(in crate::sqlite) fn restore(&self, piece: Piece) -> Result<Outcome, RestoreError> {
        let (answer, outcome) = oneshot::channel();
        self.queue(Job::Restore(piece, answer))
            .map_err(|error| RestoreError::Unavailable(error.to_string()))?;
        Ok(outcome)
    }
}

/// Takes a piece up into what the writer knows; the commit of the batch makes it durable.
pub(super) fn take(
    piece: Piece,
    sequencer: &mut Sequencer,
    lookup: &mut WriterLookup<'_>,
) -> Result<(), RestoreError> {
    for event in piece.events {
        let last = sequencer.head;
        let version = lookup.stream_end(&event.stream).map_err(unwritable)?.version;
        if event.position != last.position + 1
            || event.version != version + 1
            || event.recorded_at < last.recorded_at
        {
            return Err(RestoreError::Misfit(format!(
                "position {} does not continue the log",
                event.position
            )));
        }
        if let Some(earlier) = lookup.position_of(event.event_id).map_err(unwritable)? {
            return Err(RestoreError::Misfit(format!(
                "the events at positions {earlier} and {} have one id",
                event.position
            )));
        }
        sequencer.head = Head { position: event.position, hash: event.hash, recorded_at: event.recorded_at };
        lookup.cache.take_event(event);
    }
    for record in piece.keys {
        if lookup.key(&record.claim.scope, &record.claim.key).map_err(unwritable)?.is_some() {
            return Err(RestoreError::Misfit(format!(
                "the idempotency key {:?} stands there twice",
                record.claim.key
            )));
        }
        let version = lookup.stream_end(&record.stream).map_err(unwritable)?.version;
        if record.position > sequencer.head.position || record.version > version {
            return Err(RestoreError::Misfit(format!(
                "the idempotency key {:?} names what is not there",
                record.claim.key
            )));
        }
        lookup.cache.take_key(record);
    }
    Ok(())
}

fn unwritable(error: AppendError) -> RestoreError {
    RestoreError::Unavailable(error.to_string())
}

/// A page of the keys in the file, in the order in which they were stored.
pub(super) fn keys(
    connection: &Connection,
    seal: &SealKey,
    from: u64,
    limit: usize,
    up_to_position: u64,
) -> Result<KeyPage, ReadError> {
    let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys WHERE id >= ?1 ORDER BY id LIMIT ?2";
    let mut statement = prepare(connection, query)?;
    let mut rows = statement.query((sql(from), sql(limit as u64))).map_err(unreadable)?;
    let mut page = KeyPage { keys: Vec::new(), next: None };
    let mut last = None;
    while let Some(row) = rows.next().map_err(unreadable)? {
        let record = sealed_key(connection, seal, row)?;
        // What is stored behind it was stored later, also if it was bound to an earlier answer: nothing of it
        // counts either.
        if record.position > up_to_position {
            return Ok(page);
        }
        page.keys.push(record);
        last = Some(number(row, 9).map_err(unreadable)?);
    }
    page.next = last.filter(|_| page.keys.len() == limit).map(|id| id + 1);
    Ok(page)
}
