//! The files of data sets, read strictly and row by row: a header, then one row in each line.

use csv::StringRecord;
use serde::de::DeserializeOwned;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Why a data set cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum DataSetError {
    /// A file cannot be opened or read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A row makes no sense.
    #[error("{}, line {line}: {reason}", path.display())]
    Row {
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// A file read row by row.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    reader: csv::Reader<File>,
    header: StringRecord,
    record: StringRecord,
}

impl Table {
    /// Opens a file of the directory, whose columns are parted by `delimiter`.
    pub(super) fn open(directory: &Path, name: &str, delimiter: u8) -> Result<Self, DataSetError> {
        let path = directory.join(name);
        let file =
            File::open(&path).map_err(|source| DataSetError::Unreadable { path: path.clone(), source })?;
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(row_error(&path, 1, error)),
        };
        Ok(Self { path, reader, header, record: StringRecord::new() })
    }

    /// The next row and its line number; `None` at the end.
    pub(super) fn next<R: DeserializeOwned>(&mut self) -> Result<Option<(u64, R)>, DataSetError> {
        // One row, one line: the reader's own count of lines is one behind where they end with CR LF.
        let line = self.reader.position().record() + 1;
        match self.reader.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let row = self
                    .record
                    .deserialize(Some(&self.header))
                    .map_err(|error| row_error(&self.path, line, error))?;
                Ok(Some((line, row)))
            }
            Err(error) => Err(row_error(&self.path, line, error)),
        }
    }

    /// All rows with their line numbers: for the small files.
    pub(super) fn rows<R: DeserializeOwned>(mut self) -> Result<Vec<(u64, R)>, DataSetError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next()? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Says what is wrong with a row.
    pub(super) fn complaint(&self, line: u64, reason: String) -> DataSetError {
        DataSetError::Row { path: self.path.clone(), line, reason }
    }
}

/// How many rows a file has below its header.
pub(super) fn count_rows(directory: &Path, name: &str) -> Result<u64, DataSetError> {
    let path = directory.join(name);
    let unreadable = |source| DataSetError::Unreadable { path: path.clone(), source };
    let mut file = File::open(&path).map_err(unreadable)?;
    let (mut buffer, mut lines, mut last) = ([0; 64 * 1024], 0, b'\n');
    loop {
        let length = file.read(&mut buffer).map_err(unreadable)?;
        let Some(&end) = buffer[..length].last() else {
            let all_lines = lines + u64::from(last != b'\n');
            return Ok(all_lines.saturating_sub(1));
        };
        lines += buffer[..length].iter().filter(|&&byte| byte == b'\n').count() as u64;
        last = end;
    }
}

/// How many rows of a file hold a text.
pub(super) fn count_rows_with(directory: &Path, name: &str, text: &str) -> Result<u64, DataSetError> {
    let path = directory.join(name);
    let unreadable = |source| DataSetError::Unreadable { path: path.clone(), source };
    let mut reader = BufReader::new(File::open(&path).map_err(unreadable)?);
    let (mut line, mut rows) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
        rows += u64::from(line.windows(text.len()).any(|part| part == text.as_bytes()));
        line.clear();
    }
    Ok(rows)
}

fn row_error(path: &Path, line: u64, error: csv::Error) -> DataSetError {
    let reason = match error.into_kind() {
        csv::ErrorKind::Io(source) => return DataSetError::Unreadable { path: path.to_owned(), source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns instead of {expected_len}")
        }
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        other => format!("{other:?}"),
    };
    DataSetError::Row { path: path.to_owned(), line, reason }
}
