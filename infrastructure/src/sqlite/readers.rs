//! A pool of threads, each with a read-only connection to one file: SQLite's reads block, and a runtime's threads must not.

use super::connection::{OpenError, open_reader};
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    thread::JoinHandle,
};
use tokio::sync::oneshot;

type Job<R> = Box<dyn FnOnce(&mut R) + Send>;

/// Threads that read one file. What a thread reads with is its connection, or something around it that remembers what it has read.
pub struct Readers<R = Connection> {
    queue: Arc<Queue<R>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Queue<R> {
    state: Mutex<State<R>>,
    filled: Condvar,
}

struct State<R> {
    jobs: VecDeque<Job<R>>,
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
        Self::open_with(path, threads, cache_kib, name, |connection| connection)
    }
}

impl<R: Send + 'static> Readers<R> {
    /// Opens so many connections to an existing file and puts something around each.
    ///
    /// # Errors
    /// The file cannot be opened, or no thread be made.
    pub fn open_with(path: &Path, threads: usize, cache_kib: u32, name: &str, around: impl Fn(Connection) -> R) -> Result<Self, OpenError> {
        let state = State { jobs: VecDeque::new(), closed: false };
        let pool = Self { queue: Arc::new(Queue { state: Mutex::new(state), filled: Condvar::new() }), threads: Mutex::default() };
        for number in 0..threads.max(1) {
            let mut reader = around(open_reader(path, cache_kib)?);
            let queue = pool.queue.clone();
            let thread = std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || queue.serve(&mut reader));
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
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut R) -> T + Send + 'static) -> Result<T, Closed> {
        let (answer, outcome) = oneshot::channel();
        let job: Job<R> = Box::new(move |reader| {
            // Whoever asked may have gone.
            if !answer.is_closed() {
                let _unheard = answer.send(job(reader));
            }
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
}

impl<R> Readers<R> {
    /// Finishes the jobs in the queue and closes the connections.
    pub fn close(&self) {
        self.queue.state.lock().closed = true;
        self.queue.filled.notify_all();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            let _panicked = thread.join();
        }
    }
}

impl<R> Drop for Readers<R> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<R> Queue<R> {
    fn serve(&self, reader: &mut R) {
        while let Some(job) = self.next() {
            // A job that panics ends its caller's question, not the thread: that is told by the closed channel.
            if catch_unwind(AssertUnwindSafe(|| job(reader))).is_err() {
                tracing::error!("a question to the store panicked");
            }
        }
    }

    fn next(&self) -> Option<Job<R>> {
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
