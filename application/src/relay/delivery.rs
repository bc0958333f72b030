//! The relay's work as a subscriber: find out where the broker's stream ends, publish what lies behind.

use super::{
    Broker, BrokerError, End, Message, Published, RelaySettings, cloud_event, spans, status::RelayWatch,
};
use crate::{
    EventStore, Recorded,
    event_store::{FeedFilter, FeedPage},
    subscription::{Checkpoint, Setback, Subscriber},
};
use async_trait::async_trait;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How far the relay has come, in the log and in the broker's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RelayOffset {
    position: u64,
    sequence: u64,
}

impl RelayOffset {
    /// A note that cannot be read is none: then the broker's stream tells.
    fn of(checkpoint: &Checkpoint) -> Self {
        Self { position: checkpoint.position, sequence: checkpoint.note.parse().unwrap_or(0) }
    }

    fn checkpoint(self) -> Checkpoint {
        Checkpoint { position: self.position, note: self.sequence.to_string() }
    }
}

impl From<BrokerError> for Setback {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Moved => Self::Moved(error.to_string()),
            BrokerError::Unreachable(_) | BrokerError::Refused(_) => Self::Retry(error.to_string()),
        }
    }
}

/// Events on their way, and the position behind them.
struct Batch {
    /// What was read; some of it may not be relayed.
    events: Vec<Recorded>,
    messages: Vec<Message>,
    seen: u64,
}

/// Publishes what it is handed.
pub(super) struct Delivery {
    watch: RelayWatch,
    settings: RelaySettings,
    /// A look at the broker beside the leases, which must not wait for it.
    look: Option<JoinHandle<()>>,
}

#[async_trait]
impl Subscriber for Delivery {
    async fn resume(&mut self, _epoch: u64, at: &mut Checkpoint) -> Result<(), Setback> {
        let end = self.broker().open().await?;
        let position = self.resumption(&end, RelayOffset::of(at)).await?;
        *at = RelayOffset { position, sequence: end.sequence }.checkpoint();
        Ok(())
    }

    async fn handle(&mut self, page: FeedPage, at: &mut Checkpoint) -> Result<(), Setback> {
        let before = RelayOffset::of(at);
        let Batch { events, messages, seen } = self.batch(page)?;
        let spans = spans::of_batch(&events);
        let Published { acknowledged, sequence, failure } = if messages.is_empty() {
            Published { acknowledged: 0, sequence: before.sequence, failure: None }
        } else {
            self.broker().publish(before.sequence, &messages).await
        };
        drop(spans);
        let last = acknowledged.checked_sub(1).and_then(|last| messages.get(last));
        let position = match &failure {
            None => seen,
            Some(_) => last.map_or(before.position, |message| message.position),
        };
        *at = RelayOffset { position, sequence }.checkpoint();
        self.watch.add_published(acknowledged as u64);
        failure.map_or(Ok(()), |failure| Err(failure.into()))
    }

    async fn tend(&mut self) -> Result<Duration, Setback> {
        let broker = self.broker();
        if broker.is_connected() {
            return Ok(Duration::MAX);
        }
        Err(Setback::Retry(format!("the connection to the broker at {} is lost", broker.address())))
    }

    async fn stand_by(&mut self) {
        if self.broker().is_connected() || self.look.as_ref().is_some_and(|look| !look.is_finished()) {
            return;
        }
        let (watch, pause) = (self.watch.clone(), self.settings.subscription.backoff.longest);
        self.look = Some(tokio::spawn(async move {
            if let Err(error) = watch.ports.broker.open().await {
                watch.status.set_unready(error.to_string(), watch.ports.subscription.clock.now());
                tokio::time::sleep(pause).await;
            }
        }));
    }
}

impl Delivery {
    pub(super) fn new(watch: RelayWatch, settings: RelaySettings) -> Self {
        Self { watch, settings, look: None }
    }

    fn broker(&self) -> &dyn Broker {
        &*self.watch.ports.broker
    }

    fn log(&self) -> &dyn EventStore {
        &*self.watch.ports.subscription.events
    }

    /// Behind which position to go on, given the stream's end.
    async fn resumption(&self, end: &End, at: RelayOffset) -> Result<u64, Setback> {
        let stored = match end.last {
            None => 0,
            Some(last) => {
                self.head_from(last.position).await;
                let before = last.position.saturating_sub(1);
                let page = self.log().read_all(before, 1, &FeedFilter::default()).await?;
                let is_last =
                    |event: &Recorded| (event.position, event.event_id) == (last.position, last.event_id);
                if !page.events.first().is_some_and(is_last) {
                    return Err(self.other_log(last.position));
                }
                last.position
            }
        };
        if end.sequence >= at.sequence {
            // All that was acknowledged is there, or was, if the stream keeps its messages for some time
            // only.
            let position = stored.max(at.position);
            let head = self.head_from(position).await;
            // What is appended up to there would never be relayed.
            return if position > head { Err(shortened(position, head)) } else { Ok(position) };
        }
        tracing::warn!(
            stream = self.broker().stream(),
            from = stored,
            relayed = at.position,
            "the broker's stream is shorter than it was: what it lost or never had is relayed again"
        );
        Ok(stored)
    }

    fn other_log(&self, position: u64) -> Setback {
        Setback::Retry(format!(
            "the broker's stream {} ends with position {position}, an event that this log does not hold: the stream belongs to another log, \
             or the log was restored from an older backup; give the relay another stream",
            self.broker().stream()
        ))
    }

    /// The head of the log. If it is before a position, this process is given a moment to hear of what others
    /// have appended.
    async fn head_from(&self, position: u64) -> u64 {
        let mut watched = self.log().watch_head();
        let heard = async { watched.wait_for(|head| *head >= position).await.map(drop) };
        let _heard_in_time = tokio::time::timeout(self.settings.subscription.look_every, heard).await;
        *self.log().watch_head().borrow()
    }

    /// The next events of a page, as far as they fit into a batch.
    fn batch(&self, page: FeedPage) -> Result<Batch, Setback> {
        let RelaySettings { namespace, categories, batch_bytes, .. } = &self.settings;
        let mut batch =
            Batch { messages: Vec::with_capacity(page.events.len()), events: page.events, seen: page.seen };
        let mut bytes = 0;
        for event in &batch.events {
            let category = event.stream.category();
            if !categories.is_empty() && !categories.iter().any(|wanted| wanted == category) {
                continue;
            }
            if bytes > *batch_bytes {
                batch.seen = event.position - 1;
                break;
            }
            let message = cloud_event::message(namespace, event).map_err(|_| {
                Setback::Retry(format!("the event at position {} holds no JSON", event.position))
            })?;
            bytes += message.body.len();
            batch.messages.push(message);
        }
        let seen = batch.seen;
        batch.events.retain(|event| event.position <= seen);
        Ok(batch)
    }
}

fn shortened(position: u64, head: u64) -> Setback {
    Setback::Retry(format!(
        "the relay has noted that it relayed up to position {position}, and the log ends at {head}: it was restored from an older backup; \
         give the relay another stream"
    ))
}
