//! A bounded number of connections, of which nobody ever waits for one that is lost. A question that is given
//! up takes its connection with it: what the server would still answer to it would be taken for the answer to
//! the next one.

use super::{
    connect::{ConnectError, Connected, Database},
    session::{self, Session},
    watch::Mute,
};
use futures_util::future::join_all;
use parking_lot::Mutex;
use sqlx::{Connection, PgConnection};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout, timeout_at},
};

/// So long a caller waits for a connection before he is told that there was none.
const ACQUIRE: Duration = Duration::from_secs(3);
/// A server that is starting, or has no connection to give, is asked again after this.
const RETRY: Duration = Duration::from_millis(100);
/// So long a sign of life may take, which is asked for before a connection is used.
const LIFE: Duration = Duration::from_secs(1);
/// Of one that rested for longer it is asked, too, whether it leads to the same session.
const RESTED: Duration = Duration::from_secs(5);
/// A connection that nobody needed for so long is closed, and every one after half an hour.
const UNUSED: Duration = Duration::from_secs(60);
const OLDEST: Duration = Duration::from_secs(30 * 60);
/// How often it is looked for such.
const REAP_EVERY: Duration = Duration::from_secs(20);
/// Saying good-bye to the server may take so long.
const FAREWELL: Duration = Duration::from_secs(1);

/// Connections for one purpose. Cheap to clone.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    database: Database,
    session: Session,
    size: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Kept>>,
    closed: watch::Sender<bool>,
}

struct Kept {
    connection: PgConnection,
    process: i32,
    made: Instant,
    used: Instant,
}

/// A connection in use. Dropped, it is closed; [`Held::release`] gives it back.
pub struct Held {
    kept: Kept,
    pool: Pool,
    permit: OwnedSemaphorePermit,
}

impl Database {
    /// Up to `size` connections, made when they are needed; a statement on them may take as long as
    /// `statement_timeout`. Whoever finds none free waits at most 3 s. Nothing is connected yet. Within a
    /// runtime.
    pub fn pool(&self, purpose: &str, size: u32, statement_timeout: Duration) -> Pool {
        Pool::of(self.clone(), Session::of(purpose, statement_timeout), size)
    }

    /// A pool for a log that begins empty and grows: its questions each follow an index, and are planned so
    /// even while the tables are so small that reading them whole would be cheaper. A plan stays with its
    /// connection, and the log does not stay small.
    pub(crate) fn pool_by_index(&self, purpose: &str, size: u32, statement_timeout: Duration) -> Pool {
        Pool::of(self.clone(), Session::of(purpose, statement_timeout).by_index(), size)
    }
}

/// How something is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    /// As long as it takes, if `None`, and the server is at work on it.
    patience: Option<Duration>,
    /// A transaction may be left open, which is rolled back.
    transactions: bool,
}

impl Asking {
    /// In one statement; nobody waits for its answer longer than this.
    pub(super) const fn one(patience: Duration) -> Self {
        Self { patience: Some(patience), transactions: false }
    }

    /// In several statements.
    pub(super) const fn several(patience: Duration) -> Self {
        Self { patience: Some(patience), transactions: true }
    }

    /// What takes as long as it takes.
    pub(super) const LONG: Self = Self { patience: None, transactions: true };
}

/// Asks something on a connection of a pool. A question that is given up, or dropped, takes its connection
/// with it.
macro_rules! ask {
    ($pool:expr, $asking:expr, |$connection:ident| $question:expr) => {{
        let mut held = $pool.acquire().await?;
        let line = held.line();
        let $connection = &mut *held;
        let answer = line.wait($asking, $question).await?;
        held.after(&answer, $asking);
        answer
    }};
}
pub(super) use ask;

/// What is known of a connection while something is asked on it.
pub(super) struct Line {
    database: Database,
    process: i32,
}

impl Line {
    /// Waits for an answer, as long as the patience lasts and the server is at work on it.
    pub(super) async fn wait<T>(
        self,
        asking: Asking,
        question: impl Future<Output = T>,
    ) -> Result<T, Unasked> {
        let watched = self.database.watched(self.process, question);
        let answer = match asking.patience {
            Some(patience) => timeout(patience, watched).await.map_err(|_| Unasked::Silent)?,
            None => watched.await,
        };
        answer.map_err(|Mute| Unasked::Mute)
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// All connections are in use, and stayed so.
    #[error("there was no connection in time")]
    Busy,
    /// No connection can be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server did not answer in time.
    #[error("PostgreSQL does not answer")]
    Silent,
    /// The line is dead.
    #[error("the connection to PostgreSQL went silent")]
    Mute,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl Pool {
    pub(super) fn of(database: Database, session: Session, size: u32) -> Self {
        let permits = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(usize::MAX)));
        let inner = Arc::new(Inner {
            database,
            session,
            size,
            permits,
            idle: Mutex::default(),
            closed: watch::Sender::new(false),
        });
        tokio::spawn(reap(Arc::downgrade(&inner)));
        Self(inner)
    }

    /// A connection that works, within 3 s.
    ///
    /// # Errors
    /// There is none.
    pub async fn acquire(&self) -> Result<Held, Unasked> {
        let until = tokio::time::Instant::now() + ACQUIRE;
        let permit = match timeout_at(until, self.0.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(Unasked::Closed),
            Err(_) => return Err(Unasked::Busy),
        };
        let held = |kept| Held { kept, pool: self.clone(), permit };
        let rested = self.0.idle.lock().pop();
        if let Some(mut kept) = rested {
            if kept.is_alive().await {
                return Ok(held(kept));
            }
            // What has become of it has most likely become of all that rest.
            self.0.idle.lock().clear();
        }
        loop {
            match self.0.database.open(&self.0.session).await {
                Ok(Connected { connection, process }) => {
                    let now = Instant::now();
                    return Ok(held(Kept { connection, process, made: now, used: now }));
                }
                Err(error) if !error.may_pass() || tokio::time::Instant::now() + RETRY >= until => {
                    return Err(error.into());
                }
                Err(_) => sleep(RETRY).await,
            }
        }
    }

    /// Resolves when the pool is closed.
    pub(super) async fn closed(&self) {
        let mut closed = self.0.closed.subscribe();
        let _closed_or_gone = closed.wait_for(|closed| *closed).await;
    }

    /// Whether it is closed.
    pub(super) fn is_closed(&self) -> bool {
        *self.0.closed.borrow()
    }

    /// Gives out no more connections and closes those that rest; those in use are closed when they come back.
    /// Waits for nobody.
    pub(super) async fn close(&self) {
        self.shut();
        let idle = std::mem::take(&mut *self.0.idle.lock());
        let _told_or_late =
            timeout(FAREWELL, join_all(idle.into_iter().map(|kept| kept.connection.close()))).await;
    }

    /// Gives out no more connections.
    pub(super) fn shut(&self) {
        self.0.closed.send_replace(true);
        self.0.permits.close();
    }

    /// How many connections are in use or being made, and how many rest.
    pub(super) fn in_use(&self) -> (u32, u32) {
        let free = u32::try_from(self.0.permits.available_permits()).unwrap_or(u32::MAX);
        (self.0.size.saturating_sub(free), u32::try_from(self.0.idle.lock().len()).unwrap_or(u32::MAX))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("session", &self.0.session)
            .field("size", &self.0.size)
            .finish_non_exhaustive()
    }
}

impl Kept {
    /// Whether the line works and leads to the same session: one that a pooler has exchanged has none of the
    /// settings.
    async fn is_alive(&mut self) -> bool {
        if self.used.elapsed() < RESTED {
            return matches!(timeout(LIFE, self.connection.ping()).await, Ok(Ok(())));
        }
        matches!(timeout(LIFE, session::process(&mut self.connection)).await, Ok(Ok(process)) if process == self.process)
    }

    fn is_worn_out(&self) -> bool {
        self.used.elapsed() > UNUSED || self.made.elapsed() > OLDEST
    }
}

impl Held {
    /// Gives the connection back. Nothing is under way on it.
    pub fn release(self) {
        let Self { mut kept, pool, permit } = self;
        kept.used = Instant::now();
        if !pool.is_closed() && !kept.is_worn_out() {
            pool.0.idle.lock().push(kept);
        }
        // Only now: whoever waits for it finds the connection.
        drop(permit);
    }

    pub(super) fn line(&self) -> Line {
        Line { database: self.pool.0.database.clone(), process: self.kept.process }
    }

    /// Gives the connection back behind an answer.
    pub(super) fn after<T, E>(self, answer: &Result<T, E>, asking: Asking) {
        if asking.transactions || answer.is_err() {
            // Nobody waits for it but the next one who needs a connection.
            tokio::spawn(self.tidy_up());
        } else {
            self.release();
        }
    }

    /// Ends what a transaction has left open, and gives the connection back if that goes well.
    async fn tidy_up(mut self) {
        if timeout(LIFE, self.ping()).await.is_ok_and(|answer| answer.is_ok()) {
            self.release();
        }
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.kept.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.kept.connection
    }
}

/// Closes what nobody needs any more, as long as there is a pool.
async fn reap(pool: Weak<Inner>) {
    loop {
        sleep(REAP_EVERY).await;
        let Some(pool) = pool.upgrade() else { return };
        let worn_out: Vec<Kept> = pool.idle.lock().extract_if(.., |kept| kept.is_worn_out()).collect();
        drop(pool);
        let _told_or_late =
            timeout(FAREWELL, join_all(worn_out.into_iter().map(|kept| kept.connection.close()))).await;
    }
}
