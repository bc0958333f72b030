//! Files of a data directory: made for their owner alone, and opened only if they are files. What somebody
//! else may have put in their place, a symbolic link or a pipe, is neither followed nor waited for.

use super::DataDirectoryError;
use rustix::fs::OFlags;
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// What Khata makes in a directory is its owner's alone.
const PRIVATE_FILE: u32 = 0o600;
/// So is a directory that Khata makes.
const PRIVATE_DIRECTORY: u32 = 0o700;

/// Makes a directory and those above it that are missing.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIRECTORY).create(path)?;
    // The umask takes bits away and may have taken too many.
    fs::set_permissions(path, Permissions::from_mode(PRIVATE_DIRECTORY))
}

/// Opens a file as `options` say; one that they make has the mode 0600, whatever the umask.
///
/// # Errors
/// `NotAFile` for what is no plain file; `NotWritable` for what the system says.
pub(super) fn open_plain(path: &Path, options: &mut OpenOptions) -> Result<File, DataDirectoryError> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let opened = options.mode(PRIVATE_FILE).custom_flags(flags.cast_signed()).open(path);
    let file = opened.map_err(|source| match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() && source.kind() != io::ErrorKind::AlreadyExists => {
            not_a_file(path, found.file_type())
        }
        _ => DataDirectoryError::File { path: path.to_owned(), source },
    })?;
    let found =
        file.metadata().map_err(|source| DataDirectoryError::File { path: path.to_owned(), source })?;
    if found.is_file() { Ok(file) } else { Err(not_a_file(path, found.file_type())) }
}

/// Makes sure that a database is a plain file, or a link to one, if there is anything. SQLite would wait for
/// a pipe, and make a file wherever a link leads.
pub(super) fn require_database(path: &Path) -> Result<(), DataDirectoryError> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    let leads_to_file = found.is_symlink() && fs::metadata(path).is_ok_and(|target| target.is_file());
    if found.is_file() || leads_to_file { Ok(()) } else { Err(not_a_file(path, found.file_type())) }
}

/// Makes an empty database for its owner alone if there is none; SQLite gives what it keeps beside it the
/// same mode.
///
/// # Errors
/// The file system's.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path) {
        Ok(file) => file.set_permissions(Permissions::from_mode(PRIVATE_FILE)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a file that was just made its mode whatever the umask.
pub(super) fn make_mode_certain(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(PRIVATE_FILE))
}

fn not_a_file(path: &Path, found: fs::FileType) -> DataDirectoryError {
    let what = if found.is_symlink() {
        "a symbolic link"
    } else if found.is_fifo() {
        "a pipe"
    } else if found.is_dir() {
        "a directory"
    } else {
        "a device or socket"
    };
    DataDirectoryError::NotAFile { path: path.to_owned(), what }
}
