//! What a runner looks for beside events: steps whose outcome is not known, and what is due.

use super::{Runner, kind};
use crate::{
    processes::{
        engine::{Engine, EngineError, Sign},
        process::Process,
        surroundings::{Due, Place},
    },
    subscription::Setback,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// How soon it looks again when the index has not seen yet what the engine has appended. Twice as long while the index
/// stands still.
const INDEX_BEHIND: Duration = Duration::from_millis(50);

/// A search through the open instances, a page at a time.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Behind which name it goes on.
    after: Option<String>,
    /// It begins once the index has seen this position.
    from: u64,
    /// It looks at all of them once, whichever ports have room: what those who were in charge before have left.
    is_whole: bool,
}

impl Search {
    /// That of one who takes over, behind a position up to which others have worked.
    pub(super) fn whole(from: u64) -> Self {
        Self { after: None, from, is_whole: true }
    }
}

/// How long it waits for the index.
#[derive(Debug, Default)]
pub(super) struct Patience {
    seen: u64,
    pause: Duration,
}

impl Patience {
    fn until_next(&mut self, seen: u64, longest: Duration) -> Duration {
        self.pause = match self.seen == seen {
            true => self.pause.saturating_mul(2).clamp(INDEX_BEHIND, longest.max(INDEX_BEHIND)),
            false => INDEX_BEHIND,
        };
        self.seen = seen;
        self.pause
    }
}

impl<P: Process> Runner<P> {
    /// Looks through a page of the open instances, while there is a search. Tells whether there may be more.
    pub(super) async fn search(&mut self) -> Result<bool, Setback> {
        let limit = self.engine.pace.at_once;
        if self.search.is_none() {
            self.search = self.engine.begin_search().map(|from| Search { from, ..Search::default() });
        }
        let Some(Search { after, from, is_whole }) = &self.search else { return Ok(false) };
        let is_whole = *is_whole;
        if !is_whole && !self.engine.is_seeking() {
            return Ok(false);
        }
        if self.spell.rest(self.now()?).is_some() {
            return Ok(false);
        }
        let found = self.engine.ports.index.open(P::CATEGORY, after.as_deref(), limit).await;
        let (after, from) = (after.clone(), *from);
        let Some(page) = self.judged(found)? else { return Ok(false) };
        if after.is_none() && page.seen < from {
            // It does not know all yet. Until it does, what is due may be worked on.
            return Ok(false);
        }
        let left = self.attend_all(&page.instances, true).await?;
        let stops_at = left.filter(|_| !is_whole && !self.engine.is_seeking());
        let through = stops_at.unwrap_or(page.instances.len());
        if let Some(last) = page.instances[..through].last() {
            let after = Some(last.process_id.clone());
            self.search.as_mut().into_iter().for_each(|search| search.after.clone_from(&after));
        }
        if stops_at.is_some() {
            return Ok(false);
        }
        self.engine.pass_by();
        if page.instances.len() < limit {
            self.search = None;
            self.engine.end_search();
        }
        Ok(self.search.is_some())
    }

    /// Works off a piece of what is due. Gives how long the rest can wait.
    pub(super) async fn work_off(&mut self) -> Result<Duration, Setback> {
        let pace = self.engine.pace;
        let now = self.now()?;
        if let Some(rest) = self.spell.rest(now) {
            return Ok(rest.min(pace.look_every));
        }
        let next_look = self.engine.desk.lock().next_look;
        if self.due.is_none() && now < next_look {
            return Ok(until(now, next_look).min(pace.look_every));
        }
        if self.due.is_none() {
            // Whatever is set from here on to be due earlier makes it look earlier.
            self.engine.desk.lock().next_look = later(now, pace.look_every);
        }
        let found = self.engine.ports.index.due(P::CATEGORY, now, self.due.as_ref(), pace.at_once).await;
        let Some(page) = self.judged(found)? else {
            // It was not asked what is due: that is asked as soon as it can be.
            self.engine.desk.lock().next_look = now;
            return Ok(self.spell.rest(now).unwrap_or_default().min(pace.look_every));
        };
        self.attend_all(&page.instances, false).await?;
        self.due = page.instances.last().filter(|_| page.instances.len() == pace.at_once).cloned();
        if self.due.is_some() {
            return Ok(Duration::ZERO);
        }
        Ok(until(now, self.next_look(now, &page)).min(pace.look_every))
    }

    fn now(&self) -> Result<Timestamp, Setback> {
        self.engine.now().map_err(|error| Setback::Retry(error.to_string()))
    }

    /// What the index has found, if it could be asked.
    fn judged(&mut self, found: Result<Due, String>) -> Result<Option<Due>, Setback> {
        match found {
            Ok(page) => {
                self.spell.answers(kind::<P>());
                Ok(Some(page))
            }
            Err(reason) => {
                let (now, chance) = (self.now()?, self.engine.ports.random.below(1_000));
                self.spell.fails(kind::<P>(), &reason, now, chance);
                Ok(None)
            }
        }
    }

    /// When it looks again, after the last page of what was due.
    fn next_look(&mut self, now: Timestamp, page: &Due) -> Timestamp {
        let mut desk = self.engine.desk.lock();
        if let Some(next) = page.next {
            desk.next_look = desk.next_look.min(next);
        }
        if page.seen < desk.appended {
            let pause = self.patience.until_next(page.seen, self.engine.pace.look_every);
            desk.next_look = desk.next_look.min(later(now, pause));
        }
        desk.next_look = desk.next_look.max(later(now, INDEX_BEHIND / 5));
        desk.next_look
    }

    /// Looks after instances, many at once. Gives the first of them of which a call was left, if the search keeps its
    /// place because of it.
    async fn attend_all(&self, places: &[Place], is_searched: bool) -> Result<Option<usize>, Setback> {
        let prefix = P::CATEGORY.len() + 1;
        let subject = |place: &Place| place.process_id.get(prefix..)?.parse().ok();
        let subjects =
            places.iter().enumerate().filter_map(|(nth, place)| Some((nth, subject(place)?, place.version)));
        let mut attended: FuturesUnordered<_> = subjects
            .map(|(nth, subject, version)| async move {
                (nth, self.engine.attend(subject, Sign::Row(version), is_searched).await)
            })
            .collect();
        let mut first_left: Option<usize> = None;
        while let Some((nth, done)) = attended.next().await {
            match done {
                Ok(false) => {}
                Ok(true) => first_left = Some(first_left.map_or(nth, |first| first.min(nth))),
                Err(EngineError::Later(reason)) => return Err(Setback::Retry(reason)),
                Err(EngineError::Stuck(reason)) => {
                    tracing::debug!(process = P::CATEGORY, reason, "a process cannot go on here; others do");
                }
            }
        }
        Ok(first_left)
    }
}

impl<P: Process> Engine<P> {
    /// Begins to look for calls that were left at ports which have room again. Gives the position up to which the index
    /// must know the log.
    fn begin_search(&self) -> Option<u64> {
        let mut desk = self.desk.lock();
        desk.lanes.reopen(self.pace.waiting_calls);
        desk.lanes.begin_search()
    }

    /// Whether a port that the search is for has room.
    fn is_seeking(&self) -> bool {
        let mut desk = self.desk.lock();
        desk.lanes.reopen(self.pace.waiting_calls);
        desk.lanes.is_seeking()
    }

    fn pass_by(&self) {
        let mut desk = self.desk.lock();
        let at = desk.known();
        desk.lanes.pass_by(at);
    }

    fn end_search(&self) {
        self.desk.lock().lanes.end_search();
    }

    /// Tells what instances could not be told before of calls.
    pub(super) async fn tell_untold(self: &Arc<Self>) -> Result<(), String> {
        loop {
            let Some(untold) = self.desk.lock().untold.pop() else { return Ok(()) };
            self.tell_again(untold).await?;
        }
    }
}

pub(super) fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
