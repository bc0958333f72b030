//! Temporal reads: what an aggregate was, by recorded time, by version, by business time. Every answer can be repeated.

use crate::{
    StreamName,
    command::CommandError,
    event_store::{AppendError, EventStore, StreamRange},
    fold::{Folded, Until, fold},
    render::Render,
};
use jiff::Timestamp;
use khata_domain::Aggregate;
use std::sync::Arc;

/// A moment in an aggregate's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// What had been recorded up to this instant. A future instant means the present.
    AsOf(Timestamp),
    /// After its n-th event.
    AsOfVersion(u64),
    /// What held at this business instant, by what was known at `known_at` (now, if not given): events fold in the order
    /// (effective-at, position).
    Effective {
        /// Events effective up to and at this instant count.
        until: Timestamp,
        /// Only events recorded up to this instant count.
        known_at: Option<Timestamp>,
    },
}

/// Answers what was.
#[derive(Clone)]
pub struct History {
    store: Arc<dyn EventStore>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("History")
    }
}

impl History {
    /// Reads from a store.
    pub fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store }
    }

    /// The aggregate at a moment, and the instant the picture is for.
    ///
    /// # Errors
    /// `NotFound` if it had no event then (also: `AsOfVersion` beyond its last event), `Unavailable` or `Internal` from the store.
    pub async fn at<A: Aggregate>(&self, id: A::Id, moment: Moment, now: Timestamp) -> Result<(Folded<A>, Timestamp), CommandError> {
        let stream = StreamName::of::<A>(id);
        let (folded, instant) = match moment {
            Moment::AsOf(instant) => {
                self.settle(instant).await?;
                let until = Until { recorded_at: Some(instant), version: None };
                (fold::<A>(&*self.store, &stream, until).await?, instant.min(now))
            }
            Moment::AsOfVersion(version) => {
                let until = Until { version: Some(version), recorded_at: None };
                let folded = fold::<A>(&*self.store, &stream, until).await?;
                if folded.version != version {
                    return Err(CommandError::NotFound(format!("{id} with {version} events")));
                }
                let instant = folded.last_recorded_at.unwrap_or(now);
                (folded, instant)
            }
            Moment::Effective { until, known_at } => {
                if let Some(known_at) = known_at {
                    self.settle(known_at).await?;
                }
                (self.by_business_time::<A>(&stream, until, known_at).await?, until.min(now))
            }
        };
        if folded.version == 0 { Err(CommandError::NotFound(id.to_string())) } else { Ok((folded, instant)) }
    }

    /// The aggregate at a moment, drawn.
    ///
    /// # Errors
    /// Those of [`History::at`].
    pub async fn show<A: Aggregate, R: Render<A>>(&self, id: A::Id, moment: Moment, now: Timestamp) -> Result<R, CommandError> {
        let (folded, instant) = self.at::<A>(id, moment, now).await?;
        Ok(R::render(id, &folded.state, folded.version, instant))
    }

    /// Waits until nothing recorded at or before the instant can still come, so that the answer stays the same for ever.
    async fn settle(&self, instant: Timestamp) -> Result<(), AppendError> {
        self.store.fence(instant).await.map(drop)
    }

    /// Snapshots do not help here: an event recorded late may be effective early.
    async fn by_business_time<A: Aggregate>(
        &self,
        stream: &StreamName,
        until: Timestamp,
        known_at: Option<Timestamp>,
    ) -> Result<Folded<A>, CommandError> {
        let range = StreamRange { recorded_up_to: known_at, ..StreamRange::ALL };
        let mut events = self.store.read_stream(stream, range).await?;
        events.retain(|event| event.effective_at <= until);
        events.sort_by_key(|event| event.effective_at); // stable: equal instants stay in order of position
        let mut folded = Folded::<A>::default();
        for event in &events {
            folded.apply(event)?;
        }
        Ok(folded)
    }
}
