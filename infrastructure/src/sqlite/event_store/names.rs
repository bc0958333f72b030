//! The names of all streams, in memory beside their index: a name that the index does not find is taken for
//! new only if nothing else knows it. Otherwise a stream whose entry was lost would begin once more, at a
//! version that it has had.

use super::{
    index::REPAIR,
    rows::{prepare, unreadable},
};
use crate::key_filter::KeyFilter;
use khata_application::{StreamName, event_store::ReadError};
use rusqlite::Connection;
use std::sync::atomic::{AtomicBool, Ordering};

/// So many are read at a time.
const PAGE: u32 = 32_768;
/// The filter is made for keys within scopes.
const SCOPE: &str = "";
/// One in so many new names is taken for stored by a layer of the filter. Looking through all names holds up
/// the writer, so nobody may bring that about by asking for many: at 34 bits a name this is once in a million
/// new streams.
const WRONG: f64 = 1e-7;

/// The names that are stored, as far as this process knows.
#[derive(Debug)]
pub(super) struct Names {
    filter: KeyFilter,
    /// Names are numbered from 1 on without gaps, and there is one.
    incomplete: AtomicBool,
}

impl Default for Names {
    fn default() -> Self {
        Self { filter: KeyFilter::with_wrong(WRONG), incomplete: AtomicBool::new(false) }
    }
}

impl Names {
    /// Takes note of a name that is stored.
    pub(super) fn insert(&self, name: &str) {
        self.filter.insert(crate::key_filter::key_hash(SCOPE, name));
    }

    /// Makes sure that a name which its index did not find is new. Whoever asks before all names are learnt
    /// learns them, once for all; for one in some million behind that, all of them are looked through.
    pub(super) fn require_new(&self, connection: &Connection, name: &StreamName) -> Result<(), ReadError> {
        if !self.filter.is_complete() {
            self.learn(connection).map_err(unreadable)?;
        }
        if self.filter.may_hold(SCOPE, name.as_str()) {
            let query = "SELECT max(CASE WHEN name = ?1 THEN id END), count(*), coalesce(max(id), 0) FROM streams NOT INDEXED";
            let (found, count, last): (Option<u32>, u32, u32) = prepare(connection, query)?
                .query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .map_err(unreadable)?;
            if found.is_some() {
                return Err(ReadError::Corrupt(format!(
                    "the index of the streams' names does not find {name}: {REPAIR}"
                )));
            }
            self.incomplete.fetch_or(count != last, Ordering::Relaxed);
        }
        if self.incomplete.load(Ordering::Relaxed) {
            return Err(ReadError::Corrupt(format!(
                "names of streams are missing, and {name} may be one of them: restore the log from a backup"
            )));
        }
        Ok(())
    }

    /// Takes note of all names in the file.
    pub(super) fn learn(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement =
            connection.prepare("SELECT id, name FROM streams WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let mut last = 0;
        while !self.filter.is_abandoned() {
            let mut rows = statement.query((last, PAGE))?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                let id: u32 = row.get(0)?;
                self.incomplete.fetch_or(id != last + 1, Ordering::Relaxed);
                self.insert(row.get_ref(1)?.as_str()?);
                (last, count) = (id, count + 1);
            }
            if count < PAGE {
                self.filter.has_learnt();
                return Ok(());
            }
        }
        Ok(())
    }

    /// Nobody will ask any more.
    pub(super) fn abandon(&self) {
        self.filter.abandon();
    }
}
