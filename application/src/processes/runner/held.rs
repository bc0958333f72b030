//! What instances could not be told: where whoever can tell them begins again.

use std::collections::BTreeSet;

/// So many names are kept to tell instances apart; beyond, each event counts for itself.
const MOST: usize = 10_000;

/// The events that instances could not be told.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The position before the first of them.
    from: Option<u64>,
    /// How many instances there were for those who led before.
    before: usize,
    /// Whose they are since. An event of which nobody can tell whose it is counts for itself.
    whose: BTreeSet<String>,
}

impl Held {
    /// What is held when one of a build takes over, and where it begins again: not where one of the same build has
    /// come to nothing before.
    pub(super) fn taken_over(note: &str, build: &str) -> (Self, Option<u64>) {
        let mut parts = note.splitn(4, ':');
        if parts.next() != Some("held") {
            return (Self::default(), None);
        }
        let Some(from) = parts.next().and_then(|from| from.parse().ok()) else {
            return (Self::default(), None);
        };
        match (parts.next().and_then(|count| count.parse().ok()), parts.next()) {
            (Some(before), Some(by)) if by == build => {
                (Self { from: Some(from), before, ..Self::default() }, None)
            }
            _ => (Self::default(), Some(from)),
        }
    }

    /// Notes an event at a position.
    pub(super) fn hold(&mut self, position: u64, whose: String) {
        let before = position.saturating_sub(1);
        self.from = Some(self.from.map_or(before, |from| from.min(before)));
        match self.whose.len() < MOST {
            true => drop(self.whose.insert(whose)),
            false if self.whose.contains(&whose) => {}
            false => self.before += 1,
        }
    }

    /// Of how many instances.
    pub(super) fn count(&self) -> usize {
        self.before + self.whose.len()
    }

    /// The note of a checkpoint, written by a build.
    pub(super) fn note(&self, build: &str) -> String {
        let held = |from| format!("held:{from}:{}:{build}", self.count());
        self.from.map_or_else(|| "begun".to_owned(), held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_build_goes_on_and_another_one_begins_again() {
        let mut held = Held::default();
        assert_eq!(held.note("1.0 v2"), "begun");
        for (position, whose) in [(9, "a"), (7, "b"), (12, "a")] {
            held.hold(position, whose.to_owned());
        }
        let note = held.note("1.0 v2");
        assert_eq!((note.as_str(), held.count()), ("held:6:2:1.0 v2", 2));
        let (same, again) = Held::taken_over(&note, "1.0 v2");
        assert_eq!((same.note("1.0 v2"), again), (note.clone(), None));
        let (other, again) = Held::taken_over(&note, "1.0 v3");
        assert_eq!((other.count(), again), (0, Some(6)));
    }

    #[test]
    fn a_note_that_names_no_build_is_of_another_one() {
        assert_eq!(Held::taken_over("held:6", "1.0 v2").1, Some(6));
        assert_eq!(Held::taken_over("begun", "1.0 v2").1, None);
        assert_eq!(Held::taken_over("held:x", "1.0 v2").1, None);
    }
}
