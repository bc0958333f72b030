//! Follows what other processes write: notes in the status how far their views are, so that queries here can
//! wait for a position.

use super::ViewStatus;
use crate::view_store::ViewStore;
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// Begins to follow, as long as somebody uses the status and the store is open.
pub(crate) fn begin(runtime: &Handle, store: &Arc<dyn ViewStore>, status: &Arc<ViewStatus>) {
    runtime.spawn(follow(store.signals(), Arc::downgrade(status)));
}

async fn follow(
    mut signals: tokio::sync::watch::Receiver<crate::view_store::StoreSignals>,
    status: Weak<ViewStatus>,
) {
    loop {
        {
            let Some(status) = status.upgrade() else { return };
            status.set_served_elsewhere(&signals.borrow_and_update().served);
        }
        if signals.changed().await.is_err() {
            return;
        }
    }
}
