//! The last events of the log as they were recorded, decoded events included: readers near the head take them
//! from here and neither read the file nor parse JSON.

use khata_application::{
    Recorded,
    event_store::{FeedFilter, FeedPage},
};
use std::{collections::VecDeque, sync::Arc};

/// Bounds of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TailLimits {
    pub events: usize,
    /// So many bytes, by estimate.
    pub bytes: usize,
}

/// What an event takes besides its texts: the struct itself, counters, and the decoded event.
const OVERHEAD: usize = 600;

/// The last batches of the log.
#[derive(Debug)]
pub(crate) struct Tail {
    limits: TailLimits,
    batches: VecDeque<(Arc<[Recorded]>, usize)>,
    events: usize,
    bytes: usize,
}

impl Tail {
    pub(crate) fn within(limits: TailLimits) -> Self {
        Self { limits, batches: VecDeque::new(), events: 0, bytes: 0 }
    }

    /// Takes the next events of the log.
    pub(crate) fn push(&mut self, batch: Arc<[Recorded]>) {
        let bytes = batch.iter().map(|event| event.data.len() + event.metadata.len() + OVERHEAD).sum();
        self.events += batch.len();
        self.bytes += bytes;
        self.batches.push_back((batch, bytes));
        while self.events > self.limits.events || self.bytes > self.limits.bytes {
            let Some((oldest, bytes)) = self.batches.pop_front() else { break };
            self.events -= oldest.len();
            self.bytes -= bytes;
        }
    }

    /// Forgets everything: what comes next does not follow what was there.
    pub(crate) fn clear(&mut self) {
        (self.events, self.bytes) = (0, 0);
        self.batches.clear();
    }

    /// The batches that hold everything behind a position; `None` if some of that is not kept any more.
    pub(crate) fn batches_behind(&self, after: u64, limit: usize) -> Option<Vec<Arc<[Recorded]>>> {
        let first = self.batches.front()?.0.first()?.position;
        if after + 1 < first {
            return None;
        }
        let start = self
            .batches
            .partition_point(|(batch, _)| batch.last().is_some_and(|last| last.position <= after));
        let mut batches = Vec::new();
        for (batch, _) in self.batches.range(start..) {
            batches.push(batch.clone());
            let behind = batch.last().map_or(0, |last| last.position - after);
            if behind >= limit as u64 {
                break;
            }
        }
        Some(batches)
    }
}

/// The page of the log behind a position that these batches of its tail give.
pub(crate) fn page(
    batches: &[Arc<[Recorded]>],
    after: u64,
    limit: usize,
    filter: &FeedFilter,
    head: u64,
) -> FeedPage {
    let passes = |event: &&Recorded| {
        event.position > after && filter.lets_through(event.stream.category(), &event.event_type)
    };
    let events: Vec<Recorded> =
        batches.iter().flat_map(|batch| batch.iter()).filter(passes).take(limit).cloned().collect();
    let seen = page_end(after, limit, head, &events);
    FeedPage { events, seen }
}

/// Up to where a page has looked.
pub(crate) fn page_end(after: u64, limit: usize, head: u64, events: &[Recorded]) -> u64 {
    match events.last() {
        Some(last) if events.len() >= limit => last.position,
        _ if limit == 0 => after,
        _ => head.max(after),
    }
}
