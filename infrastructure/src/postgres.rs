//! Stores in PostgreSQL, for several processes and real load. Each namespace has a schema of its own,
//! `khata_<namespace>`.

pub mod connect;
pub mod event_store;
mod leases;
mod listener;
pub mod pool;
pub mod pools;
mod positions;
pub mod schema;
mod session;
pub mod url;
mod view_store;
mod watch;

pub use connect::{ConnectError, Database};
pub use event_store::{PostgresEventStore, PostgresLogInspector, PostgresRestore};
pub use url::{PostgresUrl, UrlError};
pub use view_store::{PostgresViewStore, VIEW_MIGRATIONS};
