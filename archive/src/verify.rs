//! Walks through an archive without a store.

use super::{ArchiveError, ArchiveReader, Header, Item, Whole};
use std::io::Read;

/// Progress is told after so many lines.
const TELL_EVERY: u64 = 1_000;

/// Reads an archive to its end and verifies all of it; `tell` hears the header and the position reached, now
/// and then.
///
/// # Errors
/// The first line that does not fit.
pub fn verify(input: impl Read, tell: impl Fn(&Header, u64)) -> Result<Whole, ArchiveError> {
    let mut reader = ArchiveReader::open(input)?;
    loop {
        if let Item::End(whole) = reader.read()? {
            return Ok(whole);
        }
        if reader.position() % TELL_EVERY == 0 {
            tell(reader.header(), reader.position());
        }
    }
}
