//! The kinds of events that the log holds: each a category of streams with a type of events. There are few;
//! all are in memory.

use khata_application::event_store::FeedFilter;
use rustc_hash::FxHashMap;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) id: u32,
    pub(crate) category: Arc<str>,
    pub(crate) event_type: Arc<str>,
}

/// All kinds, in ascending order of their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kinds {
    all: Vec<Kind>,
    by_type: FxHashMap<Arc<str>, Vec<Kind>>,
}

impl Kinds {
    /// Takes the next kind; its id follows the last one's.
    pub(crate) fn push(&mut self, category: &str, event_type: &str) -> Kind {
        let id = self.all.last().map_or(0, |last| last.id).saturating_add(1);
        self.insert(id, category, event_type)
    }

    /// Takes a kind as it is stored; its id must be larger than the last one's.
    pub(crate) fn insert(&mut self, id: u32, category: &str, event_type: &str) -> Kind {
        let kind = Kind { id, category: category.into(), event_type: event_type.into() };
        self.all.push(kind.clone());
        self.by_type.entry(kind.event_type.clone()).or_default().push(kind.clone());
        kind
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn of(&self, category: &str, event_type: &str) -> Option<&Kind> {
        self.by_type.get(event_type)?.iter().find(|kind| *kind.category == *category)
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Kind> {
        // They have no gaps, unless one was removed by hand.
        let place = usize::try_from(id.checked_sub(1)?).ok()?;
        match self.all.get(place) {
            Some(kind) if kind.id == id => Some(kind),
            _ => {
                self.all.binary_search_by_key(&id, |kind| kind.id).ok().and_then(|place| self.all.get(place))
            }
        }
    }

    /// The ids of all of them.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.all.iter().map(|kind| kind.id)
    }

    /// The ids of the kinds that pass a filter.
    pub(crate) fn passing(&self, filter: &FeedFilter) -> Vec<u32> {
        let passes = |kind: &&Kind| filter.lets_through(&kind.category, &kind.event_type);
        self.all.iter().filter(passes).map(|kind| kind.id).collect()
    }
}
