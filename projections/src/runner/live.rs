//! What a session does with the log: one page of it at a time, folded into all generations that follow the log, written
//! as one transaction. What it does next is decided in `turns`.

use super::{
    context::Context, ended::Ended, feed, flight::Flight, measures, member::Member, rebuild::Rebuilds,
    replay::Replays, spans,
};
use crate::view_store::{Checkpoint, GenerationWrite, ParkedChange, WriteBatch};
use khata_application::Recorded;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tracing::Span;

/// However long the last batch took.
const LONGEST_BATCH_DELAY: Duration = Duration::from_millis(500);

/// Everything of one session, from acquiring leases until its end.
pub(super) struct Live<'c> {
    pub(super) context: &'c Context,
    pub(super) epoch: u64,
    pub(super) members: Vec<Member>,
    pub(super) rebuilds: Rebuilds,
    pub(super) replays: Replays,
    pub(super) head: watch::Receiver<u64>,
    flight: Option<InFlight>,
    /// When the last batch was begun, and how long one takes from there until it is committed.
    began: Option<Instant>,
    worked: Duration,
}

struct InFlight {
    flight: Flight,
    submitted: Instant,
    events: usize,
    oldest: jiff::Timestamp,
    /// Of the traces that its events belong to.
    spans: Vec<Span>,
}

impl<'c> Live<'c> {
    /// Goes on with the generations that follow the log.
    pub(super) fn begin(context: &'c Context, epoch: u64, members: Vec<Member>) -> Self {
        Self {
            context,
            epoch,
            members,
            rebuilds: Rebuilds::default(),
            replays: Replays::default(),
            head: context.ports.events.watch_head(),
            flight: None,
            began: None,
            worked: Duration::ZERO,
        }
    }
}

impl Live<'_> {
    /// The position from which the next page has to be read.
    fn seen(&self) -> Option<u64> {
        self.members.iter().map(|member| member.folder.seen().position).min()
    }

    pub(super) fn has_more(&self) -> bool {
        let head = *self.head.borrow();
        self.seen().is_some_and(|seen| seen < head)
    }

    /// Reads and folds a page and hands it to the store. Tells whether there was one.
    pub(super) async fn step(&mut self) -> Result<bool, Ended> {
        self.head.borrow_and_update();
        let Some(seen) = self.seen().filter(|_| self.has_more()) else { return Ok(false) };
        self.batch_delay().await;
        let events = feed::read_appends(self.context, seen, self.context.config.batch_events).await?;
        let Some(first) = events.first() else { return Ok(false) };
        let spans = spans::of_batch(&events, self.members.len());
        let mut verified: Option<Checkpoint> = None;
        for member in &mut self.members {
            let from = member.folder.seen();
            if verified != Some(from) {
                feed::continues(from, &events)?;
                verified = Some(from);
            }
            fold(self.context, member, &events).await?;
        }
        let (events, oldest) = (events.len(), first.recorded_at);
        self.settle().await?;
        self.submit(events, oldest, spans, self.context.config.states_behind)?;
        Ok(true)
    }

    /// Writes what has still to be written, all states included, so that the next start need not recall any.
    pub(super) async fn finish(&mut self) -> Result<(), Ended> {
        self.settle().await?;
        self.submit(0, self.context.ports.clock.now(), Vec::new(), 0)?;
        self.settle().await
    }

    /// Under load, leaves some events time to gather: at least the pace, and as long as the last batch took,
    /// so that the larger and cheaper batches get the busier it is. Not if somebody waits for a position, or
    /// if a full page waits already.
    async fn batch_delay(&mut self) {
        let waiting = self.seen().map_or(0, |seen| self.head.borrow().saturating_sub(seen));
        if let Some(began) = self.began
            && waiting < self.context.config.batch_events as u64
        {
            let gathering = self.context.config.pace.max(2 * self.worked).min(LONGEST_BATCH_DELAY);
            tokio::select! {
                () = tokio::time::sleep_until((began + gathering).into()) => {}
                () = self.context.status.urgent() => {}
                () = self.context.stop.stopped() => {}
            }
        }
        self.began = Some(Instant::now());
    }

    fn submit(
        &mut self,
        events: usize,
        oldest: jiff::Timestamp,
        spans: Vec<Span>,
        states_behind: u64,
    ) -> Result<(), Ended> {
        let mut batch = WriteBatch {
            epoch: self.epoch,
            background: false,
            parts: Vec::with_capacity(self.members.len()),
        };
        for member in &mut self.members {
            batch.parts.extend(take(member, states_behind)?);
        }
        if !batch.parts.is_empty() {
            let flight = Flight::begin(self.context, batch);
            self.flight = Some(InFlight { flight, submitted: Instant::now(), events, oldest, spans });
        }
        Ok(())
    }

    /// Waits until what was handed to the store is committed, and tells everybody.
    pub(super) async fn settle(&mut self) -> Result<(), Ended> {
        let Some(InFlight { flight, submitted, events, oldest, spans }) = self.flight.take() else {
            return Ok(());
        };
        let batch = flight.land(self.context).await?;
        drop(spans);
        self.worked = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        let age = self.context.ports.clock.now().duration_since(oldest).try_into().unwrap_or_default();
        measures::committed(events, submitted.elapsed(), age);
        for part in &batch.parts {
            let Some(member) = self.members.iter_mut().find(|member| member.generation() == part.generation)
            else {
                continue;
            };
            member.folder.committed();
            if member.active {
                self.context.status.set_served(member.name(), part.to.position);
                measures::visible(member.name(), part.to.position - part.from.position);
            }
        }
        Ok(())
    }

    /// Hands the changes of one member alone to the store, and waits for it.
    pub(super) async fn write_alone(&mut self, place: usize) -> Result<(), Ended> {
        let parts: Vec<GenerationWrite> =
            take(&mut self.members[place], self.context.config.states_behind)?.into_iter().collect();
        if !parts.is_empty() {
            let flight =
                Flight::begin(self.context, WriteBatch { epoch: self.epoch, background: false, parts });
            flight.land(self.context).await?;
            self.members[place].folder.committed();
        }
        Ok(())
    }
}

/// Folds a page into one generation.
async fn fold(context: &Context, member: &mut Member, events: &[Recorded]) -> Result<(), Ended> {
    let lacking = member.folder.prepare(events);
    feed::supply(context, &mut *member.folder, lacking).await?;
    member
        .folder
        .fold(events, context.ports.clock.now())
        .map_err(|error| Ended::of(member.generation(), error))
}

/// Takes what a member has to write.
fn take(member: &mut Member, states_behind: u64) -> Result<Option<GenerationWrite>, Ended> {
    let taken = member.folder.take(states_behind).map_err(|error| Ended::of(member.generation(), error))?;
    if let Some(part) = &taken
        && !part.parked.is_empty()
    {
        let failed = part.parked.iter().filter(|change| matches!(change, ParkedChange::Park { .. })).count();
        measures::parked(member.name(), member.folder.parked(), failed as u64);
    }
    Ok(taken)
}
