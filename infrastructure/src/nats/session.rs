//! One connection to NATS, from connecting until it is lost. It is not mended: the next one begins by looking
//! at the stream's end.

use super::{NatsAddress, StreamOptions, address::Credentials, subjects};
use async_nats::{
    Client, ConnectErrorKind, ConnectOptions, Event, HeaderMap,
    connection::State,
    header::{
        NATS_EXPECTED_LAST_MESSAGE_ID, NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM, NATS_MESSAGE_ID,
    },
    jetstream::{
        self, Context, ErrorCode,
        context::{
            ContextBuilder, CreateStreamErrorKind, GetStreamErrorKind, PublishAckFuture, PublishError,
            PublishErrorKind,
        },
        stream::{Config, LastRawMessageErrorKind, Stream},
    },
};
use khata_application::relay::{BrokerError, CONTENT_TYPE, End, Last, Message, Published};
use std::{error::Error, sync::Arc, time::Duration};
use tokio::sync::watch;

/// How long the server may take to connect, to answer, to acknowledge.
const PATIENCE: Duration = Duration::from_secs(5);
/// The header with an event's position.
const POSITION: &str = "Khata-Position";
/// More messages than any batch has.
const UNDER_WAY: usize = 16_384;

/// A connection.
pub(super) struct Session {
    client: Client,
    context: Context,
    /// Where the server is, for messages.
    address: String,
    /// Turns true when the connection is lost, for good.
    lost: watch::Receiver<bool>,
    /// What the server has complained of last, outside of any answer: a missing permission for example.
    complaint: Arc<watch::Sender<Option<String>>>,
}

impl Session {
    pub(super) async fn connect(address: &NatsAddress) -> Result<Self, BrokerError> {
        let (losing, lost) = watch::channel(false);
        let complaint = Arc::new(watch::Sender::new(None));
        let complaints = complaint.clone();
        let heard = move |event: Event| {
            match event {
                Event::Disconnected | Event::Closed => drop(losing.send_replace(true)),
                Event::ServerError(error) => drop(complaints.send_replace(Some(error.to_string()))),
                Event::Connected
                | Event::LameDuckMode
                | Event::Draining
                | Event::SlowConsumer(_)
                | Event::ClientError(_) => {}
            }
            std::future::ready(())
        };
        let options = match &address.credentials {
            Credentials::None => ConnectOptions::new(),
            Credentials::Token(token) => ConnectOptions::with_token(token.clone()),
            Credentials::User { name, password } => {
                ConnectOptions::with_user_and_password(name.clone(), password.clone())
            }
        };
        let options = options
            .name("khata relay")
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .max_reconnects(1)
            .event_callback(heard);
        let client = options.require_tls(address.is_encrypted()).connect(address.servers()).await.map_err(
            |error| match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    BrokerError::Refused(format!("the broker at {address} refuses these credentials"))
                }
                kind => BrokerError::Unreachable(format!(
                    "the broker at {address} cannot be reached: {}",
                    deepest(&error).unwrap_or_else(|| kind.to_string())
                )),
            },
        )?;
        let context =
            ContextBuilder::new().timeout(PATIENCE).max_ack_inflight(UNDER_WAY).build(client.clone());
        Ok(Self { client, context, address: address.to_string(), lost, complaint })
    }

    pub(super) fn is_connected(&self) -> bool {
        !*self.lost.borrow() && self.client.connection_state() == State::Connected
    }

    /// Writes what is under way. The connection ends when nobody holds it any more.
    pub(super) async fn close(&self) {
        // If it cannot be flushed it is lost, and nothing was promised.
        let _lost = tokio::time::timeout(PATIENCE, self.client.flush()).await;
    }

    /// The end of the stream, which is made if it is not there.
    pub(super) async fn end(&self, options: &StreamOptions) -> Result<End, BrokerError> {
        let stream = self.stream(options).await?;
        let info = stream.cached_info();
        if info.config.no_ack {
            return Err(BrokerError::Refused(format!(
                "the broker's stream {} acknowledges nothing; the relay needs acknowledgements",
                options.name
            )));
        }
        if let Some(subject) = subjects::not_taken(options, &info.config.subjects) {
            return Err(BrokerError::Refused(format!(
                "the broker's stream {} does not take the subject {subject}",
                options.name
            )));
        }
        let sequence = info.state.last_sequence;
        let found = stream.get_last_raw_message_by_subject(&subjects::of_namespace(options)).await;
        let last = match found {
            Ok(message) => Some(message),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => None,
            Err(error) => return Err(self.failed("look at the end of the broker's stream", &error)),
        };
        let sequence = last.as_ref().map_or(sequence, |last| sequence.max(last.sequence));
        Ok(End { sequence, last: last.and_then(|last| ours(&last.headers)) })
    }

    async fn stream(&self, options: &StreamOptions) -> Result<Stream, BrokerError> {
        match self.context.get_stream(&options.name).await {
            Ok(stream) => return Ok(stream),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                }
                GetStreamErrorKind::JetStream(error) => {
                    return Err(self.refused("look at its stream", &error));
                }
                _ => return Err(self.failed("look at the broker's stream", &error)),
            },
        }
        let config = Config {
            name: options.name.clone(),
            description: Some(format!("Events of Khata, namespace {}", options.namespace)),
            subjects: vec![subjects::of_namespace(options)],
            duplicate_window: options.duplicate_window,
            allow_direct: true,
            ..Config::default()
        };
        self.context.create_stream(config).await.map_err(|error| match error.kind() {
            CreateStreamErrorKind::JetStream(error) => self.refused("make its stream", &error),
            _ => self.failed("make the broker's stream", &error),
        })
    }

    /// Sends all messages at once, then waits for their acknowledgements in order.
    pub(super) async fn publish(
        &self,
        options: &StreamOptions,
        sequence: u64,
        messages: &[Message],
    ) -> Published {
        self.complaint.send_replace(None);
        let mut published = Published { acknowledged: 0, sequence, failure: None };
        let mut acknowledgements = Vec::with_capacity(messages.len());
        for (index, message) in messages.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| messages.get(before));
            match self.send(options, message, before, sequence).await {
                Ok(acknowledgement) => acknowledgements.push(acknowledgement),
                Err(error) => {
                    published.failure = Some(error);
                    break;
                }
            }
        }
        for acknowledgement in acknowledgements {
            match self.acknowledged(acknowledgement).await {
                // The server has it already and does not store it again: the stream's end does not move.
                Ok(acknowledged) if acknowledged.duplicate => published.acknowledged += 1,
                Ok(acknowledged) if acknowledged.sequence == published.sequence + 1 => {
                    published.acknowledged += 1;
                    published.sequence += 1;
                }
                Ok(_) => {
                    published.failure = Some(BrokerError::Moved);
                    break;
                }
                Err(error) => {
                    published.failure = Some(error);
                    break;
                }
            }
        }
        published
    }

    async fn send(
        &self,
        options: &StreamOptions,
        message: &Message,
        before: Option<&Message>,
        sequence: u64,
    ) -> Result<PublishAckFuture, BrokerError> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, message.event_id.to_string());
        headers.insert(NATS_EXPECTED_STREAM, options.name.as_str());
        match before {
            None => headers.insert(NATS_EXPECTED_LAST_SEQUENCE, sequence.to_string()),
            Some(before) => headers.insert(NATS_EXPECTED_LAST_MESSAGE_ID, before.event_id.to_string()),
        }
        headers.insert(POSITION, message.position.to_string());
        headers.insert("Content-Type", CONTENT_TYPE);
        let sent = self
            .context
            .publish_with_headers(
                subjects::of_message(options, message),
                headers,
                message.body.clone().into(),
            )
            .await;
        sent.map_err(|error| self.unpublished(&error))
    }

    async fn acknowledged(
        &self,
        acknowledgement: PublishAckFuture,
    ) -> Result<jetstream::publish::PublishAck, BrokerError> {
        let (mut lost, mut complaint) = (self.lost.clone(), self.complaint.subscribe());
        // What is awaited borrows the watched value: it is let go of at once.
        let complained = async { complaint.wait_for(Option::is_some).await.map(drop).unwrap_or_default() };
        let lost = async { lost.wait_for(|lost| *lost).await.map(drop).unwrap_or_default() };
        tokio::select! {
            biased;
            outcome = acknowledgement.into_future() => outcome.map_err(|error| self.unpublished(&error)),
            () = complained => Err(self.failed("publish to the broker", &PublishError::new(PublishErrorKind::Other))),
            () = lost => Err(BrokerError::Unreachable(format!("the connection to the broker at {} is lost", self.address))),
        }
    }

    fn unpublished(&self, error: &PublishError) -> BrokerError {
        match error.kind() {
            PublishErrorKind::WrongLastMessageId | PublishErrorKind::WrongLastSequence => BrokerError::Moved,
            PublishErrorKind::MaxPayloadExceeded => {
                BrokerError::Refused("an event is larger than the broker's max_payload".into())
            }
            PublishErrorKind::StreamNotFound => {
                BrokerError::Refused("the broker has no stream for the events".into())
            }
            _ => match error.source().and_then(|source| source.downcast_ref::<jetstream::Error>()) {
                Some(refusal) => self.refused("store an event", refusal),
                None => self.failed("publish to the broker", error),
            },
        }
    }

    fn refused(&self, wish: &str, error: &jetstream::Error) -> BrokerError {
        BrokerError::Refused(format!("the broker at {} refuses to {wish}: {error}", self.address))
    }

    /// A failure without an answer; if the server has complained of something meanwhile, that is the better
    /// reason.
    fn failed(&self, wish: &str, error: &(dyn Error + 'static)) -> BrokerError {
        match self.complaint.send_replace(None) {
            Some(complaint) => BrokerError::Refused(format!("cannot {wish}: {complaint}")),
            None => BrokerError::Unreachable(format!(
                "cannot {wish}: {}",
                deepest(error).unwrap_or_else(|| error.to_string())
            )),
        }
    }
}

/// What a message says of itself, if it is one of the relay's.
fn ours(headers: &HeaderMap) -> Option<Last> {
    let position = headers.get(POSITION)?.as_str().parse().ok()?;
    let event_id = headers.get(NATS_MESSAGE_ID)?.as_str().parse().ok()?;
    Some(Last { position, event_id })
}

/// The innermost cause of an error, if it has one.
fn deepest(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}
