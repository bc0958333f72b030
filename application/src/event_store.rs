//! The port to the append-only log, and its contract. One contract suite in `tests/` runs against every
//! adapter.

mod condition;
pub mod stored_log;

pub use condition::{Condition, Replaced, Unwritable};

use crate::{NewEvent, Recorded, StreamName, clock::ClockContradiction};
use async_trait::async_trait;
use jiff::Timestamp;
use stored_log::StoredLog;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// What an append expects of a stream. An empty stream has version 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    Any,
    /// No event yet.
    NoStream,
    /// At least one event.
    StreamExists,
    /// Exactly this version. With `last_event_id`, the event at that version must also be this one: what was
    /// decided on top of an event that did not come to be is refused, even if another event took its version.
    Exact {
        version: u64,
        /// The event at that version.
        last_event_id: Option<Uuid>,
    },
}

/// One stream's part of an append. Without events it only checks the expectation.
#[derive(Debug, Clone)]
pub struct StreamAppend {
    pub stream: StreamName,
    /// What must hold of it.
    pub expected: Expected,
    /// What is appended, in order.
    pub events: Vec<NewEvent>,
}

/// A client's idempotency key, stored in the same commit as what it led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClaim {
    /// Actor; the namespace is the store's own.
    pub scope: String,
    /// The client's key, up to 255 characters.
    pub key: String,
    /// BLAKE3 of method, path and canonical body, in hex.
    pub fingerprint: String,
    /// The instant of the decision.
    pub decided_at: Timestamp,
}

/// What a key led to when it was first used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The claim as it was first made.
    pub claim: KeyClaim,
    /// The stream of the first part of that append: the aggregate that answered.
    pub stream: StreamName,
    pub version: u64,
    /// How many events it gained.
    pub events: u64,
    /// The position that was answered.
    pub position: u64,
}

/// What a request was answered before its key was known to belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierAnswer {
    /// The stream of the aggregate that answered.
    pub stream: StreamName,
    /// Its version in that answer.
    pub version: u64,
    /// How many events it had gained.
    pub events: u64,
    /// The position that was answered.
    pub position: u64,
}

/// An atomic append to one or several streams.
#[derive(Debug, Clone, Default)]
pub struct Append {
    /// The streams; each stands here once. All of it is appended, or none.
    pub parts: Vec<StreamAppend>,
    /// Looked up before any expectation is checked; stored if the append succeeds, also when it has no
    /// events.
    pub key: Option<KeyClaim>,
    /// The key is stored for this answer, in place of what the append itself comes to.
    pub earlier: Option<EarlierAnswer>,
    /// The append only checks and stores nothing, not even the key (a refusal, or a fence): it fails with
    /// `KeyUsed` if the key was used, with `Conflict` if an expectation does not hold, and is answered in
    /// order with all others.
    pub check_only: bool,
}

/// What an append came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The last position written; without events, the log's head.
    pub position: u64,
    /// The instant given to the events; without events, that of the log's head.
    pub recorded_at: Timestamp,
    /// The version of each part's stream afterwards, in the order of the parts.
    pub versions: Vec<u64>,
}

/// Why an append did not happen. Nothing of it was stored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AppendError {
    /// A stream is not as expected.
    #[error("{stream} is at version {actual}")]
    Conflict {
        /// The first stream that is not as expected.
        stream: StreamName,
        actual: u64,
    },
    /// An event of this id is stored already.
    #[error("event {event_id} is stored already, at position {position}")]
    Duplicate {
        event_id: Uuid,
        /// Where the original lies.
        position: u64,
    },
    /// The idempotency key was used before.
    #[error("the idempotency key was used before")]
    KeyUsed(Box<KeyRecord>),
    /// Too much waits already; try again later.
    #[error("too many appends wait")]
    Overloaded,
    /// The store cannot be written now: disk full, read-only, gone.
    #[error("the event store cannot be written: {0}")]
    Unavailable(String),
    /// The log is another one than this process has followed: it went back, or its files are gone.
    #[error("the event log was replaced: {0}")]
    Replaced(String),
    /// What is stored contradicts itself.
    #[error("the event store is damaged: {0}")]
    Corrupt(String),
    /// The clock contradicts the log, or itself: nothing is decided by it, and nothing stamped.
    #[error(transparent)]
    Clock(#[from] ClockContradiction),
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store cannot be read now.
    #[error("the event store cannot be read: {0}")]
    Unavailable(String),
    /// As many questions wait as may.
    #[error("too many questions to the event store wait already")]
    Overloaded,
    /// The log is another one than this process has followed: it went back.
    #[error("the event log was replaced: {0}")]
    Replaced(String),
    /// What is stored contradicts itself.
    #[error("the event store is damaged: {0}")]
    Corrupt(String),
}

impl From<ReadError> for AppendError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(reason) => Self::Unavailable(reason),
            ReadError::Overloaded => Self::Overloaded,
            ReadError::Replaced(reason) => Self::Replaced(reason),
            ReadError::Corrupt(reason) => Self::Corrupt(reason),
        }
    }
}

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last position; 0 for an empty log.
    pub position: u64,
    /// The hash of the last event; [`crate::hash_chain::GENESIS`] for an empty log.
    pub hash: [u8; 32],
    /// The recorded-at of the last event; 1970 for an empty log.
    pub recorded_at: Timestamp,
}

/// Which part of a stream to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamRange {
    pub after_version: u64,
    /// Versions up to this, if given.
    pub up_to_version: Option<u64>,
    /// Events recorded at or before this, if given.
    pub recorded_up_to: Option<Timestamp>,
    /// At most so many events.
    pub limit: usize,
    pub backwards: bool,
}

impl StreamRange {
    /// The whole stream, the oldest first.
    pub const ALL: Self = Self {
        after_version: 0,
        up_to_version: None,
        recorded_up_to: None,
        limit: usize::MAX,
        backwards: false,
    };
}

/// Which events of the log to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedFilter {
    /// Only these categories; every one, if there is none.
    pub categories: Vec<String>,
    /// Only this event type.
    pub event_type: Option<String>,
}

impl FeedFilter {
    /// Whether an event passes, by its category and its type.
    pub fn lets_through(&self, category: &str, event_type: &str) -> bool {
        (self.categories.is_empty() || self.categories.iter().any(|wanted| wanted == category))
            && self.event_type.as_deref().is_none_or(|wanted| wanted == event_type)
    }
}

/// A page of the log.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// Events in order of position.
    pub events: Vec<Recorded>,
    /// Everything up to this position has been looked at: read on after it. At least the `after` that was
    /// asked for.
    pub seen: u64,
}

/// A stored aggregate state that spares reading the events before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version it holds.
    pub version: u64,
    /// The event at that version; a snapshot that names another event is thrown away.
    pub last_event_id: Uuid,
    /// The recorded-at of that event.
    pub recorded_at: Timestamp,
    /// `Aggregate::STATE_SCHEMA` of the state.
    pub state_schema: u32,
    /// The state as JSON.
    pub state: String,
}

/// An append on its way. Awaiting it gives the outcome, once it is durable.
#[derive(Debug)]
pub struct Ticket(pub oneshot::Receiver<Result<Appended, AppendError>>);

impl Ticket {
    /// Waits for the outcome.
    pub async fn outcome(self) -> Result<Appended, AppendError> {
        self.0.await.unwrap_or_else(|_| Err(AppendError::Unavailable("the writer has stopped".into())))
    }
}

/// The append-only log of all events.
///
/// What every adapter guarantees:
/// - Appends are done in the order in which `submit` was called on this object; each is atomic over all its
///   parts.
/// - An append is answered only after it is durable (fsync), and after everything submitted before it has
///   been decided.
/// - Positions start at 1, have no gaps and follow commit order; whoever has seen position n can read every
///   event up to n.
/// - `recorded_at` never decreases with position, even if the clock does, and is kept in whole microseconds.
/// - One append's failure never fails another's, unless the other builds on it. If a commit fails, all its
///   appends fail.
/// - Data and metadata are given back to the byte.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Queues an append without blocking. An error (`Overloaded`, `Unavailable`) means that nothing was
    /// queued.
    fn submit(&self, append: Append) -> Result<Ticket, AppendError>;

    /// Whether a key may have been used: `false` is to be relied on for keys that this object has stored or
    /// found stored, and for all that were stored before it was opened, once it has learnt them. A key that
    /// another process has used lately may be answered `false`. Costs next to nothing; what a key was used
    /// for is found by an append that only checks.
    fn may_hold_key(&self, _scope: &str, _key: &str) -> bool {
        true
    }

    /// Queues an append and waits for its outcome.
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.submit(append)?.outcome().await
    }

    /// Reads events of one stream. An unknown stream has none.
    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError>;

    /// Reads the log behind a position: at most `limit` events that pass the filter.
    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError>;

    /// Finds events by id; unknown ids are left out. In no particular order.
    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError>;

    /// The end of the log as readers see it.
    async fn head(&self) -> Result<Head, ReadError>;

    /// Makes sure that nothing stamped at or before `instant` can still commit, and tells the head then. An
    /// instant in the future is no fence: the head alone is told.
    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError>;

    /// The position of the head, told anew after each commit. A feed waits on it instead of polling.
    fn watch_head(&self) -> watch::Receiver<u64>;

    /// How the log is, told anew when that changes. A store that cannot lose its log without its process is
    /// always well.
    fn condition(&self) -> watch::Receiver<Condition> {
        watch::channel(Condition::default()).1
    }

    /// The latest snapshot at or before a version, and recorded at or before an instant where given.
    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError>;

    /// Keeps a snapshot. Losing it loses nothing but time.
    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError>;

    /// What is really stored, for those who must not believe what this object has in memory.
    fn stored(&self) -> &dyn StoredLog;
}
