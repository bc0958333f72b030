//! Files that hold secrets: keys and what is signed with them. One that others can read is no secret, and is not used.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What nobody but the owner may do.
const OF_OTHERS: u32 = 0o077;
/// What a group may do with a file that root owns: so systems hand secrets to services.
const OF_A_GROUP: u32 = 0o040;

/// Why a file is not taken as one that holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others can read it.
    #[error("{} has the mode {mode:04o}: others than its owner can use it, so it is no secret (chmod 600)", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// What who may do.
        mode: u32,
    },
    /// It is none, or larger than any secret.
    #[error("{} is no file of up to {longest} bytes", path.display())]
    NotASecret {
        /// The file.
        path: PathBuf,
        /// How large it may be.
        longest: u64,
    },
    /// It cannot be made.
    #[error("{} cannot be made", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Reads all of a file that nobody but its owner can use; one of root's a group may read.
///
/// # Errors
/// It cannot be read, others can use it, or it is larger than `longest` bytes.
pub fn read(path: &Path, longest: u64) -> Result<Vec<u8>, PrivateFileError> {
    let unreadable = |source| PrivateFileError::Unreadable { path: path.to_owned(), source };
    // A pipe would be waited for: what it is is looked at before it is opened, and again once it is.
    let not_a_secret = || PrivateFileError::NotASecret { path: path.to_owned(), longest };
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(not_a_secret());
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    let allowed = if found.uid() == 0 { OF_A_GROUP } else { 0 };
    if found.permissions().mode() & OF_OTHERS & !allowed != 0 {
        return Err(PrivateFileError::Exposed {
            path: path.to_owned(),
            mode: found.permissions().mode() & 0o7777,
        });
    }
    let mut bytes = Vec::new();
    let read = file.take(longest.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if read as u64 > longest { Err(not_a_secret()) } else { Ok(bytes) }
}

/// Makes a folder for its owner alone, unless there is one.
///
/// # Errors
/// It cannot be made.
pub fn create_folder(path: &Path) -> Result<(), PrivateFileError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| PrivateFileError::Unwritable { path: path.to_owned(), source })
}

/// Makes a file for its owner alone.
///
/// # Errors
/// There is one of that name, or it cannot be made.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), PrivateFileError> {
    let unwritable = |source| PrivateFileError::Unwritable { path: path.to_owned(), source };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)?;
    let written = file
        .set_permissions(fs::Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all());
    written.map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_use_is_no_secret() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("secret");
        create(&path, b"s3cret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read(&path, 6).unwrap(), b"s3cret");
        for mode in [0o604, 0o602, 0o620, 0o644, 0o666, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = read(&path, 100).unwrap_err();
            assert!(
                matches!(refused, PrivateFileError::Exposed { mode: found, .. } if found == mode),
                "{mode:o}: {refused}"
            );
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(read(&path, 100).is_ok(), "{mode:o}");
        }
        let of_root = fs::metadata(&path).unwrap().uid() == 0;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path, 100).is_ok(), of_root, "a group may read what is root's");
    }

    #[test]
    fn neither_is_what_is_too_large_or_no_file_or_not_there() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("secret");
        assert!(matches!(read(&path, 9), Err(PrivateFileError::Unreadable { .. })));
        create(&path, b"0123456789").unwrap();
        assert!(matches!(read(&path, 9), Err(PrivateFileError::NotASecret { longest: 9, .. })));
        assert!(matches!(read(place.path(), 9), Err(PrivateFileError::NotASecret { .. })));
        assert!(
            matches!(create(&path, b"x"), Err(PrivateFileError::Unwritable { .. })),
            "nothing is replaced"
        );
        assert_eq!(read(&path, 10).unwrap(), b"0123456789");
    }
}
