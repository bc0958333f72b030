//! The rows of a table with the lines they begin on.

use super::mapping::Mapping;
use crate::statement::{FileError, MAX_PARTS};
use csv::{ReaderBuilder, StringRecord};

/// The longest row that is taken, in bytes.
const MAX_ROW_BYTES: usize = 64 * 1024;

/// A table.
#[derive(Debug)]
pub(super) struct Rows {
    names: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    record: StringRecord,
}

impl Row {
    /// What stands in a column, without blanks around it.
    pub(super) fn field(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default().trim()
    }

    /// What stands in several columns, one behind the other.
    pub(super) fn joined(&self, columns: &[usize]) -> String {
        columns
            .iter()
            .map(|column| self.field(*column))
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Rows {
    pub(super) fn read(text: &str, mapping: &Mapping) -> Result<Self, FileError> {
        let text = text.replace("\r\n", "\n");
        let (table, lines_before) = cut(&text, mapping.skip_top, mapping.skip_bottom);
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true);
        builder.delimiter(ascii(mapping.delimiter)).quote(ascii(mapping.quote));
        let mut reader = builder.from_reader(table.as_bytes());
        let mut lines = Lines { table, at: 0, line: lines_before + 1 };
        let (mut names, mut rows) = (None, Vec::new());
        loop {
            let mut record = StringRecord::new();
            let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            let read = reader.read_record(&mut record);
            let line = lines.of(start);
            match read {
                Ok(false) => break,
                Ok(true) if record.as_slice().len() > MAX_ROW_BYTES => {
                    return Err(FileError::at(line, format!("the row is longer than {MAX_ROW_BYTES} bytes")));
                }
                Ok(true) if rows.len() >= MAX_PARTS => {
                    return Err(FileError::at(line, format!("there are more than {MAX_PARTS} rows")));
                }
                Ok(true) if record.iter().all(|field| field.trim().is_empty()) => {}
                Ok(true) => match &names {
                    None if mapping.header => {
                        names = Some(record.iter().map(|name| name.trim().to_owned()).collect::<Vec<_>>())
                    }
                    None => {
                        names = Some((1..=record.len()).map(|number| number.to_string()).collect());
                        rows.push(Row { line, record });
                    }
                    // Some tables end each row, or some, with a delimiter more.
                    Some(names) if record.len() < names.len() => {
                        return Err(FileError::at(
                            line,
                            format!(
                                "{} columns instead of {}: {:?}",
                                record.len(),
                                names.len(),
                                record.iter().collect::<Vec<_>>()
                            ),
                        ));
                    }
                    Some(names) if record.iter().skip(names.len()).any(|field| !field.trim().is_empty()) => {
                        let fields = record.iter().collect::<Vec<_>>();
                        return Err(FileError::at(
                            line,
                            format!(
                                "{} columns instead of {}: {fields:?}; a field that holds the delimiter stands in quotes",
                                record.len(),
                                names.len()
                            ),
                        ));
                    }
                    Some(_) => rows.push(Row { line, record }),
                },
                Err(error) => return Err(FileError::at(line, error.to_string())),
            }
        }
        let names = names.ok_or_else(|| FileError::of_file("it holds no row"))?;
        Ok(Self { names, rows })
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize, FileError> {
        let found = self.names.iter().position(|other| other == name.trim());
        found.ok_or_else(|| {
            let names = self.names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            FileError::of_file(format!("there is no column {name:?}; there are {names}"))
        })
    }
}

/// The text without so many lines at its top and at its bottom, where empty ones do not count; and how many
/// were left out at the top.
fn cut(text: &str, top: usize, bottom: usize) -> (&str, u64) {
    let mut rest = text;
    for _ in 0..top {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    for _ in 0..bottom {
        let trimmed = rest.trim_end();
        rest = trimmed.rfind('\n').map_or("", |at| &trimmed[..=at]);
    }
    (rest, top as u64)
}

fn ascii(letter: char) -> u8 {
    u8::try_from(letter).unwrap_or(b',')
}

/// Counts lines up to places that only grow.
struct Lines<'t> {
    table: &'t str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of what begins at a place, behind the empty lines there.
    fn of(&mut self, start: usize) -> u64 {
        let bytes = self.table.as_bytes();
        let mut end = start.min(bytes.len());
        while bytes.get(end) == Some(&b'\n') {
            end += 1;
        }
        self.line += bytes[self.at.min(end)..end].iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.at = end;
        self.line
    }
}
