//! Learns at start, beside everything else, which streams there are, and which idempotency keys are stored,
//! so that new ones need not be looked up.

use super::{OpenStoreError, names::Names};
use crate::{key_filter::KeyFilter, sqlite::connection::open_reader};
use rusqlite::Connection;
use std::{path::Path, sync::Arc, thread};

/// So many are read at a time: a reader that stays long keeps the WAL from being copied.
const PAGE: usize = 32_768;
const CACHE_KIB: u32 = 512;

/// Begins to learn. If it cannot be brought to its end, any key may have been used, and is looked up.
pub(super) fn learn(
    path: &Path,
    filter: Arc<KeyFilter>,
    names: Arc<Names>,
) -> Result<thread::JoinHandle<()>, OpenStoreError> {
    let connection = open_reader(path, CACHE_KIB)?;
    let work = move || {
        if let Err(error) = names.learn(&connection) {
            tracing::warn!(%error, "the names of streams could not be read; the first new one tries again");
        }
        match indexed(&connection, &filter) {
            Ok(()) if filter.is_abandoned() => {}
            Ok(()) => filter.has_learnt(),
            Err(error) => tracing::warn!(%error, "the idempotency keys could not be read; each is looked up"),
        }
    };
    thread::Builder::new().name("khata-events-keys".into()).spawn(work).map_err(OpenStoreError::Thread)
}

/// Takes note of all keys whose hashes are in the file. Those that are not, the writer has in memory and
/// notes.
fn indexed(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<()> {
    let mut next = Some(i64::MIN);
    while let Some(from) = next.filter(|_| !filter.is_abandoned()) {
        let page = page(connection, from)?;
        page.iter().for_each(|hash| filter.insert(*hash));
        next = page.last().filter(|_| page.len() == PAGE).and_then(|last| last.checked_add(1));
    }
    Ok(())
}

fn page(connection: &Connection, from: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT hash FROM key_hashes WHERE hash >= ?1 ORDER BY hash LIMIT ?2")?;
    statement.query_map((from, PAGE), |row| row.get(0))?.collect()
}
