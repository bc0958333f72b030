//! The relay's broker on NATS JetStream: subjects `khata.<namespace>.<category>.<event>` in one stream.
//!
//! How order holds though many messages are under way at once: the first message of a batch demands that the
//! stream ends where the relay saw its end (`Nats-Expected-Last-Sequence`), each other one that the message
//! before it is the stream's last (`Nats-Expected-Last-Msg-Id`). Whatever the server refuses or never sees,
//! it refuses all that hangs on it, now or later.

mod address;
mod session;
mod subjects;

pub use address::{NatsAddress, NatsAddressError};

use async_trait::async_trait;
use khata_application::{
    Namespace,
    relay::{Broker, BrokerError, End, Message, Published},
};
use parking_lot::Mutex;
use session::Session;
use std::{sync::Arc, time::Duration};

/// Which stream the broker has for a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamOptions {
    /// Whose events they are.
    pub namespace: Namespace,
    /// Only these categories are published; all, if there are none.
    pub categories: Vec<String>,
    pub name: String,
    /// For how long a stream that Khata makes knows the ids of its messages. One that is there already keeps
    /// its own.
    pub duplicate_window: Duration,
}

impl StreamOptions {
    /// The stream `KHATA_<NAMESPACE>` with a duplicate window of two minutes, for all events.
    pub fn of(namespace: Namespace) -> Self {
        let name = format!("KHATA_{}", namespace.as_str().to_ascii_uppercase());
        Self { namespace, categories: Vec::new(), name, duplicate_window: Duration::from_secs(120) }
    }

    /// Whether a text can name a stream: up to 100 letters, digits, dashes and underscores.
    pub fn is_name(text: &str) -> bool {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !text.is_empty() && text.len() <= 100 && text.bytes().all(fits)
    }
}

/// A stream of a NATS server with JetStream.
pub struct NatsBroker {
    address: NatsAddress,
    options: StreamOptions,
    session: Mutex<Option<Arc<Session>>>,
}

impl NatsBroker {
    /// Describes the stream; nothing is connected yet.
    pub fn new(address: NatsAddress, options: StreamOptions) -> Self {
        Self { address, options, session: Mutex::new(None) }
    }

    fn session(&self) -> Option<Arc<Session>> {
        self.session.lock().clone().filter(|session| session.is_connected())
    }
}

#[async_trait]
impl Broker for NatsBroker {
    fn address(&self) -> String {
        self.address.to_string()
    }

    fn stream(&self) -> &str {
        &self.options.name
    }

    async fn open(&self) -> Result<End, BrokerError> {
        let session = match self.session() {
            Some(session) => session,
            None => {
                self.session.lock().take();
                let session = Arc::new(Session::connect(&self.address).await?);
                *self.session.lock() = Some(session.clone());
                session
            }
        };
        session.end(&self.options).await
    }

    async fn publish(&self, sequence: u64, messages: &[Message]) -> Published {
        match self.session() {
            Some(session) => session.publish(&self.options, sequence, messages).await,
            None => {
                let failure = BrokerError::Unreachable(format!(
                    "the connection to the broker at {} is lost",
                    self.address
                ));
                Published { acknowledged: 0, sequence, failure: Some(failure) }
            }
        }
    }

    fn is_connected(&self) -> bool {
        self.session().is_some()
    }

    async fn close(&self) {
        let session = self.session.lock().take();
        if let Some(session) = session {
            session.close().await;
        }
    }
}
