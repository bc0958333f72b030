//! What logs and commands write, so that it shows those who read it what it is: no line turns another around,
//! hides a part of itself, or talks to a terminal.

use khata_domain::text::is_shown;
use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
};

/// Writes to something else, with escapes for what would not be shown.
#[derive(Debug)]
pub(crate) struct Shown<W>(pub(crate) W);

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Lines come whole. What is no text, or breaks off within a character, goes through as it is.
        match std::str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(escaped(text, stays_in_logs).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The control characters of ASCII are the formatter's own affair: it writes line feeds and colours, and
/// escapes those of others.
fn stays_in_logs(character: char) -> bool {
    character != '\u{7f}' && (character.is_ascii() || is_shown(character))
}

/// Lines of a command, with escapes for what would not be shown.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character == '\n' || is_shown(character))
}

/// A text within a line, with escapes for what would not be shown, line feeds among them.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    escaped(text, is_shown)
}

/// With the escapes of JSON, which people can read, too.
fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&stays) {
        return text.into();
    }
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
    escaped.into()
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
    fn commands_write_line_feeds_of_their_own_and_no_other_control() {
        assert_eq!(lines("a\n\u{1b}[2J\r\t\u{202e}b"), "a\n\\u001b[2J\\u000d\\u0009\\u202eb");
        assert_eq!(text("a\nb"), "a\\u000ab");
        assert_eq!(lines("खाता\n"), "खाता\n");
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
