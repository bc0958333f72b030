//! Which entry of a file a later movement undoes.

use super::{Movement, Undone};
use khata_application::import::SourceRef;
use std::collections::{BTreeSet, HashMap};

/// Entries that later movements may undo, found without going through all of them.
#[derive(Debug, Default)]
pub(super) struct Undoable<'s> {
    told: Vec<Told>,
    by_id: HashMap<&'s str, Vec<usize>>,
    by_reference: HashMap<(i64, &'s str), Vec<usize>>,
    /// Those that are not undone.
    by_amount: HashMap<i64, BTreeSet<usize>>,
}

#[derive(Debug)]
struct Told {
    source: SourceRef,
    minor: i64,
    undone: bool,
}

/// Why no entry is undone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotUndone {
    /// There is none before it.
    Missing,
    /// So many of its amount are before it, and it tells no reference.
    Ambiguous(usize),
}

impl<'s> Undoable<'s> {
    /// One more entry. Entries are told in the order of their days.
    pub(super) fn add(&mut self, movement: &'s Movement, source: SourceRef) {
        let (place, minor) = (self.told.len(), movement.amount.minor());
        self.told.push(Told { source, minor, undone: false });
        self.by_reference.entry((minor, &movement.reference)).or_default().push(place);
        self.by_amount.entry(minor).or_default().insert(place);
        if let Some(id) = movement.id.as_deref() {
            self.by_id.entry(id).or_default().push(place);
        }
    }

    /// The entry that a movement undoes, which no other one undoes from then on.
    pub(super) fn undo(&mut self, movement: &'s Movement, undone: &Undone) -> Result<SourceRef, NotUndone> {
        let minor = movement.amount.minor().saturating_neg();
        let found = match undone {
            Undone::Named(id) => latest(self.by_id.get_mut(id.as_str()), &self.told),
            Undone::Alike if !movement.reference.is_empty() => {
                latest(self.by_reference.get_mut(&(minor, &movement.reference)), &self.told)
            }
            Undone::Alike => match self.by_amount.get(&minor) {
                Some(open) if open.len() > 1 => return Err(NotUndone::Ambiguous(open.len())),
                open => open.and_then(BTreeSet::first).copied(),
            },
        };
        let place = found.ok_or(NotUndone::Missing)?;
        let told = self.told.get_mut(place).ok_or(NotUndone::Missing)?;
        told.undone = true;
        if let Some(open) = self.by_amount.get_mut(&told.minor) {
            open.remove(&place);
        }
        Ok(told.source.clone())
    }
}

/// The latest of some places that is not undone; those behind it are not looked at again.
fn latest(places: Option<&mut Vec<usize>>, told: &[Told]) -> Option<usize> {
    let places = places?;
    while let Some(place) = places.pop() {
        if told.get(place).is_some_and(|told| !told.undone) {
            return Some(place);
        }
    }
    None
}
