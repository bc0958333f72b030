//! How far the pools of connections are in use, measured when somebody asks for metrics.

use super::pool::Pool;
use metrics::gauge;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

/// A pool that is measured as long as its store holds this.
#[derive(Debug)]
pub(super) struct Watched {
    name: &'static str,
    most: u32,
    pool: Pool,
}

static POOLS: Mutex<Vec<Weak<Watched>>> = Mutex::new(Vec::new());

/// Measures a pool from now on.
pub(super) fn watch(name: &'static str, most: u32, pool: &Pool) -> Arc<Watched> {
    let watched = Arc::new(Watched { name, most, pool: pool.clone() });
    POOLS.lock().push(Arc::downgrade(&watched));
    watched
}

/// Takes the measures of all pools of this process.
pub fn measure() {
    let mut pools = POOLS.lock();
    pools.retain(|pool| pool.strong_count() > 0);
    for watched in pools.iter().filter_map(Weak::upgrade) {
        let (busy, idle) = watched.pool.in_use();
        let connections = |state| gauge!("khata_pool_connections", "pool" => watched.name, "state" => state);
        connections("busy").set(f64::from(busy));
        connections("idle").set(f64::from(idle));
        gauge!("khata_pool_max_connections", "pool" => watched.name).set(f64::from(watched.most));
    }
}
