//! The thread that owns the writing connection. Live work goes before background work; each job is one
//! transaction.

use super::{
    failure::{Outcome, of_sqlite},
    generations,
    leases::ViewLeases,
    write,
};
use crate::sqlite::connection::checkpoint_and_truncate;
use khata_projections::{
    ViewStoreError,
    view_store::{WriteBatch, WriteTicket},
};
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, TransactionBehavior};
use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub(super) struct Writer {
    queue: Arc<Queue>,
    leases: Arc<ViewLeases>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    live: VecDeque<Job>,
    background: VecDeque<Job>,
    closed: bool,
}

impl Writer {
    pub(super) fn begin(connection: Connection, leases: Arc<ViewLeases>) -> io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let served = queue.clone();
        let thread = std::thread::Builder::new()
            .name("khata-views-writer".into())
            .spawn(move || served.serve(connection))?;
        Ok(Self { queue, leases, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket {
        let background = batch.background;
        let leases = self.leases.clone();
        WriteTicket(self.transact(background, move |connection| write::batch(connection, &leases, &batch)))
    }

    /// Queues a transaction that is committed if it goes well.
    pub(super) fn transact<T: Send + 'static>(
        &self,
        background: bool,
        work: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> oneshot::Receiver<Outcome<T>> {
        let (answer, outcome) = oneshot::channel();
        let leases = self.leases.clone();
        self.queue.push(
            background,
            Box::new(move |connection| {
                let done = transaction(connection, work);
                if done.is_ok()
                    && let Err(error) = leases.set_served(connection)
                {
                    tracing::warn!(%error, "what queries see now was not told");
                }
                // Whoever asked may have gone.
                let _unheard = answer.send(done);
            }),
        );
        outcome
    }

    /// Drops the tables of retired generations when there is nothing better to do.
    pub(super) fn sweep(&self) {
        self.queue.push(
            true,
            Box::new(|connection| {
                let swept = generations::retired(connection).and_then(|retired| {
                    retired.into_iter().try_for_each(|id| {
                        transaction(connection, |inner| generations::drop_tables(inner, id))
                    })
                });
                if let Err(error) = swept {
                    tracing::warn!(%error, "the tables of a retired generation remain until the next start");
                }
            }),
        );
    }

    /// Finishes what is queued, and closes the connection.
    pub(super) fn close(&self) {
        self.queue.state.lock().closed = true;
        self.queue.filled.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// Outcome of a queued transaction; a closed channel means that the writer is gone.
pub(super) async fn outcome<T>(receiver: oneshot::Receiver<Outcome<T>>) -> Outcome<T> {
    receiver.await.unwrap_or_else(|_| Err(ViewStoreError::Unavailable("the store is closed".into())))
}

fn transaction<T>(connection: &mut Connection, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
    // Dropped without a commit, it rolls back.
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)?;
    let done = work(&transaction)?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(done)
}

impl Queue {
    fn push(&self, background: bool, job: Job) {
        let mut state = self.state.lock();
        if state.closed {
            return; // The job's channel closes with it, which tells its caller.
        }
        if background { &mut state.background } else { &mut state.live }.push_back(job);
        drop(state);
        self.filled.notify_one();
    }

    fn serve(&self, mut connection: Connection) {
        while let Some(job) = self.next() {
            // A job that panics is rolled back and told to its caller by the closed channel; the next one has
            // a thread to run on.
            if catch_unwind(AssertUnwindSafe(|| job(&mut connection))).is_err() {
                tracing::error!("a write to the views panicked");
            }
        }
        if let Err(error) = checkpoint_and_truncate(&connection) {
            tracing::warn!(%error, "the views' write-ahead log could not be emptied");
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.live.pop_front() {
                return Some(job);
            }
            if let Some(job) = state.background.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
    }
}
