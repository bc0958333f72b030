//! What the writer and the readers share: the head, what is not indexed in the file yet, and the tail of the
//! log. It changes after a commit and before anybody is answered, so it never tells of what is not durable.

use super::segment::{Entry, Run, Segment, locate};
use crate::{
    kinds::Kinds,
    tail::{Tail, TailLimits},
};
use khata_application::{
    Recorded,
    event_store::{Condition, FeedFilter, Head, ReadError, Replaced, Unwritable},
};
use parking_lot::RwLock;
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::watch;
use uuid::Uuid;

pub(super) struct Recent {
    state: RwLock<State>,
    told: watch::Sender<u64>,
    condition: watch::Sender<Condition>,
}

struct State {
    head: Head,
    /// Full segments whose indexes are not in the file yet, the oldest first, and the one that is being
    /// filled.
    full: VecDeque<Arc<Segment>>,
    filling: Segment,
    tail: Tail,
    kinds: Arc<Kinds>,
}

/// What a reader needs to know of a stream before it asks the file.
#[derive(Debug)]
pub(super) struct RecentRuns {
    /// The newest first.
    pub(super) runs: Vec<Run>,
    /// The file's indexes count for segments before this one.
    pub(super) indexed_segments: u64,
}

/// What a reader needs to know of a filter before it asks the file.
#[derive(Debug)]
pub(super) struct PassingPositions {
    /// The kinds that pass.
    pub(super) kinds: Vec<u32>,
    /// Positions that are not indexed in the file, in order.
    pub(super) positions: Vec<u64>,
    /// The file's indexes count for segments before this one.
    pub(super) indexed_segments: u64,
    /// The head at that moment.
    pub(super) head: Head,
}

impl Recent {
    /// Begins behind a head; the segments before `indexed_segments` are indexed in the file.
    pub(super) fn new(head: Head, indexed_segments: u64, kinds: Kinds, limits: TailLimits) -> Self {
        let state = State {
            head,
            full: VecDeque::new(),
            filling: Segment::empty(indexed_segments),
            tail: Tail::within(limits),
            kinds: Arc::new(kinds),
        };
        Self {
            state: RwLock::new(state),
            told: watch::Sender::new(head.position),
            condition: watch::Sender::default(),
        }
    }

    /// Takes up an event that was in the file before this process and is not indexed there.
    pub(super) fn recall(&self, entry: Entry) {
        self.state.write().index(entry);
    }

    /// Makes a commit known.
    pub(super) fn publish(&self, head: Head, events: Vec<Recorded>, entries: &[Entry], kinds: Option<Kinds>) {
        let mut state = self.state.write();
        if let Some(kinds) = kinds {
            state.kinds = Arc::new(kinds);
        }
        for entry in entries {
            state.index(*entry);
        }
        if !events.is_empty() {
            state.tail.push(events.into());
        }
        state.head = head;
        drop(state);
        self.told.send_if_modified(|told| std::mem::replace(told, head.position) != head.position);
    }

    /// Forgets the oldest full segment: its indexes are in the file.
    pub(super) fn forget_segment(&self) {
        self.state.write().full.pop_front();
    }

    /// The oldest full segment whose indexes are not in the file.
    pub(super) fn oldest_full(&self) -> Option<Arc<Segment>> {
        self.state.read().full.front().cloned()
    }

    /// Whether nothing can be written, and why.
    pub(super) fn unwritable(&self, reason: Option<String>) {
        let unwritable = reason.map(|reason| Unwritable { reason, no_connection: false });
        self.condition.send_if_modified(|condition| {
            std::mem::replace(&mut condition.unwritable, unwritable.clone()) != unwritable
        });
    }

    /// Whether the log is another one than was opened.
    pub(super) fn replaced(&self, replaced: Option<Replaced>) {
        self.condition.send_if_modified(|condition| {
            match (&condition.replaced, &replaced) {
                (None, None) => return false,
                (Some(known), Some(found)) if known.readable == found.readable => return false,
                (_, Some(found)) => {
                    tracing::error!(reason = found.reason, "the event log was replaced; commands are refused")
                }
                (Some(_), None) => {
                    tracing::warn!("the event log is the one again that was opened; everything goes on")
                }
            }
            condition.replaced = replaced.clone();
            true
        });
    }

    /// An error if the log is another one than was opened.
    pub(super) fn check(&self) -> Result<(), ReadError> {
        self.condition
            .borrow()
            .unreadable()
            .map_or(Ok(()), |reason| Err(ReadError::Replaced(reason.to_owned())))
    }

    pub(super) fn condition(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    pub(super) fn head(&self) -> Head {
        self.state.read().head
    }

    pub(super) fn kinds(&self) -> Arc<Kinds> {
        self.state.read().kinds.clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// The position of an event that is not indexed in the file.
    pub(super) fn find(&self, event_id: &Uuid) -> Option<u64> {
        let state = self.state.read();
        state.newest_first().find_map(|segment| segment.find(event_id))
    }

    /// The position and version of a stream's last event, if it is not indexed in the file.
    pub(super) fn end_of(&self, stream: u32) -> Option<(u64, u64)> {
        let state = self.state.read();
        state.newest_first().find_map(|segment| segment.end_of(stream))
    }

    pub(super) fn runs_of(&self, stream: u32) -> RecentRuns {
        let state = self.state.read();
        RecentRuns {
            runs: state.newest_first().filter_map(|segment| segment.run_of(stream)).collect(),
            indexed_segments: state.indexed_segments(),
        }
    }

    /// What passes a filter behind `after`, as far as it is not indexed in the file: at most `limit`
    /// positions, in order. The kinds are those of the same moment as the head: a kind that is new behind it
    /// is not missed before it.
    pub(super) fn positions_passing(
        &self,
        filter: &FeedFilter,
        after: u64,
        limit: usize,
    ) -> PassingPositions {
        let state = self.state.read();
        let kinds = state.kinds.passing(filter);
        let segments = state.full.iter().map(AsRef::as_ref).chain([&state.filling]);
        let behind = segments.filter(|segment| segment.number >= locate(after + 1).0);
        let positions =
            behind.flat_map(|segment| segment.positions_of_kinds(&kinds, after)).take(limit).collect();
        PassingPositions { positions, indexed_segments: state.indexed_segments(), head: state.head, kinds }
    }

    /// The batches of the tail that hold what is behind a position, and the head; no batches if the tail does
    /// not reach back there.
    pub(super) fn tail_behind(&self, after: u64, limit: usize) -> (Option<Vec<Arc<[Recorded]>>>, Head) {
        let state = self.state.read();
        (state.tail.batches_behind(after, limit), state.head)
    }
}

impl State {
    fn index(&mut self, entry: Entry) {
        self.filling.push(entry);
        if self.filling.is_full() {
            let next = Segment::empty(self.filling.number + 1);
            self.full.push_back(Arc::new(std::mem::replace(&mut self.filling, next)));
        }
    }

    fn newest_first(&self) -> impl Iterator<Item = &Segment> {
        [&self.filling].into_iter().chain(self.full.iter().rev().map(AsRef::as_ref))
    }

    fn indexed_segments(&self) -> u64 {
        self.full.front().map_or(self.filling.number, |oldest| oldest.number)
    }
}
