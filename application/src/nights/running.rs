//! One night after another, each phase by phase.

use super::{NightLists, Unfit, desk::Desk, phases};
use crate::{
    Clock, Executor, Loans, StreamName,
    command::{CommandContext, CommandError},
    event_store::EventStore,
    executor::Unit,
    fold::{Folded, Until, fold},
    settings::SettingsBook,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::civil::Date;
use khata_domain::{
    Aggregate, Evening, Rules,
    nights::{
        BeginNight, BeginPhase, EndPhase, FinishNight, Night, NightCommand, NightId, NightPhase, Tally,
    },
};
use std::sync::Arc;

/// So many subjects are looked up and worked off together.
const PAGE: usize = 256;
/// So many pages are under way at once.
const PAGES_AT_ONCE: usize = 4;
/// So many nights are run one after another at most: a year.
const MOST_NIGHTS: u64 = 366;

/// How far a night has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub date: Date,
    pub phase: NightPhase,
    /// Subjects looked at in this phase so far.
    pub seen: u64,
}

/// Is told how far a night has come.
pub trait Observer: Send + Sync {
    /// Hears of it; often, so it takes little time.
    fn progress(&self, progress: Progress);
}

/// Runs nights.
#[derive(Clone)]
pub struct Nights {
    desk: Desk,
    store: Arc<dyn EventStore>,
    lists: Arc<dyn NightLists>,
}

impl std::fmt::Debug for Nights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nights")
    }
}

impl Nights {
    /// Works on a store through an executor of that store, by this clock and these settings, and asks these lists.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        (clock, book): (Arc<dyn Clock>, Arc<SettingsBook>),
        lists: Arc<dyn NightLists>,
        loans: Loans,
    ) -> Self {
        Self { desk: Desk { executor, clock, book, loans }, store, lists }
    }

    /// Makes sure that nights may be run: in order, not too many, none before its day has come or behind a gap. Gives
    /// their dates.
    ///
    /// # Errors
    /// Refused as `nights_backwards`, `too_many_nights`, `night_in_future` or `night_out_of_order`; `Unavailable`.
    pub async fn plan(
        &self,
        context: &CommandContext,
        from: Date,
        through: Option<Date>,
    ) -> Result<Vec<Date>, CommandError> {
        let through = through.unwrap_or(from);
        if through < from {
            return Err(CommandError::refused(&Unfit::NightsBackwards { from, through }));
        }
        let dates: Vec<Date> = from
            .series(jiff::Span::new().days(1))
            .take_while(|date| *date <= through)
            .take(usize::try_from(MOST_NIGHTS).unwrap_or(usize::MAX) + 1)
            .collect();
        if dates.len() as u64 > MOST_NIGHTS {
            let nights = (through.duration_since(from).as_hours() / 24 + 1).unsigned_abs();
            return Err(CommandError::refused(&Unfit::TooManyNights { nights, most: MOST_NIGHTS }));
        }
        let night = self.night(from).await?.state;
        let last = BeginNight { date: through, next: None };
        let would = |night: &Night, begin: BeginNight| {
            let decided = night.decide(begin.into(), context.decision(), Rules::All);
            decided.map(drop).map_err(|error| CommandError::refused(&error))
        };
        would(&Night::default(), last)?;
        if night.date().is_none() {
            would(&night, BeginNight { date: from, next: self.next(from).await? })?;
        }
        Ok(dates)
    }

    /// Runs nights, one after another. What is done already is not done again; a night that was cut off goes on.
    ///
    /// # Errors
    /// The night's refusal; `Unavailable` where the store or a view cannot be asked: run it again.
    pub async fn run(
        &self,
        context: &CommandContext,
        dates: &[Date],
        observer: &dyn Observer,
    ) -> Result<(), CommandError> {
        for date in dates {
            self.run_one(context, *date, observer).await?;
        }
        Ok(())
    }

    async fn run_one(
        &self,
        context: &CommandContext,
        date: Date,
        observer: &dyn Observer,
    ) -> Result<(), CommandError> {
        let dated = self.desk.now(context, date);
        let mut night = self.night(date).await?.state;
        if night.date().is_none() {
            let begin = BeginNight { date, next: self.next(date).await? };
            night = self.note(context, date, begin.into()).await?;
        }
        let evening = Evening { date, ends_at: dated.effective_at.unwrap_or(dated.now) };
        for phase in NightPhase::ALL {
            if night.tally(phase).is_some() {
                continue;
            }
            let position = self.head().await?;
            night = self.note(context, date, BeginPhase { date, phase, position }.into()).await?;
            let position = night.phase(phase).map_or(position, |standing| standing.position);
            let tally = self.work_off(context, &evening, (phase, position), observer).await?;
            night = self.note(context, date, EndPhase { date, phase, tally }.into()).await?;
        }
        self.note(context, date, FinishNight { date }.into()).await.map(drop)
    }

    /// Works a phase off, page by page, a few at once.
    async fn work_off(
        &self,
        context: &CommandContext,
        evening: &Evening,
        (phase, position): (NightPhase, u64),
        observer: &dyn Observer,
    ) -> Result<Tally, CommandError> {
        let mut progress = Progress { date: evening.date, phase, seen: 0 };
        observer.progress(progress);
        let mut sum = Tally::default();
        let Some(subjects) = phases::subjects(phase) else {
            let wrong = self.lists.wrong().await.map_err(CommandError::Unavailable)?;
            for failure in wrong {
                let failed = [(failure.code.to_string(), 1)].into();
                sum.add(Tally { failed, failures: vec![failure], ..Tally::default() });
            }
            return Ok(sum);
        };
        if !phases::is_due(phase, evening) {
            return Ok(sum);
        }
        let (mut after, mut is_last) = (None::<String>, false);
        let mut under_way = FuturesUnordered::new();
        loop {
            while !is_last && under_way.len() < PAGES_AT_ONCE {
                let names = self.lists.page(subjects, position, after.as_deref(), PAGE).await;
                let names = names.map_err(CommandError::Unavailable)?;
                is_last = names.len() < PAGE;
                after = names.last().cloned();
                under_way.push(self.page(phase, context, evening, names));
            }
            let Some((seen, tally)) = under_way.next().await else { break };
            sum.add(tally);
            progress.seen += seen;
            observer.progress(progress);
        }
        Ok(sum)
    }

    async fn page(
        &self,
        phase: NightPhase,
        context: &CommandContext,
        evening: &Evening,
        names: Vec<String>,
    ) -> (u64, Tally) {
        (names.len() as u64, phases::work_off(phase, &self.desk, context, evening, &names).await)
    }

    /// The night of a date, as it stands.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn night(&self, date: Date) -> Result<Folded<Night>, CommandError> {
        let stream = StreamName::of::<Night>(NightId(date));
        fold::<Night>(&*self.store, &stream, Until::default()).await?.known()
    }

    /// Which night comes next: that of the day behind the latest one; any, as long as there has been none.
    async fn next(&self, date: Date) -> Result<Option<Date>, CommandError> {
        let position = self.head().await?;
        let latest = self.lists.latest_night(position).await.map_err(CommandError::Unavailable)?;
        Ok(latest.map(|latest| latest.tomorrow().unwrap_or(date)))
    }

    async fn head(&self) -> Result<u64, CommandError> {
        Ok(self.store.head().await.map_err(|error| CommandError::Unavailable(error.to_string()))?.position)
    }

    async fn note(
        &self,
        context: &CommandContext,
        date: Date,
        command: NightCommand,
    ) -> Result<Night, CommandError> {
        let (id, context) = (NightId(date), self.desk.now(context, date));
        let body = |unit: &mut Unit<'_>| unit.decide::<Night>(id, command.clone()).map(drop);
        Ok(self.desk.executor.transact::<Night>(&context, id, &[], body).await?.state)
    }
}
