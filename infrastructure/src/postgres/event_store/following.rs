//! The writer's connection, and how it follows what other processes append: before a batch, under the lock,
//! or when it hears of news.

use super::{
    commit_error::{CommitError, within},
    lookup::WriterCache,
    read::{Truth, events_behind, look},
    rows::kinds,
    writer::Writer,
};
use crate::postgres::{Database, connect::reason, session::BY_INDEX};
use khata_application::{
    Recorded,
    event_store::{Head, Unwritable},
};
use sqlx::{Executor, PgConnection};
use std::time::{Duration, Instant};

/// Events of others that are read at once.
const PAGE: usize = 1_000;
/// So far behind others the writer does not read what it missed, but begins anew at the end.
const FAR_BEHIND: u64 = 16_384;
/// Without a connection appends fail at once; it is tried again after so long.
const RECONNECT: Duration = Duration::from_millis(300);

impl Writer {
    /// Makes sure that the log still is as believed.
    pub(super) async fn confirm(&mut self) -> Result<(), CommitError> {
        let truth = self.ask(look).await?;
        if truth == self.believed {
            return Ok(());
        }
        self.follow(truth).await?;
        Err(CommitError::Moved)
    }

    /// Begins a transaction, takes the lock in it, and follows what others have done.
    pub(super) async fn lock(&mut self) -> Result<(), CommitError> {
        let gate = self.gate.clone();
        let truth = self.ask(async |connection| {
            connection.execute("BEGIN").await?;
            gate.enter(connection).await
        });
        let truth = truth.await?;
        if truth == self.believed { Ok(()) } else { self.follow(truth).await }
    }

    /// Takes up what others have appended.
    pub(super) async fn follow(&mut self, truth: Truth) -> Result<(), CommitError> {
        let known = self.believed.head;
        if truth.head.position < known.position
            || (truth.head.position == known.position && truth.head.hash != known.hash)
        {
            return Err(self.replaced(format!(
                "it ends at position {}, and held another event at {}",
                truth.head.position, known.position
            )));
        }
        if truth.head.position > known.position + FAR_BEHIND {
            self.skip_to(truth.head).await?;
        }
        while self.believed.head.position < truth.head.position {
            let after = self.believed.head.position;
            let limit = usize::try_from(truth.head.position - after).unwrap_or(PAGE).min(PAGE);
            let page = self.page_behind(self.believed.head, limit).await?;
            let Some(last) = page.last().map(|last| Head {
                position: last.position,
                hash: last.hash,
                recorded_at: last.recorded_at,
            }) else {
                return Err(CommitError::Damaged(format!("the event at position {} is missing", after + 1)));
            };
            page.iter().for_each(|event| self.cache.follow(event));
            self.believed.head = last;
            self.cache.kinds = self.recent.kinds();
            self.recent.publish(last, page, self.cache.kinds.clone());
        }
        self.believed = truth;
        Ok(())
    }

    /// The next events behind an event that was seen. If another one stands there now, the log is not the one
    /// that was followed: it was restored from somewhere under this process, and all that it remembers of
    /// streams is wrong.
    async fn page_behind(&mut self, seen: Head, limit: usize) -> Result<Vec<Recorded>, CommitError> {
        let (recent, anchors) = (self.recent.clone(), usize::from(seen.position > 0));
        let after = seen.position.saturating_sub(1);
        let page = self.ask(async |connection| {
            events_behind(connection, after, limit + anchors, &recent).await.map_err(CommitError::decoded)
        });
        let mut page = page.await?;
        if anchors > 0
            && page.first().is_none_or(|anchor| anchor.position != seen.position || anchor.hash != seen.hash)
        {
            return Err(self.replaced(format!("it held another event at position {}", seen.position)));
        }
        page.drain(..anchors);
        Ok(page)
    }

    /// The log went back under this process. Nothing is decided on what was, and nothing is told from memory.
    fn replaced(&self, reason: String) -> CommitError {
        self.recent.replaced(Some(reason.clone()));
        CommitError::Replaced(reason)
    }

    /// Others have appended more than is worth reading.
    pub(super) async fn skip_to(&mut self, head: Head) -> Result<(), CommitError> {
        self.page_behind(self.believed.head, 0).await?;
        let kinds =
            self.ask(async |connection| kinds(connection).await.map_err(CommitError::decoded)).await?;
        self.cache = WriterCache::new(self.recent.learn(kinds));
        self.believed.head = head;
        self.recent.skip_to(head, self.cache.kinds.clone());
        Ok(())
    }

    /// Somebody told of news, and nothing is to be written.
    pub(super) async fn catch_up(&mut self) {
        let caught_up = async {
            self.ready().await?;
            let truth = self.ask(look).await?;
            self.follow(truth).await
        };
        match caught_up.await {
            Ok(()) | Err(CommitError::Moved | CommitError::ConnectionLost(_) | CommitError::Replaced(_)) => {}
            Err(CommitError::Damaged(reason)) => {
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(reason, "the event log is damaged");
                }
            }
            Err(_) => self.stale = true,
        }
    }

    /// Nothing is to be written: finds out whether something could be.
    pub(super) async fn probe(&mut self) {
        const PROBE: &str = "BEGIN; LOCK TABLE events, keys IN ROW EXCLUSIVE MODE; ROLLBACK";
        let probed = match self.ready().await {
            Ok(()) => self.ask(async |connection| connection.execute(PROBE).await.map(drop)).await,
            Err(error) => Err(error),
        };
        match probed {
            Ok(()) | Err(CommitError::Moved | CommitError::Replaced(_)) => self.recent.unwritable(None),
            Err(error) => {
                let no_connection = self.connection.is_none();
                // The transaction of the probe may be open still.
                if !no_connection
                    && self
                        .ask(async |connection| connection.execute("ROLLBACK").await.map(drop))
                        .await
                        .is_err()
                {
                    self.connection = None;
                }
                self.recent.unwritable(error.reason().map(|reason| Unwritable { reason, no_connection }));
            }
        }
    }

    /// A connection, and everything known that was done before now.
    pub(super) async fn ready(&mut self) -> Result<(), CommitError> {
        if self.connection.is_none() {
            if let Some((since, reason)) = &self.unreachable
                && since.elapsed() < RECONNECT
            {
                return Err(CommitError::Failed(reason.clone()));
            }
            match connect(&self.database).await {
                Ok(connection) => {
                    (self.connection, self.unreachable, self.stale) = (Some(connection), None, true)
                }
                Err(reason) => {
                    self.unreachable = Some((Instant::now(), reason.clone()));
                    return Err(CommitError::Failed(reason));
                }
            }
        }
        if self.in_doubt {
            self.find_or_invalidate(None).await?;
        }
        if self.stale {
            let truth = self.ask(look).await?;
            self.follow(truth).await?;
            self.stale = false;
        }
        Ok(())
    }

    /// Asks something of the database. A connection that was lost, or does not answer in time, is given up.
    pub(super) async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, CommitError> {
        let Some(connection) = &mut self.connection else {
            return Err(CommitError::ConnectionLost("there is no connection".to_owned()));
        };
        let answer = within(question(connection)).await;
        answer.map_err(|error| {
            let error = CommitError::of(error);
            if matches!(error, CommitError::ConnectionLost(_)) {
                self.connection = None;
            }
            error
        })
    }
}

/// The writer's connection. Its few statements are planned once, and give up in time.
pub(super) async fn connect(database: &Database) -> Result<PgConnection, String> {
    let mut connection = database.connect("writer").await.map_err(|error| error.to_string())?;
    let mut settings =
        "SET plan_cache_mode = force_generic_plan; SET lock_timeout = '3s'; SET statement_timeout = '5s'"
            .to_owned();
    for (name, value) in BY_INDEX {
        settings.push_str(&format!("; SET {name} = {value}"));
    }
    within(connection.execute(settings.as_str())).await.map_err(|error| reason(&error))?;
    Ok(connection)
}
