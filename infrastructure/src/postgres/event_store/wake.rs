//! Hears of what other processes commit: by notification, at once, and by asking now and then, since a notification may be lost.

use super::{read::Reader, recent::Recent, rows::unreadable, trouble::within};
use crate::postgres::connect::Database;
use khata_application::event_store::ReadError;
use sqlx::{Executor, PgPool, postgres::PgListener};
use std::time::Duration;
use tokio::sync::watch;

/// So often the head is asked for.
const POLL: Duration = Duration::from_millis(500);
/// After so long without a notification it is made sure that the connection still lives: a machine that is gone says nothing either.
const SILENCE: Duration = Duration::from_secs(30);

/// Listens and asks until the store is closed.
pub(super) async fn stay_awake(database: Database, reader: Reader, channel: String, mut closed: watch::Receiver<bool>) {
    tokio::select! {
        _ = closed.wait_for(|closed| *closed) => {}
        () = listen(&database, &channel, &reader.recent) => {}
        () = poll(&reader) => {}
    }
}

/// Ends never: a lost connection is made again, and what it missed is found by asking.
async fn listen(database: &Database, channel: &str, recent: &Recent) {
    let pool = database.pool("listener", 1, Duration::from_secs(30));
    loop {
        if let Err(error) = hear(&pool, channel, recent).await {
            tracing::debug!(%error, "the event store cannot listen for notifications; it asks meanwhile");
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn hear(pool: &PgPool, channel: &str, recent: &Recent) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(channel).await?;
    loop {
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(notification) => notification?.and_then(|told| told.payload().parse().ok()).into_iter().for_each(|position| recent.hear(position)),
            Err(_) => within(listener.execute("SELECT 1")).await.map(|_| ())?,
        }
    }
}

async fn poll(reader: &Reader) {
    loop {
        match head(reader).await {
            Ok(position) => {
                reader.recent.answered();
                reader.recent.hear(position);
            }
            Err(error) => tracing::debug!(%error, "the head of the event log cannot be asked for"),
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn head(reader: &Reader) -> Result<u64, ReadError> {
    let query = sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM events");
    let head: i64 = reader.ask(async |connection| query.fetch_one(connection).await.map_err(unreadable)).await?;
    Ok(u64::try_from(head).unwrap_or(0))
}
