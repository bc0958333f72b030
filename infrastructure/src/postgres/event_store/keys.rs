//! Learns at start, beside everything else, which idempotency keys are stored, so that new ones need not be
//! looked up.

use super::{read::Reader, rows::unreadable};
use crate::key_filter::{KeyFilter, key_hash};
use khata_application::event_store::ReadError;
use sqlx::Row;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// So many are read at a time.
const PAGE: i64 = 10_000;
/// After a failure it is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// Takes note of all keys that are stored when the store is opened. What this process stores, its writer
/// notes.
pub(super) async fn learn(reader: Reader, filter: Arc<KeyFilter>, mut closed: watch::Receiver<bool>) {
    let learning = async {
        let mut after = 0;
        loop {
            match page(&reader, after, &filter).await {
                Ok(Some(last)) => after = last,
                Ok(None) => return filter.has_learnt(),
                Err(error) => {
                    tracing::debug!(%error, "the idempotency keys cannot be loaded; they are looked up one by one meanwhile");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        _ = closed.wait_for(|closed| *closed) => {}
        () = learning => {}
    }
}

/// The next keys behind an id; the last one's id, if there were any.
async fn page(reader: &Reader, after: i64, filter: &KeyFilter) -> Result<Option<i64>, ReadError> {
    let query = sqlx::query("SELECT id, scope, key FROM keys WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(PAGE);
    let rows = reader.ask(async |connection| query.fetch_all(connection).await.map_err(unreadable)).await?;
    for row in &rows {
        let (scope, key): (&str, &str) =
            (row.try_get(1).map_err(unreadable)?, row.try_get(2).map_err(unreadable)?);
        filter.insert(key_hash(scope, key));
    }
    rows.last().map(|row| row.try_get(0).map_err(unreadable)).transpose()
}
