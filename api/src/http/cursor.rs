//! Cursors of lists: where a list goes on, with the filters it was asked with. Opaque to clients, and taken only as they were given.
//!
//! A cursor is the hexadecimal form of JSON behind a checksum. It gives no right that its bearer would not have anyway, so the
//! checksum is no secret: it catches what was cut off, mistyped or made up.

use super::problem::{Problem, codes};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Bytes of checksum.
const CHECKSUM_BYTES: usize = 8;
/// No cursor of ours is longer.
const MAX_CURSOR_CHARS: usize = 4096;
/// The character that no text of ours holds, and that PostgreSQL cannot be asked for.
const NUL: &[u8] = br"\u0000";

/// Writes a cursor of a list: its filters, and the place behind which it goes on.
pub(crate) fn write(list: &str, filters: &impl Serialize, place: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_vec(&(list, filters, place))
        .map_err(|error| Problem::internal(format!("a cursor cannot be written: {error}")))?;
    Ok(hex::encode([&checksum(&json)[..], &json].concat()))
}

/// Reads a cursor of a list.
pub(crate) fn read<F: DeserializeOwned, P: DeserializeOwned>(
    list: &str,
    cursor: &str,
) -> Result<(F, P), Problem> {
    let invalid = || Problem::new(&codes::INVALID_CURSOR, "The cursor is none that this list has given.");
    if cursor.len() > MAX_CURSOR_CHARS {
        return Err(invalid());
    }
    let bytes = hex::decode(cursor).map_err(|_| invalid())?;
    let (given, json) = bytes.split_at_checked(CHECKSUM_BYTES).ok_or_else(invalid)?;
    if given != checksum(json) || json.windows(NUL.len()).any(|part| part == NUL) {
        return Err(invalid());
    }
    let (of, filters, place): (String, F, P) = serde_json::from_slice(json).map_err(|_| invalid())?;
    if of == list { Ok((filters, place)) } else { Err(invalid()) }
}

/// The filters a request means: those of its cursor, any of which may be given again but not changed.
pub(crate) fn agree<F: Serialize>(asked: F, kept: F) -> Result<F, Problem> {
    let unreadable = |error| Problem::internal(format!("filters cannot be compared: {error}"));
    let agrees = match (
        serde_json::to_value(asked).map_err(unreadable)?,
        serde_json::to_value(&kept).map_err(unreadable)?,
    ) {
        (Value::Object(asked), Value::Object(kept)) => {
            asked.iter().all(|(name, value)| value.is_null() || kept.get(name) == Some(value))
        }
        (asked, kept) => asked.is_null() || asked == kept,
    };
    if agrees {
        return Ok(kept);
    }
    Err(Problem::new(
        &codes::INVALID_CURSOR,
        "The cursor was given for other filters. Leave them out, or begin again without the cursor.",
    ))
}

fn checksum(json: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&blake3::derive_key("khata.dev 2026-11 list cursor", json)[..CHECKSUM_BYTES]);
    checksum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_back_what_it_was_made_of() {
        let cursor = write("accounts", &("active", 5), &7_u64).unwrap();
        let (filters, place): ((String, u8), u64) = read("accounts", &cursor).unwrap();
        assert_eq!((filters.0.as_str(), filters.1, place), ("active", 5, 7));
    }

    #[test]
    fn a_cursor_of_another_list_or_changed_in_any_character_is_refused() {
        let cursor = write("accounts", &(), &7_u64).unwrap();
        assert!(read::<(), u64>("customers", &cursor).is_err());
        assert!(read::<(), String>("accounts", &cursor).is_err());
        for place in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            assert!(read::<(), u64>("accounts", std::str::from_utf8(&changed).unwrap()).is_err(), "{place}");
        }
        for text in ["", "7", "zz", "00", &cursor[..cursor.len() - 2], &"0".repeat(5000)] {
            assert!(read::<(), u64>("accounts", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_forged_cursor_with_a_character_that_no_text_holds_is_refused() {
        let cursor = write("customers", &(), &"a\0").unwrap();
        assert!(read::<(), String>("customers", &cursor).is_err());
    }

    #[test]
    fn filters_may_be_repeated_with_a_cursor_but_not_changed() {
        assert_eq!(agree(None, Some(1)).unwrap(), Some(1));
        assert_eq!(agree(Some(1), Some(1)).unwrap(), Some(1));
        assert_eq!(agree(Some(2), Some(1)).unwrap_err().code(), "invalid_cursor");
        let filters =
            |from: Option<u8>, order: Option<&str>| serde_json::json!({ "from": from, "order": order });
        let kept = filters(Some(7), Some("asc"));
        for asked in [filters(None, None), filters(Some(7), None), filters(None, Some("asc"))] {
            assert_eq!(agree(asked, kept.clone()).unwrap(), kept);
        }
        for asked in [filters(Some(8), None), filters(None, Some("desc"))] {
            assert_eq!(agree(asked, kept.clone()).unwrap_err().code(), "invalid_cursor");
        }
    }
}
