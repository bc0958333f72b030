//! The directory that an embedded Khata lives in: its files, its secret, and the lock that keeps a second Khata out.
//!
//! The lock is the system's own (`flock`), so it ends with its holder, however that ends. The lock file tells others who holds the
//! directory and where its HTTP API is. Nothing is created or changed in a directory that somebody else holds.

use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

const LOCK_FILE: &str = "khata.lock";
const SECRET_FILE: &str = "secret.key";
const EVENTS_FILE: &str = "events.db";
const VIEWS_FILE: &str = "views.db";
/// A log that is being restored has this name until it is whole.
const UNFINISHED_RESTORE: &str = "events.restoring.db";

/// Who holds a data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Its HTTP API, once it listens, e.g. `http://127.0.0.1:8080`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {}", self.pid)?;
        self.url.as_ref().map_or(Ok(()), |url| write!(f, " at {url}"))
    }
}

/// Why a data directory cannot be used. Nothing in it has been changed.
#[derive(Debug, thiserror::Error)]
pub enum DataDirectoryError {
    /// Something else has its name.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// Where.
        path: PathBuf,
    },
    /// It cannot be made or written.
    #[error("the data directory {} cannot be written", path.display())]
    NotWritable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another Khata holds it.
    #[error("the data directory {} is held by another Khata{}", path.display(), holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default())]
    Held {
        /// Where.
        path: PathBuf,
        /// Who, if it has said so yet.
        holder: Option<Holder>,
    },
    /// A restore into it was not run to its end.
    #[error("a restore into the data directory {} was cut short: run `khata restore` again, or remove {UNFINISHED_RESTORE} to do without it", path.display())]
    RestoreCutShort {
        /// Where.
        path: PathBuf,
    },
    /// The secret is gone or no secret, though there is a log that needs it.
    #[error("the secret of the data directory, {}, is {what}; restore it from a backup: e-mail addresses cannot be told apart without it", path.display())]
    Secret {
        /// Where.
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
            if directory.join(UNFINISHED_RESTORE).exists() { Err(DataDirectoryError::RestoreCutShort { path: directory.to_owned() }) } else { Ok(()) }
        })
    }

    /// Takes the directory in order to restore into it, also where an earlier restore was cut short.
    ///
    /// # Errors
    /// As [`DataDirectory::open`], but for `RestoreCutShort`.
    pub fn open_for_restore(path: &Path) -> Result<Self, DataDirectoryError> {
        Self::take(path, |_| Ok(()))
    }

    fn take(path: &Path, admit: impl FnOnce(&Path) -> Result<(), DataDirectoryError>) -> Result<Self, DataDirectoryError> {
        let not_writable = |source| DataDirectoryError::NotWritable { path: path.to_owned(), source };
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => return Err(DataDirectoryError::NotADirectory { path: path.to_owned() }),
            Ok(_) => {}
            Err(_) => fs::create_dir_all(path).map_err(not_writable)?,
        }
        let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path.join(LOCK_FILE)).map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataDirectoryError::Held { path: path.to_owned(), holder: read_holder(&lock) }),
            Err(TryLockError::Error(source)) => return Err(not_writable(source)),
        }
        admit(path)?;
        let secret = secret(path)?;
        let directory = Self { path: path.to_owned(), lock, secret };
        directory.write_holder(None).map_err(not_writable)?;
        Ok(directory)
    }

    /// Who holds a directory now; `None` if nobody does, or if there is no such directory.
    ///
    /// # Errors
    /// `NotWritable` if its lock file cannot be opened.
    pub fn holder(path: &Path) -> Result<Option<Holder>, DataDirectoryError> {
        let lock = match OpenOptions::new().read(true).open(path.join(LOCK_FILE)) {
            Ok(lock) => lock,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
            Err(source) => return Err(DataDirectoryError::NotWritable { path: path.to_owned(), source }),
        };
        match lock.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(_) => Ok(Some(read_holder(&lock).unwrap_or(Holder { pid: 0, url: None }))),
        }
    }

    /// Tells others where this process's HTTP API is.
    ///
    /// # Errors
    /// The file system's.
    pub fn announce(&self, url: &str) -> io::Result<()> {
        self.write_holder(Some(url.to_owned()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the log.
    pub fn events_file(&self) -> PathBuf {
        self.path.join(EVENTS_FILE)
    }

    /// The file that a log is restored into until it is whole. While it is there, the directory can only be restored into.
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

    /// Puts the secret of a restored log in place of the one that was drawn, whole or not at all. The one in memory stays as it was:
    /// the directory is to be opened anew.
    ///
    /// # Errors
    /// The file system's.
    pub fn replace_secret(&self, secret: &[u8; 32]) -> io::Result<()> {
        write_secret(&self.path, &self.path.join(SECRET_FILE), secret)
    }

    fn write_holder(&self, url: Option<String>) -> io::Result<()> {
        // The lock hangs on this very file, so it is written in place.
        let text = serde_json::to_vec(&Holder { pid: std::process::id(), url })?;
        let mut lock = &self.lock;
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(&text)
    }
}

fn read_holder(mut lock: &File) -> Option<Holder> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// The secret, made at the first start. Made whole or not at all: under another name first.
fn secret(directory: &Path) -> Result<[u8; 32], DataDirectoryError> {
    let path = directory.join(SECRET_FILE);
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| DataDirectoryError::Secret { path, what: "damaged" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if directory.join(EVENTS_FILE).exists() {
                return Err(DataDirectoryError::Secret { path, what: "missing" });
            }
            make_secret(directory, &path).map_err(|source| DataDirectoryError::NotWritable { path: directory.to_owned(), source })
        }
        Err(source) => Err(DataDirectoryError::NotWritable { path: directory.to_owned(), source }),
    }
}

fn make_secret(directory: &Path, path: &Path) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    write_secret(directory, path, &secret)?;
    Ok(secret)
}

fn write_secret(directory: &Path, path: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_and_keeps_its_secret() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a/b");
        let first = *DataDirectory::open(&path).unwrap().secret();
        assert_ne!(first, [0; 32]);
        assert_eq!(*DataDirectory::open(&path).unwrap().secret(), first);
    }

    #[test]
    fn a_second_khata_is_told_who_holds_it_and_where() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(DataDirectory::holder(place.path()).unwrap(), None);
        let held = DataDirectory::open(place.path()).unwrap();
        held.announce("http://127.0.0.1:1234").unwrap();
        let holder = Holder { pid: std::process::id(), url: Some("http://127.0.0.1:1234".into()) };
        assert_eq!(DataDirectory::holder(place.path()).unwrap(), Some(holder.clone()));
        match DataDirectory::open(place.path()).unwrap_err() {
            DataDirectoryError::Held { holder: found, .. } => assert_eq!(found, Some(holder)),
            other => panic!("{other}"),
        }
        drop(held);
        assert_eq!(DataDirectory::holder(place.path()).unwrap(), None);
        DataDirectory::open(place.path()).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        fs::write(&path, "x").unwrap();
        assert!(matches!(DataDirectory::open(&path), Err(DataDirectoryError::NotADirectory { .. })));
        assert!(matches!(DataDirectory::open(&path.join("below")), Err(DataDirectoryError::NotWritable { .. })));
    }

    #[test]
    fn a_restore_that_was_cut_short_keeps_everybody_but_a_restore_out() {
        let place = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(place.path()).unwrap();
        fs::write(directory.unfinished_restore(), "").unwrap();
        drop(directory);
        let refused = DataDirectory::open(place.path()).unwrap_err();
        assert!(refused.to_string().contains("was cut short: run `khata restore` again"), "{refused}");
        let directory = DataDirectory::open_for_restore(place.path()).unwrap();
        fs::remove_file(directory.unfinished_restore()).unwrap();
        drop(directory);
        DataDirectory::open(place.path()).unwrap();
    }

    #[test]
    fn a_restored_secret_is_there_after_the_next_start() {
        let place = tempfile::tempdir().unwrap();
        DataDirectory::open(place.path()).unwrap().replace_secret(&[9; 32]).unwrap();
        assert_eq!(DataDirectory::open(place.path()).unwrap().secret(), &[9; 32]);
    }

    #[test]
    fn a_log_without_its_secret_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(place.path()).unwrap();
        fs::write(directory.events_file(), "").unwrap();
        drop(directory);
        fs::remove_file(place.path().join(SECRET_FILE)).unwrap();
        assert!(matches!(DataDirectory::open(place.path()), Err(DataDirectoryError::Secret { what: "missing", .. })));
        fs::write(place.path().join(SECRET_FILE), "short").unwrap();
        assert!(matches!(DataDirectory::open(place.path()), Err(DataDirectoryError::Secret { what: "damaged", .. })));
    }
}
