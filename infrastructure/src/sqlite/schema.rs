//! Numbered schema changes: brings a file up to what this build knows, and refuses files of a newer Khata
//! untouched.

use super::connection::{OpenError, open_inspector};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::path::Path;

/// The schema changes of one kind of file, the oldest first. Number n stands at n - 1; none is ever edited or
/// removed.
#[derive(Debug, Clone, Copy)]
pub struct Migrations(pub &'static [&'static str]);

impl Migrations {
    /// The newest schema version that this build knows.
    pub fn newest(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Makes sure, without changing anything, that the file is absent, empty, or one that this build can use,
    /// and tells its schema version; 0 where there is none.
    pub fn check(&self, path: &Path) -> Result<u32, OpenError> {
        if !std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            return Ok(0);
        }
        let connection = open_inspector(path)?;
        self.version(&connection, path)
    }

    /// Applies what is missing, all in one transaction.
    pub fn apply(&self, connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
        self.apply_with(connection, path, |_, _| Ok(()))
    }

    /// The same, and in the same transaction what cannot be said in SQL; that is told the version that the
    /// file had.
    pub(crate) fn apply_with<E: From<OpenError>>(
        &self,
        connection: &mut Connection,
        path: &Path,
        finish: impl FnOnce(&Connection, u32) -> Result<(), E>,
    ) -> Result<(), E> {
        let unavailable = |error| OpenError::of(path, error);
        if self.version(connection, path)? == self.newest() {
            return Ok(());
        }
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable)?;
        let applied = self.version(&transaction, path)?;
        let missing = self.0.iter().zip(1..).skip(usize::try_from(applied).unwrap_or(usize::MAX));
        transaction
            .execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID")
            .map_err(unavailable)?;
        for (sql, version) in missing {
            tracing::info!(target: "lifecycle", file = %path.display(), version, "the schema is migrated");
            transaction.execute_batch(sql).map_err(unavailable)?;
            transaction
                .execute("INSERT INTO schema_version (version) VALUES (?1)", [version])
                .map_err(unavailable)?;
        }
        finish(&transaction, applied)?;
        Ok(transaction.commit().map_err(unavailable)?)
    }

    /// The schema version of the file; 0 if it is empty.
    fn version(&self, connection: &Connection, path: &Path) -> Result<u32, OpenError> {
        let unavailable = |error| OpenError::of(path, error);
        let tables: u32 = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
                [],
                |row| row.get(0),
            )
            .map_err(unavailable)?;
        if tables == 0 {
            return Ok(0);
        }
        let ours: Option<u32> = connection
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'",
                [],
                |row| row.get(0),
            )
            .optional()
            .map_err(unavailable)?;
        if ours.is_none() {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
        let found: u32 = connection
            .query_row("SELECT coalesce(max(version), 0) FROM schema_version", [], |row| row.get(0))
            .map_err(unavailable)?;
        if found > self.newest() {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: self.newest() });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::connection::{Durability, Settings, open_writer};

    const SETTINGS: Settings =
        Settings { durability: Durability::Full, cache_kib: 256, checkpoint_pages: 1000 };
    const OLD: Migrations = Migrations(&["CREATE TABLE things (name TEXT) STRICT"]);
    const NEW: Migrations = Migrations(&[OLD.0[0], "ALTER TABLE things ADD COLUMN size INTEGER"]);

    fn open(path: &Path, migrations: Migrations) -> Result<Connection, OpenError> {
        migrations.check(path)?;
        let mut connection = open_writer(path, SETTINGS)?;
        migrations.apply(&mut connection, path)?;
        Ok(connection)
    }

    #[test]
    fn what_is_missing_is_applied_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("things.db");
        drop(open(&path, OLD).unwrap());
        drop(open(&path, NEW).unwrap());
        let connection = open(&path, NEW).unwrap();
        connection.execute("INSERT INTO things (name, size) VALUES ('a', 1)", []).unwrap();
    }

    #[test]
    fn a_file_of_a_newer_khata_is_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("things.db");
        drop(open(&path, NEW).unwrap());
        let before = std::fs::read(&path).unwrap();
        let error = open(&path, OLD).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn other_files_are_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE somebody_elses (x)").unwrap();
        assert!(matches!(open(&path, OLD), Err(OpenError::Foreign { .. })));
        let text = folder.path().join("text.db");
        std::fs::write(
            &text,
            "not a database at all, but long enough to be taken for one if nobody looks at it closely enough",
        )
        .unwrap();
        assert!(matches!(open(&text, OLD), Err(OpenError::Damaged { .. })));
        assert!(std::fs::read_to_string(&text).unwrap().starts_with("not a database"));
    }
}
