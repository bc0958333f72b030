//! Restoring a log into a data directory: it is written under another name and takes its place in one step, when it is whole. Until
//! then the directory is marked by that other file: nobody serves it, and a restore begins anew.

use super::{
    connection::open_inspector,
    event_store::{
        Options, SqliteEventStore,
        restoring::{Outcome, Piece},
    },
};
use crate::{SealKey, data_directory::DataDirectory};
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    Clock, EventStore, Recorded,
    archive::{Restore, RestoreError},
    event_store::KeyRecord,
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A restore into a data directory, which it holds. Dropped before it is complete, it takes away what it has written.
pub struct SqliteRestore {
    directory: DataDirectory,
    /// `None` once it is closed.
    store: Option<SqliteEventStore>,
    unfinished: PathBuf,
    /// The piece that is being committed.
    under_way: Option<Outcome>,
}

impl SqliteRestore {
    /// Begins to fill a directory whose log is absent or empty, with what belongs to a deployment of this secret.
    ///
    /// # Errors
    /// `NotEmpty` if the log is not; `Unavailable` if the directory cannot be written.
    pub fn begin(directory: DataDirectory, clock: Arc<dyn Clock>, secret: &[u8; 32]) -> Result<Self, RestoreError> {
        require_empty(&directory.events_file())?;
        let unfinished = directory.unfinished_restore();
        remove(&unfinished).map_err(unwritable)?;
        let options = Options { seal: SealKey::of(secret), ..Options::default() };
        let store = SqliteEventStore::open(&unfinished, clock, options).map_err(unwritable)?;
        Ok(Self { directory, store: Some(store), unfinished, under_way: None })
    }

    /// Hands a piece to the writer and waits for the one before it: one is committed while the next is made ready.
    async fn write(&mut self, piece: Piece) -> Result<(), RestoreError> {
        let store = self.store.as_ref().ok_or_else(|| RestoreError::Unavailable("the restore is closed".into()))?;
        let next = store.restore(piece)?;
        let before = self.under_way.replace(next);
        settled(before).await
    }

    /// The log is whole and closed: it takes its place.
    fn take_place(&self, secret: &[u8; 32]) -> io::Result<()> {
        if fs::metadata(beside(&self.unfinished, "-wal")).is_ok_and(|wal| wal.len() > 0) {
            return Err(io::Error::other("the restored log could not be closed"));
        }
        // In this order: an empty log needs no secret, and as long as the unfinished file is there nobody serves the directory.
        self.directory.replace_secret(secret).map_err(io::Error::other)?;
        let log = self.directory.events_file();
        // A WAL of the empty log must not be taken for one of the log that comes in its place.
        remove(&log)?;
        File::open(&self.unfinished)?.sync_all()?;
        fs::rename(&self.unfinished, &log)?;
        // They were made from another log. They are kept: nobody but them may tell what was in it.
        set_aside(&self.directory.views_file())?;
        File::open(self.directory.path())?.sync_all()
    }
}

#[async_trait]
impl Restore for SqliteRestore {
    async fn events(&mut self, events: Vec<Recorded>) -> Result<(), RestoreError> {
        self.write(Piece { events, keys: Vec::new() }).await
    }

    async fn keys(&mut self, keys: Vec<KeyRecord>) -> Result<(), RestoreError> {
        self.write(Piece { events: Vec::new(), keys }).await
    }

    async fn complete(mut self: Box<Self>, secret: [u8; 32], not_before: Timestamp) -> Result<(), RestoreError> {
        settled(self.under_way.take()).await?;
        if let Some(store) = &self.store {
            store.fence(not_before).await.map_err(unwritable)?;
        }
        let finished = tokio::task::spawn_blocking(move || {
            if let Some(store) = self.store.take() {
                store.close();
            }
            self.take_place(&secret)
        });
        finished.await.map_err(unwritable)?.map_err(unwritable)
    }
}

impl Drop for SqliteRestore {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            store.close();
        }
        // After a complete restore there is nothing of that name.
        if let Err(error) = remove(&self.unfinished) {
            tracing::warn!(%error, "what a restore left unfinished could not be removed");
        }
    }
}

async fn settled(piece: Option<Outcome>) -> Result<(), RestoreError> {
    match piece {
        Some(outcome) => outcome.await.unwrap_or_else(|_| Err(RestoreError::Unavailable("the writer has stopped".into()))),
        None => Ok(()),
    }
}

fn require_empty(log: &Path) -> Result<(), RestoreError> {
    if !fs::metadata(log).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    super::event_store::MIGRATIONS.check(log).map_err(unwritable)?;
    let connection = open_inspector(log).map_err(unwritable)?;
    let last = |query| connection.query_row(query, [], |row| row.get::<_, u64>(0)).map_err(unwritable);
    let events = last("SELECT coalesce(max(position), 0) FROM events")?;
    let keys = last("SELECT coalesce(max(id), 0) FROM keys")?;
    if events > 0 || keys > 0 { Err(RestoreError::NotEmpty { events, keys }) } else { Ok(()) }
}

/// Removes a database and what SQLite keeps beside it, where there is any of it.
fn remove(database: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(beside(database, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Moves a database out of the way, and what SQLite keeps beside it.
fn set_aside(database: &Path) -> io::Result<()> {
    let aside = database.with_extension("before-restore.db");
    remove(&aside)?;
    for suffix in ["-wal", "-shm", ""] {
        match fs::rename(beside(database, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The file that SQLite keeps beside a database under this suffix.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn unwritable(error: impl std::fmt::Display) -> RestoreError {
    RestoreError::Unavailable(error.to_string())
}
