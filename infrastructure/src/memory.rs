//! Stores in the memory of the process, for unit tests and simulation: they keep the contracts of the ports, and nothing else.

mod view_store;

pub use view_store::MemoryViewStore;
