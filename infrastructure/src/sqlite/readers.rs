//! A pool of threads, each with a read-only connection to one file: SQLite's reads block, and a runtime's threads must not.

use super::connection::{OpenError, open_reader};
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use std::{collections::VecDeque, path::Path, sync::Arc, thread::JoinHandle};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Threads that read one file.
pub struct Readers {
    queue: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

/// The pool has been closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store is closed")]
pub struct Closed;

impl Readers {
    /// Opens so many connections to an existing file. `cache_kib` bounds each one's page cache.
    ///
    /// # Errors
    /// The file cannot be opened, or no thread be made.
    pub fn open(path: &Path, threads: usize, cache_kib: u32, name: &str) -> Result<Self, OpenError> {
        let pool = Self { queue: Arc::default(), threads: Mutex::default() };
        for number in 0..threads.max(1) {
            let connection = open_reader(path, cache_kib)?;
            let queue = pool.queue.clone();
            let thread = std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || queue.serve(connection));
            let thread = thread.map_err(|error| OpenError::Unavailable {
                path: path.to_owned(),
                source: rusqlite::Error::ToSqlConversionFailure(Box::new(error)),
            })?;
            pool.threads.lock().push(thread);
        }
        Ok(pool)
    }

    /// Runs a job on the next free connection.
    ///
    /// # Errors
    /// The pool is closed.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Connection) -> T + Send + 'static) -> Result<T, Closed> {
        let (answer, outcome) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may have gone.
            let _unheard = answer.send(job(connection));
        });
        {
            let mut state = self.queue.state.lock();
            if state.closed {
                return Err(Closed);
            }
            state.jobs.push_back(job);
        }
        self.queue.filled.notify_one();
        outcome.await.map_err(|_| Closed)
    }

    /// Finishes the jobs in the queue and closes the connections.
    pub fn close(&self) {
        self.queue.state.lock().closed = true;
        self.queue.filled.notify_all();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            // A job that panicked was told to its caller by the closed channel.
            let _panicked = thread.join();
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    fn serve(&self, mut connection: Connection) {
        while let Some(job) = self.next() {
            job(&mut connection);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
    }
}
