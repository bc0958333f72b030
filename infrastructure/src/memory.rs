//! Stores in the memory of the process, for unit tests and simulation: they keep the contracts of the ports,
//! and nothing else.

mod event_store;
mod view_store;

pub use event_store::{MemoryEventStore, MemoryRestore};
pub use view_store::MemoryViewStore;
