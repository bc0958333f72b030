//! Fields of a message of SWIFT: `:61:…` and the lines behind it, up to the next one.

use crate::statement::{FileError, MAX_PARTS};

/// The most lines that a field has; banks that write more than the six of the standard are borne with.
const MAX_LINES: usize = 64;

/// A field.
#[derive(Debug)]
pub(super) struct Field<'t> {
    pub(super) line: u64,
    /// `61`, `60F`
    pub(super) tag: &'t str,
    /// What it says, line by line.
    pub(super) lines: Vec<&'t str>,
}

impl<'t> Field<'t> {
    pub(super) fn first(&self) -> &'t str {
        self.lines.first().copied().unwrap_or_default()
    }

    pub(super) fn further(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.lines.iter().skip(1).copied()
    }
}

/// The fields of a file, without the envelopes around its messages.
pub(super) fn fields(text: &str) -> Result<Vec<Field<'_>>, FileError> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    for (line, number) in text.lines().zip(1_u64..) {
        let line = line.trim_end();
        // `{1:F01…}{4:` before a message, `-}` or `-` behind it.
        let line =
            if line.starts_with('{') { line.rsplit_once("{4:").map_or("", |(_, rest)| rest) } else { line };
        if line.is_empty() || line == "-" || line.starts_with("-}") {
            continue;
        }
        if let Some((tag, rest)) =
            line.strip_prefix(':').and_then(|rest| rest.split_once(':')).filter(|(tag, _)| is_tag(tag))
        {
            if fields.len() >= MAX_PARTS {
                return Err(FileError::at(number, format!("there are more than {MAX_PARTS} fields")));
            }
            fields.push(Field { line: number, tag, lines: vec![rest] });
            continue;
        }
        match fields.last_mut() {
            Some(field) if field.lines.len() < MAX_LINES => field.lines.push(line),
            Some(field) => {
                return Err(FileError::at(
                    number,
                    format!("field {} has more than {MAX_LINES} lines", field.tag),
                ));
            }
            None => {} // What some banks write before the first message.
        }
    }
    Ok(fields)
}

/// Two digits, and a letter or none; and what banks add of their own, such as `NS`.
fn is_tag(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [b'0'..=b'9', b'0'..=b'9'] | [b'0'..=b'9', b'0'..=b'9', b'A'..=b'Z'] | [b'A'..=b'Z', b'A'..=b'Z']
    )
}
