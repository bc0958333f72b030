//! The one thread that writes. It takes all appends that wait, decides them in order, commits them together,
//! tells the readers, and answers each caller on its own.

use super::{
    beside::Beside,
    commit,
    indexer::{Indexer, KEY_GROUP},
    job::{Answer, Job},
    lookout::Lookout,
    lookup::{WriterCache, WriterLookup},
    names::Names,
    progress::Progress,
    recent::Recent,
    restoring, rows,
};
use crate::{
    key_filter::KeyFilter,
    measures::{self, EventCounts},
    seal::{Seal, SealKey},
    sequencer::{LogLookup, Sequencer},
    sqlite::connection::checkpoint_and_truncate,
};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use khata_application::{
    Clock,
    audit::Walk,
    event_store::{AppendError, ReadError, Snapshot},
};
use rusqlite::Connection;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// A batch takes no more jobs once it has so many.
const JOBS: usize = 2_000;
/// … or so many events.
const EVENTS: usize = 8_192;
/// How often the writer lets others run and looks again before it decides: callers that were just answered
/// come back at once, and a batch that waits for them saves its commit for all.
const LOOKS: usize = 3;
/// When there is nothing to do, it looks so often whether the log still is there, and could be written.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Index rows written with a batch: this many, or twice the batch's events or keys.
const INDEX_ROWS: usize = 512;
/// The WAL is copied into the file when about so many bytes were written to it.
const WAL_BYTES: usize = 16 * 1024 * 1024;

pub(super) struct Writer {
    connection: Connection,
    clock: Arc<dyn Clock>,
    recent: Arc<Recent>,
    sequencer: Sequencer,
    cache: WriterCache,
    indexer: Indexer,
    /// As it was last committed.
    progress: Progress,
    seal: SealKey,
    counts: EventCounts,
    /// A commit failed, and what is in memory was not yet read from the file again.
    stale: bool,
    /// The last commit failed.
    failing: bool,
    /// Bytes given to the WAL since it was last copied, by estimate.
    wal_bytes: usize,
    lookout: Lookout,
}

/// Why a batch was not stored, or must not be answered as if it were.
enum Undone {
    Sqlite(rusqlite::Error),
    Replaced(String),
}

impl From<rusqlite::Error> for Undone {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

#[derive(Default)]
struct Batch {
    answers: Vec<Answer>,
    snapshots: Vec<(u32, Snapshot, Seal)>,
    beside: Vec<Beside>,
    raise_floor: bool,
}

impl Writer {
    pub(super) fn new(
        path: &Path,
        connection: Connection,
        clock: Arc<dyn Clock>,
        recent: Arc<Recent>,
        known: (Arc<KeyFilter>, Arc<Names>),
        progress: Progress,
        seal: SealKey,
    ) -> Result<Self, ReadError> {
        let cache = WriterCache::load(recent.clone(), known, &connection, &progress)?;
        let sequencer = Sequencer::behind(recent.head(), progress.floor);
        let (indexer, counts) = (Indexer::default(), EventCounts::default());
        Ok(Self {
            connection,
            clock,
            recent,
            sequencer,
            cache,
            indexer,
            progress,
            seal,
            counts,
            stale: false,
            failing: false,
            wal_bytes: 0,
            lookout: Lookout::over(path),
        })
    }

    /// Works until all senders are gone and everything is done; then leaves a single file behind.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(LOOK_EVERY) {
                Ok(first) => {
                    let batch = gather(first, jobs);
                    self.turn(batch);
                    if self.wal_bytes >= WAL_BYTES {
                        self.checkpoint();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.probe(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.close();
    }

    fn turn(&mut self, jobs: Vec<Job>) {
        if let Err(error) = self.look().and_then(|()| if self.stale { self.recover() } else { Ok(()) }) {
            jobs.into_iter().for_each(|job| job.fail(&error.clone().into()));
            return;
        }
        let mut batch = self.decide(jobs);
        match self.commit(&mut batch) {
            Ok(()) => self.publish(batch),
            Err(Undone::Sqlite(error)) => self.give_up(batch, &AppendError::Unavailable(error.to_string())),
            Err(Undone::Replaced(reason)) => self.give_up(batch, &AppendError::Replaced(reason)),
        }
    }

    /// An error if the log is not the one any more that was opened.
    fn look(&mut self) -> Result<(), ReadError> {
        let replaced = self.lookout.look(&self.connection, self.recent.head())?;
        self.recent.replaced(replaced.clone());
        replaced.map_or(Ok(()), |replaced| Err(ReadError::Replaced(replaced.reason)))
    }

    /// Nothing is to be done: looks whether something could be.
    fn probe(&mut self) {
        if self.look().is_ok() {
            let probed = self.connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
            self.recent.unwritable(probed.err().map(|error| error.to_string()));
        }
    }

    /// Fails a batch whole: also what was refused, since it may have been refused on the ground of what did
    /// not come to be.
    fn give_up(&mut self, batch: Batch, error: &AppendError) {
        measures::batch_failed();
        if !std::mem::replace(&mut self.failing, true) {
            tracing::error!(%error, "the event store does not accept writes; appends fail until it does");
        }
        // The transaction may still be open, or SQLite may have rolled it back itself.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed commit could not be rolled back");
        }
        self.stale = true;
        if let AppendError::Unavailable(reason) = error {
            self.recent.unwritable(Some(reason.clone()));
        }
        batch.answers.into_iter().for_each(|answer| answer.fail(error));
    }

    fn decide(&mut self, jobs: Vec<Job>) -> Batch {
        let now = self.clock.stamp(self.sequencer.head.recorded_at);
        let mut batch = Batch::default();
        for job in jobs {
            match job {
                Job::Append(append, answer, span) => {
                    let mut lookup = WriterLookup {
                        cache: &mut self.cache,
                        connection: &self.connection,
                        seal: self.seal,
                        indexer: &self.indexer,
                    };
                    let outcome = self.sequencer.decide(append, &mut lookup, now).map(|decided| {
                        let appended = decided.answer.clone();
                        self.cache.take(decided);
                        appended
                    });
                    batch.answers.push(Answer::Append(answer, outcome, span));
                }
                Job::Fence(instant, answer) => {
                    batch.raise_floor |= self.sequencer.fence(instant, now);
                    batch.answers.push(Answer::Fence(answer, self.sequencer.head));
                }
                Job::Snapshot(stream, snapshot, answer) => {
                    let mut lookup = WriterLookup {
                        cache: &mut self.cache,
                        connection: &self.connection,
                        seal: self.seal,
                        indexer: &self.indexer,
                    };
                    match lookup.stream_end(&stream) {
                        Ok(_) => {
                            let seal = self.seal.snapshot(stream.as_str(), &snapshot);
                            batch.snapshots.push((self.cache.named(&stream), snapshot, seal));
                            batch.answers.push(Answer::Snapshot(answer));
                        }
                        Err(error) => drop(answer.send(Err(ReadError::Unavailable(error.to_string())))),
                    }
                }
                Job::Beside(beside, answer) => {
                    batch.beside.push(beside);
                    batch.answers.push(Answer::Beside(answer));
                }
                Job::Restore(piece, answer) => {
                    let mut lookup = WriterLookup {
                        cache: &mut self.cache,
                        connection: &self.connection,
                        seal: self.seal,
                        indexer: &self.indexer,
                    };
                    batch.answers.push(Answer::Restore(
                        answer,
                        restoring::take(piece, &mut self.sequencer, &mut lookup),
                    ));
                }
            }
        }
        batch
    }

    fn commit(&mut self, batch: &mut Batch) -> Result<(), Undone> {
        let writes = &self.cache.writes;
        let (events, keys) = (writes.events.len(), writes.keys.len());
        if events == 0
            && keys == 0
            && batch.snapshots.is_empty()
            && batch.beside.is_empty()
            && !batch.raise_floor
        {
            return Ok(());
        }
        let began = Instant::now();
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        commit::insert(&self.connection, &self.seal, writes)?;
        for (stream, snapshot, seal) in &batch.snapshots {
            commit::insert_snapshot(&self.connection, *stream, snapshot, *seal)?;
        }
        for beside in &batch.beside {
            beside.write(&self.connection)?;
        }
        let mut progress = self.progress.clone();
        if batch.raise_floor {
            progress.floor = self.sequencer.floor;
        }
        if self.indexer.is_idle()
            && let Some(segment) = self.recent.oldest_full()
        {
            self.indexer.begin(segment);
            // All of the log so far was verified at start or written by this process.
            progress.note_verified(self.sequencer.head);
        }
        if self.indexer.is_idle_with_keys() && self.cache.key_hashes.len() >= KEY_GROUP {
            self.indexer.begin_keys(std::mem::take(&mut self.cache.key_hashes));
        }
        self.indexer.write_slice(
            &self.connection,
            &self.seal,
            INDEX_ROWS.max(2 * events.max(keys)),
            &mut progress,
        )?;
        if progress != self.progress {
            progress.store(&self.connection, &self.seal)?;
        }
        self.connection.execute_batch("COMMIT")?;
        self.progress = progress;
        // What was written into files that nobody can find is not durable.
        if let Some(replaced) = self.lookout.files() {
            self.recent.replaced(Some(replaced.clone()));
            return Err(Undone::Replaced(replaced.reason));
        }
        self.recent.unwritable(None);
        if std::mem::take(&mut self.failing) {
            tracing::info!("the event store accepts writes again");
        }
        measures::batch_committed(events, began.elapsed());
        let appends = batch.answers.len();
        batch.answers.iter().for_each(|answer| answer.note_batch(events, appends));
        Ok(())
    }

    fn publish(&mut self, batch: Batch) {
        let (writes, kinds) = self.cache.committed();
        let bytes: usize =
            writes.events.iter().map(|event| event.data.len() + event.metadata.len() + 150).sum();
        self.wal_bytes += 2 * 4096 + bytes + 100 * writes.keys.len();
        self.counts.committed(writes.events.iter());
        self.recent.publish(self.sequencer.head, writes.events, &writes.entries, kinds);
        if let Some(newest) = self.indexer.committed() {
            self.cache.newest_event_id = self.cache.newest_event_id.max(newest);
            self.recent.forget_segment();
        }
        batch.answers.into_iter().for_each(Answer::give);
    }

    /// Reads again from the file what a failed commit may have left wrong in memory.
    fn recover(&mut self) -> Result<(), ReadError> {
        let known = self.recent.head();
        let head = rows::head(&self.connection)?;
        if head.position < known.position {
            return Err(ReadError::Corrupt(format!(
                "the log ends at position {} and held {}",
                head.position, known.position
            )));
        }
        if head.position > known.position {
            // The commit came to be after all. Nobody was told that it did; everybody can see it from now on.
            let (entries, kinds) =
                (rows::entries_behind(&self.connection, known.position)?, rows::kinds(&self.connection)?);
            let (mut events, mut walk) = (Vec::with_capacity(entries.len()), Walk::behind(known.into()));
            rows::walk_behind(&self.connection, known.position, &kinds, |event| {
                // It may also be what somebody else has put there.
                walk.step(&event).map_err(|broken| ReadError::Corrupt(broken.to_string()))?;
                events.push(event);
                Ok::<(), ReadError>(())
            })?;
            self.recent.publish(head, events, &entries, Some(kinds));
        }
        self.progress = Progress::load(&self.connection, &self.seal)?;
        self.cache =
            WriterCache::load(self.recent.clone(), self.cache.filters(), &self.connection, &self.progress)?;
        self.indexer = Indexer::default();
        self.sequencer = Sequencer::behind(head, self.progress.floor);
        self.stale = false;
        Ok(())
    }

    fn checkpoint(&mut self) {
        // Passive: nobody is waited for. What a reader still needs is copied next time.
        match self.connection.pragma_update_and_check(None, "wal_checkpoint", "PASSIVE", |_| Ok(())) {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, "the WAL of the event store could not be copied into its file")
            }
        }
        self.wal_bytes = 0;
    }

    fn close(mut self) {
        if self.lookout.files().is_some() {
            // SQLite would take away whatever lies there now under the name of the write-ahead log. The
            // process ends anyway.
            std::mem::forget(self.connection);
            return;
        }
        if self.stale && self.recover().is_err() {
            return;
        }
        self.progress.note_verified(self.sequencer.head);
        let closed = self
            .progress
            .store(&self.connection, &self.seal)
            .and_then(|()| checkpoint_and_truncate(&self.connection));
        if let Err(error) = closed {
            tracing::warn!(%error, "the event store was closed, but its WAL remains");
        }
    }
}

/// All jobs that wait, and those that come at once behind them.
fn gather(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let mut events = first.events();
    let mut batch = vec![first];
    for _ in 0..=LOOKS {
        while batch.len() < JOBS && events < EVENTS {
            let Ok(job) = jobs.try_recv() else { break };
            events += job.events();
            batch.push(job);
        }
        std::thread::yield_now();
    }
    batch
}
