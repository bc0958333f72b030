//! The port to a message broker, as far as the relay needs one: an ordered stream of messages that remembers
//! its end.

use async_trait::async_trait;
use uuid::Uuid;

/// An event on its way to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The event's id; a broker takes two messages of one id for one.
    pub event_id: Uuid,
    /// The event's position in the log.
    pub position: u64,
    /// The category of its stream, e.g. `bank_account`.
    pub category: String,
    /// What happened, e.g. `money_deposited`: lower-case letters, digits and underscores.
    pub event: String,
    /// A CloudEvent as JSON.
    pub body: Vec<u8>,
}

/// The media type of a message's body.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The end of the broker's stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct End {
    /// So many messages were ever stored in it: grows with each, also if earlier ones are removed.
    pub sequence: u64,
    /// The last message of this namespace that is still there.
    pub last: Option<Last>,
}

/// A message that the broker holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// The position of its event.
    pub position: u64,
    /// The id of its event.
    pub event_id: Uuid,
}

/// What came of publishing messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// So many of them, from the first on, are stored.
    pub acknowledged: usize,
    /// Where the stream ended behind the last of these.
    pub sequence: u64,
    /// Why not all. Those that are not acknowledged may be stored all the same.
    pub failure: Option<BrokerError>,
}

/// Why the broker did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// It cannot be reached, or does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// It refuses: credentials, permissions, a full stream.
    #[error("{0}")]
    Refused(String),
    /// Its stream does not end where it was expected to: look at the end again.
    #[error("others publish to the broker's stream")]
    Moved,
}

/// A broker's stream.
///
/// What every adapter guarantees:
/// - Messages are stored in the order in which they are given, each directly behind the one before it: if one
///   is not stored, none behind it is, whenever the broker gets to see them.
/// - What is acknowledged is stored as durably as the broker stores anything.
/// - Errors tell no credentials.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Where it is, for people: `nats://127.0.0.1:4222`.
    fn address(&self) -> String;

    /// The name of its stream.
    fn stream(&self) -> &str;

    /// Connects where need be, makes the stream if there is none, and looks at its end.
    async fn open(&self) -> Result<End, BrokerError>;

    /// Stores messages behind the message of a sequence, and behind no other.
    async fn publish(&self, sequence: u64, messages: &[Message]) -> Published;

    /// Whether it is connected.
    fn is_connected(&self) -> bool;

    /// Ends the connection.
    async fn close(&self);
}
