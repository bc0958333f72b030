//! Finds out whether the server still works on what it was asked. A connection whose line went dead says
//! nothing, as one does whose statement takes long; how it is shows on another connection: a server that
//! waits for us while we wait for it has answered long ago.

use super::{Database, session::Session};
use sqlx::{Executor, Row};
use std::time::Duration;

/// An answer that takes longer is looked after, and so often.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// A look that takes longer tells nothing.
const PATIENCE: Duration = Duration::from_secs(2);
/// After so many looks in a row that told nothing the server itself is taken for lost.
const BLIND: u32 = 30;

/// The line to the server is dead: the answer, if there was one, never comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection to PostgreSQL went silent")]
pub(crate) struct Mute;

impl Database {
    /// Waits for an answer as long as the server works on it. Whether a server of this process is at work
    /// shows on another connection.
    ///
    /// # Errors
    /// The server is not at work, and its answer never came.
    pub(crate) async fn watched<T>(&self, process: i32, work: impl Future<Output = T>) -> Result<T, Mute> {
        tokio::select! {
            biased;
            answer = work => Ok(answer),
            () = self.until_mute(process) => Err(Mute),
        }
    }

    /// Resolves when no answer will come any more.
    async fn until_mute(&self, process: i32) {
        let mut blind = 0;
        while blind < BLIND {
            tokio::time::sleep(LOOK_EVERY).await;
            // When everything is slow, everybody would look: one is enough to tell whether the server answers
            // at all.
            let Ok(_alone) = self.watching.try_lock() else { continue };
            match tokio::time::timeout(PATIENCE, is_at_work(self, process)).await {
                Ok(Some(true)) => blind = 0,
                Ok(Some(false)) => return,
                Ok(None) | Err(_) => blind += 1,
            }
        }
    }
}

/// Whether a process of the server is there and does not wait for us; `None` if nobody tells.
async fn is_at_work(database: &Database, process: i32) -> Option<bool> {
    const QUERY: &str = "SELECT coalesce(bool_and(state <> 'active' AND clock_timestamp() - state_change > interval '2 seconds'), count(*) = 0)
        FROM pg_stat_activity WHERE pid = ";
    let mut connected = database.open(&Session::of("watch", PATIENCE)).await.ok()?;
    let rows = connected.connection.fetch_all(format!("{QUERY}{process}").as_str()).await.ok()?;
    let waits: bool = rows.first()?.try_get(0).ok()?;
    Some(!waits)
}
