//! One night: begun, phase by phase ended, finished. Run again, it goes on where it was, and once it is finished nothing
//! happens any more.

use super::NightPhase;
use crate::{
    Aggregate, DecisionContext, DomainEvent, Rules, Text,
    declared::{commands, events},
    ids::{CustomerId, IdError},
    refusals,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Names the night of a business date: `2026-11-30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NightId(pub Date);

impl fmt::Display for NightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for NightId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError { expected: "<yyyy-mm-dd>" };
        let id = Self(text.parse().map_err(|_| wrong())?);
        // One spelling: it names a stream.
        if id.to_string() == text { Ok(id) } else { Err(wrong()) }
    }
}

/// So many failures of a phase are kept one by one.
pub const FAILURES_KEPT: usize = 100;

/// Something that could not be done for one subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// `acc_…`, `card_…`, `loan_…`, or what was checked.
    pub subject: Text<200>,
    /// Why, as a code.
    pub code: Text<100>,
    /// Why, for people.
    pub message: Text<500>,
}

/// What came of a phase.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Subjects for which all is done, by this run or one before it.
    pub processed: u64,
    /// Subjects that were left out, by why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, u64>,
    /// Subjects for which it could not be done, by why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, u64>,
    /// The first [`FAILURES_KEPT`] of these, by subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

impl Tally {
    /// Adds what came of other subjects.
    pub fn add(&mut self, other: Self) {
        let Self { processed, skipped, failed, failures } = other;
        self.processed = self.processed.saturating_add(processed);
        for (sums, others) in [(&mut self.skipped, skipped), (&mut self.failed, failed)] {
            for (reason, count) in others {
                let sum = sums.entry(reason).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        self.failures.extend(failures);
        self.failures.sort();
        self.failures.truncate(FAILURES_KEPT);
    }

    /// How many were left out.
    pub fn skipped(&self) -> u64 {
        self.skipped.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// For how many it could not be done.
    pub fn failed(&self) -> u64 {
        self.failed.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

refusals! {
    /// Why a night refuses.
    pub enum NightError {
        /// A day is ended when it has come (`date`, `today`).
        #[error("{date} lies after {today}")]
        NightInFuture { date: Date, today: Date },
        /// Nights follow each other without a gap (`date`, `next`).
        #[error("the next night is that of {next}, not of {date}")]
        NightOutOfOrder { date: Date, next: Date },
        /// The night has not begun (`date`).
        #[error("the night of {date} has not begun")]
        NightNotBegun { date: Date },
        /// A phase waits for another one (`phase`, `waits_for`).
        #[error("{phase} waits for {waits_for}")]
        PhaseTooEarly { phase: NightPhase, waits_for: NightPhase },
    }
}

commands! {
    /// What a night can be asked to do.
    pub enum NightCommand for Night {
        /// Begin; the caller has found which night is next.
        BeginNight { date: Date, next: Option<Date> } => begin,
        /// Note at which position of the log a phase looks for its subjects.
        BeginPhase { date: Date, phase: NightPhase, position: u64 } => begin_phase,
        /// Note what came of a phase.
        EndPhase { date: Date, phase: NightPhase, tally: Tally } => end_phase,
        /// Finish, once all phases have ended.
        FinishNight { date: Date } => finish,
    }
}

events! {
    /// What can have happened in a night. Frozen by golden files.
    pub enum NightEvent {
        /// It has begun.
        NightBegun = "night_begun" v 1 { date: Date },
        /// A phase has begun: its subjects are those there were at this position of the log.
        NightPhaseBegun = "night_phase_begun" v 1 { phase: NightPhase, position: u64 },
        /// A phase has ended.
        NightPhaseEnded = "night_phase_ended" v 1 { phase: NightPhase, tally: Tally },
        /// All phases have ended.
        NightFinished = "night_finished" v 1 { date: Date, processed: u64, skipped: u64, failed: u64 },
    }
}

impl DomainEvent for NightEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;
}

/// How far a phase has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseStanding {
    /// Where in the log it looks for its subjects.
    pub position: u64,
    /// What came of it, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

/// A night.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Night {
    date: Option<Date>,
    phases: BTreeMap<NightPhase, PhaseStanding>,
    finished: bool,
}

impl Night {
    /// The business date that it ends; `None` before it begins.
    pub fn date(&self) -> Option<Date> {
        self.date
    }

    /// How far a phase has come; `None` before it begins.
    pub fn phase(&self, phase: NightPhase) -> Option<&PhaseStanding> {
        self.phases.get(&phase)
    }

    /// The phases that have begun.
    pub fn phases(&self) -> &BTreeMap<NightPhase, PhaseStanding> {
        &self.phases
    }

    /// What came of a phase, once it has ended.
    pub fn tally(&self, phase: NightPhase) -> Option<&Tally> {
        self.phase(phase).and_then(|standing| standing.tally.as_ref())
    }

    /// Whether all phases have ended.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    fn totals(&self) -> (u64, u64, u64) {
        let tallies = self.phases.values().filter_map(|standing| standing.tally.as_ref());
        tallies.fold((0, 0, 0), |(processed, skipped, failed): (u64, u64, u64), tally| {
            (
                processed.saturating_add(tally.processed),
                skipped.saturating_add(tally.skipped()),
                failed.saturating_add(tally.failed()),
            )
        })
    }
}

type Decision = Result<Vec<NightEvent>, NightError>;

fn begin(night: &Night, command: BeginNight, at: DecisionContext<'_>, _: Rules) -> Decision {
    let BeginNight { date, next } = command;
    if night.date.is_some() {
        return Ok(Vec::new());
    }
    if date > at.today {
        return Err(NightError::NightInFuture { date, today: at.today });
    }
    if let Some(next) = next.filter(|next| *next != date) {
        return Err(NightError::NightOutOfOrder { date, next });
    }
    Ok(vec![NightBegun { date }.into()])
}

fn begun(night: &Night, date: Date) -> Result<(), NightError> {
    if night.date.is_some() { Ok(()) } else { Err(NightError::NightNotBegun { date }) }
}

fn begin_phase(night: &Night, command: BeginPhase, _: DecisionContext<'_>, _: Rules) -> Decision {
    let BeginPhase { date, phase, position } = command;
    begun(night, date)?;
    if night.phase(phase).is_some() {
        return Ok(Vec::new());
    }
    let missing = phase.waits_for().iter().copied().find(|needed| night.tally(*needed).is_none());
    if let Some(waits_for) = missing {
        return Err(NightError::PhaseTooEarly { phase, waits_for });
    }
    Ok(vec![NightPhaseBegun { phase, position }.into()])
}

/// Of two that work off a phase at once the first one's count stands.
fn end_phase(night: &Night, command: EndPhase, _: DecisionContext<'_>, _: Rules) -> Decision {
    let EndPhase { date, phase, tally } = command;
    begun(night, date)?;
    match night.phase(phase) {
        None => Err(NightError::PhaseTooEarly { phase, waits_for: phase }),
        Some(PhaseStanding { tally: Some(_), .. }) => Ok(Vec::new()),
        Some(_) => Ok(vec![NightPhaseEnded { phase, tally }.into()]),
    }
}

fn finish(night: &Night, command: FinishNight, _: DecisionContext<'_>, _: Rules) -> Decision {
    let date = command.date;
    begun(night, date)?;
    if night.finished {
        return Ok(Vec::new());
    }
    if let Some(waits_for) = NightPhase::ALL.into_iter().find(|phase| night.tally(*phase).is_none()) {
        return Err(NightError::PhaseTooEarly { phase: NightPhase::Check, waits_for });
    }
    let (processed, skipped, failed) = night.totals();
    Ok(vec![NightFinished { date, processed, skipped, failed }.into()])
}

impl Aggregate for Night {
    const CATEGORY: &'static str = "night";
    const STATE_SCHEMA: u32 = 1;
    type Id = NightId;
    type Command = NightCommand;
    type Event = NightEvent;
    type Error = NightError;

    fn evolve(&mut self, event: &NightEvent) {
        match event {
            NightEvent::NightBegun(begun) => self.date = Some(begun.date),
            NightEvent::NightPhaseBegun(begun) => {
                let standing = PhaseStanding { position: begun.position, tally: None };
                self.phases.entry(begun.phase).or_insert(standing);
            }
            NightEvent::NightPhaseEnded(ended) => {
                let standing = self.phases.entry(ended.phase);
                let standing = standing.or_insert(PhaseStanding { position: 0, tally: None });
                standing.tally = Some(ended.tally.clone());
            }
            NightEvent::NightFinished(_) => self.finished = true,
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TODAY, given};
    use jiff::civil::date;

    const TOMORROW: Date = date(2026, 3, 11);

    fn begin(date: Date, next: Option<Date>) -> BeginNight {
        BeginNight { date, next }
    }

    fn tally(processed: u64) -> Tally {
        Tally { processed, ..Tally::default() }
    }

    /// A night in which all phases before one have ended.
    fn up_to(phase: NightPhase) -> Vec<NightEvent> {
        let earlier = NightPhase::ALL.into_iter().take_while(|earlier| *earlier != phase);
        let ended = earlier.flat_map(|phase| {
            [NightPhaseBegun { phase, position: 7 }.into(), NightPhaseEnded { phase, tally: tally(2) }.into()]
        });
        [NightBegun { date: TODAY }.into()].into_iter().chain(ended).collect()
    }

    #[test]
    fn nights_come_when_their_day_has_come_and_one_after_the_other() {
        given::<Night>([]).when(begin(TODAY, None)).then([NightBegun { date: TODAY }.into()]);
        given::<Night>([]).when(begin(TODAY, Some(TODAY))).then([NightBegun { date: TODAY }.into()]);
        given::<Night>([NightBegun { date: TODAY }.into()]).when(begin(TODAY, Some(TOMORROW))).then([]);
        given::<Night>([])
            .when(begin(TOMORROW, None))
            .then_refused(NightError::NightInFuture { date: TOMORROW, today: TODAY });
        let next = date(2026, 3, 8);
        given::<Night>([])
            .when(begin(TODAY, Some(next)))
            .then_refused(NightError::NightOutOfOrder { date: TODAY, next });
    }

    #[test]
    fn a_phase_begins_once_what_it_waits_for_has_ended() {
        let phase = NightPhase::AccrueInterest;
        let begin = || BeginPhase { date: TODAY, phase, position: 9 };
        given::<Night>(up_to(phase)).when(begin()).then([NightPhaseBegun { phase, position: 9 }.into()]);
        let begun = NightPhaseBegun { phase, position: 8 };
        given::<Night>(up_to(phase).into_iter().chain([begun.into()])).when(begin()).then([]);
        let waits_for = NightPhase::PayInstalments;
        given::<Night>(up_to(NightPhase::ExpireHolds))
            .when(begin())
            .then_refused(NightError::PhaseTooEarly { phase, waits_for });
        given::<Night>([]).when(begin()).then_refused(NightError::NightNotBegun { date: TODAY });
    }

    #[test]
    fn a_phase_ends_once() {
        let phase = NightPhase::ExpireHolds;
        let end = |processed| EndPhase { date: TODAY, phase, tally: tally(processed) };
        let begun = NightPhaseBegun { phase, position: 7 }.into();
        let running: Vec<NightEvent> = up_to(phase).into_iter().chain([begun]).collect();
        let ended = NightPhaseEnded { phase, tally: tally(3) };
        given::<Night>(running.clone()).when(end(3)).then([ended.clone().into()]);
        given::<Night>(running.into_iter().chain([ended.into()])).when(end(4)).then([]);
        given::<Night>(up_to(phase))
            .when(end(3))
            .then_refused(NightError::PhaseTooEarly { phase, waits_for: phase });
    }

    #[test]
    fn it_is_finished_when_all_phases_have_ended() {
        let finish = || FinishNight { date: TODAY };
        given::<Night>(up_to(NightPhase::Check)).when(finish()).then_refused(NightError::PhaseTooEarly {
            phase: NightPhase::Check,
            waits_for: NightPhase::Check,
        });
        let check = [
            NightPhaseBegun { phase: NightPhase::Check, position: 7 }.into(),
            NightPhaseEnded { phase: NightPhase::Check, tally: tally(2) }.into(),
        ];
        let processed = 2 * NightPhase::ALL.len() as u64;
        let finished = NightFinished { date: TODAY, processed, skipped: 0, failed: 0 };
        let all: Vec<NightEvent> = up_to(NightPhase::Check).into_iter().chain(check).collect();
        given::<Night>(all.clone()).when(finish()).then([finished.clone().into()]);
        given::<Night>(all.into_iter().chain([finished.into()])).when(finish()).then([]);
    }

    #[test]
    fn tallies_add_up_and_keep_the_first_failures() {
        let failure = |number: usize| Failure {
            subject: Text::parse(&format!("acc_{number:04}")).unwrap(),
            code: Text::parse("account_frozen").unwrap(),
            message: Text::parse("the account is frozen").unwrap(),
        };
        let mut sum = Tally::default();
        for number in (0..150).rev() {
            sum.add(Tally {
                processed: 1,
                skipped: [("closed".to_owned(), 2)].into(),
                failed: [("account_frozen".to_owned(), 1)].into(),
                failures: vec![failure(number)],
            });
        }
        assert_eq!((sum.processed, sum.skipped(), sum.failed()), (150, 300, 150));
        assert_eq!((sum.failures.len(), &sum.failures[0]), (FAILURES_KEPT, &failure(0)));
    }

    #[test]
    fn a_night_has_one_name() {
        assert_eq!("2026-03-10".parse(), Ok(NightId(TODAY)));
        assert!(["2026-3-10", "20260310", "night", ""].iter().all(|text| text.parse::<NightId>().is_err()));
    }
}
