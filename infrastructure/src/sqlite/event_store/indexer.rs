//! Writes the indexes of full segments, and of idempotency keys, into the file: in key order, a few rows with
//! each commit, so that no commit waits for a whole segment and each page of an index is written a few times
//! instead of once per event.

use super::{
    index::{IndexedEnd, end_seal, kind_seal, run_seal},
    progress::Progress,
    rows::{number, sql},
    segment::{Segment, to_bytes},
};
use crate::seal::SealKey;
use rusqlite::{Connection, OptionalExtension, Result};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// After so many keys their hashes are indexed.
pub(super) const KEY_GROUP: usize = 32_768;

/// A segment on its way into the file.
struct Filing {
    segment: Arc<Segment>,
    kinds: Vec<(u32, Vec<u16>)>,
    ids: Vec<(Uuid, u64)>,
    streams: Vec<u32>,
    newest: Uuid,
}

/// Keys that are in memory only: hash and id, in order of hash.
pub(super) type KeyHashes = BTreeSet<(i64, i64)>;

#[derive(Default)]
pub(super) struct Indexer {
    filing: Option<Filing>,
    /// What the last slice has finished, to be taken note of once it is committed.
    finished_segment: bool,
    filing_keys: Option<FilingKeys>,
    finished_keys: bool,
}

struct FilingKeys {
    /// Still to be written, descending.
    rest: Vec<(i64, i64)>,
    last_id: i64,
    /// All of them, to be found until they are in the file.
    hashes: KeyHashes,
}

impl Indexer {
    /// Whether a segment is needed to go on with.
    pub(super) fn is_idle(&self) -> bool {
        self.filing.is_none()
    }

    pub(super) fn begin(&mut self, segment: Arc<Segment>) {
        let (kinds, mut ids, mut streams) = (segment.kinds(), segment.sorted_ids(), segment.sorted_streams());
        // Taken from the end, so the order is turned round.
        ids.reverse();
        streams.reverse();
        let newest = segment.newest_of_version_7();
        self.filing = Some(Filing { segment, kinds, ids, streams, newest });
    }

    pub(super) fn begin_keys(&mut self, hashes: KeyHashes) {
        let last_id = hashes.iter().map(|(_, id)| *id).max().unwrap_or(0);
        self.filing_keys = Some(FilingKeys { rest: hashes.iter().rev().copied().collect(), last_id, hashes });
    }

    pub(super) fn is_idle_with_keys(&self) -> bool {
        self.filing_keys.is_none()
    }

    /// The ids of keys of a hash that are being written.
    pub(super) fn key_ids(&self, hash: i64) -> Vec<i64> {
        self.filing_keys
            .iter()
            .flat_map(|keys| keys.hashes.range((hash, i64::MIN)..=(hash, i64::MAX)))
            .map(|(_, id)| *id)
            .collect()
    }

    /// Writes up to about `rows` rows in the open transaction; how far that has come goes into `progress`.
    pub(super) fn write_slice(
        &mut self,
        connection: &Connection,
        seal: &SealKey,
        rows: usize,
        progress: &mut Progress,
    ) -> Result<()> {
        if let Some(filing) = &mut self.filing {
            self.finished_segment = filing.write_slice(connection, seal, rows)?;
            if self.finished_segment {
                progress.indexed_segments = filing.segment.number + 1;
                progress.newest_event_id = progress.newest_event_id.max(filing.newest);
            }
        }
        if let Some(keys) = &mut self.filing_keys {
            self.finished_keys = keys.write_slice(connection, rows)?;
            if self.finished_keys {
                progress.indexed_keys = keys.last_id;
            }
        }
        Ok(())
    }

    /// The transaction is durable. If a segment is now indexed in the file: its largest event id of UUID
    /// version 7.
    pub(super) fn committed(&mut self) -> Option<Uuid> {
        if std::mem::take(&mut self.finished_keys) {
            self.filing_keys = None;
        }
        if !std::mem::take(&mut self.finished_segment) {
            return None;
        }
        self.filing.take().map(|filing| filing.newest)
    }
}

impl Filing {
    /// Whether the segment is finished.
    fn write_slice(&mut self, connection: &Connection, seal: &SealKey, rows: usize) -> Result<bool> {
        self.write_kinds(connection, seal)?;
        let mut insert = connection
            .prepare_cached("INSERT OR IGNORE INTO event_ids (event_id, position) VALUES (?1, ?2)")?;
        let ids = self.ids.split_off(self.ids.len().saturating_sub(rows));
        for (event_id, position) in ids.iter().rev() {
            insert.execute((event_id.as_bytes(), sql(*position)))?;
        }
        let streams = self.streams.split_off(self.streams.len().saturating_sub(rows - ids.len()));
        self.write_runs(connection, seal, &streams)?;
        Ok(self.ids.is_empty() && self.streams.is_empty())
    }

    fn write_kinds(&mut self, connection: &Connection, seal: &SealKey) -> Result<()> {
        let mut insert = connection.prepare_cached(
            "INSERT OR IGNORE INTO kind_runs (kind, segment, offsets, seal) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (kind, offsets) in self.kinds.drain(..) {
            let offsets = to_bytes(&offsets);
            let seal = kind_seal(seal, kind, self.segment.number, &offsets);
            insert.execute((kind, sql(self.segment.number), offsets, seal.as_slice()))?;
        }
        Ok(())
    }

    fn write_runs(&self, connection: &Connection, key: &SealKey, streams: &[u32]) -> Result<()> {
        let segment = self.segment.number;
        let mut last = connection.prepare_cached("SELECT segment FROM stream_ends WHERE stream = ?1")?;
        let mut insert = connection
            .prepare_cached("INSERT INTO stream_runs (segment, stream, previous, first_version, offsets, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        let mut end = connection.prepare_cached(
            "INSERT OR REPLACE INTO stream_ends (stream, segment, version, seal) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for stream in streams.iter().rev() {
            let previous = last.query_row([stream], |row| number(row, 0)).optional()?;
            // A process that was killed half-way has written this one already.
            if previous == Some(segment) {
                continue;
            }
            if let Some(run) = self.segment.run_of(*stream) {
                let seal = run_seal(key, *stream, previous, &run);
                insert.execute((
                    sql(segment),
                    stream,
                    previous.map(sql),
                    sql(run.first_version),
                    to_bytes(&run.offsets),
                    seal.as_slice(),
                ))?;
                let ends = IndexedEnd { segment, version: run.last_version() };
                end.execute((
                    stream,
                    sql(segment),
                    sql(ends.version),
                    end_seal(key, *stream, ends).as_slice(),
                ))?;
            }
        }
        Ok(())
    }
}

impl FilingKeys {
    fn write_slice(&mut self, connection: &Connection, rows: usize) -> Result<bool> {
        let mut insert =
            connection.prepare_cached("INSERT OR IGNORE INTO key_hashes (hash, id) VALUES (?1, ?2)")?;
        for (hash, id) in self.rest.split_off(self.rest.len().saturating_sub(rows)).iter().rev() {
            insert.execute((hash, id))?;
        }
        Ok(self.rest.is_empty())
    }
}
