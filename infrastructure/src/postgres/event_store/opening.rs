//! Opening the log: refuses a schema that this build cannot use and a log that was altered, before anything
//! is written.
//!
//! A start verifies what a start with a file does: the chain over the last [`WALKED_AT_START`] events,
//! further back if the last verified position lies there, and that the event at that position still is the
//! one that was verified. A process moves that position along with what it writes, and to the head when it
//! ends cleanly.

use super::{
    read::{Truth, events_behind, look, noted},
    recent::Recent,
    rows::{hash_at, instant_at, kinds, sql, unreadable},
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
    event_store::{ReadError, stored_log::Witness},
};
use sqlx::PgConnection;
use std::sync::Arc;

/// The schema version from which on rows beside the events carry seals.
pub(super) const SEALED_SINCE: u32 = 3;

/// So many events at the end of the log are verified at every start.
pub const WALKED_AT_START: u64 = 100_000;

/// The schema changes of the log.
pub const MIGRATIONS: Migrations = Migrations {
    track: "events",
    files: &[
        include_str!("../../../../migrations/postgres/events/0001_log.sql"),
        include_str!("../../../../migrations/postgres/events/0002_consumers.sql"),
        include_str!("../../../../migrations/postgres/events/0003_seals.sql"),
        include_str!("../../../../migrations/postgres/events/0004_leases.sql"),
    ],
};

/// Events read at once.
pub(super) const PAGE: usize = 5_000;

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
    #[error("the operating system provides no random bytes: {0}")]
    Random(getrandom::Error),
}

pub(super) struct Opened {
    pub(super) recent: Arc<Recent>,
    pub(super) truth: Truth,
    pub(super) secret: [u8; 32],
    pub(super) verified: u64,
}

pub(super) async fn open(
    database: &Database,
    connection: &mut PgConnection,
    tail: TailLimits,
) -> Result<Opened, OpenStoreError> {
    MIGRATIONS.prepare(database, connection).await?;
    let fsync: String =
        sqlx::query_scalar("SHOW fsync").fetch_one(&mut *connection).await.map_err(unreadable)?;
    if fsync != "on" {
        tracing::warn!(
            "PostgreSQL runs with fsync = {fsync}: what it acknowledges is lost if its machine fails"
        );
    }
    let secret = secret(database, connection).await?;
    // In this order: what others note meanwhile lies before the end that is looked up then.
    let noted = noted(connection).await?;
    let truth = look(connection).await.map_err(unreadable)?;
    let recent = Recent::new(truth.head, kinds(connection).await?, tail);
    verify(connection, truth.head.position, noted, &recent).await?;
    Ok(Opened { recent: Arc::new(recent), truth, secret, verified: noted.position })
}

/// Drawn once, by whoever comes first.
async fn secret(database: &Database, connection: &mut PgConnection) -> Result<[u8; 32], OpenStoreError> {
    if let Some(secret) = secret_of(connection).await? {
        return Ok(secret);
    }
    let mut drawn = [0; 32];
    getrandom::fill(&mut drawn).map_err(OpenStoreError::Random)?;
    let insert =
        sqlx::query("INSERT INTO deployment (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING")
            .bind(drawn.as_slice());
    insert.execute(&mut *connection).await.map_err(|error| database.error(error))?;
    Ok(secret_of(connection)
        .await?
        .ok_or_else(|| ReadError::Corrupt("the secret disappeared right after it was stored".into()))?)
}

/// The secret of the deployment, if it was drawn yet.
pub(super) async fn secret_of(connection: &mut PgConnection) -> Result<Option<[u8; 32]>, ReadError> {
    let found =
        sqlx::query("SELECT secret FROM deployment").fetch_optional(connection).await.map_err(unreadable)?;
    found.map(|row| hash_at(&row, 0)).transpose()
}

/// Verifies what a start has to.
async fn verify(
    connection: &mut PgConnection,
    end: u64,
    noted: Witness,
    recent: &Recent,
) -> Result<(), OpenStoreError> {
    let begin = noted.position.min(end.saturating_sub(WALKED_AT_START));
    let found = match link(connection, begin).await {
        Ok(from) => walk(connection, from, end, noted, recent).await,
        Err(error) => Err(error),
    };
    match found {
        // Something before the walk's beginning may be wrong, too: the first of all is named.
        Err(OpenStoreError::Altered(_)) if begin > 0 => {
            walk(connection, Link::GENESIS, end, noted, recent).await?;
            found
        }
        found => found,
    }
}

/// Walks the chain from behind an event up to a position. What others append meanwhile they answer for.
pub(super) async fn walk(
    connection: &mut PgConnection,
    from: Link,
    end: u64,
    noted: Witness,
    recent: &Recent,
) -> Result<(), OpenStoreError> {
    let mut walk = Walk::behind(from).past([noted]);
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
    Ok(walk.finish()?)
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
