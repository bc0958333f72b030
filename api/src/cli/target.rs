//! The file that a command writes: under another name until it is whole, never in place of an existing one
//! unless that is asked for.

use crate::failure::Failure;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Where a command writes to. Dropped before it is finished, it leaves nothing behind.
pub(super) struct Target {
    path: PathBuf,
    out: Out,
}

enum Out {
    /// Standard output.
    Standard,
    /// A device or a pipe: it is written as it is.
    Device(File),
    /// A file that gets its name at the end.
    Unfinished { file: NamedTempFile, force: bool },
}

impl Target {
    /// Prepares to write; `-` is standard output. An existing file is replaced only with `force`, and only
    /// when the new one is whole.
    pub(super) fn at(path: &Path, force: bool) -> Result<Self, Failure> {
        let unwritable = |error| Failure::because(format!("{} cannot be written", path.display()), error);
        if path == Path::new("-") {
            return Ok(Self { path: path.to_owned(), out: Out::Standard });
        }
        let out = match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return Err(Failure::new(format!("{} is a directory", path.display())));
            }
            Ok(found) if !found.is_file() => {
                Out::Device(OpenOptions::new().write(true).open(path).map_err(unwritable)?)
            }
            Ok(_) if !force => return Err(exists(path)),
            _ => {
                let file =
                    tempfile::Builder::new().prefix(".khata-").suffix(".part").tempfile_in(folder(path));
                Out::Unfinished { file: file.map_err(unwritable)?, force }
            }
        };
        Ok(Self { path: path.to_owned(), out })
    }

    /// Makes what was written durable and gives it its name.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let flushed = self.flush();
        if let Err(error) = flushed {
            return Err(self.unwritable(error));
        }
        let Self { path, out } = self;
        let unwritable = |error| Failure::because(format!("{} cannot be written", path.display()), error);
        let Out::Unfinished { file, force } = out else { return Ok(()) };
        file.as_file().sync_all().map_err(unwritable)?;
        let named = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
        named.map_err(|failed| {
            if failed.error.kind() == io::ErrorKind::AlreadyExists {
                exists(&path)
            } else {
                unwritable(failed.error)
            }
        })?;
        File::open(folder(&path)).and_then(|folder| folder.sync_all()).map_err(unwritable)
    }

    /// Says that it cannot be written.
    pub(super) fn unwritable(&self, error: io::Error) -> Failure {
        match self.out {
            // Not `Failure::Output`: a reader that has gone away did not get what it came for.
            Out::Standard => Failure::because("standard output cannot be written", error),
            _ => Failure::because(format!("{} cannot be written", self.path.display()), error),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Standard => io::stdout().lock().write(bytes),
            Out::Device(file) => file.write(bytes),
            Out::Unfinished { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Standard => io::stdout().lock().flush(),
            Out::Device(file) => file.flush(),
            Out::Unfinished { file, .. } => file.flush(),
        }
    }
}

fn exists(path: &Path) -> Failure {
    Failure::new(format!("{} exists already; --force replaces it", path.display()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
