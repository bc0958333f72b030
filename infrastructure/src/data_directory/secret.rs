//! The secret of a data directory: made at the first start, whole or not at all, under another name first.

use super::{
    DataDirectoryError, EVENTS_FILE,
    files::{make_mode_certain, open_plain},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

pub(super) const SECRET_FILE: &str = "secret.key";
/// A secret has this name until it is whole.
const UNFINISHED_SECRET: &str = "secret.new";
const SECRET_BYTES: usize = 32;

/// The secret, made at the first start.
pub(super) fn secret(directory: &Path) -> Result<[u8; SECRET_BYTES], DataDirectoryError> {
    let path = directory.join(SECRET_FILE);
    match fs::symlink_metadata(&path) {
        Ok(_) => read(&path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if directory.join(EVENTS_FILE).exists() {
                return Err(DataDirectoryError::Secret { path, what: "missing" });
            }
            let mut secret = [0; SECRET_BYTES];
            getrandom::fill(&mut secret).map_err(|error| not_writable(directory, io::Error::other(error)))?;
            write(directory, &secret)?;
            Ok(secret)
        }
        Err(source) => Err(DataDirectoryError::File { path, source }),
    }
}

fn read(path: &Path) -> Result<[u8; SECRET_BYTES], DataDirectoryError> {
    let file = open_plain(path, OpenOptions::new().read(true))?;
    let mut bytes = Vec::with_capacity(SECRET_BYTES + 1);
    // One byte more than there should be tells a file that is too long.
    file.take(SECRET_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| DataDirectoryError::File { path: path.to_owned(), source })?;
    bytes.try_into().map_err(|_| DataDirectoryError::Secret { path: path.to_owned(), what: "damaged" })
}

/// Puts a secret in its place, whole or not at all. What an interrupted start has left is removed, and
/// nothing else.
pub(super) fn write(directory: &Path, secret: &[u8; SECRET_BYTES]) -> Result<(), DataDirectoryError> {
    let unfinished = directory.join(UNFINISHED_SECRET);
    if fs::symlink_metadata(&unfinished).is_ok() {
        drop(open_plain(&unfinished, OpenOptions::new().read(true))?);
        fs::remove_file(&unfinished).map_err(|error| not_writable(directory, error))?;
    }
    let mut file = open_plain(&unfinished, OpenOptions::new().write(true).create_new(true))?;
    let mut place = || {
        make_mode_certain(&file)?;
        file.write_all(secret)?;
        file.sync_all()?;
        fs::rename(&unfinished, directory.join(SECRET_FILE))?;
        File::open(directory)?.sync_all()
    };
    place().map_err(|error| not_writable(directory, error))
}

fn not_writable(directory: &Path, source: io::Error) -> DataDirectoryError {
    DataDirectoryError::NotWritable { path: directory.to_owned(), source }
}
