//! A look over JSON text before it is parsed: how deep it is, and whether it hides a NUL.

/// The deepest nesting a body may have.
pub(super) const MAX_DEPTH: usize = 32;

/// What a body must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nesting deeper than [`MAX_DEPTH`].
    TooDeep,
    /// The character U+0000, escaped in a string. PostgreSQL cannot store it.
    Nul,
}

/// Looks at every byte once, without allocating. Text that is not JSON passes: the parser tells what is wrong with it.
pub(super) fn scan(json: &[u8]) -> Result<(), Found> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut rest = json;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (in_string, byte) {
            (true, b'\\') if rest.starts_with(b"u0000") => return Err(Found::Nul),
            // Whatever is escaped, a quote or another backslash, is no end of the string.
            (true, b'\\') => rest = rest.get(1..).unwrap_or_default(),
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') if depth == MAX_DEPTH => return Err(Found::TooDeep),
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_allowed_to_the_limit_and_not_beyond() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(scan(nested(MAX_DEPTH).as_bytes()), Ok(()));
        assert_eq!(scan(nested(MAX_DEPTH + 1).as_bytes()), Err(Found::TooDeep));
        assert_eq!(scan(format!("[{}]", nested(1) + "," + &nested(MAX_DEPTH - 1)).as_bytes()), Ok(()));
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert_eq!(scan(format!("\"{}\\\"{}\"", "[".repeat(99), "{".repeat(99)).as_bytes()), Ok(()));
    }

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_before_u0000_is_not_one() {
        assert_eq!(scan(br#"{"a":"x\u0000"}"#), Err(Found::Nul));
        assert_eq!(scan(br#"{"a":"x\\u0000"}"#), Ok(()));
        assert_eq!(scan(br#"{"a":"\\\u0000"}"#), Err(Found::Nul));
    }

    #[test]
    fn text_that_breaks_off_passes() {
        for text in [&br#"{"a":"\"#[..], b"\"", b"", b"}}}]", b"{"] {
            assert_eq!(scan(text), Ok(()));
        }
    }
}
