//! Questions to the log, each one statement on a connection of the pool.

use super::{
    recent::Recent,
    rows::{
        Rows, hash_at, head_at, instant_at, kinds, number, select_events, sql, sql_limit, unreadable, uuid_at,
    },
};
use crate::{
    SealKey,
    postgres::{
        event_store::columns::{Column, UUID},
        pool::{Asking, Pool, Unasked, ask},
    },
    tail::page_end,
};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    event_store::{
        FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange,
        stored_log::{Witness, WitnessKind},
    },
};
use sqlx::{
    PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// A page holds no more events than this, whatever was asked for.
const LONGEST_PAGE: usize = 100_000;
/// A page of no more events is read in a moment.
const FEW: usize = 64;
/// So long the server may take for one question, longer than it lets itself: later it is taken for lost.
pub(super) const PATIENCE: Duration = Duration::from_secs(12);

/// What the end of the log is, and what must be known to write behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) head: Head,
    /// Nothing may be stamped before this.
    pub(super) floor: Timestamp,
    /// Raised whenever a commit of unknown outcome was made sure never to come.
    pub(super) turn: i64,
}

/// Reads the log.
#[derive(Clone)]
pub(in crate::postgres) struct Reader {
    pub(super) pool: Pool,
    /// Taken by reads of many events, so that the pool always has connections for short ones.
    pub(super) long: Arc<Semaphore>,
    pub(super) recent: Arc<Recent>,
    pub(super) seal: SealKey,
}

impl Reader {
    /// Asks one thing of the database. A connection that does not answer in time is given up.
    pub(in crate::postgres) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        ask!(self.pool, Asking::one(PATIENCE), |connection| question(connection))
    }

    /// The same, in several statements.
    pub(in crate::postgres) async fn ask_several<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        ask!(self.pool, Asking::several(PATIENCE), |connection| question(connection))
    }

    /// Asks for many events. Waits for others who do.
    pub(super) async fn ask_long<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let busy = || ReadError::Unavailable("too many requests are reading long parts of the log".into());
        let _place = tokio::time::timeout(PATIENCE, self.long.acquire())
            .await
            .map_err(|_| busy())?
            .map_err(|_| busy())?;
        self.ask(question).await
    }

    pub(super) async fn stream(
        &self,
        stream: &StreamName,
        range: StreamRange,
    ) -> Result<Vec<Recorded>, ReadError> {
        const UPWARDS: &str = select_events!(
            "WHERE stream = $1 AND version > $2 AND version <= $3 AND recorded_at <= $4 ORDER BY version LIMIT $5"
        );
        const DOWNWARDS: &str = select_events!(
            "WHERE stream = $1 AND version > $2 AND version <= $3 AND recorded_at <= $4 ORDER BY version DESC LIMIT $5"
        );
        let query = sqlx::query(if range.backwards { DOWNWARDS } else { UPWARDS })
            .bind(stream.as_str())
            .bind(sql(range.after_version))
            .bind(sql(range.up_to_version.unwrap_or(u64::MAX)))
            .bind(range.recorded_up_to.map_or(i64::MAX, Timestamp::as_microsecond))
            .bind(sql_limit(range.limit));
        let found = self.ask(async |connection| events(connection, query, &self.recent).await).await?;
        match found.iter().find(|event| event.stream != *stream) {
            // An index of the database that leads elsewhere.
            Some(event) => Err(ReadError::Corrupt(format!(
                "position {} is no event of {stream}, as its index says",
                event.position
            ))),
            None => Ok(found),
        }
    }

    pub(super) async fn page(
        &self,
        after: u64,
        limit: usize,
        filter: &FeedFilter,
    ) -> Result<FeedPage, ReadError> {
        let limit = limit.min(LONGEST_PAGE);
        // Before the question: a statement sees everything up to a head that was known when it began.
        let head = self.recent.head().position;
        let question = async |connection: &mut PgConnection| {
            if *filter == FeedFilter::default() {
                events_behind(connection, after, limit, &self.recent).await
            } else {
                self.passing(connection, after, limit, filter).await
            }
        };
        let is_short = limit <= FEW && *filter == FeedFilter::default();
        let events = if is_short { self.ask(question).await? } else { self.ask_long(question).await? };
        // What others committed meanwhile may lie behind that head: a statement sees a prefix of the log.
        let seen = page_end(after, limit, head, &events).max(events.last().map_or(0, |last| last.position));
        Ok(FeedPage { events, seen })
    }

    /// Each kind that passes is read along its own index, up to the limit; the earliest of all are taken.
    async fn passing(
        &self,
        connection: &mut PgConnection,
        after: u64,
        limit: usize,
        filter: &FeedFilter,
    ) -> Result<Vec<Recorded>, ReadError> {
        const QUERY: &str = "SELECT e.position, stream, version, kind, schema_version, event_id, recorded_at, effective_at, hash, data, metadata
            FROM (SELECT found.position
                  FROM kinds k CROSS JOIN LATERAL (SELECT position FROM events WHERE kind = k.id AND position > $1 ORDER BY position LIMIT $2) AS found
                  WHERE (cardinality($3) = 0 OR k.category = ANY($3)) AND ($4 IS NULL OR k.event_type = $4)
                  ORDER BY found.position LIMIT $2) AS passing
            JOIN events e ON e.position = passing.position ORDER BY e.position";
        let query = sqlx::query(QUERY)
            .bind(sql(after))
            .bind(sql_limit(limit))
            .bind(&filter.categories)
            .bind(filter.event_type.as_deref());
        events(connection, query, &self.recent).await
    }

    pub(super) async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        let ids = Column::of(UUID, event_ids, |id, bytes| bytes.extend_from_slice(id.as_bytes()));
        let query = sqlx::query(select_events!("WHERE event_id = ANY($1)")).bind(ids);
        self.ask(async |connection| events(connection, query, &self.recent).await).await
    }

    pub(super) async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        // An earlier one, or all events, do as well as one that was damaged; of many only the last ones are
        // looked at.
        const QUERY: &str = "SELECT version, last_event_id, recorded_at, state_schema, state, seal FROM snapshots
            WHERE stream = $1 AND version <= $2 AND recorded_at <= $3 AND seal IS NOT NULL ORDER BY version DESC LIMIT $4";
        for looked_at in [1, 8] {
            let query = sqlx::query(QUERY)
                .bind(stream.as_str())
                .bind(sql(up_to_version.unwrap_or(u64::MAX)))
                .bind(recorded_up_to.map_or(i64::MAX, Timestamp::as_microsecond))
                .bind(looked_at);
            let found =
                self.ask(async |connection| query.fetch_all(connection).await.map_err(unreadable)).await?;
            for row in &found {
                match sealed_snapshot(&self.seal, stream, row) {
                    Ok(Some(snapshot)) => return Ok(Some(snapshot)),
                    Ok(None) | Err(_) => {
                        tracing::warn!(%stream, "a snapshot does not carry its seal and is ignored")
                    }
                }
            }
            if found.is_empty() {
                break;
            }
        }
        Ok(None)
    }

    pub(super) async fn keep_snapshot(
        &self,
        stream: &StreamName,
        snapshot: &Snapshot,
    ) -> Result<(), ReadError> {
        let last_event_id = [snapshot.last_event_id];
        let query = sqlx::query(
            "INSERT INTO snapshots (stream, version, last_event_id, recorded_at, state_schema, state, seal) VALUES ($1, $2, ($3::uuid[])[1], $4, $5, $6, $7)
             ON CONFLICT (stream, version) DO UPDATE SET
                last_event_id = excluded.last_event_id, recorded_at = excluded.recorded_at,
                state_schema = excluded.state_schema, state = excluded.state, seal = excluded.seal",
        )
        .bind(stream.as_str())
        .bind(sql(snapshot.version))
        .bind(Column::of(UUID, &last_event_id, |id, bytes| bytes.extend_from_slice(id.as_bytes())))
        .bind(snapshot.recorded_at.as_microsecond())
        .bind(i64::from(snapshot.state_schema))
        .bind(&snapshot.state)
        .bind(self.seal.snapshot(stream.as_str(), snapshot).to_vec());
        self.ask(async |connection| query.execute(connection).await.map(drop).map_err(unreadable)).await
    }
}

impl From<Unasked> for ReadError {
    fn from(error: Unasked) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A snapshot, if the seal behind it fits.
pub(super) fn sealed_snapshot(
    seal: &SealKey,
    stream: &StreamName,
    row: &PgRow,
) -> Result<Option<Snapshot>, ReadError> {
    let snapshot = snapshot_of(row)?;
    let found: Option<Vec<u8>> = row.try_get(5).map_err(unreadable)?;
    Ok((found.is_some_and(|found| found == seal.snapshot(stream.as_str(), &snapshot))).then_some(snapshot))
}

pub(super) fn snapshot_of(row: &PgRow) -> Result<Snapshot, ReadError> {
    let state_schema: i32 = row.try_get(3).map_err(unreadable)?;
    Ok(Snapshot {
        version: number(row, 0)?,
        last_event_id: uuid_at(row, 1)?,
        recorded_at: instant_at(row, 2)?,
        state_schema: u32::try_from(state_schema)
            .map_err(|_| ReadError::Corrupt("a state schema below 0".into()))?,
        state: row.try_get(4).map_err(unreadable)?,
    })
}

/// What holds now, without the lock: another process may commit at any time.
pub(super) async fn look(connection: &mut PgConnection) -> Result<Truth, sqlx::Error> {
    let query = "SELECT coalesce(last.position, 0), coalesce(last.hash, decode(repeat('00', 32), 'hex')), coalesce(last.recorded_at, 0), p.recorded_floor, p.turn
        FROM progress p LEFT JOIN LATERAL (SELECT position, hash, recorded_at FROM events ORDER BY position DESC LIMIT 1) AS last ON true";
    truth_of(&sqlx::query(query).fetch_one(connection).await?)
}

/// Head, floor and turn in the first columns of a row.
pub(super) fn truth_of(row: &PgRow) -> Result<Truth, sqlx::Error> {
    let read = || {
        Ok(Truth {
            head: head_at(row, 0)?,
            floor: instant_at(row, 3)?,
            turn: row.try_get(4).map_err(unreadable)?,
        })
    };
    read().map_err(|error: ReadError| sqlx::Error::Decode(error.into()))
}

/// At most so many events behind a position.
pub(super) async fn events_behind(
    connection: &mut PgConnection,
    after: u64,
    limit: usize,
    recent: &Recent,
) -> Result<Vec<Recorded>, ReadError> {
    let query = sqlx::query(select_events!("WHERE position > $1 ORDER BY position LIMIT $2"))
        .bind(sql(after))
        .bind(sql_limit(limit));
    events(connection, query, recent).await
}

/// The hash of the event at a position, if there is one.
pub(super) async fn hash_of(
    connection: &mut PgConnection,
    position: u64,
) -> Result<Option<[u8; 32]>, ReadError> {
    let found = sqlx::query("SELECT hash FROM events WHERE position = $1")
        .bind(sql(position))
        .fetch_optional(connection)
        .await;
    found.map_err(unreadable)?.map(|row| hash_at(&row, 0)).transpose()
}

async fn events(
    connection: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
    recent: &Recent,
) -> Result<Vec<Recorded>, ReadError> {
    let found = query.fetch_all(&mut *connection).await.map_err(unreadable)?;
    let mut rows = Rows::new(recent.kinds());
    if !rows.know(&found)? {
        rows = Rows::new(recent.learn(kinds(connection).await?));
    }
    found.iter().map(|row| rows.event(row)).collect()
}

/// Up to where the database says that the chain was verified, or written by a process that had verified what
/// was before.
pub(super) async fn noted(connection: &mut PgConnection) -> Result<Witness, ReadError> {
    let query = sqlx::query("SELECT verified_position, verified_hash FROM progress");
    let row = query.fetch_one(connection).await.map_err(unreadable)?;
    Ok(Witness { kind: WitnessKind::Notes, position: number(&row, 0)?, hash: hash_at(&row, 1)? })
}
