//! Hears of what other processes commit: by notification, at once, and by asking now and then, since a notification may be lost.

use super::{recent::Recent, rows::unreadable};
use crate::postgres::connect::Database;
use khata_application::event_store::ReadError;
use sqlx::{PgPool, postgres::PgListener};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// So often the head is asked for.
const POLL: Duration = Duration::from_millis(500);

/// Listens and asks until the store is closed.
pub(super) async fn stay_awake(database: Database, pool: PgPool, channel: String, recent: Arc<Recent>, mut closed: watch::Receiver<bool>) {
    tokio::select! {
        _ = closed.wait_for(|closed| *closed) => {}
        () = listen(&database, &channel, &recent) => {}
        () = poll(&pool, &recent) => {}
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
        if let Some(position) = listener.try_recv().await?.and_then(|notification| notification.payload().parse().ok()) {
            recent.hear(position);
        }
    }
}

async fn poll(pool: &PgPool, recent: &Recent) {
    loop {
        match head(pool).await {
            Ok(position) => recent.hear(position),
            Err(error) => tracing::debug!(%error, "the head of the event log cannot be asked for"),
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn head(pool: &PgPool) -> Result<u64, ReadError> {
    let head: i64 = sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM events").fetch_one(pool).await.map_err(unreadable)?;
    Ok(u64::try_from(head).unwrap_or(0))
}
