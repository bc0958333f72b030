//! Backups and exports as files: lines of JSON behind a header and before a trailer, compressed with zstd.
//! The format is described to the byte in docs/archive-format.md; where a log is read from or restored into
//! is known by the ports alone.
//!
//! Reading order: [`mod@line`], [`ArchiveWriter`], [`ArchiveReader`], then [`Pieces`] (a log as the bytes of
//! an archive) and [`fill()`] (an archive into an empty store).

mod fill;
pub mod line;
mod pieces;
mod reader;
mod verify;
mod writer;

pub use fill::{FillError, Filled, fill};
pub use line::{Header, Kind, Trailer};
pub use pieces::{Asked, PieceError, Pieces};
pub use reader::{ArchiveError, ArchiveReader, Item, Whole};
pub use verify::verify;
pub use writer::ArchiveWriter;

/// The media type of an archive.
pub const MEDIA_TYPE: &str = "application/zstd";
/// What the header calls the format.
pub const FORMAT: &str = "khata-archive";
/// The version of the format that this build writes.
pub const VERSION: u32 = 2;
/// The oldest version that it reads. In version 1 nothing tells whether a backup's secret is the one that it
/// was written with.
pub const OLDEST: u32 = 1;

/// What a backup's trailer says of its secret: a digest of all that stands before, keyed with it.
pub(crate) fn secret_seal(secret: &[u8; 32], blake3: &[u8; 32]) -> [u8; 32] {
    *blake3::keyed_hash(&blake3::derive_key("Khata 2026-11-30: the secret of an archive", secret), blake3)
        .as_bytes()
}

/// The longest line in bytes, its line feed included. No line is written that could not be read again.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// The largest window, as a power of two, that a reader allocates for decompression: 8 MiB.
const LARGEST_WINDOW: u32 = 23;
/// A good deal smaller than the lines, at several hundred megabytes a second.
const COMPRESSION_LEVEL: i32 = 3;
