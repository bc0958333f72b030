//! A commit in doubt: the connection was lost after the statement had been sent, so its outcome is unknown.
//! Nobody is answered before it is known.
//!
//! Three things may have happened to the statement: it was committed; it was not and never will be; or it has
//! not come to the lock yet, since it is still on its way, or waits. The third looks like the second, and
//! would become the first later, when the callers have long been told that nothing was stored. So it is made
//! impossible:
//!
//! - On a new connection the lock of the log is taken first. The statement holds that lock until its
//!   transaction is over: if it had come to the lock, it is over now.
//! - Then the log is looked at: if the batch's first event is there, at its position and with its hash (or,
//!   of a batch of keys alone, its first key with its record), the batch was committed, since it is atomic.
//! - If it is not there, the log's turn is raised, in the same transaction. The statement names the turn that
//!   it was decided in, and the gate tells it the turn of the moment when it gets the lock: it will find
//!   another one, and store nothing. The batch was not committed and cannot be any more; it is decided again.
//!
//! If the server cannot be reached for so long that the callers have to be answered, they are told that the
//! store is unavailable, and whoever sent an idempotency key can repeat his request safely. The writer
//! remembers that a commit may still come, and raises the turn before it decides anything else.

use super::{
    batch::Draft, commit::keys, commit_error::CommitError, following::connect, lookup::Writes, read::hash_of,
    writer::Writer,
};
use crate::SealKey;
use sqlx::{Executor, PgConnection};
use std::time::{Duration, Instant};

/// How long the callers of a batch in doubt wait for its outcome.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

impl Writer {
    /// Whether a batch in doubt was committed. If not, it never will be.
    pub(super) async fn resolve_in_doubt(&mut self, draft: &Draft, lost: &str) -> Result<bool, String> {
        tracing::warn!(reason = lost, "a commit is in doubt; looking for it");
        self.in_doubt = true;
        let resolved = async {
            loop {
                match connect(&self.database).await {
                    Ok(connection) => {
                        self.connection = Some(connection);
                        if let Ok(committed) = self.find_or_invalidate(Some(&draft.pending.writes)).await {
                            return committed;
                        }
                    }
                    Err(reason) => tracing::debug!(reason, "the commit is still in doubt"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout(PATIENCE, resolved).await {
            Ok(committed) => {
                tracing::info!(committed, "the commit is no longer in doubt");
                Ok(committed)
            }
            Err(_) => {
                // Those who queued up meanwhile have waited long enough.
                (self.connection, self.unreachable) = (None, Some((Instant::now(), lost.to_owned())));
                Err(format!("a commit is in doubt: {lost}"))
            }
        }
    }

    /// Looks for a batch under the lock; if it is not there, invalidates the pending commit: it can never come
    /// any more. Whether it is there.
    pub(super) async fn find_or_invalidate(&mut self, batch: Option<&Writes>) -> Result<bool, CommitError> {
        let gate = self.gate.clone();
        let found = self.ask(async |connection| {
            connection.execute("BEGIN").await?;
            let truth = gate.enter(connection).await?;
            let found = match batch {
                Some(writes) => is_stored(connection, &gate.seal, writes).await?,
                None => false,
            };
            if !found {
                connection.execute("UPDATE progress SET turn = turn + 1").await?;
            }
            connection.execute("COMMIT").await?;
            Ok((found, truth.turn))
        });
        let (found, turn) = found.await.inspect_err(|_| self.connection = None)?;
        // A batch that is there was decided in this turn; otherwise what is believed is behind, and is
        // followed before the next one.
        self.in_doubt = false;
        self.stale |= !found;
        tracing::debug!(turn, found, "looked for a commit in doubt");
        Ok(found)
    }
}

async fn is_stored(connection: &mut PgConnection, seal: &SealKey, writes: &Writes) -> sqlx::Result<bool> {
    if let Some(first) = writes.events.first() {
        return Ok(
            hash_of(connection, first.position).await.map_err(CommitError::decoded)? == Some(first.hash)
        );
    }
    // A batch that only raises the floor can be done again.
    let Some(first) = writes.keys.first() else { return Ok(false) };
    let name = (first.claim.scope.clone(), first.claim.key.clone());
    match keys(connection, seal, &[name]).await?.pop() {
        Some((_, found)) => Ok(found.map_err(CommitError::decoded)? == *first),
        None => Ok(false),
    }
}
