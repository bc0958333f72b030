//! What is counted in the signals of a store, as it grows.

use crate::view_store::StoreSignals;
use std::time::Duration;
use tokio::sync::watch;

/// A count among the signals, since this was made.
#[derive(Clone)]
pub(super) struct Changes {
    signals: watch::Receiver<StoreSignals>,
    count: fn(&StoreSignals) -> u64,
    known: u64,
}

impl Changes {
    pub(super) fn of(mut signals: watch::Receiver<StoreSignals>, count: fn(&StoreSignals) -> u64) -> Self {
        let known = count(&signals.borrow_and_update());
        Self { signals, count, known }
    }

    /// Waits until there are more.
    pub(super) async fn next(&mut self) {
        let (known, count) = (self.known, self.count);
        let grown =
            self.signals.wait_for(|signals| count(signals) != known).await.map(|signals| count(&signals));
        match grown {
            Ok(grown) => self.known = grown,
            // The store is closed: it tells nothing any more.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until there are more, at most so long.
    pub(super) async fn next_within(&mut self, patience: Duration) {
        let _none_came = tokio::time::timeout(patience, self.next()).await;
    }
}
