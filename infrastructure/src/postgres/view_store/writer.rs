//! The task that owns the writing connection. Live batches go before background ones; each is one
//! transaction. Its commits do not wait for the disk: after a crash of the database the last batches may be
//! missing, each as a whole, and are folded again from the log.

use super::{
    failure::{Outcome, closed, of_postgres},
    write,
};
use crate::postgres::{Database, connect::Connected, session::Session};
use khata_projections::{
    ViewStoreError,
    view_store::{WriteBatch, WriteTicket},
};
use parking_lot::Mutex;
use sqlx::{Connection, Executor};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, oneshot},
    task::JoinHandle,
};

/// A batch that takes longer is given up; whether it was written shows when it is submitted again. Long
/// before that it is looked whether the server is at work on it.
const LONGEST: Duration = Duration::from_secs(120);
/// What one statement of a batch may take.
const STATEMENT: Duration = Duration::from_secs(30);
/// Saying good-bye to the server may take so long.
const FAREWELL: Duration = Duration::from_secs(1);

struct Job {
    batch: Arc<WriteBatch>,
    outcome: oneshot::Sender<Outcome<()>>,
}

#[derive(Default)]
struct State {
    live: VecDeque<Job>,
    background: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    filled: Notify,
}

pub(super) struct Writer {
    queue: Arc<Queue>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn begin(database: Database) -> Self {
        let queue = Arc::<Queue>::default();
        let task = tokio::spawn(serve(queue.clone(), database));
        Self { queue, task: Mutex::new(Some(task)) }
    }

    pub(super) fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket {
        let (outcome, ticket) = oneshot::channel();
        let mut state = self.queue.state.lock();
        if state.closed {
            // Nobody may be waiting for it.
            let _unheard = outcome.send(Err(closed()));
        } else {
            let job = Job { outcome, batch };
            if job.batch.background { &mut state.background } else { &mut state.live }.push_back(job);
        }
        drop(state);
        self.queue.filled.notify_one();
        WriteTicket(ticket)
    }

    /// Finishes what is queued, and closes the connection.
    pub(super) async fn close(&self) {
        self.queue.state.lock().closed = true;
        self.queue.filled.notify_one();
        let task = self.task.lock().take();
        if let Some(task) = task {
            let _panicked = task.await;
        }
    }
}

/// Nobody can close it any more: what is queued is lost, as in a crash.
impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
    }
}

async fn serve(queue: Arc<Queue>, database: Database) {
    let mut connection = None;
    while let Some(Job { batch, outcome }) = queue.next().await {
        let written = match tokio::time::timeout(LONGEST, write(&mut connection, &database, &batch)).await {
            Ok(written) => written,
            Err(_) => {
                connection = None;
                Err(ViewStoreError::Unavailable("the database does not answer".into()))
            }
        };
        // Whoever asked may have gone.
        let _unheard = outcome.send(written);
    }
    if let Some(Connected { connection, .. }) = connection {
        let _gone_already = tokio::time::timeout(FAREWELL, connection.close()).await;
    }
}

async fn write(connection: &mut Option<Connected>, database: &Database, batch: &WriteBatch) -> Outcome<()> {
    if connection.is_none() {
        let session = Session::of("views writer", STATEMENT);
        let mut made =
            database.open(&session).await.map_err(|error| ViewStoreError::Unavailable(error.to_string()))?;
        made.connection.execute("SET synchronous_commit = off").await.map_err(of_postgres)?;
        *connection = Some(made);
    }
    let Some(Connected { connection: open, process }) = connection else { return Err(closed()) };
    let written = database.watched(*process, write::batch(open, &database.schema(), batch)).await;
    let written = written.unwrap_or_else(|mute| Err(ViewStoreError::Unavailable(mute.to_string())));
    // Whatever it was: the next batch gets a connection of which nothing is unknown.
    if matches!(written, Err(ViewStoreError::Unavailable(_))) {
        *connection = None;
    }
    written
}

impl Queue {
    async fn next(&self) -> Option<Job> {
        loop {
            {
                let mut state = self.state.lock();
                if let Some(job) = state.live.pop_front() {
                    return Some(job);
                }
                if let Some(job) = state.background.pop_front() {
                    return Some(job);
                }
                if state.closed {
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }
}
