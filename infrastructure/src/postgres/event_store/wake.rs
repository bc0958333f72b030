//! Hears of what other processes commit: by notification, at once, and by asking now and then, since a
//! notification may be lost. The same question tells whether the log still is the one that was followed.

use super::{
    read::Reader,
    recent::Recent,
    rows::{number, sql, unreadable},
};
use crate::postgres::{Database, listener::Listener, pool::Unasked};
use khata_application::event_store::{Head, ReadError};
use sqlx::Row;
use std::time::Duration;
use tokio::sync::watch;

/// So often the head is asked for.
const POLL: Duration = Duration::from_millis(500);
/// So often it is looked whether the connection that listens still lives.
const LISTEN: Duration = Duration::from_secs(5);

/// Listens and asks until the store is closed.
pub(super) async fn stay_awake(
    database: Database,
    reader: Reader,
    channel: String,
    mut closed: watch::Receiver<bool>,
) {
    tokio::select! {
        _ = closed.wait_for(|closed| *closed) => {}
        () = listen(&database, &channel, &reader.recent) => {}
        () = poll(&reader) => {}
    }
}

/// Ends never: a lost connection is made again, and what it missed is found by asking.
async fn listen(database: &Database, channel: &str, recent: &Recent) {
    loop {
        if let Err(error) = hear(database, channel, recent).await {
            tracing::debug!(%error, "the event store cannot listen for notifications and polls meanwhile");
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn hear(database: &Database, channel: &str, recent: &Recent) -> Result<(), Unasked> {
    let mut listener = Listener::begin(database, "listener", channel).await?;
    loop {
        let payload = listener.next_within(LISTEN).await?;
        payload.and_then(|told| told.parse().ok()).into_iter().for_each(|position| recent.hear(position));
    }
}

async fn poll(reader: &Reader) {
    loop {
        // Before the question: what was known then is in the log of any later moment.
        let known = reader.recent.head();
        match seen(reader, known).await {
            Ok(Seen { position, holds_known }) => {
                reader.recent.answered();
                let told = || {
                    format!(
                        "it ends at position {position}, and the event that was at position {} is not in it",
                        known.position
                    )
                };
                reader.recent.replaced((!holds_known).then(told));
                reader.recent.hear(position);
            }
            Err(error) => tracing::debug!(%error, "the head of the event log cannot be read"),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The log as it is.
struct Seen {
    position: u64,
    /// The last event that this process has followed is in it, where it was.
    holds_known: bool,
}

async fn seen(reader: &Reader, known: Head) -> Result<Seen, ReadError> {
    let query = "SELECT coalesce(max(position), 0), $1 = 0 OR coalesce((SELECT hash FROM events WHERE position = $1) = $2, false) FROM events";
    let query = sqlx::query(query).bind(sql(known.position)).bind(known.hash.as_slice());
    let row = reader.ask(async |connection| query.fetch_one(connection).await.map_err(unreadable)).await?;
    Ok(Seen { position: number(&row, 0)?, holds_known: row.try_get(1).map_err(unreadable)? })
}
