//! Opening SQLite files: which pragmas a writer and a reader run under, and what to call it when a file
//! cannot be opened.
//!
//! A database file is never opened by other means than SQLite while the process runs: closing such a handle
//! would drop the locks that SQLite holds on it.

use crate::data_directory::make_private;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// After fsync: it survives a loss of power. For what exists nowhere else.
    Full,
    /// It survives the death of the process; after a loss of power the last commits may be missing, never
    /// half of one. For what can be made again.
    Process,
}

/// How a connection is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// When a commit counts as done.
    pub durability: Durability,
    /// Upper bound of the connection's page cache in KiB. It is filled on demand.
    pub cache_kib: u32,
    /// After how many pages in the WAL a commit copies them into the file; 0 leaves that to the owner.
    pub checkpoint_pages: u32,
}

/// How long a connection waits for another's lock before it fails as busy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What remains of a WAL that once had to grow.
const WAL_SIZE_LIMIT: i64 = 64 * 1024 * 1024;
/// Looking into a file is one pass over it.
const INSPECTOR_CACHE_KIB: u32 = 1_024;
/// The bytes that SQLite needs beside a file before it can work on it: its shared memory, and a page of its
/// log.
const ROOM_TO_OPEN: u64 = 64 * 1024;
/// More than the statements that any store has.
const PREPARED_STATEMENTS: usize = 128;

/// Why a file is no store that this build can use. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is there, but is not SQLite's or is damaged.
    #[error("{} is no database or is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// The file belongs to something else.
    #[error("{} is a database, but not one of Khata", path.display())]
    Foreign { path: PathBuf },
    /// A newer Khata has changed the tables.
    #[error("{} has schema version {found}, this Khata knows up to {known}: it was written by a newer Khata", path.display())]
    Newer {
        path: PathBuf,
        found: u32,
        /// What this build knows.
        known: u32,
    },
    /// Nothing can be written any more.
    #[error("{} cannot be opened: the disk that it is on is full", path.display())]
    Full { path: PathBuf },
    /// Anything else: permissions, locks.
    #[error("{} cannot be opened: {source}", path.display())]
    Unavailable { path: PathBuf, source: rusqlite::Error },
}

impl OpenError {
    /// Names an SQLite error that came up while the file was being opened.
    pub fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { path, reason: error.to_string() }
            }
            Some(ErrorCode::DiskFull) => Self::Full { path },
            // What SQLite keeps beside a database in memory that is mapped fails without a word of room.
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) if is_full(&path) => Self::Full { path },
            _ => Self::Unavailable { path, source: error },
        }
    }
}

/// Whether there is no room left for what SQLite needs to open a file.
fn is_full(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_TO_OPEN)
}

/// Opens a file for writing; creates it for its owner alone if it is not there. One connection writes, all
/// others read.
pub fn open_writer(path: &Path, settings: Settings) -> Result<Connection, OpenError> {
    match make_private(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
            return Err(OpenError::Full { path: path.to_owned() });
        }
        // Whatever else is in the way, SQLite meets it too and tells.
        Ok(()) | Err(_) => {}
    }
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        let synchronous = match settings.durability {
            Durability::Full => "FULL",
            Durability::Process => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "wal_autocheckpoint", settings.checkpoint_pages)?;
        connection.pragma_update(None, "journal_size_limit", WAL_SIZE_LIMIT)?;
        common(&connection, settings.cache_kib)?;
        Ok(connection)
    };
    open().map_err(|error| OpenError::of(path, error))
}

/// Opens an existing file for reading. The connection can change nothing.
pub fn open_reader(path: &Path, cache_kib: u32) -> Result<Connection, OpenError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        common(&connection, cache_kib)?;
        Ok(connection)
    };
    open().map_err(|error| OpenError::of(path, error))
}

/// Opens an existing file to look into it before anything else does, leaving no trace where that is possible:
/// nobody else may have it open. Only where a process was killed and left a WAL does SQLite have to put its
/// bookkeeping beside it.
pub fn open_inspector(path: &Path) -> Result<Connection, OpenError> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 0) {
        return open_reader(path, INSPECTOR_CACHE_KIB);
    }
    let open = || -> rusqlite::Result<Connection> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(format!("file:{}?immutable=1", escaped(path)), flags)?;
        common(&connection, INSPECTOR_CACHE_KIB)?;
        Ok(connection)
    };
    open().map_err(|error| OpenError::of(path, error))
}

/// A path as it stands in a URI.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

fn common(connection: &Connection, cache_kib: u32) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(())
}

/// Copies the WAL into the file and empties it. At shutdown, when nobody reads any more, this leaves a single
/// file behind.
pub fn checkpoint_and_truncate(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()))
}
