//! The letters of files: their encoding, and texts that fit what an entry holds.

use super::statement::FileError;
use encoding_rs::Encoding;
use khata_domain::Text;

/// The text of a file: by its byte order mark, else by the encoding that is named, else UTF-8, or
/// Windows-1252 where it is none.
///
/// # Errors
/// No such encoding; bytes that it does not have, with their line.
pub(super) fn decoded(bytes: &[u8], named: Option<&str>) -> Result<String, FileError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return strictly(&bytes[mark..], encoding);
    }
    match named {
        Some(name) => {
            let encoding = Encoding::for_label(name.as_bytes());
            let encoding = encoding.ok_or_else(|| {
                FileError::of_file(format!(
                    "there is no encoding {name:?}: utf-8, windows-1252, iso-8859-15, utf-16le, …"
                ))
            })?;
            strictly(bytes, encoding)
        }
        None => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => strictly(bytes, encoding_rs::WINDOWS_1252),
        },
    }
}

fn strictly(bytes: &[u8], encoding: &'static Encoding) -> Result<String, FileError> {
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => {
            let (lossy, _) = encoding.decode_without_bom_handling(bytes);
            let line =
                lossy.split('\u{fffd}').next().map_or(1, |before| before.matches('\n').count() as u64 + 1);
            Err(FileError::at(line, format!("it is not {}: say which encoding it is", encoding.name())))
        }
    }
}

/// A text as an entry can hold it: in one line, without what is not seen, no longer than `MAX` characters.
/// `None` if nothing is left.
pub(super) fn fitting<const MAX: usize>(text: &str) -> Option<Text<MAX>> {
    let words = text
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty());
    let one_line = words.collect::<Vec<_>>().join(" ");
    let shortened = |text: &str| text.chars().take(MAX).collect::<String>();
    if let Ok(fitting) = Text::parse(&shortened(&one_line)) {
        return Some(fitting);
    }
    let seen: String = one_line
        .chars()
        .filter(|letter| Text::<1>::parse(letter.encode_utf8(&mut [0; 4])).is_ok() || *letter == ' ')
        .collect();
    Text::parse(&shortened(seen.trim())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_by_their_mark_their_named_encoding_or_what_they_look_like() {
        let utf_16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("Müller\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decoded(&utf_16, None).unwrap(), "Müller\r\n");
        assert_eq!(decoded("\u{feff}Müller".as_bytes(), Some("windows-1252")).unwrap(), "Müller");
        assert_eq!(decoded(b"M\xfcller \x80", None).unwrap(), "Müller €");
        assert_eq!(decoded(b"M\xfcller \xa4", Some("iso-8859-15")).unwrap(), "Müller €");
        assert_eq!(decoded("Müller".as_bytes(), None).unwrap(), "Müller");
    }

    #[test]
    fn what_its_encoding_does_not_have_is_told_with_its_line() {
        let refused = decoded(b"one\ntwo\nM\xfcller", Some("utf-8")).unwrap_err();
        assert_eq!(refused, FileError::at(3, "it is not UTF-8: say which encoding it is"));
        assert!(decoded(b"", Some("klingon")).unwrap_err().reason.contains("klingon"));
    }

    #[test]
    fn texts_are_made_to_fit_what_an_entry_holds() {
        assert_eq!(fitting::<20>(" two\n  words\t").unwrap().as_str(), "two words");
        assert_eq!(fitting::<4>("längere").unwrap().as_str(), "läng");
        assert_eq!(fitting::<20>("a\u{200b}b\u{202e}c d").unwrap().as_str(), "abc d");
        assert_eq!(fitting::<20>(" \u{0} "), None);
    }
}
