//! Writes an archive line by line, compressed and counted.

use super::{
    COMPRESSION_LEVEL, LONGEST_LINE,
    line::{Header, Line, Trailer},
    secret_seal,
};
use khata_application::{Recorded, event_store::KeyRecord};
use std::io::{self, Write};
use zstd::stream::write::Encoder;

/// Lines are hashed and compressed together once there are so many bytes of them.
const TOGETHER: usize = 256 * 1024;

/// An archive on its way out. It is whole only behind [`ArchiveWriter::finish`].
pub struct ArchiveWriter<W: Write> {
    encoder: Encoder<'static, W>,
    hasher: blake3::Hasher,
    /// Lines that are neither hashed nor compressed yet.
    waiting: Vec<u8>,
    events: u64,
    keys: u64,
    last_hash: [u8; 32],
    secret: Option<[u8; 32]>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins with the header; a backup's secret follows at once.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(out: W, header: &Header, secret: Option<&[u8; 32]>) -> io::Result<Self> {
        let mut encoder = Encoder::new(out, COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        let waiting = Vec::with_capacity(TOGETHER + 4096);
        let hasher = blake3::Hasher::new();
        let mut writer = Self {
            encoder,
            hasher,
            waiting,
            events: 0,
            keys: 0,
            last_hash: header.previous_hash,
            secret: secret.copied(),
        };
        writer.line(&Line::Header(header.clone()))?;
        if let Some(secret) = secret {
            writer.line(&Line::Secret(hex::encode(secret)))?;
        }
        Ok(writer)
    }

    /// Writes the next event.
    ///
    /// # Errors
    /// It cannot be written, or is too long for a line.
    pub fn event(&mut self, event: &Recorded) -> io::Result<()> {
        self.line(&Line::Event(event.into()))?;
        self.events += 1;
        self.last_hash = event.hash;
        Ok(())
    }

    /// Writes the next key, behind all events.
    ///
    /// # Errors
    /// It cannot be written, or is too long for a line.
    pub fn key(&mut self, record: &KeyRecord) -> io::Result<()> {
        self.line(&Line::Key(record.into()))?;
        self.keys += 1;
        Ok(())
    }

    /// Where it writes to.
    pub(super) fn out(&mut self) -> &mut W {
        self.encoder.get_mut()
    }

    /// Writes the trailer and ends the compression.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.pass_on()?;
        let blake3 = *self.hasher.finalize().as_bytes();
        let secret_seal = self.secret.map(|secret| secret_seal(&secret, &blake3));
        self.line(&Line::Trailer(Trailer {
            events: self.events,
            keys: self.keys,
            last_hash: self.last_hash,
            blake3,
            secret_seal,
        }))?;
        self.pass_on()?;
        self.encoder.finish()
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let start = self.waiting.len();
        serde_json::to_writer(&mut self.waiting, line)?;
        self.waiting.push(b'\n');
        if self.waiting.len() - start > LONGEST_LINE {
            self.waiting.truncate(start);
            return Err(io::Error::other(format!("a line would be longer than {LONGEST_LINE} bytes")));
        }
        if self.waiting.len() >= TOGETHER { self.pass_on() } else { Ok(()) }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.hasher.update(&self.waiting);
        self.encoder.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}
