//! The audit of the log: walks the hash chain over what is stored and names the first event that does not
//! fit.

use crate::{
    Recorded, StreamName,
    event_store::{
        EventStore, Head, ReadError,
        stored_log::{Fault, MOST_FAULTS, StoredLog, Witness, WitnessKind},
    },
    hash_chain::{self, GENESIS},
};
use beside::Beside;
use jiff::Timestamp;
use rustc_hash::FxHashMap;

mod beside;

/// Events read at once.
const PAGE: usize = 5_000;

/// A place in the chain behind which an audit begins or to which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The position; 0 before the first event.
    pub position: u64,
    /// The hash of the event there.
    pub hash: [u8; 32],
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

impl From<Head> for Link {
    fn from(head: Head) -> Self {
        Self { position: head.position, hash: head.hash, recorded_at: head.recorded_at }
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
    /// What beside the events does not fit them; looked for only where all events fit.
    pub faults: Vec<Fault>,
}

impl Audit {
    /// Whether everything fits that was looked at.
    pub fn is_intact(&self) -> bool {
        self.broken.is_none() && self.faults.is_empty()
    }
}

/// An event that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event log does not fit at position {position}: {reason}")]
pub struct Broken {
    /// Its position; of missing events, the first one.
    pub position: u64,
    /// What does not fit.
    pub reason: Misfit,
}

/// What can be wrong with an event in the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// The event does not follow the one before it in its stream.
    #[error("the event is version {found} of {stream}, which stands at version {last}")]
    Version {
        stream: StreamName,
        last: u64,
        /// The version of this event.
        found: u64,
    },
    /// The log ends before this position, but once was longer.
    #[error("the log ends before it, but once reached to position {remembered}")]
    Truncated {
        /// How far it once reached.
        remembered: u64,
    },
    /// Another event stands there than the one that was seen there before.
    #[error("another event stands there than the one that {witness}")]
    Replaced {
        /// Who has seen it.
        witness: WitnessKind,
    },
    /// The event cannot be read at all.
    #[error("the stored event cannot be read: {0}")]
    Unreadable(String),
}

/// A walk along the chain, event by event. Stores use it at start; [`verify`] walks with it through any
/// store.
#[derive(Debug)]
pub struct Walk {
    from: Link,
    last: Link,
    /// What must be met on the way.
    witnesses: Vec<Witness>,
    /// Versions of the streams met so far.
    versions: FxHashMap<StreamName, u64>,
    from_the_beginning: bool,
}

impl Walk {
    /// Sets out behind a link that is known to be right.
    pub fn behind(link: Link) -> Self {
        Self {
            from: link,
            last: link,
            witnesses: Vec::new(),
            versions: FxHashMap::default(),
            from_the_beginning: link.position == 0,
        }
    }

    /// What was seen of the log before must be met again on the way. What was seen before the walk's
    /// beginning is left out.
    #[must_use]
    pub fn past(mut self, witnesses: impl IntoIterator<Item = Witness>) -> Self {
        self.witnesses.extend(
            witnesses
                .into_iter()
                .filter(|witness| witness.position > 0 && witness.position >= self.from.position),
        );
        self
    }

    /// The last event that fits.
    pub fn last(&self) -> Link {
        self.last
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// It does not fit; the walk ends here.
    pub fn step(&mut self, event: &Recorded) -> Result<(), Broken> {
        let misfit = if event.position != self.last.position + 1 {
            Some(Misfit::Missing)
        } else if !hash_chain::fits(&self.last.hash, event) {
            Some(Misfit::Hash)
        } else if event.recorded_at < self.last.recorded_at {
            Some(Misfit::Time)
        } else {
            self.version_misfit(event).or_else(|| self.contradiction(event.position, &event.hash))
        };
        if let Some(reason) = misfit {
            return Err(self.broken(reason));
        }
        self.last = event.into();
        Ok(())
    }

    /// The next event does not fit, for this reason.
    pub fn broken(&self, reason: Misfit) -> Broken {
        Broken { position: self.last.position + 1, reason }
    }

    /// The log ends where the walk has come to.
    ///
    /// # Errors
    /// It was seen to reach further, or to hold another event at the walk's beginning.
    pub fn finish(&self) -> Result<(), Broken> {
        if let Some(reason) = self.contradiction(self.from.position, &self.from.hash) {
            return Err(Broken { position: self.from.position, reason });
        }
        let remembered = self.witnesses.iter().map(|witness| witness.position).max().unwrap_or(0);
        if remembered > self.last.position {
            Err(self.broken(Misfit::Truncated { remembered }))
        } else {
            Ok(())
        }
    }

    fn contradiction(&self, position: u64, hash: &[u8; 32]) -> Option<Misfit> {
        let other =
            self.witnesses.iter().find(|witness| witness.position == position && witness.hash != *hash)?;
        Some(Misfit::Replaced { witness: other.kind })
    }

    /// Of a stream that is met for the first time in the middle of the log, any version is taken.
    fn version_misfit(&mut self, event: &Recorded) -> Option<Misfit> {
        let last = match self.versions.get_mut(&event.stream) {
            Some(last) => std::mem::replace(last, event.version),
            None => {
                self.versions.insert(event.stream.clone(), event.version);
                if self.from_the_beginning { 0 } else { event.version.saturating_sub(1) }
            }
        };
        (event.version != last + 1).then(|| Misfit::Version {
            stream: event.stream.clone(),
            last,
            found: event.version,
        })
    }
}

/// What an audit is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Where the walk begins.
    pub from: Link,
    /// What somebody has seen of the log and kept elsewhere: position and hash of an event. It must still be
    /// there.
    pub expected: Option<(u64, [u8; 32])>,
    /// Only the chain is walked. Else what stands beside the events is compared with them, too; that takes a
    /// walk from the first event.
    pub quick: bool,
}

impl Asked {
    /// The whole log, compared with nothing that was kept elsewhere.
    pub const ALL: Self = Self { from: Link::GENESIS, expected: None, quick: false };
}

/// Walks the stored chain behind `from` to the end of the log.
///
/// # Errors
/// The store cannot be read. (An event that is damaged is no error here but a finding.)
pub async fn verify(store: &dyn EventStore, from: Link) -> Result<Audit, ReadError> {
    run(store.stored(), &Asked { from, ..Asked::ALL }, |_| {}).await
}

/// Walks the stored chain to the end that the log has when the audit begins, past all that was ever seen of
/// it: by the process that has it open, by the store's own notes, and by whoever asks. `tell` hears now and
/// then up to which position everything fits.
///
/// # Errors
/// The store cannot be read. (An event that is damaged is no error here but a finding.)
pub async fn run(log: &dyn StoredLog, asked: &Asked, tell: impl Fn(u64) + Send) -> Result<Audit, ReadError> {
    // Before the end of the log is looked up: what is known only now is stored by then.
    let mut witnesses = log.witnesses().await?;
    let expected =
        asked.expected.map(|(position, hash)| Witness { kind: WitnessKind::Asker, position, hash });
    witnesses.extend(expected);
    let whole = !asked.quick && asked.from.position == 0;
    let mut beside = if whole { Some(Beside::begin(log).await?) } else { None };
    let end = log.end().await?.position;
    let mut walk = Walk::behind(asked.from).past(witnesses);
    let broken = match walk_through(log, &mut walk, end, beside.as_mut(), tell).await? {
        None => walk.finish().err(),
        broken => broken,
    };
    let mut faults = Vec::new();
    if broken.is_none()
        && let Some(mut beside) = beside
    {
        beside.finish();
        faults = log.faults().await?;
        faults.append(&mut beside.faults);
        faults.truncate(MOST_FAULTS);
    }
    Ok(Audit { events: walk.last.position - asked.from.position, last: walk.last, broken, faults })
}

async fn walk_through(
    log: &dyn StoredLog,
    walk: &mut Walk,
    end: u64,
    mut beside: Option<&mut Beside>,
    tell: impl Fn(u64) + Send,
) -> Result<Option<Broken>, ReadError> {
    let mut page_size = PAGE;
    while walk.last.position < end {
        let left = usize::try_from(end - walk.last.position).unwrap_or(page_size);
        let page = match log.events_behind(walk.last.position, page_size.min(left)).await {
            Ok(page) => page,
            // A page that holds an unreadable event is read event by event, to find which it is.
            Err(ReadError::Corrupt(_)) if page_size > 1 => {
                page_size = 1;
                continue;
            }
            Err(ReadError::Corrupt(reason)) => return Ok(Some(walk.broken(Misfit::Unreadable(reason)))),
            Err(error) => return Err(error),
        };
        if page.is_empty() {
            return Ok(Some(walk.broken(Misfit::Missing)));
        }
        if let Err(broken) = page.iter().try_for_each(|event| walk.step(event)) {
            return Ok(Some(broken));
        }
        if let Some(beside) = &mut beside {
            beside.pass(log, &page).await?;
        }
        tell(walk.last.position);
        // Hashing a page takes a while: others may run in between.
        tokio::task::yield_now().await;
    }
    Ok(None)
}
