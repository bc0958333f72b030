//! The relay's work while it holds its post: find out where the broker's stream ends, publish what lies
//! behind, note how far it came.

use super::{BrokerError, End, Message, Published, cloud_event, post::Post, spans, status::RelayActivity};
use crate::{
    Recorded,
    consumers::{Charge, Checkpoint, ConsumerError},
    event_store::{FeedFilter, ReadError},
};
use tokio::time::Instant;

/// How often in a row the stream's end may turn out to be elsewhere before that counts as a failure.
const MOVES: u32 = 3;

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The relay was told to stop.
    Stopped,
    /// Another relay was granted the post.
    Superseded,
}

/// Why it does not go on at present.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("{0}")]
    Log(#[from] ReadError),
    #[error("{0}")]
    Book(ConsumerError),
    #[error("the event at position {position} holds no JSON")]
    NoJson { position: u64 },
    #[error(
        "the broker's stream {stream} ends with position {position}, an event that this log does not hold: the stream belongs to another log, \
         or the log was restored from an older backup; give the relay another stream"
    )]
    OtherLog { stream: String, position: u64 },
    #[error(
        "the relay has noted that it relayed up to position {position}, and the log ends at {head}: it was restored from an older backup; \
         give the relay another stream"
    )]
    Shortened { position: u64, head: u64 },
    #[error("another relay was granted the post")]
    Superseded,
}

/// How far the relay has come, in the log and in the broker's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    position: u64,
    sequence: u64,
}

impl Place {
    /// A note that cannot be read is none: then the broker's stream tells.
    fn of(checkpoint: &Checkpoint) -> Self {
        Self { position: checkpoint.position, sequence: checkpoint.note.parse().unwrap_or(0) }
    }

    fn checkpoint(self) -> Checkpoint {
        Checkpoint { position: self.position, note: self.sequence.to_string() }
    }
}

/// Events on their way, and the place behind them.
struct Batch {
    /// What was read; some of it may not be relayed.
    events: Vec<Recorded>,
    messages: Vec<Message>,
    seen: u64,
}

/// The work under one charge.
pub(super) struct Delivery<'p> {
    post: &'p Post,
    epoch: u64,
    at: Place,
    noted: Place,
    noted_at: Instant,
    failures: u32,
    moves: u32,
}

impl<'p> Delivery<'p> {
    pub(super) fn new(post: &'p Post, charge: Charge) -> Self {
        let at = Place::of(&charge.checkpoint);
        Self { post, epoch: charge.epoch, at, noted: at, noted_at: Instant::now(), failures: 0, moves: 0 }
    }

    /// Works until it is told to stop or superseded; whatever fails is tried again.
    pub(super) async fn run(&mut self) -> Ended {
        loop {
            let trouble = match self.session().await {
                // What cannot be noted now is found at the broker by whoever comes next.
                Ok(()) => match self.note().await {
                    Err(Trouble::Superseded) => return Ended::Superseded,
                    Ok(()) | Err(_) => return Ended::Stopped,
                },
                Err(Trouble::Superseded) => return Ended::Superseded,
                Err(trouble) => trouble,
            };
            if matches!(trouble, Trouble::Broker(BrokerError::Moved)) && self.moves < MOVES {
                self.moves += 1;
                continue;
            }
            self.post.fail(trouble.to_string());
            let (first, longest) = self.post.settings.backoff;
            self.post.pause(first.saturating_mul(1 << self.failures.min(16)).min(longest)).await;
            self.failures += 1;
        }
    }

    /// Looks at the end of the stream and publishes from there on, until told to stop or something fails.
    async fn session(&mut self) -> Result<(), Trouble> {
        let ports = &self.post.ports;
        let mut head = ports.events.watch_head();
        if self.post.is_stopping() {
            return Ok(());
        }
        let end = tokio::select! {
            opened = ports.broker.open() => opened?,
            () = self.post.stopped() => return Ok(()),
        };
        self.at = Place { position: self.resumption(&end).await?, sequence: end.sequence };
        self.post.board.stand_at(self.at.position);
        while !self.post.is_stopping() {
            head.mark_unchanged();
            let batch = self.read().await?;
            if batch.seen > self.at.position {
                self.publish(batch).await?;
                self.note_now_and_then().await?;
                continue;
            }
            self.note_now_and_then().await?;
            self.went_well();
            tokio::select! {
                changed = head.changed() => changed.map_err(|_| ReadError::Unavailable("the event store has ended".into()))?,
                () = tokio::time::sleep(self.post.settings.look_every) => {}
                () = self.post.stopped() => {}
            }
            if !ports.broker.is_connected() {
                return Err(BrokerError::Unreachable(format!(
                    "the connection to the broker at {} is lost",
                    ports.broker.address()
                ))
                .into());
            }
        }
        Ok(())
    }

    /// Behind which position to go on, given the stream's end.
    async fn resumption(&self, end: &End) -> Result<u64, Trouble> {
        let events = &self.post.ports.events;
        let stored =
            match end.last {
                None => 0,
                Some(last) => {
                    self.head_from(last.position).await;
                    let page =
                        events.read_all(last.position.saturating_sub(1), 1, &FeedFilter::default()).await?;
                    if page.events.first().is_none_or(|event| {
                        event.position != last.position || event.event_id != last.event_id
                    }) {
                        return Err(Trouble::OtherLog {
                            stream: self.post.ports.broker.stream().to_owned(),
                            position: last.position,
                        });
                    }
                    last.position
                }
            };
        if end.sequence >= self.at.sequence {
            // All that was acknowledged is there, or was, if the stream keeps its messages for some time
            // only.
            let position = stored.max(self.at.position);
            let head = self.head_from(position).await;
            // What is appended up to there would never be relayed.
            return if position > head { Err(Trouble::Shortened { position, head }) } else { Ok(position) };
        }
        tracing::warn!(
            stream = self.post.ports.broker.stream(),
            from = stored,
            relayed = self.at.position,
            "the broker's stream is shorter than it was: what it lost or never had is relayed again"
        );
        Ok(stored)
    }

    /// The head of the log. If it is before a position, this process is given a moment to hear of what others
    /// have appended.
    async fn head_from(&self, position: u64) -> u64 {
        let mut watched = self.post.ports.events.watch_head();
        let heard = async { watched.wait_for(|head| *head >= position).await.map(drop) };
        let _heard_in_time = tokio::time::timeout(self.post.settings.look_every, heard).await;
        *self.post.ports.events.watch_head().borrow()
    }

    /// The next events, as far as they fit into a batch.
    async fn read(&self) -> Result<Batch, Trouble> {
        let settings = &self.post.settings;
        let page = self
            .post
            .ports
            .events
            .read_all(self.at.position, settings.batch_events, &FeedFilter::default())
            .await?;
        let mut batch =
            Batch { messages: Vec::with_capacity(page.events.len()), events: page.events, seen: page.seen };
        let mut bytes = 0;
        for event in &batch.events {
            if !settings.categories.is_empty()
                && !settings.categories.iter().any(|category| category == event.stream.category())
            {
                continue;
            }
            if bytes > settings.batch_bytes {
                batch.seen = event.position - 1;
                break;
            }
            let message = cloud_event::message(&settings.namespace, event)
                .map_err(|_| Trouble::NoJson { position: event.position })?;
            bytes += message.body.len();
            batch.messages.push(message);
        }
        let seen = batch.seen;
        batch.events.retain(|event| event.position <= seen);
        Ok(batch)
    }

    async fn publish(&mut self, batch: Batch) -> Result<(), Trouble> {
        let spans = spans::of_batch(&batch.events);
        let Batch { messages, seen, .. } = batch;
        let Published { acknowledged, sequence, failure } = if messages.is_empty() {
            Published { acknowledged: 0, sequence: self.at.sequence, failure: None }
        } else {
            self.post.ports.broker.publish(self.at.sequence, &messages).await
        };
        drop(spans);
        let position = match &failure {
            None => seen,
            Some(_) => acknowledged
                .checked_sub(1)
                .and_then(|last| messages.get(last))
                .map_or(self.at.position, |message| message.position),
        };
        self.at = Place { position, sequence };
        self.post.board.advance(position, acknowledged as u64);
        if acknowledged > 0 {
            self.went_well();
        }
        failure.map_or(Ok(()), |failure| Err(failure.into()))
    }

    fn went_well(&mut self) {
        (self.failures, self.moves) = (0, 0);
        if self.post.board.activity() != RelayActivity::Relaying {
            self.post.board.go_on();
        }
    }

    async fn note_now_and_then(&mut self) -> Result<(), Trouble> {
        if self.noted_at.elapsed() < self.post.settings.checkpoint_every { Ok(()) } else { self.note().await }
    }

    /// Writes the checkpoint, if there is anything new in it.
    async fn note(&mut self) -> Result<(), Trouble> {
        if self.at == self.noted {
            return Ok(());
        }
        let Post { ports, consumer, .. } = self.post;
        match ports.consumers.advance(consumer, self.epoch, self.at.checkpoint()).await {
            Ok(()) => (self.noted, self.noted_at) = (self.at, Instant::now()),
            Err(ConsumerError::Superseded) => return Err(Trouble::Superseded),
            Err(error) => return Err(Trouble::Book(error)),
        }
        Ok(())
    }
}
