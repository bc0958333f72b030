//! Bounds of the executor.

/// Bounds of the executor.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Commands under way at once; more are refused as `Overloaded`. At most what the store's queue takes.
    pub in_flight: usize,
    /// Aggregates kept in memory.
    pub cached_aggregates: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 8_192, cached_aggregates: 50_000 }
    }
}
