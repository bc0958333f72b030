//! What logs write, so that it shows those who read it what it is: no line turns another around, hides a part of itself, or talks to a
//! terminal.

use khata_domain::text::is_shown;
use std::{
    fmt::Write as _,
    io::{self, Write},
};

/// Writes to something else, with escapes for what would not be shown.
#[derive(Debug)]
pub(super) struct Shown<W>(pub(super) W);

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Lines come whole. What is no text, or breaks off within a character, goes through as it is.
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().all(stays) => self.0.write_all(escaped(text).as_bytes())?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The control characters of ASCII are the formatter's own affair: it writes line feeds and colours, and escapes those of others.
fn stays(character: char) -> bool {
    character != '\u{7f}' && (character.is_ascii() || is_shown(character))
}

/// With the escapes of JSON, which people can read, too.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if stays(character) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _infallible = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_be_shown_is_escaped_and_json_stays_json() {
        let hidden = "a\u{9b}31m\u{202e}b\u{7f}\u{2028}\u{200b}\u{e0041}खाता é";
        let line = format!("{}\n", serde_json::json!({ "path": hidden }));
        let mut written = Vec::new();
        Shown(&mut written).write_all(line.as_bytes()).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert!(written.chars().all(|character| character == '\n' || is_shown(character)), "{written:?}");
        assert!(written.contains("\\u009b31m\\u202eb\\u007f") && written.contains("खाता é"), "{written:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap()["path"], hidden);
    }

    #[test]
    fn other_lines_go_through_as_they_are() {
        let line = "\u{1b}[32mINFO\u{1b}[0m खाता\n";
        let mut written = Vec::new();
        Shown(&mut written).write_all(line.as_bytes()).unwrap();
        Shown(&mut written).write_all(b"\xff").unwrap();
        assert_eq!(written, [line.as_bytes(), b"\xff"].concat());
    }
}
