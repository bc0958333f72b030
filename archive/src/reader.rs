//! Reads an archive and verifies it on the way: every line, the hash chain, the order, the counts, the
//! trailer. Nothing is taken on trust, and no more is held in memory than a line, the window of the
//! decompression, and a version for each stream.

use super::{
    FORMAT, LARGEST_WINDOW, LONGEST_LINE, OLDEST, VERSION,
    line::{Header, Kind, Line, Trailer, bytes_of},
    secret_seal,
};
use jiff::Timestamp;
use khata_application::{
    Recorded,
    audit::{Broken, Link, Walk},
    event_store::KeyRecord,
    hash_chain::GENESIS,
};
use serde::Deserialize;
use std::io::{self, BufRead, BufReader, Read};
use zstd::stream::read::Decoder;

/// Why an archive does not verify. Lines count from 1, the header's.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system cannot read the file.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
    /// It is no archive of Khata's.
    #[error("the file is no archive of Khata")]
    Foreign,
    /// A newer Khata wrote it.
    #[error("the archive has format version {found}, this Khata reads versions {OLDEST} to {VERSION}")]
    OtherVersion { found: u64 },
    /// It ends too early.
    #[error("the archive is cut short: it ends in line {line}")]
    CutShort {
        /// The line that is not there.
        line: u64,
    },
    /// The compressed data were altered.
    #[error("the archive is damaged: line {line} cannot be decompressed")]
    Damaged {
        line: u64,
        /// What the decompression says.
        #[source]
        source: io::Error,
    },
    /// A line is not what must stand there.
    #[error("line {line} does not fit: {reason}")]
    Line { line: u64, reason: String },
    /// An event does not fit the chain.
    #[error("line {line} does not fit: {broken}")]
    Event {
        line: u64,
        /// Where in the log and why.
        broken: Broken,
    },
}

/// What stands behind the header.
#[derive(Debug)]
pub enum Item {
    /// The next event of the chain.
    Event(Recorded),
    /// The next key, behind all events.
    Key(KeyRecord),
    /// The trailer and the end of the file: everything verified.
    End(Whole),
}

/// An archive that verified from the first line to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub header: Header,
    pub trailer: Trailer,
}

impl Whole {
    /// Whether it holds a secret of which nothing tells that it is the one which it was written with.
    pub fn has_unsealed_secret(&self) -> bool {
        self.header.kind == Kind::Backup && self.trailer.secret_seal.is_none()
    }
}

/// An archive that is being read.
pub struct ArchiveReader<R: Read> {
    lines: BufReader<Decoder<'static, BufReader<R>>>,
    hasher: blake3::Hasher,
    header: Header,
    secret: Option<[u8; 32]>,
    walk: Walk,
    /// The number of the last line read, and its bytes.
    number: u64,
    line: Vec<u8>,
    keys: u64,
}

impl<R: Read> ArchiveReader<R> {
    /// Reads the header, and a backup's secret.
    ///
    /// # Errors
    /// It is no archive that this build can read.
    pub fn open(input: R) -> Result<Self, ArchiveError> {
        let mut decoder = Decoder::with_buffer(BufReader::with_capacity(128 * 1024, input))
            .map_err(ArchiveError::Unreadable)?
            .single_frame();
        decoder.window_log_max(LARGEST_WINDOW).map_err(ArchiveError::Unreadable)?;
        let mut lines = BufReader::with_capacity(256 * 1024, decoder);
        let mut line = Vec::new();
        match read_line(&mut lines, &mut line, 1) {
            Ok(()) => {}
            Err(ArchiveError::Unreadable(error)) => return Err(ArchiveError::Unreadable(error)),
            // Whatever else is wrong with its very first line, it is not ours.
            Err(_) => return Err(ArchiveError::Foreign),
        }
        let header = header(&line)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&line);
        // Of an event before the first, the time is not known.
        let before = Link {
            position: header.first_position - 1,
            hash: header.previous_hash,
            recorded_at: Timestamp::MIN,
        };
        let walk = Walk::behind(if before.position == 0 { Link::GENESIS } else { before });
        let mut reader = Self { lines, hasher, header, secret: None, walk, number: 1, line, keys: 0 };
        if reader.header.kind == Kind::Backup {
            reader.secret = Some(reader.read_secret()?);
        }
        Ok(reader)
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The secret of the deployment, in a backup.
    pub fn secret(&self) -> Option<&[u8; 32]> {
        self.secret.as_ref()
    }

    /// The position of the last event read.
    pub fn position(&self) -> u64 {
        self.walk.last().position
    }

    /// The next event or key, or the end of it all.
    ///
    /// # Errors
    /// It does not verify; there is no going on.
    pub fn read(&mut self) -> Result<Item, ArchiveError> {
        self.next_line()?;
        let line = match serde_json::from_slice(&self.line) {
            Ok(line) => line,
            Err(error) => return Err(misfit(self.number, format!("it is no line of an archive: {error}"))),
        };
        match line {
            Line::Event(event) => {
                let event = event.recorded().map_err(|reason| misfit(self.number, reason.to_owned()))?;
                self.take(event).map(Item::Event)
            }
            Line::Key(key) => {
                let record = key.record().map_err(|reason| misfit(self.number, reason.to_owned()))?;
                self.take_key(record).map(Item::Key)
            }
            Line::Trailer(trailer) => self.end(trailer).map(Item::End),
            Line::Header(_) | Line::Secret(_) => {
                Err(misfit(self.number, "it stands at the beginning alone".to_owned()))
            }
        }
    }

    fn take(&mut self, event: Recorded) -> Result<Recorded, ArchiveError> {
        let line = self.number;
        if self.keys > 0 {
            return Err(misfit(line, "an event stands behind the keys".to_owned()));
        }
        self.walk.step(&event).map_err(|broken| ArchiveError::Event { line, broken })?;
        if event.position > self.header.last_position {
            return Err(misfit(
                line,
                format!("the header names {} as the last position", self.header.last_position),
            ));
        }
        self.hasher.update(&self.line);
        Ok(event)
    }

    fn take_key(&mut self, record: KeyRecord) -> Result<KeyRecord, ArchiveError> {
        if self.header.kind != Kind::Backup {
            return Err(misfit(self.number, "an export holds no keys".to_owned()));
        }
        self.require_all_events()?;
        if record.position > self.header.last_position {
            return Err(misfit(self.number, "the key names a position behind the last".to_owned()));
        }
        self.keys += 1;
        self.hasher.update(&self.line);
        Ok(record)
    }

    fn end(&mut self, trailer: Trailer) -> Result<Whole, ArchiveError> {
        self.require_all_events()?;
        let events = self.header.last_position + 1 - self.header.first_position;
        let blake3 = *self.hasher.finalize().as_bytes();
        let secret_seal =
            self.secret.filter(|_| self.header.version > OLDEST).map(|secret| secret_seal(&secret, &blake3));
        let written =
            Trailer { events, keys: self.keys, last_hash: self.walk.last().hash, blake3, secret_seal };
        if trailer != written {
            let of_the_secret = trailer.secret_seal.is_some()
                && Trailer { secret_seal: trailer.secret_seal, ..written } == trailer;
            let reason = if of_the_secret {
                "the secret is not the one that the archive was written with"
            } else {
                "the trailer does not fit what stands before it"
            };
            return Err(misfit(self.number, reason.to_owned()));
        }
        self.require_end()?;
        Ok(Whole { header: self.header.clone(), trailer })
    }

    fn require_all_events(&self) -> Result<(), ArchiveError> {
        let last = self.walk.last();
        if last.position != self.header.last_position {
            return Err(misfit(
                self.number,
                format!(
                    "the events end at position {}, the header names {}",
                    last.position, self.header.last_position
                ),
            ));
        }
        if last.hash != self.header.last_hash {
            return Err(misfit(self.number, "the header names another last hash".to_owned()));
        }
        Ok(())
    }

    /// Behind the trailer the compressed data end with their checksum, and the file ends with them.
    fn require_end(&mut self) -> Result<(), ArchiveError> {
        let behind = || misfit(self.number + 1, "something stands behind the trailer".to_owned());
        let mut one = [0];
        match self.lines.read(&mut one) {
            Ok(0) => {}
            Ok(_) => return Err(behind()),
            Err(error) => return Err(undone(error, self.number + 1)),
        }
        match self.lines.get_mut().get_mut().read(&mut one) {
            Ok(0) => Ok(()),
            Ok(_) => Err(behind()),
            Err(error) => Err(ArchiveError::Unreadable(error)),
        }
    }

    fn read_secret(&mut self) -> Result<[u8; 32], ArchiveError> {
        self.next_line()?;
        let secret = match serde_json::from_slice(&self.line) {
            Ok(Line::Secret(digits)) => bytes_of(&digits),
            _ => None,
        };
        self.hasher.update(&self.line);
        secret.ok_or_else(|| misfit(self.number, "the secret of the deployment must stand here".to_owned()))
    }

    fn next_line(&mut self) -> Result<(), ArchiveError> {
        self.number += 1;
        read_line(&mut self.lines, &mut self.line, self.number)
    }
}

/// Reads a whole line into the buffer, its line feed included.
fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>, number: u64) -> Result<(), ArchiveError> {
    line.clear();
    let limit = LONGEST_LINE as u64;
    lines.take(limit).read_until(b'\n', line).map_err(|error| undone(error, number))?;
    if line.ends_with(b"\n") {
        return Ok(());
    }
    if line.len() == LONGEST_LINE {
        Err(misfit(number, format!("it is longer than {LONGEST_LINE} bytes")))
    } else {
        Err(ArchiveError::CutShort { line: number })
    }
}

/// What an error of the decompression means: the system's own have a number.
fn undone(error: io::Error, line: u64) -> ArchiveError {
    if error.raw_os_error().is_some() {
        ArchiveError::Unreadable(error)
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        ArchiveError::CutShort { line }
    } else {
        ArchiveError::Damaged { line, source: error }
    }
}

fn misfit(line: u64, reason: String) -> ArchiveError {
    ArchiveError::Line { line, reason }
}

/// The header, once it is clear that it is one that this build knows.
fn header(line: &[u8]) -> Result<Header, ArchiveError> {
    #[derive(Deserialize)]
    struct Named {
        header: Version,
    }
    #[derive(Deserialize)]
    struct Version {
        format: String,
        version: u64,
    }
    let Ok(Named { header: named }) = serde_json::from_slice(line) else { return Err(ArchiveError::Foreign) };
    if named.format != FORMAT {
        return Err(ArchiveError::Foreign);
    }
    if !(u64::from(OLDEST)..=u64::from(VERSION)).contains(&named.version) {
        return Err(ArchiveError::OtherVersion { found: named.version });
    }
    let header = match serde_json::from_slice(line) {
        Ok(Line::Header(header)) => header,
        Ok(_) => return Err(ArchiveError::Foreign),
        Err(error) => return Err(misfit(1, format!("it is no header: {error}"))),
    };
    let Header { kind, first_position, last_position, previous_hash, last_hash, .. } = &header;
    let begins =
        *first_position >= 1 && i64::try_from(*last_position).is_ok() && *first_position <= last_position + 1;
    let genesis = *first_position > 1 || *previous_hash == GENESIS;
    let empty = *first_position <= *last_position || last_hash == previous_hash;
    let whole = *kind == Kind::Export || *first_position == 1;
    if begins && genesis && empty && whole {
        Ok(header)
    } else {
        Err(misfit(1, "its positions and hashes contradict each other".to_owned()))
    }
}
