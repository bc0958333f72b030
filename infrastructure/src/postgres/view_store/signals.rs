//! What processes tell each other over the channel of their schema: how far queries see, and leases given
//! up. One notification for each batch; one that gets lost is made up for by looking now and then.

use super::{
    failure::{Outcome, of_postgres},
    values::unsigned,
};
use crate::postgres::{
    Database,
    listener::Listener,
    pool::{Asking, Pool, ask},
};
use khata_projections::view_store::StoreSignals;
use sqlx::{PgConnection, Row};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::watch;

/// What is looked for though nobody told it.
const LOOK: Duration = Duration::from_secs(1);
/// After so long without an answer none will come.
const SILENCE: Duration = Duration::from_secs(10);
/// PostgreSQL takes no longer message than 8000 bytes.
const LONGEST: usize = 7_900;

/// A lease was given up.
pub(super) const RELEASED: &str = "released";
/// An operator asks for something.
pub(super) const REQUESTED: &str = "requested";
/// Something has changed that is too much to tell.
pub(super) const LOOK_YOURSELF: &str = "look";

/// Positions as they are told: `{"accounts":1042}`.
pub(super) fn served(positions: &BTreeMap<&str, u64>) -> String {
    let told = serde_json::to_string(positions).unwrap_or_default();
    if told.is_empty() || told.len() > LONGEST { LOOK_YOURSELF.to_owned() } else { told }
}

/// Tells everybody, once the transaction is committed.
pub(super) async fn notify(transaction: &mut PgConnection, schema: &str, message: &str) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(channel(schema))
        .bind(message)
        .execute(transaction)
        .await
        .map(drop)
}

/// No name of a schema has a slash in it: no other namespace's channel is called so.
fn channel(schema: &str) -> String {
    format!("{schema}/views")
}

/// Listens until the pool is closed.
pub(super) async fn listen(database: Database, pool: Pool, signals: watch::Sender<StoreSignals>) {
    while !pool.is_closed() {
        tokio::select! {
            () = pool.closed() => return,
            heard = listen_once(&database, &pool, &signals) => if let Err(error) = heard {
                tracing::warn!(%error, "changes by other processes cannot be listened for; the views are polled meanwhile");
            },
        }
        tokio::select! {
            () = pool.closed() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let _looked = look(&pool, &signals).await;
    }
}

/// Until the connection is lost, or says nothing any more.
async fn listen_once(database: &Database, pool: &Pool, signals: &watch::Sender<StoreSignals>) -> Outcome<()> {
    let mut listener = Listener::begin(database, "views listener", &channel(&database.schema())).await?;
    missed(signals);
    look(pool, signals).await?;
    loop {
        match listener.next_within(LOOK).await? {
            Some(payload) if hear(&payload, signals) => {}
            Some(_) | None => look(pool, signals).await?,
        }
    }
}

/// Something may have been told while nobody listened: whoever waits for it looks once.
fn missed(signals: &watch::Sender<StoreSignals>) {
    signals.send_modify(|told| {
        told.releases += 1;
        told.requests += 1;
    });
}

/// False if one has to look.
fn hear(payload: &str, signals: &watch::Sender<StoreSignals>) -> bool {
    if payload == RELEASED {
        signals.send_modify(|told| told.releases += 1);
        return true;
    }
    if payload == REQUESTED {
        signals.send_modify(|told| told.requests += 1);
        return true;
    }
    let Ok(positions) = serde_json::from_str::<BTreeMap<String, u64>>(payload) else { return false };
    signals.send_if_modified(|told| {
        let mut changed = false;
        for (projection, position) in positions {
            changed |= told.served.insert(projection, position) != Some(position);
        }
        changed
    });
    true
}

async fn look(pool: &Pool, signals: &watch::Sender<StoreSignals>) -> Outcome<()> {
    let served = asked(pool).await?;
    signals.send_if_modified(|told| {
        let changed = told.served != served;
        told.served = served;
        changed
    });
    Ok(())
}

async fn asked(pool: &Pool) -> Outcome<BTreeMap<String, u64>> {
    ask!(pool, Asking::one(SILENCE), |connection| positions(connection)).map_err(of_postgres)
}

async fn positions(connection: &mut PgConnection) -> sqlx::Result<BTreeMap<String, u64>> {
    let rows = sqlx::query("SELECT projection, position FROM khata_generations WHERE status = 'active'")
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, unsigned(row.try_get(1)?)))).collect()
}

/// As things stand.
pub(super) async fn now(pool: &Pool) -> Outcome<StoreSignals> {
    let served = asked(pool).await?;
    Ok(StoreSignals { served, ..StoreSignals::default() })
}
