//! Restoring a log into a data directory: it is written under another name and takes its place in one step,
//! when it is whole. Until then the directory is marked by that other file: nobody serves it, and a restore
//! begins anew.

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

/// A restore into a data directory, which it holds. Dropped before it is complete, it takes away what it has
/// written.
pub struct SqliteRestore {
    directory: DataDirectory,
    /// `None` once it is closed.
    store: Option<SqliteEventStore>,
    unfinished: PathBuf,
    /// The piece that is being committed.
    under_way: Option<Outcome>,
}

impl SqliteRestore {
    /// Begins to fill a directory whose log is absent or empty, with what belongs to a deployment of this
    /// secret.
    ///
    /// # Errors
    /// `NotEmpty` if the log is not; `Unavailable` if the directory cannot be written.
    pub fn begin(
        directory: DataDirectory,
        clock: Arc<dyn Clock>,
        secret: &[u8; 32],
    ) -> Result<Self, RestoreError> {
        require_empty(&directory.events_file())?;
        let unfinished = directory.unfinished_restore();
        remove(&unfinished).map_err(unwritable)?;
        let options = Options { seal: SealKey::of(secret), ..Options::default() };
        let store = SqliteEventStore::open(&unfinished, clock, options).map_err(unwritable)?;
        Ok(Self { directory, store: Some(store), unfinished, under_way: None })
    }

    /// Hands a piece to the writer and waits for the one before it: one is committed while the next is made
    /// ready.
    async fn write(&mut self, piece: Piece) -> Result<(), RestoreError> {
        let store =
            self.store.as_ref().ok_or_else(|| RestoreError::Unavailable("the restore is closed".into()))?;
        let next = store.restore(piece)?;
        let before = self.under_way.replace(next);
        settled(before).await
    }

    /// The log is whole and closed: it becomes the log of the directory.
    fn install(&self, secret: &[u8; 32]) -> io::Result<()> {
        if fs::metadata(beside(&self.unfinished, "-wal")).is_ok_and(|wal| wal.len() > 0) {
            return Err(io::Error::other("the restored log could not be closed"));
        }
        Installation { directory: &self.directory, unfinished: &self.unfinished }.run(secret, |_| Ok(()))
    }
}

/// Where a whole log is, and where it shall be.
struct Installation<'a> {
    directory: &'a DataDirectory,
    unfinished: &'a Path,
}

/// A step of the installation that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    SecretReplaced,
    ViewsSetAside,
    EmptyLogRemoved,
    Renamed,
}

impl Installation<'_> {
    /// In this order: as long as the unfinished file is there nobody serves the directory, so whatever is
    /// left to be done stands before its renaming. A restore that was cut short is begun anew, and finds done
    /// what is done. `reached` hears of each step.
    fn run(&self, secret: &[u8; 32], mut reached: impl FnMut(Step) -> io::Result<()>) -> io::Result<()> {
        let sync = || File::open(self.directory.path())?.sync_all();
        self.directory.replace_secret(secret).map_err(io::Error::other)?;
        reached(Step::SecretReplaced)?;
        // They were made from another log. They are kept: nobody but them may tell what was in it.
        set_aside(&self.directory.views_file())?;
        reached(Step::ViewsSetAside)?;
        let log = self.directory.events_file();
        // A WAL of the empty log must not be taken for one of the log that comes in its place.
        remove(&log)?;
        File::open(self.unfinished)?.sync_all()?;
        sync()?;
        reached(Step::EmptyLogRemoved)?;
        fs::rename(self.unfinished, &log)?;
        reached(Step::Renamed)?;
        sync()
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

    async fn complete(
        mut self: Box<Self>,
        secret: [u8; 32],
        not_before: Timestamp,
    ) -> Result<(), RestoreError> {
        settled(self.under_way.take()).await?;
        if let Some(store) = &self.store {
            store.fence(not_before).await.map_err(unwritable)?;
        }
        let finished = tokio::task::spawn_blocking(move || {
            if let Some(store) = self.store.take() {
                store.close();
            }
            self.install(&secret)
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
        Some(outcome) => {
            outcome.await.unwrap_or_else(|_| Err(RestoreError::Unavailable("the writer has stopped".into())))
        }
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

/// Moves a database out of the way, and what SQLite keeps beside it. Where that was cut short before, the
/// database itself has gone already, and what was beside it follows. What an earlier restore has set aside
/// stays: it may be all that tells of a log.
fn set_aside(database: &Path) -> io::Result<()> {
    let mut asides = (1_u32..).map(|number| match number {
        1 => database.with_extension("before-restore.db"),
        _ => database.with_extension(format!("before-restore-{number}.db")),
    });
    let (mut latest, mut aside) = (None, asides.next());
    while let Some(taken) = aside.take_if(|aside| fs::exists(aside).unwrap_or(true)) {
        (latest, aside) = (Some(taken), asides.next());
    }
    let free = if fs::exists(database)? { aside } else { latest.or(aside) };
    let Some(aside) = free else { return Err(io::ErrorKind::AlreadyExists.into()) };
    for suffix in ["", "-wal", "-shm"] {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with an empty log, views of another, and a log that was restored to its end.
    fn directory() -> (tempfile::TempDir, DataDirectory) {
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open_for_restore(folder.path()).unwrap();
        fs::write(directory.views_file(), "views").unwrap();
        fs::write(beside(&directory.views_file(), "-wal"), "newest").unwrap();
        fs::write(directory.unfinished_restore(), "restored").unwrap();
        (folder, directory)
    }

    fn content(path: &Path) -> Option<String> {
        fs::read_to_string(path).ok()
    }

    fn assert_whole(directory: &DataDirectory, when: &str) {
        let aside = directory.path().join("views.before-restore.db");
        assert_eq!(content(&directory.events_file()).as_deref(), Some("restored"), "{when}");
        assert!(!directory.unfinished_restore().exists() && !directory.views_file().exists(), "{when}");
        assert_eq!(
            (content(&aside).as_deref(), content(&beside(&aside, "-wal")).as_deref()),
            (Some("views"), Some("newest")),
            "{when}"
        );
    }

    /// Whenever a restore dies, the directory is either refused as being restored into, or it is whole; and
    /// the next restore loses nothing of the views that were set aside.
    #[test]
    fn a_restore_that_dies_at_any_step_leaves_no_log_beside_the_views_of_another() {
        for last in [Step::SecretReplaced, Step::ViewsSetAside, Step::EmptyLogRemoved, Step::Renamed] {
            let (_folder, directory) = directory();
            let (unfinished, when) = (directory.unfinished_restore(), format!("dies behind {last:?}"));
            let installation = Installation { directory: &directory, unfinished: &unfinished };
            installation
                .run(&[7; 32], |step| if step == last { Err(io::Error::other("killed")) } else { Ok(()) })
                .unwrap_err();
            if !unfinished.exists() {
                assert_whole(&directory, &when);
                continue;
            }
            // Once more, as a restore that is begun anew.
            fs::write(&unfinished, "restored").unwrap();
            installation.run(&[7; 32], |_| Ok(())).unwrap();
            assert_whole(&directory, &when);
        }
    }

    #[test]
    fn views_that_were_half_set_aside_follow_whole() {
        let (_folder, directory) = directory();
        fs::rename(directory.views_file(), directory.path().join("views.before-restore.db")).unwrap();
        let unfinished = directory.unfinished_restore();
        Installation { directory: &directory, unfinished: &unfinished }.run(&[7; 32], |_| Ok(())).unwrap();
        assert_whole(&directory, "the database had gone, its log had not");
    }

    #[test]
    fn what_an_earlier_restore_has_set_aside_is_never_replaced() {
        let (_folder, directory) = directory();
        let unfinished = directory.unfinished_restore();
        let installation = Installation { directory: &directory, unfinished: &unfinished };
        installation.run(&[7; 32], |_| Ok(())).unwrap();
        for number in 2..4 {
            fs::remove_file(directory.events_file()).unwrap();
            fs::write(directory.views_file(), format!("views {number}")).unwrap();
            fs::write(&unfinished, "restored").unwrap();
            installation.run(&[7; 32], |_| Ok(())).unwrap();
            assert_whole(&directory, "again");
            let aside = directory.path().join(format!("views.before-restore-{number}.db"));
            assert_eq!(content(&aside), Some(format!("views {number}")));
        }
    }
}
