//! Looks whether the log still is the one that was opened: its files under their names, and in them the last
//! event that this process knows. Rows change under a running Khata only if somebody else writes into the
//! file.

use super::rows::{sql, unreadable};
use crate::sqlite::files::Files;
use khata_application::event_store::{Head, ReadError, Replaced};
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;

pub(super) struct Lookout {
    files: Files,
    /// What SQLite counts up when another connection has changed something.
    changes: Option<i64>,
}

impl Lookout {
    /// For a log that is open.
    pub(super) fn over(path: &Path) -> Self {
        Self { files: Files::of(path), changes: None }
    }

    /// What has become of it, if it is not what it was.
    pub(super) fn look(
        &mut self,
        connection: &Connection,
        known: Head,
    ) -> Result<Option<Replaced>, ReadError> {
        if let Some(replaced) = self.files() {
            return Ok(Some(replaced));
        }
        let changes =
            connection.pragma_query_value(None, "data_version", |row| row.get(0)).map_err(unreadable)?;
        if self.changes == Some(changes) || known.position == 0 {
            self.changes = Some(changes);
            return Ok(None);
        }
        let query = "SELECT hash FROM events WHERE position = ?1";
        let found: Option<[u8; 32]> = connection
            .query_row(query, [sql(known.position)], |row| row.get(0))
            .optional()
            .map_err(unreadable)?;
        // Looked at again for as long as it does not fit: it may be put right.
        self.changes = (found == Some(known.hash)).then_some(changes);
        let reason = || format!("the event that was at position {} is not in it", known.position);
        Ok((found != Some(known.hash)).then(|| Replaced { reason: reason(), readable: false }))
    }

    /// Whether its files are gone.
    pub(super) fn files(&mut self) -> Option<Replaced> {
        self.files.check().err().map(|reason| Replaced { reason, readable: true })
    }
}
