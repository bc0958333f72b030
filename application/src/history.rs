//! Temporal reads: what an aggregate was, by recorded time, by version, by business time. Every answer can be
//! repeated: it rests on the question and on the events alone, never on the clock or on what is configured
//! when it is asked. Where this build does not know an event that belongs to the picture there is no picture.

use crate::{
    Picture, StreamName,
    command::CommandError,
    event_store::{AppendError, EventStore, StreamRange},
    fold::{Folded, Until, fold},
};
use jiff::{Timestamp, civil::Date};
use khata_domain::Aggregate;
use std::sync::Arc;

/// A moment in an aggregate's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// What had been recorded up to this instant. A future instant means the present.
    AsOf(Timestamp),
    /// After its n-th event.
    AsOfVersion(u64),
    /// How it stood at the end of this business day, by what was known at `known_at` (now, if not given).
    /// Events fold in the order (effective-at, position). A day to come is answered for its end, as far as
    /// what is known reaches.
    Effective {
        /// Events of this business day and earlier ones count; see [`crate::Recorded::business_date`].
        day: Date,
        /// Only events recorded up to this instant count.
        known_at: Option<Timestamp>,
    },
}

/// An aggregate as it was.
#[derive(Debug)]
pub struct Past<A> {
    /// Its state, and which events it holds.
    pub folded: Folded<A>,
    /// The instant the picture is for: what has expired by then (a hold) no longer counts.
    pub at: Timestamp,
    /// The business day the picture is for, in the time zone of its last event.
    pub day: Date,
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

    /// The aggregate at a moment. `now` counts for instants to come alone, which mean the present.
    ///
    /// # Errors
    /// `NotFound` if it had no event then (also: `AsOfVersion` beyond its last event), `NewerSchema` if an
    /// event of a newer Khata is among those that count, `Unavailable` or `Internal` from the store.
    pub async fn at<A: Aggregate>(
        &self,
        id: A::Id,
        moment: Moment,
        now: Timestamp,
    ) -> Result<Past<A>, CommandError> {
        let stream = StreamName::of::<A>(id);
        let past = match moment {
            Moment::AsOf(instant) => {
                self.settle(instant).await?;
                let until = Until { recorded_at: Some(instant), version: None };
                Past::at_instant(fold::<A>(&*self.store, &stream, until).await?, instant.min(now))
            }
            Moment::AsOfVersion(version) => {
                let until = Until { version: Some(version), recorded_at: None };
                let folded = fold::<A>(&*self.store, &stream, until).await?;
                if folded.version != version {
                    return Err(CommandError::NotFound(format!("{id} with {version} events")));
                }
                let instant = folded.last_recorded_at.unwrap_or(now);
                Past::at_instant(folded, instant)
            }
            Moment::Effective { day, known_at } => {
                if let Some(known_at) = known_at {
                    self.settle(known_at).await?;
                }
                self.by_business_time::<A>(&stream, day, known_at).await?
            }
        };
        let Past { folded, at, day } = past;
        if folded.version == 0 {
            Err(CommandError::NotFound(id.to_string()))
        } else {
            Ok(Past { folded: folded.known()?, at, day })
        }
    }

    /// The aggregate at a moment, and the business day that the picture is for.
    ///
    /// # Errors
    /// Those of [`History::at`].
    pub async fn show<A: Aggregate>(
        &self,
        id: A::Id,
        moment: Moment,
        now: Timestamp,
    ) -> Result<(Picture<A>, Date), CommandError> {
        let Past { folded, at, day } = self.at::<A>(id, moment, now).await?;
        let Folded { state, version, .. } = folded;
        Ok((Picture { id, state, version, at }, day))
    }

    /// Waits until nothing recorded at or before the instant can still come, so that the answer stays the
    /// same for ever.
    async fn settle(&self, instant: Timestamp) -> Result<(), AppendError> {
        self.store.fence(instant).await.map(drop)
    }

    /// Snapshots do not help here: an event recorded late may be effective early. An event that this build
    /// does not know may count for any day, so that it stands in the way wherever it is known of.
    async fn by_business_time<A: Aggregate>(
        &self,
        stream: &StreamName,
        day: Date,
        known_at: Option<Timestamp>,
    ) -> Result<Past<A>, CommandError> {
        let range = StreamRange { recorded_up_to: known_at, ..StreamRange::ALL };
        let mut events = self.store.read_stream(stream, range).await?;
        // Of all that is known, whatever day it counts for: so the end of the day is the same instant for
        // every day asked for.
        let calendar = events.last().map(|last| last.calendar()).unwrap_or_default();
        events.sort_by_key(|event| event.effective_at); // stable: equal instants stay in order of position
        let mut folded = Folded::<A>::default();
        for event in &events {
            if event.is_of_newer_schema::<A>() || event.business_date::<A>() <= day {
                folded.apply(event)?;
            }
        }
        Ok(Past { folded, at: calendar.end_of(day), day })
    }
}

impl<A: Aggregate> Past<A> {
    fn at_instant(folded: Folded<A>, at: Timestamp) -> Self {
        let day = folded.calendar().date(at);
        Self { folded, at, day }
    }
}
