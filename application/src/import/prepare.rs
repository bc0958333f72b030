//! From a line or a fact to a decision that is ready to be made. Needs no state, so it runs beside the
//! deciding.

use super::{
    Terms,
    fact::Fact,
    imported::{Decides, Refused, Setting},
    lines::Block,
    lookups::{Known, Lookups},
    report::{Counted, Stop},
};
use crate::{
    Recorded,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use jiff::Timestamp;
use uuid::Uuid;

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A fact that is ready to be decided.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The line it came from, or its number among the facts.
    pub(super) line: u64,
    /// When it happened, and the id of its first event. An event of that id tells that the fact is there
    /// already.
    pub(super) event: HistoricalFact,
    decision: Box<dyn Decides>,
    counted: Counted,
}

/// Facts that are ready, up to the first line that makes no sense.
#[derive(Debug, Default)]
pub(super) struct PreparedBlock {
    pub(super) facts: Vec<Prepared>,
    pub(super) stop: Option<Stop>,
}

/// What preparing needs to know.
#[derive(Debug)]
pub(super) struct Preparer {
    pub(super) terms: Terms,
    /// The instant of the import.
    pub(super) now: Timestamp,
}

impl Refused {
    fn at(self, line: u64) -> Stop {
        Stop::BadLine { line, code: self.code.to_owned(), reason: self.reason }
    }
}

impl Preparer {
    /// Reads lines of JSON. Empty lines are passed over.
    pub(super) fn lines(&self, block: &Block) -> PreparedBlock {
        let lines = block.bytes.split(|&byte| byte == b'\n').zip(block.first_line..);
        // Some programs begin a file with a byte order mark.
        let lines = lines.map(|(text, line)| {
            (text.strip_prefix(BYTE_ORDER_MARK).filter(|_| line == 1).unwrap_or(text), line)
        });
        let lines = lines.filter(|(text, _)| !text.trim_ascii().is_empty());
        let read = |text| {
            serde_json::from_slice::<Fact>(text)
                .map_err(|error| Refused { code: "malformed", reason: error.to_string() })
        };
        self.all(usize::try_from(block.lines).unwrap_or(0), lines.map(|(text, line)| (line, read(text))))
    }

    /// Takes facts that are read already, with their numbers.
    pub(super) fn facts(&self, facts: Vec<(u64, Fact)>) -> PreparedBlock {
        self.all(facts.len(), facts.into_iter().map(|(line, fact)| (line, Ok(fact))))
    }

    fn all(
        &self,
        capacity: usize,
        facts: impl Iterator<Item = (u64, Result<Fact, Refused>)>,
    ) -> PreparedBlock {
        let mut prepared = PreparedBlock { facts: Vec::with_capacity(capacity), stop: None };
        for (line, fact) in facts {
            match fact.and_then(|fact| self.fact(line, fact)) {
                Ok(fact) => prepared.facts.push(fact),
                Err(refused) => {
                    prepared.stop = Some(refused.at(line));
                    break;
                }
            }
        }
        prepared
    }

    fn fact(&self, line: u64, fact: Fact) -> Result<Prepared, Refused> {
        let calendar = &self.terms.calendar;
        let (effective_at, business_date) = fact.effective_at().place(calendar);
        let event = HistoricalFact { effective_at, business_date, event_id: fact.source().event_id() };
        let today = calendar.date(self.now);
        if business_date > today {
            return Err(Refused {
                code: "date_in_future",
                reason: format!("{business_date} lies after {today}: that is no history"),
            });
        }
        let counted = fact.counted();
        let decision = fact.prepare(&Setting { terms: &self.terms, event })?;
        Ok(Prepared { line, event, decision, counted })
    }
}

impl Prepared {
    /// The ids of the events that show whether the fact is there already: that of its first event and, of
    /// facts that one event does not tell whole, those of further ones; and those that it rests on.
    pub(super) fn event_ids(&self, into: &mut Vec<Uuid>) {
        into.push(self.event.event_id);
        self.decision.further_event_ids(self.event, into);
    }

    /// Whether a stored event, which has the id of this fact's first event, tells this fact.
    pub(super) fn is_told_by(&self, event: &Recorded, known: &Known) -> bool {
        self.decision.is_told_by(event, self.event, known) && event.effective_at == self.event.effective_at
    }

    /// Whether it rests on what everything before it has led to in the store.
    pub(super) fn looks_back(&self) -> bool {
        self.decision.looks_back()
    }

    /// What of it is counted, where the entry that it undoes is looked up.
    pub(super) fn counted(&self, lookups: &Lookups<'_>) -> Counted {
        self.decision.counted(self.counted, lookups)
    }

    /// The aggregates that take part. Whatever the fact makes is presumed new where that is allowed.
    pub(super) fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        self.decision.participants(presume, into);
    }

    /// Decides on the states of the unit. Answers how many events came of it.
    pub(super) fn apply(&self, unit: &mut Unit<'_>, lookups: &Lookups<'_>) -> Result<usize, CommandError> {
        self.decision.apply(unit, self.event, lookups)
    }
}
