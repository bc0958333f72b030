//! The directory that an embedded Khata lives in: its files, its secret, and the lock that keeps a second
//! Khata out.
//!
//! The lock is the system's own (`flock`), so it ends with its holder, however that ends. The lock file tells
//! others who holds the directory and where its HTTP API is. Nothing is created or changed in a directory
//! that somebody else holds.

mod exposure;
mod files;
mod holder;
mod secret;

pub(crate) use files::make_private;
pub use holder::Holder;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

const LOCK_FILE: &str = "khata.lock";
const EVENTS_FILE: &str = "events.db";
const VIEWS_FILE: &str = "views.db";
/// A log that is being restored has this name until it is whole.
const UNFINISHED_RESTORE: &str = "events.restoring.db";

/// Why a data directory cannot be used. Nothing in it has been changed.
#[derive(Debug, thiserror::Error)]
pub enum DataDirectoryError {
    /// Something else has its name.
    #[error("{} is not a directory", path.display())]
    NotADirectory { path: PathBuf },
    /// It cannot be made or written.
    #[error("the data directory {} cannot be written", path.display())]
    NotWritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// One of its files cannot be opened.
    #[error("{} cannot be opened", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Something else is in the place of one of its files.
    #[error("{} is {what} and not a file of Khata's: it is neither followed nor replaced; check who can write there, then remove it", path.display())]
    NotAFile { path: PathBuf, what: &'static str },
    /// Another process holds it.
    #[error("the data directory {} is held by {}", path.display(), match holder {
        Some(holder) => format!("another Khata ({holder})"),
        None => format!("another process, which holds the lock on {} without identifying itself", path.join(LOCK_FILE).display()),
    })]
    Held {
        path: PathBuf,
        /// Who, if it has said so and lives.
        holder: Option<Holder>,
    },
    /// A restore into it was not run to its end.
    #[error("a restore into the data directory {} was cut short: run `khata restore` again, or remove {UNFINISHED_RESTORE} to give it up", path.display())]
    RestoreCutShort { path: PathBuf },
    /// The secret is gone or no secret, though there is a log that needs it.
    #[error("the secret of the data directory, {}, is {what}; restore it from a backup: e-mail addresses cannot be compared without it", path.display())]
    Secret {
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A data directory, held by this process until it is dropped.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    lock: File,
    secret: [u8; 32],
}

impl DataDirectory {
    /// Makes the directory if there is none, and takes it.
    ///
    /// # Errors
    /// See [`DataDirectoryError`].
    pub fn open(path: &Path) -> Result<Self, DataDirectoryError> {
        Self::take(path, |directory| {
            if directory.join(UNFINISHED_RESTORE).exists() {
                Err(DataDirectoryError::RestoreCutShort { path: directory.to_owned() })
            } else {
                Ok(())
            }
        })
    }

    /// Takes the directory in order to restore into it, also where an earlier restore was cut short.
    ///
    /// # Errors
    /// As [`DataDirectory::open`], but for `RestoreCutShort`.
    pub fn open_for_restore(path: &Path) -> Result<Self, DataDirectoryError> {
        Self::take(path, |_| Ok(()))
    }

    fn take(
        path: &Path,
        admit: impl FnOnce(&Path) -> Result<(), DataDirectoryError>,
    ) -> Result<Self, DataDirectoryError> {
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => {
                return Err(DataDirectoryError::NotADirectory { path: path.to_owned() });
            }
            Ok(_) => {}
            Err(_) => files::make_directory(path).map_err(not_writable(path))?,
        }
        let lock = open_lock(path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirectoryError::Held { path: path.to_owned(), holder: Holder::read(&lock) });
            }
            Err(TryLockError::Error(source)) => return Err(not_writable(path)(source)),
        }
        for database in [EVENTS_FILE, VIEWS_FILE, UNFINISHED_RESTORE] {
            files::require_database(&path.join(database))?;
        }
        admit(path)?;
        let secret = secret::secret(path)?;
        let directory = Self { path: path.to_owned(), lock, secret };
        Holder::this(None).write(&directory.lock).map_err(not_writable(path))?;
        directory.tell_exposed();
        Ok(directory)
    }

    /// Tells the log what others on this machine may read or change here.
    fn tell_exposed(&self) {
        let exposed = exposure::exposed(&self.path);
        if !exposed.is_empty() {
            tracing::warn!(
                directory = %self.path.display(),
                exposed = exposed.join(", "),
                "other users of this machine can read or change the data directory; remove their permissions (its owner runs chmod -R go= on it)"
            );
        }
    }

    /// Who holds a directory now; `None` if nobody does, or if there is no such directory. Whoever holds it
    /// and has not said who he is has the process number 0.
    ///
    /// # Errors
    /// `File` or `NotAFile` if its lock file cannot be opened.
    pub fn holder(path: &Path) -> Result<Option<Holder>, DataDirectoryError> {
        let lock = match files::open_plain(&path.join(LOCK_FILE), OpenOptions::new().read(true)) {
            Ok(lock) => lock,
            Err(DataDirectoryError::File { source, .. })
                if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match lock.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(_) => Ok(Some(Holder::read(&lock).unwrap_or_else(Holder::unknown))),
        }
    }

    /// Whether a directory holds a log, whole or with a restore under way. Nothing is made or opened.
    pub fn has_log(path: &Path) -> bool {
        [EVENTS_FILE, UNFINISHED_RESTORE]
            .into_iter()
            .any(|file| fs::symlink_metadata(path.join(file)).is_ok())
    }

    /// Tells others where this process's HTTP API is.
    ///
    /// # Errors
    /// The file system's.
    pub fn announce(&self, url: &str) -> io::Result<()> {
        Holder::this(Some(url.to_owned())).write(&self.lock)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the log.
    pub fn events_file(&self) -> PathBuf {
        self.path.join(EVENTS_FILE)
    }

    /// The file that a log is restored into until it is whole. While it is there, the directory can only be
    /// restored into.
    pub fn unfinished_restore(&self) -> PathBuf {
        self.path.join(UNFINISHED_RESTORE)
    }

    /// The file of the views.
    pub fn views_file(&self) -> PathBuf {
        self.path.join(VIEWS_FILE)
    }

    /// Random bytes made with the directory; what is derived from them cannot be guessed from outside.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Puts the secret of a restored log in place of the one that was drawn, whole or not at all. The one in
    /// memory stays as it was: the directory is to be opened anew.
    ///
    /// # Errors
    /// The file system's.
    pub fn replace_secret(&self, secret: &[u8; 32]) -> Result<(), DataDirectoryError> {
        secret::write(&self.path, secret)
    }
}

/// Opens the file that the lock hangs on, and makes it if it is not there.
fn open_lock(directory: &Path) -> Result<File, DataDirectoryError> {
    let path = directory.join(LOCK_FILE);
    let is_new = fs::symlink_metadata(&path).is_err();
    let lock =
        files::open_plain(&path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
    if is_new {
        files::make_mode_certain(&lock).map_err(not_writable(directory))?;
    }
    Ok(lock)
}

fn not_writable(path: &Path) -> impl Fn(io::Error) -> DataDirectoryError {
    move |source| DataDirectoryError::NotWritable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
