//! Hears notifications, on a connection of its own that is known to live: one that says nothing for a while
//! is asked for a sign of life, and given up if it gives none.

use super::{Database, connect::reason, pool::Unasked, session::Session};
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// What it is asked may take so long.
const STATEMENT: Duration = Duration::from_secs(5);
/// After so long without a notification it is made sure that the connection lives: a machine that is gone
/// says nothing either.
const SILENCE: Duration = Duration::from_secs(5);
/// How long the beginning, or a sign of life, may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that listens on one channel. Dropped, it is closed.
pub(super) struct Listener {
    inner: PgListener,
    heard: Instant,
}

impl Listener {
    /// Listens from now on.
    ///
    /// # Errors
    /// The database cannot be reached or used.
    pub(super) async fn begin(database: &Database, purpose: &str, channel: &str) -> Result<Self, Unasked> {
        let session = Session::of(purpose, STATEMENT);
        // Finds the server that takes writes: the driver's own listener connects by itself, and to one
        // address.
        drop(database.open(&session).await?);
        let (options, settings) = (database.options_now(&session), session.settings(&database.schema()));
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(options);
        let begin = async {
            let mut inner = PgListener::connect_with(&pool).await?;
            inner.ignore_pool_close_event(true);
            inner.eager_reconnect(false);
            sqlx::Executor::execute(&mut inner, settings.as_str()).await?;
            inner.listen(channel).await?;
            Ok(Self { inner, heard: Instant::now() })
        };
        timeout(PATIENCE, begin)
            .await
            .map_err(|_| Unasked::Silent)?
            .map_err(|error: sqlx::Error| Unasked::Connect(database.error(error)))
    }

    /// What comes next; `None` if nothing comes for a while.
    ///
    /// # Errors
    /// The connection is lost, and with it whatever was told meanwhile: it has to be begun anew.
    pub(super) async fn next_within(&mut self, patience: Duration) -> Result<Option<String>, Unasked> {
        match timeout(patience, self.inner.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                self.heard = Instant::now();
                Ok(Some(notification.payload().to_owned()))
            }
            Ok(Ok(None)) => Err(Unasked::Mute),
            Ok(Err(error)) => {
                tracing::debug!(reason = reason(&error), "the listening connection was lost");
                Err(Unasked::Mute)
            }
            Err(_) if self.heard.elapsed() < SILENCE => Ok(None),
            Err(_) => {
                let sign = timeout(PATIENCE, sqlx::Executor::execute(&mut self.inner, "SELECT 1")).await;
                sign.map_err(|_| Unasked::Silent)?.map_err(|_| Unasked::Mute)?;
                self.heard = Instant::now();
                Ok(None)
            }
        }
    }
}
