//! Stores in SQLite files, for one machine. Each store has its own file; each connection lives on a thread of
//! its own, never on a runtime's.

mod archive;
pub mod connection;
pub mod event_store;
mod files;
mod leases;
pub mod readers;
pub mod schema;
mod view_store;

pub use archive::SqliteRestore;
pub use event_store::{SqliteEventStore, SqliteLogInspector};
pub use view_store::{MIGRATIONS as VIEW_MIGRATIONS, SqliteViewStore};
