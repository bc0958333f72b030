//! The audit of the log: walks the hash chain and names the first event that does not fit.

use crate::{
    Recorded,
    event_store::{EventStore, FeedFilter, ReadError},
    hash_chain::{self, GENESIS},
};
use jiff::Timestamp;

/// Events read at once.
const PAGE: usize = 5_000;

/// A place in the chain behind which an audit begins or to which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The position; 0 before the first event.
    pub position: u64,
    /// The hash of the event there.
    pub hash: [u8; 32],
    /// Its recorded-at.
    pub recorded_at: Timestamp,
}

impl Link {
    /// Before the first event.
    pub const GENESIS: Self = Self { position: 0, hash: GENESIS, recorded_at: Timestamp::UNIX_EPOCH };
}

impl From<&Recorded> for Link {
    fn from(event: &Recorded) -> Self {
        Self { position: event.position, hash: event.hash, recorded_at: event.recorded_at }
    }
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// How many events fit.
    pub events: u64,
    /// The last one that fits.
    pub last: Link,
    /// The first one that does not, if there is one.
    pub broken: Option<Broken>,
}

/// An event that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its position; of missing events, the first one.
    pub position: u64,
    /// What does not fit.
    pub reason: Misfit,
}

/// What can be wrong with an event in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There is no event at this position, but there is one behind it.
    #[error("the event is missing")]
    Missing,
    /// The event or one before it was changed after it was stored.
    #[error("the hash does not fit the event and the one before it")]
    Hash,
    /// The event was recorded before the one before it.
    #[error("the event was recorded earlier than the one before it")]
    Time,
    /// The event cannot be read at all.
    #[error("the stored event cannot be read")]
    Unreadable,
}

/// Walks the chain behind `from` to the end of the log.
///
/// # Errors
/// The store cannot be read. (An event that is damaged is no error here but a finding.)
pub async fn verify(store: &dyn EventStore, from: Link) -> Result<Audit, ReadError> {
    verify_part(store, from, u64::MAX).await
}

/// Walks the chain over at most so many events behind `from`.
///
/// # Errors
/// As [`verify`].
pub async fn verify_part(store: &dyn EventStore, from: Link, most_events: u64) -> Result<Audit, ReadError> {
    let mut audit = Audit { events: 0, last: from, broken: None };
    loop {
        let most = usize::try_from(most_events - audit.events).unwrap_or(PAGE).min(PAGE);
        if most == 0 {
            return Ok(audit);
        }
        let page = match store.read_all(audit.last.position, most, &FeedFilter::default()).await {
            Ok(page) => page,
            Err(ReadError::Corrupt(_)) => return one_by_one(store, audit).await,
            Err(error) => return Err(error),
        };
        if page.events.is_empty() {
            return Ok(audit);
        }
        for event in &page.events {
            if !audit.take(event) {
                return Ok(audit);
            }
        }
        // Hashing a page takes a while: others may run in between.
        tokio::task::yield_now().await;
    }
}

/// A page that holds an unreadable event is read event by event, to find which it is.
async fn one_by_one(store: &dyn EventStore, mut audit: Audit) -> Result<Audit, ReadError> {
    loop {
        match store.read_all(audit.last.position, 1, &FeedFilter::default()).await {
            Ok(page) => match page.events.first() {
                Some(event) if audit.take(event) => {}
                _ => return Ok(audit),
            },
            Err(ReadError::Corrupt(_)) => {
                audit.broken = Some(Broken { position: audit.last.position + 1, reason: Misfit::Unreadable });
                return Ok(audit);
            }
            Err(error) => return Err(error),
        }
    }
}

impl Audit {
    /// Takes the next event; `false` if it does not fit.
    fn take(&mut self, event: &Recorded) -> bool {
        let expected = self.last.position + 1;
        let misfit = if event.position != expected {
            Some(Misfit::Missing)
        } else if !hash_chain::fits(&self.last.hash, event) {
            Some(Misfit::Hash)
        } else if event.recorded_at < self.last.recorded_at {
            Some(Misfit::Time)
        } else {
            None
        };
        self.broken = misfit.map(|reason| Broken { position: expected, reason });
        if misfit.is_none() {
            self.events += 1;
            self.last = event.into();
        }
        misfit.is_none()
    }
}
