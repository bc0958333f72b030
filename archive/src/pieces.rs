//! A log as the bytes of an archive, piece by piece: taken at one head, read page by page while the page
//! before is compressed.

use super::{
    ArchiveWriter, FORMAT, VERSION,
    line::{Header, Kind},
};
use bytes::Bytes;
use jiff::Timestamp;
use khata_application::{
    Recorded,
    archive::Vault,
    event_store::{FeedFilter, FeedPage, Head, KeyRecord, ReadError},
    hash_chain::GENESIS,
};
use std::{io, time::Duration};

/// Events or keys read at once.
const PAGE: usize = 1_000;
/// After so long a store that was too busy is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// What is asked of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Everything that cannot be derived, up to the head.
    Backup,
    /// The events of a range.
    Export {
        /// Only events behind this position.
        after: u64,
        /// Only events up to this position; up to the head, if nothing is said.
        up_to: Option<u64>,
    },
}

/// Why an archive cannot be made, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum PieceError {
    /// The range ends before it begins, or behind the log.
    #[error("`{parameter}`: the log ends at position {head}, and a range begins before it ends")]
    Range {
        /// `after` or `up_to`.
        parameter: &'static str,
        /// Where the log ends.
        head: u64,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line cannot be written.
    #[error("the archive cannot be written")]
    Unwritable(#[from] io::Error),
}

/// An archive in the making.
pub struct Pieces {
    vault: Vault,
    header: Header,
    /// `None` once the trailer is written.
    writer: Option<ArchiveWriter<Vec<u8>>>,
    /// What was read and is to be written next.
    ready: Page,
}

/// A page of what stands in an archive.
enum Page {
    /// The rest of them is to be read behind the last.
    Events(Vec<Recorded>),
    /// The next page begins there, if there is one.
    Keys(Vec<KeyRecord>, Option<u64>),
    /// Nothing is left but the trailer.
    End,
}

impl Pieces {
    /// Begins an archive at the head of this moment.
    ///
    /// # Errors
    /// The log cannot be read, or has no such range.
    pub async fn of(vault: Vault, asked: Asked, now: Timestamp) -> Result<Self, PieceError> {
        let head = vault.events.head().await?;
        let (kind, after, last) = match asked {
            Asked::Backup => (Kind::Backup, 0, head.position),
            Asked::Export { after, up_to } => (Kind::Export, after, up_to.unwrap_or(head.position)),
        };
        let range = |parameter| Err(PieceError::Range { parameter, head: head.position });
        if after > head.position {
            return range("after");
        }
        if last > head.position || last < after {
            return range("up_to");
        }
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind,
            namespace: vault.namespace.clone(),
            khata: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: now,
            first_position: after + 1,
            last_position: last,
            previous_hash: hash_at(&vault, after, &head).await?,
            last_hash: hash_at(&vault, last, &head).await?,
        };
        let secret = (kind == Kind::Backup).then_some(&vault.secret);
        let writer = ArchiveWriter::begin(Vec::new(), &header, secret)?;
        let ready = events_behind(&vault, &header, after).await?;
        Ok(Self { vault, header, writer: Some(writer), ready })
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next bytes; `None` behind the last.
    ///
    /// # Errors
    /// The log cannot be read to its end. What was given so far has no trailer: nobody can take it for whole.
    pub async fn next(&mut self) -> Result<Option<Bytes>, PieceError> {
        loop {
            let Some(writer) = self.writer.take() else { return Ok(None) };
            let page = std::mem::replace(&mut self.ready, Page::End);
            let next = Next::behind(&page, &self.header);
            // Compressing keeps a core busy: it is not for the runtime's own threads.
            let written = tokio::task::spawn_blocking(move || write(writer, &page));
            let (written, ready) = tokio::join!(written, next.read(&self.vault, &self.header));
            let (writer, bytes) = written.map_err(io::Error::other)??;
            self.writer = writer;
            self.ready = ready?;
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
        }
    }
}

/// What has to be read behind a page.
enum Next {
    Events(u64),
    Keys(u64),
    Nothing,
}

impl Next {
    fn behind(page: &Page, header: &Header) -> Self {
        match page {
            Page::Events(events) => match (events.last(), header.kind) {
                (Some(last), _) if last.position < header.last_position => Self::Events(last.position),
                (_, Kind::Backup) => Self::Keys(0),
                (_, Kind::Export) => Self::Nothing,
            },
            Page::Keys(_, Some(next)) => Self::Keys(*next),
            Page::Keys(_, None) | Page::End => Self::Nothing,
        }
    }

    async fn read(self, vault: &Vault, header: &Header) -> Result<Page, ReadError> {
        match self {
            Self::Events(after) => events_behind(vault, header, after).await,
            Self::Keys(from) => {
                let page = vault.keys.keys(from, PAGE, header.last_position).await?;
                Ok(Page::Keys(page.keys, page.next))
            }
            Self::Nothing => Ok(Page::End),
        }
    }
}

type Written = (Option<ArchiveWriter<Vec<u8>>>, Vec<u8>);

fn write(mut writer: ArchiveWriter<Vec<u8>>, page: &Page) -> io::Result<Written> {
    match page {
        Page::Events(events) => events.iter().try_for_each(|event| writer.event(event))?,
        Page::Keys(keys, _) => keys.iter().try_for_each(|record| writer.key(record))?,
        Page::End => return Ok((None, writer.finish()?)),
    }
    let bytes = std::mem::take(writer.out());
    Ok((Some(writer), bytes))
}

async fn events_behind(vault: &Vault, header: &Header, after: u64) -> Result<Page, ReadError> {
    let wanted = usize::try_from(header.last_position.saturating_sub(after)).unwrap_or(PAGE).min(PAGE);
    if wanted == 0 {
        return Ok(Page::Events(Vec::new()));
    }
    let page = page_behind(vault, after, wanted).await?;
    if page.events.is_empty() {
        Err(ReadError::Corrupt(format!("position {} is missing", after + 1)))
    } else {
        Ok(Page::Events(page.events))
    }
}

/// A page of the log. A house that is too busy for it now has it later: no archive breaks off for that.
async fn page_behind(vault: &Vault, after: u64, limit: usize) -> Result<FeedPage, ReadError> {
    loop {
        match vault.events.read_all(after, limit, &FeedFilter::default()).await {
            Err(ReadError::Overloaded) => tokio::time::sleep(PAUSE).await,
            read => return read,
        }
    }
}

/// The hash of the event at a position that the log has reached.
async fn hash_at(vault: &Vault, position: u64, head: &Head) -> Result<[u8; 32], ReadError> {
    if position == 0 {
        return Ok(GENESIS);
    }
    if position == head.position {
        return Ok(head.hash);
    }
    let page = page_behind(vault, position - 1, 1).await?;
    let event =
        page.events.first().ok_or_else(|| ReadError::Corrupt(format!("position {position} is missing")))?;
    Ok(event.hash)
}
