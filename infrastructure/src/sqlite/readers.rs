//! A pool of threads, each with a read-only connection to one file: SQLite's reads block, and a runtime's
//! threads must not.
//!
//! Two lanes lead to them. What somebody waits for with a command is short and goes first; long reads, such
//! as pages of an archive, go behind it and never take the last thread. So that they go on in a busy house
//! too, one of many goes first nevertheless.
//!
//! Each lane takes so many jobs; more are refused, since whoever waits behind them would rather try again.
//! What the house itself asks (the runner, the relay, archives, audits) is few and is never refused: clients
//! must not keep it from its work.

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

/// How long a job keeps a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A moment: a few rows by an index.
    Short,
    /// Thousands of rows.
    Long,
}

/// So many short jobs in a row may go before a long one that waits.
const PASSES: u32 = 16;

/// Threads that read one file. What a thread reads with is its connection, or something around it that
/// remembers what it has read.
pub struct Readers<R = Connection> {
    queue: Arc<Queue<R>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Queue<R> {
    state: Mutex<State<R>>,
    filled: Condvar,
}

struct State<R> {
    short: VecDeque<Job<R>>,
    long: VecDeque<Job<R>>,
    bounds: Bounds,
    /// Long jobs that are being done, and how many may be at once.
    long_under_way: usize,
    most_long: usize,
    /// Short jobs that have gone before a long one since the last of those.
    passed: u32,
    closed: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who can try again.
    Client,
    /// The house.
    House,
}

/// How many jobs may wait in each lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// For a moment's work.
    pub short: usize,
    /// For thousands of rows.
    pub long: usize,
}

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The pool has been closed.
    #[error("the store is closed")]
    Closed,
    /// As many jobs wait as may.
    #[error("too many questions wait already")]
    Full,
}

impl Readers {
    /// Opens so many connections to an existing file. `cache_kib` bounds each one's page cache.
    ///
    /// # Errors
    /// The file cannot be opened, or no thread be made.
    pub fn open(
        path: &Path,
        threads: usize,
        cache_kib: u32,
        name: &str,
        bounds: Bounds,
    ) -> Result<Self, OpenError> {
        Self::open_with(path, threads, cache_kib, name, bounds, |connection| connection)
    }
}

impl<R: Send + 'static> Readers<R> {
    /// Opens so many connections to an existing file and puts something around each.
    ///
    /// # Errors
    /// The file cannot be opened, or no thread be made.
    pub fn open_with(
        path: &Path,
        threads: usize,
        cache_kib: u32,
        name: &str,
        bounds: Bounds,
        around: impl Fn(Connection) -> R,
    ) -> Result<Self, OpenError> {
        let most_long = threads.saturating_sub(1).max(1);
        let state = State {
            short: VecDeque::new(),
            long: VecDeque::new(),
            bounds,
            long_under_way: 0,
            most_long,
            passed: 0,
            closed: false,
        };
        let pool = Self {
            queue: Arc::new(Queue { state: Mutex::new(state), filled: Condvar::new() }),
            threads: Mutex::default(),
        };
        for number in 0..threads.max(1) {
            let mut reader = around(open_reader(path, cache_kib)?);
            let queue = pool.queue.clone();
            let thread = std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || queue.serve(&mut reader));
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
    /// The pool is closed, or a client's job would wait behind too many.
    pub async fn run<T: Send + 'static>(
        &self,
        asker: Asker,
        lane: Lane,
        job: impl FnOnce(&mut R) -> T + Send + 'static,
    ) -> Result<T, Unread> {
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
                return Err(Unread::Closed);
            }
            if asker == Asker::Client && state.is_full(lane) {
                return Err(Unread::Full);
            }
            state.lane(lane).push_back(job);
        }
        self.queue.filled.notify_one();
        outcome.await.map_err(|_| Unread::Closed)
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

impl<R> State<R> {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Job<R>> {
        match lane {
            Lane::Short => &mut self.short,
            Lane::Long => &mut self.long,
        }
    }

    fn is_full(&self, lane: Lane) -> bool {
        match lane {
            Lane::Short => self.short.len() >= self.bounds.short,
            Lane::Long => self.long.len() >= self.bounds.long,
        }
    }

    /// The job that is to be done next, if there is one that may.
    fn next(&mut self) -> Option<(Lane, Job<R>)> {
        let long_may = !self.long.is_empty() && self.long_under_way < self.most_long;
        if long_may && (self.short.is_empty() || self.passed >= PASSES) {
            self.passed = 0;
            self.long_under_way += 1;
            return self.long.pop_front().map(|job| (Lane::Long, job));
        }
        let job = self.short.pop_front()?;
        self.passed += u32::from(long_may);
        Some((Lane::Short, job))
    }
}

impl<R> Queue<R> {
    fn serve(&self, reader: &mut R) {
        while let Some((lane, job)) = self.next() {
            // A job that panics ends its caller's question, not the thread: that is told by the closed
            // channel.
            if catch_unwind(AssertUnwindSafe(|| job(reader))).is_err() {
                tracing::error!("a question to the store panicked");
            }
            if lane == Lane::Long {
                self.state.lock().long_under_way -= 1;
                // Another thread may have found only long jobs, and no leave to do one.
                self.filled.notify_one();
            }
        }
    }

    fn next(&self) -> Option<(Lane, Job<R>)> {
        let mut state = self.state.lock();
        loop {
            if let Some(next) = state.next() {
                return Some(next);
            }
            if state.closed && state.long.is_empty() {
                return None;
            }
            self.filled.wait(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A pool over an empty database.
    fn pool(threads: usize) -> (tempfile::TempDir, Arc<Readers>) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("empty.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a) STRICT").unwrap_or(());
        let readers =
            Readers::open(&path, threads, 64, "test-reader", Bounds { short: 40, long: 5 }).unwrap();
        (place, Arc::new(readers))
    }

    /// Queues a job without waiting for it.
    fn queue(
        readers: &Arc<Readers>,
        lane: Lane,
        job: impl FnOnce() + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<(), Unread>> {
        let readers = Arc::clone(readers);
        tokio::spawn(async move { readers.run(Asker::Client, lane, move |_| job()).await })
    }

    fn waiting(readers: &Readers) -> usize {
        let state = readers.queue.state.lock();
        state.short.len() + state.long.len()
    }

    async fn until_waiting(readers: &Readers, jobs: usize) {
        while waiting(readers) != jobs {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_is_short_goes_first_and_what_is_long_goes_on_nevertheless() {
        let (_place, readers) = pool(1);
        let (go, gone) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let held = queue(&readers, Lane::Short, move || {
            begin.send(()).unwrap();
            let _gone = gone.recv();
        });
        while begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        let (tell, order) = mpsc::channel();
        let mut jobs = Vec::new();
        for number in 0..3 {
            let tell = tell.clone();
            jobs.push(queue(&readers, Lane::Long, move || tell.send(format!("long {number}")).unwrap()));
            until_waiting(&readers, jobs.len()).await;
        }
        for number in 0..40 {
            let tell = tell.clone();
            jobs.push(queue(&readers, Lane::Short, move || tell.send(format!("short {number}")).unwrap()));
            until_waiting(&readers, jobs.len()).await;
        }
        drop((go, tell));
        held.await.unwrap().unwrap();
        let order: Vec<String> = order.iter().collect();
        let place = |name: &str| order.iter().position(|done| done == name).unwrap();
        assert_eq!(
            (place("short 0"), place("long 0"), place("long 1"), place("long 2")),
            (0, 16, 33, 42),
            "{order:?}"
        );
        assert_eq!(place("short 39"), 41, "each kind in its order: {order:?}");
    }

    #[tokio::test]
    async fn a_lane_that_is_full_refuses_clients_and_neither_the_house_nor_the_other_lane() {
        let (_place, readers) = pool(1);
        let (go, gone) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let mut jobs = vec![queue(&readers, Lane::Short, move || {
            begin.send(()).unwrap();
            let _gone = gone.recv();
        })];
        while begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        for waiting in 1..=5 {
            jobs.push(queue(&readers, Lane::Long, || ()));
            until_waiting(&readers, waiting).await;
        }
        assert_eq!(readers.run(Asker::Client, Lane::Long, |_| ()).await, Err(Unread::Full));
        let house = Arc::clone(&readers);
        jobs.push(tokio::spawn(async move { house.run(Asker::House, Lane::Long, |_| ()).await }));
        until_waiting(&readers, 6).await;
        for waiting in 7..=46 {
            jobs.push(queue(&readers, Lane::Short, || ()));
            until_waiting(&readers, waiting).await;
        }
        assert_eq!(readers.run(Asker::Client, Lane::Short, |_| ()).await, Err(Unread::Full));
        drop(go);
        for job in jobs {
            assert_eq!(job.await.unwrap(), Ok(()));
        }
        assert_eq!(readers.run(Asker::Client, Lane::Long, |_| ()).await, Ok(()), "there is room again");
    }

    #[tokio::test]
    async fn long_jobs_never_take_the_last_thread() {
        let (_place, readers) = pool(2);
        let (go, gone) = mpsc::channel::<()>();
        let gone = Arc::new(Mutex::new(gone));
        let held: Vec<_> = (0..5)
            .map(|_| {
                let gone = Arc::clone(&gone);
                queue(&readers, Lane::Long, move || {
                    let _gone = gone.lock().recv();
                })
            })
            .collect();
        until_waiting(&readers, 4).await;
        tokio::time::timeout(
            std::time::Duration::from_secs(10),
            readers.run(Asker::Client, Lane::Short, |_| ()),
        )
        .await
        .expect("a thread for it")
        .unwrap();
        drop(go);
        for job in held {
            job.await.unwrap().unwrap();
        }
    }
}
