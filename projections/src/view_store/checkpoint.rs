//! How far a generation has come.

use khata_application::hash_chain::GENESIS;

/// How far a generation has come: the last event that it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// The event's position; 0 before the first.
    pub position: u64,
    /// The event's hash, which ties the view to this very log.
    pub hash: [u8; 32],
}

impl Checkpoint {
    /// Before the first event.
    pub const START: Self = Self { position: 0, hash: GENESIS };
}
