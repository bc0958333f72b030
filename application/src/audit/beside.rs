//! What stands beside the events and is believed by decisions: snapshots are folded again and compared while
//! the walk passes by, and each event that tells an idempotency key must find the key's row.

use crate::{
    Recorded, StreamName, contexts,
    event_store::{
        ReadError,
        stored_log::{Fault, MOST_FAULTS, StoredLog},
    },
    refold::Refold,
};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::{borrow::Cow, collections::VecDeque};

/// A stream with snapshots, on the way to the next of them.
struct Refolding {
    fold: Box<dyn Refold>,
    /// Ascending.
    versions: VecDeque<u64>,
}

/// What is compared while the walk goes on.
#[derive(Default)]
pub(super) struct Beside {
    streams: FxHashMap<StreamName, Refolding>,
    pub(super) faults: Vec<Fault>,
}

impl Beside {
    /// Looks up which snapshots there are. Those of unknown aggregates are never used.
    pub(super) async fn begin(log: &dyn StoredLog) -> Result<Self, ReadError> {
        let mut streams: FxHashMap<StreamName, Refolding> = FxHashMap::default();
        let mut places = log.snapshots().await?;
        places.sort_unstable();
        for (stream, version) in places {
            if let Some(known) = streams.get_mut(&stream) {
                known.versions.push_back(version);
            } else if let Some(aggregate) = contexts::aggregate(stream.category()) {
                streams.insert(stream, Refolding { fold: aggregate.refold(), versions: [version].into() });
            }
        }
        Ok(Self { streams, faults: Vec::new() })
    }

    /// Compares what stands beside a page of events that fit.
    pub(super) async fn pass(&mut self, log: &dyn StoredLog, page: &[Recorded]) -> Result<(), ReadError> {
        let keys: Vec<(String, String)> = page.iter().filter_map(key_of).collect();
        if !keys.is_empty() {
            for (scope, key) in log.keys_missing(&keys).await? {
                self.tell(
                    "idempotency keys",
                    format!("an event tells the key {key:?} of {scope}, and there is no such key"),
                );
            }
        }
        for event in page {
            self.refold(log, event).await?;
        }
        Ok(())
    }

    async fn refold(&mut self, log: &dyn StoredLog, event: &Recorded) -> Result<(), ReadError> {
        let Some(refolding) = self.streams.get_mut(&event.stream) else { return Ok(()) };
        // What this build cannot fold, it cannot compare either.
        let folded = refolding.fold.apply(event).is_ok();
        let due = folded && refolding.versions.front() == Some(&event.version);
        if due {
            refolding.versions.pop_front();
        }
        if !folded || refolding.versions.is_empty() && !due {
            self.streams.remove(&event.stream);
            return Ok(());
        }
        if due && let Some(snapshot) = log.snapshot_at(&event.stream, event.version).await? {
            let misfit =
                self.streams.get(&event.stream).and_then(|refolding| refolding.fold.misfit(&snapshot));
            if let Some(misfit) = misfit {
                self.tell(
                    "snapshots",
                    format!("that of {} at version {} {misfit}", event.stream, event.version),
                );
            }
        }
        Ok(())
    }

    /// The log ends here.
    pub(super) fn finish(&mut self) {
        let beyond: Vec<(StreamName, Option<u64>)> = self
            .streams
            .drain()
            .map(|(stream, refolding)| (stream, refolding.versions.front().copied()))
            .collect();
        for (stream, version) in beyond {
            if let Some(version) = version {
                self.tell(
                    "snapshots",
                    format!("{stream} never came to version {version}, of which there is one"),
                );
            }
        }
    }

    fn tell(&mut self, part: &'static str, reason: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { part: part.to_owned(), reason });
        }
    }
}

/// The idempotency key that an event tells of its command, behind the scope.
fn key_of(event: &Recorded) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Keyed<'m> {
        #[serde(borrow)]
        actor: Cow<'m, str>,
        #[serde(borrow)]
        idempotency_key: Cow<'m, str>,
    }
    // Most events tell none: looking for the member's name is far quicker than parsing.
    if !event.metadata.contains("\"idempotency_key\"") {
        return None;
    }
    let keyed: Keyed<'_> = serde_json::from_str(&event.metadata).ok()?;
    Some((keyed.actor.into_owned(), keyed.idempotency_key.into_owned()))
}
