//! Backups and exports as files: lines of JSON behind a header and before a trailer, compressed with zstd. The format is described
//! to the byte in docs/archive-format.md; where a log is read from or restored into is known by the ports alone.
//!
//! Reading order: [`mod@line`], [`ArchiveWriter`], [`ArchiveReader`], then [`Pieces`] (a log as the bytes of an archive) and [`fill()`]
//! (an archive into an empty store).

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
/// The version of the format that this build writes and reads.
pub const VERSION: u32 = 1;
/// The longest line in bytes, its line feed included. No line is written that could not be read again.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// The largest window, as a power of two, that a reader allocates for decompression: 8 MiB.
const LARGEST_WINDOW: u32 = 23;
/// A good deal smaller than the lines, at several hundred megabytes a second.
const COMPRESSION_LEVEL: i32 = 3;
