//! The executor's metrics. They are kept at hand: looking them up would cost more than counting.

use metrics::{Counter, Histogram, counter, histogram};
use std::{sync::LazyLock, time::Instant};

static APPEND_SECONDS: LazyLock<Histogram> = LazyLock::new(|| histogram!("khata_append_seconds"));
static CONFLICTS: LazyLock<Counter> = LazyLock::new(|| counter!("khata_command_conflicts_total"));

/// An append that was queued at an instant is durable, or was told that it cannot be.
pub(super) fn settled(queued: Instant) {
    APPEND_SECONDS.record(queued.elapsed().as_secs_f64());
}

/// A decision rested on what others had changed meanwhile; it is made again.
pub(super) fn conflict() {
    CONFLICTS.increment(1);
}
