//! The one task of this process that writes. It takes all appends that wait, decides them in order, stores
//! them together, tells the readers, and answers each caller on its own. Other processes write too: what they
//! did is followed, and what was decided without it is decided again.

use super::{
    batch::{self, Draft, Job},
    commit::{Gate, Sent, look_up},
    commit_error::{CommitError, within},
    lookup::{Lookups, WriterCache},
    read::Truth,
    recent::Recent,
    rows::sql,
};
use crate::{
    key_filter::{KeyFilter, key_hash},
    measures::{self, EventCounts},
    postgres::connect::{Database, reason},
    sequencer::Sequencer,
};
use khata_application::{
    Clock,
    event_store::{AppendError, Unwritable},
};
use rustc_hash::FxHashSet;
use sqlx::{Connection, Executor, PgConnection};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// A batch takes no more jobs once it has so many.
const JOBS: usize = 2_000;
/// … or so many events.
const EVENTS: usize = 8_192;
/// … or so many bytes of them: the statement holds them once more, and so does the server.
const BYTES: usize = 16 * 1024 * 1024;
/// How often the writer lets others run and looks again before it decides: callers that were just answered
/// come back at once, and a batch that waits for them saves its commit for all.
const LOOKS: usize = 3;
/// After so many events the place up to which the chain is known to fit is noted.
const NOTED_EVERY: u64 = 32_768;
/// When nothing was to be written for so long, it is tried whether something could be; sooner if it could not
/// be before.
const PROBE: Duration = Duration::from_secs(5);
const PROBE_AGAIN: Duration = Duration::from_secs(1);
/// So often a batch is decided anew before it is given up.
const ATTEMPTS: usize = 8;
/// … and not again once so much time has gone by: whoever waits for a server that hangs is to be told in
/// time.
const LONGEST: Duration = Duration::from_secs(10);

pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) gate: Gate,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recent: Arc<Recent>,
    /// All keys, for those who want to know before they decide.
    pub(super) keys: Arc<KeyFilter>,
    pub(super) cache: WriterCache,
    /// The end of the log as this process knows it.
    pub(super) believed: Truth,
    pub(super) connection: Option<PgConnection>,
    pub(super) counts: EventCounts,
    /// Up to here the database knows that the chain fits.
    pub(super) verified: u64,
    /// A commit failed, and what others did meanwhile was not read yet.
    pub(super) stale: bool,
    /// A commit is in doubt, and may still come.
    pub(super) in_doubt: bool,
    /// When no connection could be made, and why.
    pub(super) unreachable: Option<(Instant, String)>,
    /// The last batch failed.
    pub(super) failing: bool,
}

/// How a batch is brought to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In one statement, on what is believed.
    Straight,
    /// Under the lock from the beginning: nobody can get in between.
    Locked,
}

impl Writer {
    /// Works until all senders are gone and everything is done.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut heard = self.recent.heard();
        loop {
            tokio::select! {
                biased;
                job = jobs.recv() => match job {
                    Some(first) => {
                        let batch = gather(first, &mut jobs).await;
                        self.turn(batch).await;
                    }
                    None => break,
                },
                changed = heard.changed() => {
                    let position = *heard.borrow_and_update();
                    if changed.is_ok() && position > self.believed.head.position {
                        self.catch_up().await;
                    }
                }
                () = tokio::time::sleep(self.rest()) => self.probe().await,
            }
        }
        self.close().await;
    }

    /// How long it rests before it tries whether it could write.
    fn rest(&self) -> Duration {
        if self.recent.is_unwritable() { PROBE_AGAIN } else { PROBE }
    }

    async fn turn(&mut self, jobs: Vec<Job>) {
        let (mut way, mut thorough, taken) = (Way::Straight, FxHashSet::default(), Instant::now());
        for attempt in 0..ATTEMPTS {
            if attempt > 0 && taken.elapsed() > LONGEST {
                break;
            }
            let began = Instant::now();
            match self.attempt(&jobs, &mut thorough, way).await {
                Ok(draft) => return self.publish(jobs, draft, began.elapsed()),
                Err(CommitError::Moved) => way = Way::Locked,
                Err(CommitError::Collision(_)) if thorough.len() < jobs.len() => {
                    (way, thorough) = (Way::Locked, batch::all(&jobs))
                }
                Err(CommitError::ConnectionLost(_)) => {}
                Err(CommitError::InDoubt(draft, lost)) => match self.resolve_in_doubt(&draft, &lost).await {
                    Ok(true) => return self.publish(jobs, *draft, began.elapsed()),
                    Ok(false) => {}
                    Err(error) => return self.give_up(jobs, AppendError::Unavailable(error)),
                },
                Err(CommitError::Collision(reason) | CommitError::Failed(reason)) => {
                    return self.give_up(jobs, AppendError::Unavailable(reason));
                }
                Err(CommitError::Replaced(reason)) => {
                    return self.give_up(jobs, AppendError::Replaced(reason));
                }
                Err(CommitError::Damaged(reason)) => return self.give_up(jobs, AppendError::Corrupt(reason)),
            }
        }
        self.give_up(
            jobs,
            AppendError::Unavailable("the connection to PostgreSQL keeps being lost".to_owned()),
        );
    }

    /// Decides a batch and stores it; it is durable then, or nothing of it was stored, or it is in doubt.
    async fn attempt(
        &mut self,
        jobs: &[Job],
        thorough: &mut FxHashSet<usize>,
        way: Way,
    ) -> Result<Draft, CommitError> {
        self.ready().await?;
        let locked = if way == Way::Locked { self.lock().await } else { Ok(()) };
        let outcome = match locked {
            Ok(()) => self.decide_and_store(jobs, thorough, way).await,
            Err(error) => Err(error),
        };
        if way == Way::Locked
            && outcome.is_err()
            && self.connection.is_some()
            && self.ask(async |connection| connection.execute("ROLLBACK").await.map(drop)).await.is_err()
        {
            self.connection = None;
        }
        self.stale |= matches!(&outcome, Err(error) if error.leaves_stale());
        outcome
    }

    async fn decide_and_store(
        &mut self,
        jobs: &[Job],
        thorough: &mut FxHashSet<usize>,
        way: Way,
    ) -> Result<Draft, CommitError> {
        let mut draft = self.decide(jobs, thorough).await?;
        let head = self.believed.head;
        if !draft.pending.writes.events.is_empty() && head.position >= self.verified + NOTED_EVERY {
            draft.pending.writes.verified = Some(head);
        }
        if draft.pending.writes.is_empty() {
            // Nobody is refused, or told that nothing was to be done, on the ground of what is not so any
            // more.
            return match way {
                Way::Straight => self.confirm().await.map(|()| draft),
                Way::Locked => self
                    .ask(async |connection| connection.execute("COMMIT").await.map(drop))
                    .await
                    .map(|()| draft),
            };
        }
        let (gate, believed, floor) = (self.gate.clone(), self.believed, draft.sequencer.floor);
        let writes = &draft.pending.writes;
        let sent = match way {
            Way::Straight => {
                self.ask(async |connection| gate.commit(connection, believed, writes, floor).await).await
            }
            Way::Locked => {
                let sent = self
                    .ask(async |connection| gate.commit(connection, believed, writes, floor).await)
                    .await?;
                self.ask(async |connection| connection.execute("COMMIT").await.map(|_| sent)).await
            }
        };
        match sent {
            Ok(Sent::Stored) => Ok(draft),
            Ok(Sent::Moved(truth)) => {
                self.follow(truth).await?;
                Err(CommitError::Moved)
            }
            // The server may have stored it before the connection was lost.
            Err(CommitError::ConnectionLost(lost)) => Err(CommitError::InDoubt(Box::new(draft), lost)),
            Err(error) => Err(error),
        }
    }

    /// Decides, as often as something turns out that has to be looked up first.
    async fn decide(&mut self, jobs: &[Job], thorough: &mut FxHashSet<usize>) -> Result<Draft, CommitError> {
        loop {
            let mut lookups = Lookups::default();
            let needs = self.cache.needs(batch::appends(jobs), thorough);
            if !needs.is_empty() {
                let seal = self.gate.seal;
                let asked = self
                    .ask(async |connection| look_up(connection, &seal, &needs, &mut lookups).await)
                    .await?;
                asked.into_iter().for_each(|(stream, end)| self.cache.learn(&stream, end));
            }
            let sequencer = Sequencer::behind(self.believed.head, self.believed.floor);
            let draft = Draft::of(
                jobs,
                &mut self.cache,
                &lookups,
                &sequencer,
                self.clock.stamp(self.believed.head.recorded_at),
            );
            let known = thorough.len();
            thorough.extend(draft.refused());
            if thorough.len() == known {
                return Ok(draft);
            }
        }
    }

    fn publish(&mut self, jobs: Vec<Job>, draft: Draft, took: Duration) {
        let (pending, sequencer, answers) = draft.split();
        let kinds = pending.kinds.clone();
        let writes = self.cache.take(pending);
        (self.believed.head, self.believed.floor) = (sequencer.head, sequencer.floor);
        self.verified = writes.verified.map_or(self.verified, |head| head.position);
        writes
            .keys
            .iter()
            .for_each(|record| self.keys.insert(key_hash(&record.claim.scope, &record.claim.key)));
        self.counts.committed(&writes.events);
        let events = writes.events.len();
        if !writes.is_empty() {
            measures::batch_committed(events, took);
        }
        self.recent.publish(sequencer.head, writes.events, kinds);
        if std::mem::take(&mut self.failing) {
            tracing::info!("the event store accepts writes again");
        }
        self.recent.unwritable(None);
        answers.give(jobs, events);
    }

    /// Fails a batch whole: also what was refused, since it may have been refused on the ground of what did
    /// not come to be.
    fn give_up(&mut self, jobs: Vec<Job>, error: AppendError) {
        measures::batch_failed();
        if !std::mem::replace(&mut self.failing, true) {
            tracing::error!(%error, "the event store does not accept writes; appends fail until it does");
        }
        self.stale = true;
        if let AppendError::Unavailable(reason) = &error {
            self.recent.unwritable(Some(Unwritable {
                reason: reason.clone(),
                no_connection: self.connection.is_none(),
            }));
        }
        jobs.into_iter().for_each(|job| job.fail(error.clone()));
    }

    async fn close(mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if !self.stale {
            let head = self.believed.head;
            let note =
                "UPDATE progress SET verified_position = $1, verified_hash = $2 WHERE verified_position < $1";
            let noted = sqlx::query(note)
                .bind(sql(head.position))
                .bind(head.hash.as_slice())
                .execute(&mut connection);
            if let Err(error) = within(noted).await {
                tracing::warn!(
                    reason = reason(&error),
                    "the event store was closed, but how far it is verified could not be recorded"
                );
            }
        }
        drop(within(connection.close()).await);
    }
}

/// All jobs that wait, and those that come at once behind them.
async fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let (mut events, mut bytes) = (first.events(), first.bytes());
    let mut batch = vec![first];
    for _ in 0..=LOOKS {
        while batch.len() < JOBS && events < EVENTS && bytes < BYTES {
            let Ok(job) = jobs.try_recv() else { break };
            (events, bytes) = (events + job.events(), bytes + job.bytes());
            batch.push(job);
        }
        tokio::task::yield_now().await;
    }
    batch
}
