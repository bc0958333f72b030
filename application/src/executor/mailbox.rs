//! Mailboxes: one slot per aggregate, in which its commands pass one by one and the pending state is kept.
//!
//! A slot's state runs ahead of the log while appends are in flight. It is never trusted: every append names
//! the event it follows, and when one fails, the slot is emptied and everything decided on top fails at the
//! writer and is decided again.

use crate::{
    StreamName,
    command::CommandError,
    event_store::EventStore,
    fold::{Until, fold},
};
use khata_domain::Aggregate;
use parking_lot::Mutex;
use std::{any::Any, future::Future, pin::Pin, sync::Arc};
use uuid::Uuid;

/// An aggregate in memory, whatever its type.
pub(super) struct Loaded {
    /// The version after all pending events.
    pub(super) version: u64,
    /// The event at that version.
    pub(super) last_event_id: Option<Uuid>,
    /// A type that only a newer Khata knows: commands are refused.
    pub(super) newer_schema: Option<String>,
    pub(super) state: Box<dyn Any + Send>,
}

impl Loaded {
    fn new<A: Aggregate>() -> Self {
        Self { version: 0, last_event_id: None, newer_schema: None, state: Box::new(A::default()) }
    }

    /// The same once more, if it is of this type.
    pub(super) fn copy<A: Aggregate>(&self) -> Option<Self> {
        let state = self.state.downcast_ref::<A>()?.clone();
        Some(Self {
            version: self.version,
            last_event_id: self.last_event_id,
            newer_schema: self.newer_schema.clone(),
            state: Box::new(state),
        })
    }
}

/// What a slot holds.
#[derive(Default)]
pub(super) struct Contents {
    /// Counts how often the slot was emptied: whoever decided in an older generation must not empty it again.
    pub(super) generation: u64,
    /// The aggregate, once loaded.
    pub(super) loaded: Option<Loaded>,
}

impl Contents {
    /// Forgets a state that did not come to be.
    pub(super) fn empty(&mut self) {
        self.generation += 1;
        self.loaded = None;
    }
}

/// The mailbox of one aggregate.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) contents: Mutex<Contents>,
}

impl Slot {
    /// Empties the slot, unless somebody has done so since `generation`.
    pub(super) fn empty_if(&self, generation: u64) {
        let mut contents = self.contents.lock();
        if contents.generation == generation {
            contents.empty();
        }
    }
}

type Loading<'a> = Pin<Box<dyn Future<Output = Result<Loaded, CommandError>> + Send + 'a>>;

/// An aggregate that takes part in a command.
#[derive(Clone)]
pub struct Participant {
    pub(super) stream: StreamName,
    pub(super) load: for<'a> fn(&'a dyn EventStore, &'a StreamName) -> Loading<'a>,
    /// Whose it is does not matter: whoever asks need not reach it.
    pub(super) is_anyones: bool,
    /// What a new aggregate is, where it is presumed to be one.
    pub(super) if_new: Option<fn() -> Loaded>,
}

impl Participant {
    /// The aggregate of this type and id.
    pub fn of<A: Aggregate>(id: A::Id) -> Self {
        Self { stream: StreamName::of::<A>(id), load: load::<A>, is_anyones: false, if_new: None }
    }

    /// The aggregate of this type and id, which very likely does not exist yet: it is not looked for. Should
    /// it exist after all, the append conflicts and it is loaded then.
    pub fn new<A: Aggregate>(id: A::Id) -> Self {
        Self { if_new: Some(Loaded::new::<A>), ..Self::of::<A>(id) }
    }

    /// The same, whoever's it is: somebody may pay into another's account, and an address that another has
    /// taken is told to be taken.
    #[must_use]
    pub fn of_anyone(self) -> Self {
        Self { is_anyones: true, ..self }
    }

    /// The name of its stream.
    pub fn stream(&self) -> &StreamName {
        &self.stream
    }
}

impl std::fmt::Debug for Participant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.stream.fmt(f)
    }
}

fn load<'a, A: Aggregate>(store: &'a dyn EventStore, stream: &'a StreamName) -> Loading<'a> {
    Box::pin(async move {
        let folded = fold::<A>(store, stream, Until::default()).await?;
        Ok(Loaded {
            version: folded.version,
            last_event_id: folded.last_event_id,
            newer_schema: folded.newer_schema,
            state: Box::new(folded.state),
        })
    })
}

/// All slots in use, the least recently used of which go first.
pub(super) struct Mailboxes {
    slots: moka::sync::Cache<StreamName, Arc<Slot>>,
}

impl Mailboxes {
    pub(super) fn new(capacity: u64) -> Self {
        let slots = moka::sync::Cache::builder()
            .max_capacity(capacity)
            .eviction_policy(moka::policy::EvictionPolicy::lru())
            .build();
        Self { slots }
    }

    /// The slot of a stream. Should it be dropped from the cache while commands are under way, a second one
    /// may stand beside it for a while: its decisions then conflict at the writer and are made again.
    pub(super) fn slot(&self, stream: &StreamName) -> Arc<Slot> {
        self.slots.get(stream).unwrap_or_else(|| self.slots.get_with_by_ref(stream, Arc::default))
    }
}

/// Each once, in the order in which mailboxes are taken.
pub(super) fn in_name_order(participants: &[Participant]) -> Vec<&Participant> {
    let mut sorted: Vec<&Participant> = participants.iter().collect();
    sorted.sort_by(|a, b| a.stream.cmp(&b.stream));
    sorted.dedup_by(|a, b| a.stream == b.stream);
    sorted
}
