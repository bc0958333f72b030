//! Whether the files of an open database still are those that stand under its name. SQLite never notices that
//! they are gone: it goes on writing into what nobody can find any more.
//!
//! They are only looked at, never opened: closing such a handle would drop the locks that SQLite holds on
//! them.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The files of one database: itself, its write-ahead log, and what its connections share.
#[derive(Debug)]
pub(super) struct Files(Vec<File>);

#[derive(Debug)]
struct File {
    path: PathBuf,
    /// Device and inode, once it was there.
    identity: Option<(u64, u64)>,
}

impl Files {
    /// Those of a database that is open.
    pub(super) fn of(database: &Path) -> Self {
        let beside = |ending: &str| {
            let mut name = OsString::from(database.as_os_str());
            name.push(ending);
            File { path: name.into(), identity: None }
        };
        let mut files = Self(vec![beside(""), beside("-wal"), beside("-shm")]);
        // What is not there yet is taken note of later.
        let _nothing_yet = files.check();
        files
    }

    /// An error, in one sentence, if one of them was removed, moved away or replaced.
    pub(super) fn check(&mut self) -> Result<(), String> {
        self.0.iter_mut().try_for_each(File::check)
    }
}

impl File {
    fn check(&mut self) -> Result<(), String> {
        let found = match fs::metadata(&self.path) {
            Ok(found) => Some((found.dev(), found.ino())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            // Whoever may not look does not know.
            Err(_) => return Ok(()),
        };
        match (self.identity, found) {
            (None, found) => self.identity = found,
            (Some(known), Some(found)) if known == found => {}
            (Some(_), Some(_)) => {
                return Err(format!(
                    "{} was replaced by another file while it was open",
                    self.path.display()
                ));
            }
            (Some(_), None) => {
                return Err(format!("{} was removed or moved away while it was open", self.path.display()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_removed_moved_or_replaced_is_named_and_one_that_comes_back_is_right_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.db");
        fs::write(&path, "one").unwrap();
        let mut files = Files::of(&path);
        assert_eq!(files.check(), Ok(()));
        let wal = folder.path().join("events.db-wal");
        fs::write(&wal, "later").unwrap();
        assert_eq!(files.check(), Ok(()), "it came to be after the beginning");
        fs::write(&path, "written by its owner").unwrap();
        assert_eq!(files.check(), Ok(()));
        let aside = folder.path().join("aside");
        fs::rename(&path, &aside).unwrap();
        assert!(files.check().unwrap_err().contains("events.db was removed or moved away"));
        fs::write(&path, "another").unwrap();
        assert!(files.check().unwrap_err().contains("events.db was replaced"));
        fs::rename(&aside, &path).unwrap();
        assert_eq!(files.check(), Ok(()));
        fs::remove_file(&wal).unwrap();
        assert!(files.check().unwrap_err().contains("events.db-wal was removed"));
    }
}
