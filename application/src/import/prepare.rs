//! From a line or a fact to a decision that is ready to be made. Needs no state, so it runs beside the
//! deciding.

use super::{
    Terms, accounts,
    cards::Issuance,
    customers::Onboarding,
    fact::Fact,
    lending,
    lines::Block,
    lookups::Lookups,
    orders,
    report::{Counted, Stop},
};
use crate::{
    Recorded,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use jiff::Timestamp;
use khata_domain::accounts::Direction;
use std::collections::HashMap;
use uuid::Uuid;

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is stored already of the facts at hand, by the ids of the events.
pub(super) type Known = HashMap<Uuid, Recorded>;

/// A fact that is ready to be decided.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The line it came from, or its number among the facts.
    pub(super) line: u64,
    /// When it happened, and the id of its first event. An event of that id tells that the fact is there
    /// already.
    pub(super) event: HistoricalFact,
    pub(super) decision: Decision,
    pub(super) counted: Counted,
}

/// What is to be decided, by context.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    Customers(Onboarding),
    Accounts(accounts::Decision),
    Lending(lending::Decision),
    Cards(Issuance),
    Orders(orders::Decision),
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

/// What a fact is taken over on.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    pub(super) terms: &'a Terms,
    /// When the fact happened, and the ids that it gives out.
    pub(super) event: HistoricalFact,
}

/// Why a line cannot be taken.
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) reason: String,
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
        if let Fact::Entry(entry) = &fact
            && entry.amount.minor() == 0
        {
            return Err(Refused {
                code: "amount_not_positive",
                reason: "an entry of nothing books nothing: leave the line out".to_owned(),
            });
        }
        let setting = Setting { terms: &self.terms, event };
        let counted = Counted::of(&fact);
        let decision = match fact {
            Fact::CustomerOnboarded(fact) => Decision::Customers(fact.prepare(&setting)),
            Fact::AccountOpened(fact) => Decision::Accounts(fact.prepare(&setting)?),
            Fact::SignatoryAdded(fact) => Decision::Accounts(fact.prepare()),
            Fact::OpeningBalance(fact) => Decision::Accounts(fact.prepare()?),
            Fact::Entry(fact) => Decision::Accounts(fact.prepare()?),
            Fact::BalanceChecked(fact) => Decision::Accounts(fact.prepare(&setting)),
            Fact::LoanGranted(fact) => Decision::Lending(fact.prepare(&setting)),
            Fact::LoanPaid(fact) => Decision::Lending(fact.prepare(&setting)),
            Fact::LoanDelinquent(fact) => Decision::Lending(fact.prepare(&setting)),
            Fact::LoanEnded(fact) => Decision::Lending(fact.prepare(&setting)),
            Fact::CardIssued(fact) => Decision::Cards(fact.prepare(&setting)?),
            Fact::OrderPlaced(fact) => Decision::Orders(fact.prepare(&setting)?),
            Fact::OrderShipped(fact) => Decision::Orders(fact.prepare(&setting)),
        };
        Ok(Prepared { line, event, decision, counted })
    }
}

impl Prepared {
    /// The ids of the events that show whether the fact is there already: that of its first event and, of
    /// facts that one event does not tell whole, those of further ones; and those that it rests on.
    pub(super) fn event_ids(&self, into: &mut Vec<Uuid>) {
        into.push(self.event.event_id);
        match &self.decision {
            Decision::Customers(_) => into.push(Onboarding::further_event_id(self.event)),
            Decision::Orders(decision) => into.extend(decision.further_event_ids(self.event)),
            Decision::Accounts(accounts::Decision::Undo(undoing)) => {
                into.extend(undoing.original_event_ids())
            }
            Decision::Accounts(_) | Decision::Lending(_) | Decision::Cards(_) => {}
        }
    }

    /// Whether a stored event, which has the id of this fact's first event, tells this fact: of the same
    /// aggregate, at the same time, and the same as far as it and the further events show it.
    pub(super) fn is_told_by(&self, event: &Recorded, known: &Known) -> bool {
        let same = match &self.decision {
            Decision::Customers(onboarding) => onboarding.is_told_by(event, self.event, known),
            Decision::Accounts(decision) => decision.is_told_by(event),
            Decision::Lending(decision) => decision.is_told_by(event, self.event),
            Decision::Cards(issuance) => issuance.is_told_by(event, self.event),
            Decision::Orders(decision) => decision.is_told_by(event, self.event, known),
        };
        same && event.effective_at == self.event.effective_at
    }

    /// Whether it rests on what everything before it has led to in the store.
    pub(super) fn looks_back(&self) -> bool {
        matches!(&self.decision, Decision::Accounts(decision) if decision.looks_back())
    }

    /// What of it is counted, where the entry that it undoes is looked up.
    pub(super) fn counted(&self, lookups: &Lookups<'_>) -> Counted {
        match (&self.decision, self.counted) {
            (
                Decision::Accounts(accounts::Decision::Undo(undoing)),
                Counted::Entry { currency, minor, .. },
            ) => {
                let credit = undoing.original_direction(lookups) == Some(Direction::Debit);
                Counted::Entry { currency, minor, credit }
            }
            (_, counted) => counted,
        }
    }

    /// The aggregates that take part. Whatever the fact makes is presumed new where that is allowed.
    pub(super) fn participants(&self, presume: bool, into: &mut Vec<Participant>) {
        match &self.decision {
            Decision::Customers(onboarding) => onboarding.participants(presume, into),
            Decision::Accounts(decision) => decision.participants(presume, into),
            Decision::Lending(decision) => decision.participants(presume, into),
            Decision::Cards(issuance) => issuance.participants(presume, into),
            Decision::Orders(decision) => decision.participants(presume, into),
        }
    }

    /// Decides on the states of the unit. Answers how many events came of it.
    pub(super) fn apply(&self, unit: &mut Unit<'_>, lookups: &Lookups<'_>) -> Result<usize, CommandError> {
        match &self.decision {
            Decision::Customers(onboarding) => onboarding.apply(unit, self.event),
            Decision::Accounts(decision) => decision.apply(unit, self.event, lookups),
            Decision::Lending(decision) => decision.apply(unit, self.event),
            Decision::Cards(issuance) => issuance.apply(unit, self.event),
            Decision::Orders(decision) => decision.apply(unit, self.event),
        }
    }
}

/// The same fact as it shows in another of its aggregates: its events there have ids of their own.
pub(super) fn beside(fact: HistoricalFact, n: usize) -> HistoricalFact {
    HistoricalFact { event_id: fact.nth_event_id(1_000 * n), ..fact }
}
