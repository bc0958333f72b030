//! Follows what other processes write: tells the board how far their views are, so that queries here can wait
//! for a position.

use super::Board;
use crate::view_store::ViewStore;
use std::sync::{Arc, Weak};
use tokio::runtime::Handle;

/// Begins to follow, as long as somebody uses the board and the store is open.
pub(crate) fn begin(runtime: &Handle, store: &Arc<dyn ViewStore>, board: &Arc<Board>) {
    runtime.spawn(follow(store.tidings(), Arc::downgrade(board)));
}

async fn follow(mut tidings: tokio::sync::watch::Receiver<crate::view_store::Tidings>, board: Weak<Board>) {
    loop {
        {
            let Some(board) = board.upgrade() else { return };
            board.tell_served_elsewhere(&tidings.borrow_and_update().served);
        }
        if tidings.changed().await.is_err() {
            return;
        }
    }
}
