//! What the writer and the readers share: the head, the tail of the log, and the kinds of events. It changes
//! after a commit and before anybody is answered, so it never tells of what is not durable; what other
//! processes commit comes in through the writer as well.

use crate::{
    kinds::Kinds,
    tail::{self, Tail, TailLimits},
};
use khata_application::{
    Recorded,
    event_store::{Condition, FeedFilter, FeedPage, Head, ReadError, Replaced, Unwritable},
};
use parking_lot::{Mutex, RwLock};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;

pub(super) struct Recent {
    state: RwLock<State>,
    told: watch::Sender<u64>,
    /// The largest head that anybody has heard of. The writer catches up with it.
    heard: watch::Sender<u64>,
    /// When the database has last answered.
    answered: Mutex<Instant>,
    condition: watch::Sender<Condition>,
}

/// So long the database may stay silent before what is known of it counts no more. It is asked far more
/// often.
const SILENCE: Duration = Duration::from_secs(5);

struct State {
    head: Head,
    tail: Tail,
    kinds: Arc<Kinds>,
}

impl Recent {
    pub(super) fn new(head: Head, kinds: Kinds, limits: TailLimits) -> Self {
        let state = State { head, tail: Tail::within(limits), kinds: Arc::new(kinds) };
        Self {
            state: RwLock::new(state),
            told: watch::Sender::new(head.position),
            heard: watch::Sender::new(head.position),
            answered: Mutex::new(Instant::now()),
            condition: watch::Sender::default(),
        }
    }

    /// Makes the next events of the log known.
    pub(super) fn publish(&self, head: Head, events: Vec<Recorded>, kinds: Arc<Kinds>) {
        self.change(head, kinds, |tail| {
            if !events.is_empty() {
                tail.push(events.into());
            }
        });
    }

    /// Goes on behind a later head, with nothing before it in memory.
    pub(super) fn skip_to(&self, head: Head, kinds: Arc<Kinds>) {
        self.change(head, kinds, Tail::clear);
    }

    fn change(&self, head: Head, kinds: Arc<Kinds>, change: impl FnOnce(&mut Tail)) {
        let mut state = self.state.write();
        change(&mut state.tail);
        state.head = head;
        if kinds.len() > state.kinds.len() {
            state.kinds = kinds;
        }
        drop(state);
        self.answered();
        self.told.send_if_modified(|told| std::mem::replace(told, head.position) != head.position);
    }

    /// Takes note of kinds that another process has stored.
    pub(super) fn learn(&self, kinds: Kinds) -> Arc<Kinds> {
        let mut state = self.state.write();
        if kinds.len() > state.kinds.len() {
            state.kinds = Arc::new(kinds);
        }
        state.kinds.clone()
    }

    /// The database has answered.
    pub(super) fn answered(&self) {
        *self.answered.lock() = Instant::now();
    }

    /// Whether the database has not answered for some time.
    pub(super) fn is_silent(&self) -> bool {
        self.answered.lock().elapsed() > SILENCE
    }

    /// Whether nothing can be written, and why.
    pub(super) fn unwritable(&self, unwritable: Option<Unwritable>) {
        self.condition.send_if_modified(|condition| {
            std::mem::replace(&mut condition.unwritable, unwritable.clone()) != unwritable
        });
    }

    pub(super) fn is_unwritable(&self) -> bool {
        self.condition.borrow().unwritable.is_some()
    }

    /// Whether the log is another one than was followed, and what shows it. It may be the old one again: if
    /// its head is in it, all of what was followed is.
    pub(super) fn replaced(&self, reason: Option<String>) {
        self.condition.send_if_modified(|condition| {
            match (&condition.replaced, &reason) {
                (None, Some(reason)) => tracing::error!(
                    reason,
                    "the event log was replaced; nothing is read or written until it is restored or Khata is restarted"
                ),
                (Some(_), None) => tracing::warn!("the event log is the right one again; everything continues"),
                (None, None) | (Some(_), Some(_)) => return false,
            }
            condition.replaced = reason.map(|reason| Replaced { reason, readable: false });
            true
        });
    }

    /// An error if the log is another one than was followed.
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

    /// Somebody says that the log reaches up to here. As long as that is news it wakes the writer, also if it
    /// was said before: it may have tried to catch up in vain.
    pub(super) fn hear(&self, position: u64) {
        let news = position > self.head().position;
        self.heard.send_if_modified(|heard| {
            *heard = position.max(*heard);
            news
        });
    }

    pub(super) fn heard(&self) -> watch::Receiver<u64> {
        self.heard.subscribe()
    }

    /// A page from memory, if the newest part of the log reaches back there.
    pub(super) fn page(&self, after: u64, limit: usize, filter: &FeedFilter) -> Option<FeedPage> {
        let everything = *filter == FeedFilter::default();
        let (batches, head) = {
            let state = self.state.read();
            if after >= state.head.position {
                return Some(FeedPage { events: Vec::new(), seen: after });
            }
            (state.tail.batches_behind(after, if everything { limit } else { usize::MAX })?, state.head)
        };
        Some(tail::page(&batches, after, limit, filter, head.position))
    }
}
