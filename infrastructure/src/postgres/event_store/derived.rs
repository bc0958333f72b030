//! Compares what the database holds beside the events with the events. Its indexes are the server's own.

use super::{
    columns::{Column, TEXT},
    commit::sealed_key,
    read::{sealed_snapshot, snapshot_of},
    rows::{number, sql, unreadable},
};
use crate::SealKey;
use khata_application::{
    StreamName,
    event_store::{
        ReadError, Snapshot,
        stored_log::{Fault, MOST_FAULTS},
    },
};
use sqlx::{PgConnection, Row, postgres::PgRow};

/// Events compared in one question.
const EVENTS: u64 = 50_000;
/// Keys or snapshots looked at in one question.
const ROWS: i64 = 5_000;

/// A comparison under way: one question after the other, so that others are asked in between.
pub(super) struct Comparison {
    pub(super) seal: SealKey,
    pub(super) faults: Vec<Fault>,
}

/// What is to be compared next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    KindsBehind(u64),
    KeysBehind(i64),
    SnapshotsBehind(String, i64),
    Nothing,
}

impl Comparison {
    fn tell(&mut self, part: &str, reason: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { part: part.to_owned(), reason });
        }
    }

    pub(super) async fn compare(
        &mut self,
        connection: &mut PgConnection,
        next: &Next,
    ) -> Result<Next, ReadError> {
        match next {
            Next::KindsBehind(position) => self.kinds(connection, *position).await,
            Next::KeysBehind(id) => self.keys(connection, *id).await,
            Next::SnapshotsBehind(stream, version) => self.snapshots(connection, stream, *version).await,
            Next::Nothing => Ok(Next::Nothing),
        }
    }

    async fn kinds(&mut self, connection: &mut PgConnection, after: u64) -> Result<Next, ReadError> {
        let query = "SELECT DISTINCT e.kind, coalesce(k.category, ''), split_part(e.stream, '-', 1) FROM events e LEFT JOIN kinds k ON k.id = e.kind
            WHERE position > $1 AND position <= $2 AND k.category IS DISTINCT FROM split_part(e.stream, '-', 1) LIMIT 100";
        let query = sqlx::query(query).bind(sql(after)).bind(sql(after + EVENTS));
        for row in query.fetch_all(&mut *connection).await.map_err(unreadable)? {
            let (kind, said, found): (i32, String, String) = (
                row.try_get(0).map_err(unreadable)?,
                row.try_get(1).map_err(unreadable)?,
                row.try_get(2).map_err(unreadable)?,
            );
            self.tell(
                "kinds",
                format!("kind {kind} has the category {said:?}, and streams of {found} have events of it"),
            );
        }
        let head: Option<i64> = sqlx::query_scalar("SELECT max(position) FROM events")
            .fetch_one(connection)
            .await
            .map_err(unreadable)?;
        let ends = head.is_none_or(|head| sql(after + EVENTS) >= head);
        Ok(if ends { Next::KeysBehind(0) } else { Next::KindsBehind(after + EVENTS) })
    }

    async fn keys(&mut self, connection: &mut PgConnection, after: i64) -> Result<Next, ReadError> {
        let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal, id FROM keys
            WHERE id > $1 ORDER BY id LIMIT $2";
        let rows =
            sqlx::query(query).bind(after).bind(ROWS).fetch_all(connection).await.map_err(unreadable)?;
        for row in &rows {
            match sealed_key(&self.seal, row) {
                Ok(_) => {}
                Err(ReadError::Corrupt(reason)) => self.tell("idempotency keys", reason),
                Err(error) => return Err(error),
            }
        }
        match rows.last().filter(|_| rows.len() as i64 == ROWS) {
            Some(last) => Ok(Next::KeysBehind(last.try_get(9).map_err(unreadable)?)),
            None => Ok(Next::SnapshotsBehind(String::new(), 0)),
        }
    }

    async fn snapshots(
        &mut self,
        connection: &mut PgConnection,
        stream: &str,
        version: i64,
    ) -> Result<Next, ReadError> {
        // Those without a seal are never used.
        let query =
            "SELECT version, last_event_id, recorded_at, state_schema, state, seal, stream FROM snapshots
            WHERE (stream, version) > ($1, $2) AND seal IS NOT NULL ORDER BY stream, version LIMIT $3";
        let rows = sqlx::query(query)
            .bind(stream)
            .bind(version)
            .bind(ROWS)
            .fetch_all(connection)
            .await
            .map_err(unreadable)?;
        for row in &rows {
            let name = stream_at(row, 6)?;
            if !matches!(sealed_snapshot(&self.seal, &name, row), Ok(Some(_))) {
                self.tell("snapshots", format!("one of {name} does not carry its seal"));
            }
        }
        match rows.last().filter(|_| rows.len() as i64 == ROWS) {
            Some(last) => Ok(Next::SnapshotsBehind(
                last.try_get(6).map_err(unreadable)?,
                last.try_get(0).map_err(unreadable)?,
            )),
            None => Ok(Next::Nothing),
        }
    }
}

fn stream_at(row: &PgRow, column: usize) -> Result<StreamName, ReadError> {
    let name: &str = row.try_get(column).map_err(unreadable)?;
    StreamName::parse(name).map_err(|_| ReadError::Corrupt(format!("{name:?} is no name of a stream")))
}

/// Streams and versions of all snapshots that may be used.
pub(super) async fn snapshot_places(
    connection: &mut PgConnection,
) -> Result<Vec<(StreamName, u64)>, ReadError> {
    let query = sqlx::query("SELECT stream, version FROM snapshots WHERE seal IS NOT NULL");
    let rows = query.fetch_all(connection).await.map_err(unreadable)?;
    rows.iter().map(|row| Ok((stream_at(row, 0)?, number(row, 1)?))).collect()
}

/// A snapshot, whether it carries its seal or not.
pub(super) async fn snapshot_at(
    connection: &mut PgConnection,
    stream: &StreamName,
    version: u64,
) -> Result<Option<Snapshot>, ReadError> {
    let query = "SELECT version, last_event_id, recorded_at, state_schema, state FROM snapshots WHERE stream = $1 AND version = $2";
    let found = sqlx::query(query)
        .bind(stream.as_str())
        .bind(sql(version))
        .fetch_optional(connection)
        .await
        .map_err(unreadable)?;
    found.map(|row| snapshot_of(&row)).transpose()
}

/// Which of some keys have no row.
pub(super) async fn keys_missing(
    connection: &mut PgConnection,
    asked: &[(String, String)],
) -> Result<Vec<(String, String)>, ReadError> {
    let query = "SELECT asked.scope, asked.key FROM unnest($1::text[], $2::text[]) AS asked (scope, key)
        WHERE NOT EXISTS (SELECT FROM keys k WHERE k.scope = asked.scope AND k.key = asked.key)";
    let scopes = Column::of(TEXT, asked, |(scope, _): &(String, String), bytes| {
        bytes.extend_from_slice(scope.as_bytes())
    });
    let names =
        Column::of(TEXT, asked, |(_, key): &(String, String), bytes| bytes.extend_from_slice(key.as_bytes()));
    let rows = sqlx::query(query).bind(scopes).bind(names).fetch_all(connection).await.map_err(unreadable)?;
    rows.iter()
        .map(|row| Ok((row.try_get(0).map_err(unreadable)?, row.try_get(1).map_err(unreadable)?)))
        .collect()
}
