//! One rebuild: pages into folders, large write-backs, indexes at the end.

use super::{
    super::{
        comparison,
        context::Context,
        ended::Ended,
        feed,
        flight::Flight,
        measures,
        member::{Comparing, Member},
    },
    pace::Pace,
    pages::Pages,
};
use crate::{
    folder::FolderError,
    view_store::{GenerationWrite, TableRows, WriteBatch},
};
use khata_application::Recorded;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

pub(super) struct Rebuild {
    context: Context,
    epoch: u64,
    members: Vec<Member>,
    cancelled: Arc<AtomicBool>,
    /// What has been handed to the store: the flight, and the place of the member whose take it completes.
    flights: Vec<(Flight, Option<usize>)>,
    written: Instant,
    pace: Pace,
}

impl Rebuild {
    pub(super) fn new(
        context: Context,
        epoch: u64,
        members: Vec<Member>,
        cancelled: Arc<AtomicBool>,
    ) -> Self {
        let from = members.iter().map(|member| member.folder.seen().position).min().unwrap_or_default();
        Self {
            context,
            epoch,
            members,
            cancelled,
            flights: Vec::new(),
            written: Instant::now(),
            pace: Pace::new(from),
        }
    }

    /// Fills the generations until they have all but caught up with the log.
    pub(super) async fn run(mut self) -> Result<Vec<Member>, Ended> {
        self.catch_up().await?;
        for member in &self.members {
            let (store, epoch) = (&self.context.ports.store, self.epoch);
            self.context.retry(async || Ok(store.index(epoch, member.generation()).await?)).await?;
        }
        // The log has grown meanwhile.
        self.catch_up().await?;
        Ok(self.members)
    }

    async fn catch_up(&mut self) -> Result<(), Ended> {
        let mut pages = Pages::new();
        loop {
            self.go_on().await?;
            let (from, limit) = self.next_page();
            let events = pages.read(&self.context, from, limit).await?;
            let head = *self.context.ports.events.watch_head().borrow();
            let folded = if events.is_empty() { true } else { self.fold(&events).await? };
            self.tell(head);
            let caught_up = folded && self.seen() + self.context.config.batch_events as u64 > head;
            let must_compare = self.frozen_at().is_some_and(|position| position == self.seen());
            let pending: usize = self.members.iter().map(|member| member.folder.pending()).sum();
            let is_due = pending >= self.context.config.rebuild_pending
                || self.written.elapsed() >= self.context.config.rebuild_interval;
            if caught_up || must_compare || is_due {
                // Live, states may fall behind by less than during a rebuild.
                let states_behind = if caught_up { 0 } else { self.context.config.rebuild_states_behind };
                let written = self.write_back(states_behind).await?;
                if written && must_compare {
                    self.land().await?;
                    self.compare_frozen().await;
                } else if written && caught_up {
                    return self.land().await;
                }
            }
        }
    }

    /// Makes sure that nobody wants the rebuild to end. Told to stop in good order, it writes first what it
    /// has.
    async fn go_on(&mut self) -> Result<(), Ended> {
        if self.cancelled.load(Ordering::Relaxed) || self.context.stop.is_abandoned() {
            return Err(Ended::Stopped);
        }
        if self.context.stop.is_set() {
            self.write_back(0).await?;
            self.land().await?;
            return Err(Ended::Stopped);
        }
        Ok(())
    }

    fn seen(&self) -> u64 {
        self.members.iter().map(|member| member.folder.seen().position).min().unwrap_or_default()
    }

    /// Where the first comparison with a generation that stands still is to be made.
    fn frozen_at(&self) -> Option<u64> {
        let frozen = self.members.iter().filter_map(|member| match member.comparing {
            Comparing::Frozen { position, .. } => Some(position),
            Comparing::Nothing | Comparing::Living | Comparing::Underway => None,
        });
        frozen.min()
    }

    /// Behind what to read, and how much: not past a position at which something is to be compared.
    fn next_page(&self) -> (u64, usize) {
        let (from, most) = (self.seen(), self.context.config.rebuild_events);
        let up_to = self.frozen_at().map_or(u64::MAX, |position| position - from);
        (from, usize::try_from(up_to).unwrap_or(most).clamp(1, most))
    }

    /// Folds a page into all generations. False if one of them had to go back.
    async fn fold(&mut self, events: &[Recorded]) -> Result<bool, Ended> {
        for place in 0..self.members.len() {
            let member = &mut self.members[place];
            feed::continues(member.folder.seen(), events)?;
            let lacking = member.folder.prepare(events);
            if !lacking.is_empty() {
                // The states must be those of what has been taken so far.
                self.land().await?;
                feed::supply(&self.context, &mut *self.members[place].folder, lacking).await?;
            }
            match self.members[place].folder.fold(events, self.context.ports.clock.now()) {
                Ok(()) => {}
                Err(FolderError::Trouble { position }) => {
                    self.go_back(place, position).await?;
                    return Ok(false);
                }
                Err(error) => return Err(Ended::of(self.members[place].generation(), error)),
            }
        }
        Ok(true)
    }

    /// Hands to the store what has gathered. False if a generation had to go back instead.
    async fn write_back(&mut self, states_behind: u64) -> Result<bool, Ended> {
        self.land().await?;
        self.written = Instant::now();
        for place in 0..self.members.len() {
            match self.members[place].folder.take(states_behind) {
                Ok(Some(part)) => self.hand_over(place, part).await?,
                Ok(None) => {}
                Err(FolderError::Trouble { position }) => {
                    self.go_back(place, position).await?;
                    return Ok(false);
                }
                Err(error) => return Err(Ended::of(self.members[place].generation(), error)),
            }
        }
        Ok(true)
    }

    /// Cuts a large write into transactions between which live batches can pass. Until the last one, which
    /// brings states and checkpoint, rows are ahead of the checkpoint: after a crash the same rows are
    /// written again. The last one is handed over when all others are in the store: a checkpoint never passes
    /// rows that failed.
    async fn hand_over(&mut self, place: usize, mut part: GenerationWrite) -> Result<(), Ended> {
        let most = self.context.config.rebuild_rows;
        for table in &mut part.tables {
            while table.ops.len() > most {
                let ops = table.ops.split_off(table.ops.len() - most);
                let rows = vec![TableRows { table: table.table, ops }];
                let (generation, from) = (part.generation, part.from);
                let rows_alone = GenerationWrite {
                    generation,
                    from,
                    to: from,
                    states_at: None,
                    states: Vec::new(),
                    tables: rows,
                    parked: Vec::new(),
                };
                self.submit(rows_alone, None);
            }
        }
        self.land().await?;
        self.submit(part, Some(place));
        Ok(())
    }

    fn submit(&mut self, part: GenerationWrite, completes: Option<usize>) {
        let batch = WriteBatch { epoch: self.epoch, background: true, parts: vec![part] };
        self.flights.push((Flight::begin(&self.context, batch), completes));
    }

    async fn land(&mut self) -> Result<(), Ended> {
        for (flight, completes) in std::mem::take(&mut self.flights) {
            flight.land(&self.context).await?;
            if let Some(place) = completes {
                self.members[place].folder.committed();
            }
        }
        Ok(())
    }

    /// Starts a generation again from its last committed write, this time strictly.
    async fn go_back(&mut self, place: usize, position: u64) -> Result<(), Ended> {
        self.land().await?;
        let (member, store) = (&self.members[place], &self.context.ports.store);
        tracing::warn!(
            projection = member.name(),
            position,
            "an event cannot be folded: the rebuild goes on from its last write, with care"
        );
        let stored = self.context.retry(async || Ok(store.generations().await?)).await?;
        let generation = stored.into_iter().find(|generation| generation.id == member.generation());
        let generation = generation
            .ok_or_else(|| Ended::Restart(format!("generation {} is gone", member.generation())))?;
        let reopened = Member::open(&self.context, &member.projection, &generation, true).await?;
        self.members[place] = Member { comparing: member.comparing, ..reopened };
        Ok(())
    }

    /// Compares the generations that have come to where an old one stands still.
    async fn compare_frozen(&mut self) {
        for member in &mut self.members {
            let Comparing::Frozen { old, position } = member.comparing else { continue };
            if member.folder.seen().position == position {
                let outcome = comparison::compared(
                    &*self.context.ports.store,
                    self.epoch,
                    (old, member.generation()),
                    position,
                )
                .await;
                comparison::tell(member.name(), position, outcome);
                member.comparing = Comparing::Nothing;
            }
        }
    }

    fn tell(&mut self, head: u64) {
        let Some(progress) = self.pace.at(self.seen(), head) else { return };
        for member in &self.members {
            self.context.status.set_rebuild(member.name(), Some(progress));
            measures::rebuild(member.name(), Some(progress));
        }
    }
}
