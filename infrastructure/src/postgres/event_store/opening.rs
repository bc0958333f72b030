//! Opening the log: refuses a schema that this build cannot use and a log that was altered, before anything is written.
//!
//! A start verifies what a start with a file does: the chain over the last [`WALKED_AT_START`] events, further back if the last
//! verified position lies there, and that the event at that position still is the one that was verified. A process moves that position
//! along with what it writes, and to the head when it ends cleanly.

use super::{
    read::{Truth, events_behind, hash_of, look},
    recent::Recent,
    rows::{hash_at, instant_at, kinds, number, sql, unreadable},
};
use crate::{
    postgres::{
        connect::{ConnectError, Database},
        schema::{Migrations, SchemaError},
    },
    tail::TailLimits,
};
use khata_application::{
    audit::{Broken, Link, Misfit, Walk},
    event_store::ReadError,
};
use sqlx::PgConnection;
use std::sync::Arc;

/// So many events at the end of the log are verified at every start.
pub const WALKED_AT_START: u64 = 100_000;

/// The schema changes of the log.
pub const MIGRATIONS: Migrations = Migrations {
    track: "events",
    files: &[
        include_str!("../../../../migrations/postgres/events/0001_log.sql"),
        include_str!("../../../../migrations/postgres/events/0002_consumers.sql"),
    ],
};

/// Events read at once.
const PAGE: usize = 5_000;

/// Why the log cannot be used. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The database cannot be reached or used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The schema is not one that this build can use.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The log was altered.
    #[error(transparent)]
    Altered(#[from] Broken),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No secret could be drawn.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

pub(super) struct Opened {
    pub(super) recent: Arc<Recent>,
    pub(super) truth: Truth,
    pub(super) secret: [u8; 32],
    pub(super) verified: u64,
}

pub(super) async fn open(database: &Database, connection: &mut PgConnection, tail: TailLimits) -> Result<Opened, OpenStoreError> {
    MIGRATIONS.prepare(database, connection).await?;
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(&mut *connection).await.map_err(unreadable)?;
    if fsync != "on" {
        tracing::warn!("PostgreSQL runs with fsync = {fsync}: what it acknowledges is lost if its machine fails");
    }
    let secret = secret(database, connection).await?;
    let truth = look(connection).await.map_err(unreadable)?;
    let recent = Recent::new(truth.head, kinds(connection).await?, tail);
    let verified = verify(connection, truth, &recent).await?;
    Ok(Opened { recent: Arc::new(recent), truth, secret, verified })
}

/// Drawn once, by whoever comes first.
async fn secret(database: &Database, connection: &mut PgConnection) -> Result<[u8; 32], OpenStoreError> {
    let query = "SELECT secret FROM deployment";
    let found = sqlx::query(query).fetch_optional(&mut *connection).await.map_err(unreadable)?;
    if let Some(row) = found {
        return Ok(hash_at(&row, 0)?);
    }
    let mut drawn = [0; 32];
    getrandom::fill(&mut drawn).map_err(OpenStoreError::Random)?;
    let insert = sqlx::query("INSERT INTO deployment (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING").bind(drawn.as_slice());
    insert.execute(&mut *connection).await.map_err(|error| database.error(error))?;
    Ok(hash_at(&sqlx::query(query).fetch_one(connection).await.map_err(unreadable)?, 0)?)
}

/// Verifies what a start has to, and tells the position up to which the database knows that the chain fits.
async fn verify(connection: &mut PgConnection, truth: Truth, recent: &Recent) -> Result<u64, OpenStoreError> {
    let end = truth.head.position;
    let query = sqlx::query("SELECT verified_position, verified_hash FROM progress");
    let row = query.fetch_one(&mut *connection).await.map_err(unreadable)?;
    let (position, hash) = (number(&row, 0)?, hash_at(&row, 1)?);
    if position > end {
        return Err(Broken { position: end + 1, reason: Misfit::Truncated { remembered: position } }.into());
    }
    walk(connection, position.min(end.saturating_sub(WALKED_AT_START)), end, recent).await?;
    // Behind the walk, so that an altered event before it is named itself.
    if position > 0 && hash_of(connection, position).await? != Some(hash) {
        return Err(Broken { position, reason: Misfit::Hash }.into());
    }
    Ok(position)
}

/// Walks the chain from behind one position up to another. What others append meanwhile they answer for.
async fn walk(connection: &mut PgConnection, from: u64, end: u64, recent: &Recent) -> Result<(), OpenStoreError> {
    let mut walk = Walk::behind(link(connection, from).await?);
    let mut page_size = PAGE;
    while walk.last().position < end {
        let page = match events_behind(connection, walk.last().position, page_size, recent).await {
            Ok(page) => page,
            // A page that holds an unreadable event is read event by event, to find which it is.
            Err(ReadError::Corrupt(_)) if page_size > 1 => {
                page_size = 1;
                continue;
            }
            Err(ReadError::Corrupt(reason)) => return Err(walk.broken(Misfit::Unreadable(reason)).into()),
            Err(error) => return Err(error.into()),
        };
        if page.is_empty() {
            return Err(walk.broken(Misfit::Missing).into());
        }
        for event in &page {
            walk.step(event)?;
        }
    }
    Ok(())
}

/// An event's place in the chain, as the database has it.
async fn link(connection: &mut PgConnection, position: u64) -> Result<Link, OpenStoreError> {
    if position == 0 {
        return Ok(Link::GENESIS);
    }
    let query = sqlx::query("SELECT hash, recorded_at FROM events WHERE position = $1").bind(sql(position));
    match query.fetch_optional(connection).await.map_err(unreadable)? {
        Some(row) => Ok(Link { position, hash: hash_at(&row, 0)?, recorded_at: instant_at(&row, 1)? }),
        None => Err(Broken { position, reason: Misfit::Missing }.into()),
    }
}
