//! The one statement that makes a batch durable: it passes the gate, and adds everything if the log still is
//! as the writer believed when it decided. The lock that the gate takes is held until the statement's
//! transaction is over.

use super::{
    columns::{BIGINT, BYTEA, Column, INTEGER, TEXT, UUID},
    lookup::{Lookups, Needs, Writes},
    read::{Truth, truth_of},
    rows::{instant_at, number, sql, uuid_at},
};
use crate::{SealKey, sequencer::StreamEnd};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    event_store::{KeyClaim, KeyRecord, ReadError},
};
use sqlx::{PgConnection, Row, postgres::PgRow};

const COMMIT: &str = "WITH gate AS MATERIALIZED (SELECT * FROM khata_gate($1)),
    fits AS MATERIALIZED (SELECT FROM gate WHERE head_position = $2 AND head_hash = $3 AND recorded_floor = $4 AND turn = $5),
    appended AS (
        INSERT INTO events (position, stream, version, kind, schema_version, event_id, recorded_at, effective_at, hash, data, metadata)
        SELECT * FROM unnest($6::bigint[], $7::text[], $8::bigint[], $9::integer[], $10::integer[], $11::uuid[], $12::bigint[], $13::bigint[],
            $14::bytea[], $15::text[], $16::text[])
        WHERE EXISTS (SELECT FROM fits)),
    named AS (
        INSERT INTO kinds (id, category, event_type) SELECT * FROM unnest($17::integer[], $18::text[], $19::text[]) WHERE EXISTS (SELECT FROM fits)),
    keyed AS (
        INSERT INTO keys (scope, key, fingerprint, decided_at, stream, version, events, position, seal)
        SELECT * FROM unnest($20::text[], $21::text[], $22::text[], $23::bigint[], $24::text[], $25::bigint[], $26::bigint[], $27::bigint[], $33::bytea[])
        WHERE EXISTS (SELECT FROM fits)),
    noted AS (
        UPDATE progress SET recorded_floor = greatest(recorded_floor, $28),
            verified_hash = CASE WHEN $29 > verified_position THEN $30 ELSE verified_hash END, verified_position = greatest(verified_position, $29)
        WHERE ($28 IS NOT NULL OR $29 IS NOT NULL) AND EXISTS (SELECT FROM fits))
    SELECT head_position, head_hash, head_recorded_at, recorded_floor, turn, EXISTS (SELECT FROM fits) AS fitted,
        CASE WHEN $31::text IS NOT NULL AND EXISTS (SELECT FROM fits) THEN pg_notify($32, $31)::text END
    FROM gate";

/// The way out of a row whose seal does not fit.
pub(super) const REPAIR: &str = "`khata audit repair-index` repairs it from the events";

/// What became of a batch.
pub(super) enum Sent {
    /// It is stored; durable, unless it is within a transaction.
    Stored,
    /// The log was not as believed, but like this. Nothing was stored.
    Moved(Truth),
}

/// Where the lock of a log is, and its channel for notifications.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    /// What the rows of keys are sealed with.
    pub(super) seal: SealKey,
    pub(super) lock_key: i64,
    pub(super) channel: String,
}

impl Gate {
    /// Takes the lock until the end of the transaction, and tells what holds then.
    pub(super) async fn enter(&self, connection: &mut PgConnection) -> sqlx::Result<Truth> {
        let query =
            "SELECT head_position, head_hash, head_recorded_at, recorded_floor, turn FROM khata_gate($1)";
        truth_of(&sqlx::query(query).bind(self.lock_key).fetch_one(connection).await?)
    }

    /// Stores a batch, if the log is as believed. `floor`: the floor after the batch.
    pub(super) async fn commit(
        &self,
        connection: &mut PgConnection,
        believed: Truth,
        writes: &Writes,
        floor: Timestamp,
    ) -> sqlx::Result<Sent> {
        let Writes { events, kinds, new_kinds, keys, raise_floor, verified } = writes;
        let told = events.last().map(|last| last.position.to_string());
        let row = sqlx::query(COMMIT)
            .bind(self.lock_key)
            .bind(sql(believed.head.position))
            .bind(believed.head.hash.as_slice())
            .bind(believed.floor.as_microsecond())
            .bind(believed.turn)
            .bind(Column::of(BIGINT, events, |event: &Recorded, bytes| big(bytes, sql(event.position))))
            .bind(Column::of(TEXT, events, |event: &Recorded, bytes| text(bytes, event.stream.as_str())))
            .bind(Column::of(BIGINT, events, |event: &Recorded, bytes| big(bytes, sql(event.version))))
            .bind(Column::of(INTEGER, kinds, |kind: &u32, bytes| {
                bytes.extend_from_slice(&kind.to_be_bytes())
            }))
            .bind(Column::of(INTEGER, events, |event: &Recorded, bytes| {
                bytes.extend_from_slice(&event.schema_version.to_be_bytes())
            }))
            .bind(Column::of(UUID, events, |event: &Recorded, bytes| {
                bytes.extend_from_slice(event.event_id.as_bytes())
            }))
            .bind(Column::of(BIGINT, events, |event: &Recorded, bytes| {
                big(bytes, event.recorded_at.as_microsecond())
            }))
            .bind(Column::of(BIGINT, events, |event: &Recorded, bytes| {
                big(bytes, event.effective_at.as_microsecond())
            }))
            .bind(Column::of(BYTEA, events, |event: &Recorded, bytes| bytes.extend_from_slice(&event.hash)))
            .bind(Column::of(TEXT, events, |event: &Recorded, bytes| text(bytes, &event.data)))
            .bind(Column::of(TEXT, events, |event: &Recorded, bytes| text(bytes, &event.metadata)))
            .bind(Column::of(INTEGER, new_kinds, |kind: &crate::kinds::Kind, bytes| {
                bytes.extend_from_slice(&kind.id.to_be_bytes())
            }))
            .bind(Column::of(TEXT, new_kinds, |kind: &crate::kinds::Kind, bytes| text(bytes, &kind.category)))
            .bind(Column::of(TEXT, new_kinds, |kind: &crate::kinds::Kind, bytes| {
                text(bytes, &kind.event_type)
            }))
            .bind(Column::of(TEXT, keys, |key: &KeyRecord, bytes| text(bytes, &key.claim.scope)))
            .bind(Column::of(TEXT, keys, |key: &KeyRecord, bytes| text(bytes, &key.claim.key)))
            .bind(Column::of(TEXT, keys, |key: &KeyRecord, bytes| text(bytes, &key.claim.fingerprint)))
            .bind(Column::of(BIGINT, keys, |key: &KeyRecord, bytes| {
                big(bytes, key.claim.decided_at.as_microsecond())
            }))
            .bind(Column::of(TEXT, keys, |key: &KeyRecord, bytes| text(bytes, key.stream.as_str())))
            .bind(Column::of(BIGINT, keys, |key: &KeyRecord, bytes| big(bytes, sql(key.version))))
            .bind(Column::of(BIGINT, keys, |key: &KeyRecord, bytes| big(bytes, sql(key.events))))
            .bind(Column::of(BIGINT, keys, |key: &KeyRecord, bytes| big(bytes, sql(key.position))))
            .bind(raise_floor.then(|| floor.as_microsecond()))
            .bind(verified.map(|head| sql(head.position)))
            .bind(verified.map(|head| head.hash.to_vec()))
            .bind(told)
            .bind(&self.channel)
            .bind(Column::of(BYTEA, keys, |key: &KeyRecord, bytes| {
                bytes.extend_from_slice(&self.seal.key(key))
            }))
            .fetch_one(connection)
            .await?;
        if row.try_get::<bool, _>(5)? { Ok(Sent::Stored) } else { Ok(Sent::Moved(truth_of(&row)?)) }
    }
}

fn big(bytes: &mut Vec<u8>, number: i64) {
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(text.as_bytes());
}

/// Looks up what is needed: keys and ids into the lookups; gives the ends of the streams that were asked for.
pub(super) async fn look_up(
    connection: &mut PgConnection,
    seal: &SealKey,
    needs: &Needs,
    lookups: &mut Lookups,
) -> sqlx::Result<Vec<(StreamName, StreamEnd)>> {
    let mut ends: Vec<(StreamName, StreamEnd)> =
        needs.streams.iter().map(|stream| (stream.clone(), StreamEnd::default())).collect();
    if !ends.is_empty() {
        let query = "SELECT asked.number, last.version, last.event_id FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, number)
            CROSS JOIN LATERAL (SELECT version, event_id FROM events WHERE stream = asked.name ORDER BY version DESC LIMIT 1) AS last";
        let names =
            Column::of(TEXT, &needs.streams, |stream: &StreamName, bytes| text(bytes, stream.as_str()));
        for row in sqlx::query(query).bind(names).fetch_all(&mut *connection).await? {
            let number = usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0);
            if let Some((_, end)) = number.checked_sub(1).and_then(|index| ends.get_mut(index)) {
                *end = end_of(&row).map_err(decoded)?;
            }
        }
    }
    if !needs.keys.is_empty() {
        lookups.keys.extend(keys(connection, seal, &needs.keys).await?);
    }
    if !needs.ids.is_empty() {
        let ids =
            Column::of(UUID, &needs.ids, |id: &uuid::Uuid, bytes| bytes.extend_from_slice(id.as_bytes()));
        for row in sqlx::query("SELECT event_id, position FROM events WHERE event_id = ANY($1)")
            .bind(ids)
            .fetch_all(connection)
            .await?
        {
            lookups.ids.insert(uuid_at(&row, 0).map_err(decoded)?, number(&row, 1).map_err(decoded)?);
        }
    }
    Ok(ends)
}

/// What some keys led to, as far as they were used. Each is a scope and a key; a damaged row is the problem
/// of its own key alone.
pub(super) async fn keys(
    connection: &mut PgConnection,
    seal: &SealKey,
    asked: &[(String, String)],
) -> sqlx::Result<Vec<((String, String), Result<KeyRecord, ReadError>)>> {
    let query = "SELECT k.scope, k.key, fingerprint, decided_at, stream, version, events, position, seal
        FROM unnest($1::text[], $2::text[]) AS asked (scope, key) JOIN keys k ON k.scope = asked.scope AND k.key = asked.key";
    let scopes = Column::of(TEXT, asked, |(scope, _): &(String, String), bytes| text(bytes, scope));
    let names = Column::of(TEXT, asked, |(_, key): &(String, String), bytes| text(bytes, key));
    let found = sqlx::query(query).bind(scopes).bind(names).fetch_all(connection).await?;
    found.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), sealed_key(seal, row)))).collect()
}

/// A key in the first columns of a row.
pub(super) fn key_of(row: &PgRow) -> Result<KeyRecord, ReadError> {
    let text = |column: usize| row.try_get::<String, _>(column).map_err(super::rows::unreadable);
    let claim =
        KeyClaim { scope: text(0)?, key: text(1)?, fingerprint: text(2)?, decided_at: instant_at(row, 3)? };
    let name = text(4)?;
    let stream = StreamName::parse(&name)
        .map_err(|_| ReadError::Corrupt(format!("{name:?} is no name of a stream")))?;
    Ok(KeyRecord {
        claim,
        stream,
        version: number(row, 5)?,
        events: number(row, 6)?,
        position: number(row, 7)?,
    })
}

/// A key in the first columns of a row, if the seal behind it fits. One without a seal was stored by a Khata
/// that knows none.
pub(super) fn sealed_key(seal: &SealKey, row: &PgRow) -> Result<KeyRecord, ReadError> {
    let record = key_of(row)?;
    match row.try_get::<Option<Vec<u8>>, _>(8).map_err(super::rows::unreadable)? {
        Some(found) if found != seal.key(&record) => Err(ReadError::Corrupt(format!(
            "the row of the idempotency key {:?} does not carry its seal: {REPAIR}",
            record.claim.key
        ))),
        _ => Ok(record),
    }
}

fn end_of(row: &PgRow) -> Result<StreamEnd, ReadError> {
    Ok(StreamEnd { version: number(row, 1)?, last_event_id: Some(uuid_at(row, 2)?) })
}

fn decoded(error: ReadError) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
