//! The read side: pure projections, the rows they keep, the runner that feeds them, and the port to where
//! views are stored.
//!
//! A projection contains no SQL and does no I/O: it folds events into a private state and row changes.
//! Everything else (batches, checkpoints, parking, rebuilding) is the runner's, once for all projections.

pub mod access_audit;
pub mod accounts;
pub mod cards;
pub mod cell;
pub mod current;
pub mod customers;
pub mod folder;
pub mod lending;
mod newer;
pub mod nights;
pub mod operations;
pub mod orders;
pub mod part;
pub mod payments;
mod ports;
pub mod processes;
pub mod projection;
pub mod query;
pub mod read_models;
pub mod registry;
pub mod row;
pub mod runner;
pub mod scope;
pub mod testing;
pub mod traffic;
pub mod view_store;
pub mod views;

pub use current::{Current, Viewed};
pub use operations::Operations;
pub use part::{Part, Parts};
pub use ports::ReadPorts;
pub use projection::{FoldError, Projection, RowChanges};
pub use query::{Page, Query, Totals, TotalsQuery};
pub use read_models::{AnyProjection, ReadModels, register};
pub use registry::all_projections;
pub use row::{Column, ColumnType, Index, Row, Table, Value};
pub use runner::{ReadOnly, ReadSide, Runner, RunnerConfig};
pub use scope::{Bounds, Scope};
pub use view_store::{ViewStore, ViewStoreError};
pub use views::{ScopedViews, ViewError, Views};

/// Every context's read models. Those of a new context get their line here.
pub static READ_MODELS: [&ReadModels; 10] = [
    &customers::READ_MODELS,
    &accounts::READ_MODELS,
    &cards::READ_MODELS,
    &lending::READ_MODELS,
    &orders::READ_MODELS,
    &payments::READ_MODELS,
    &nights::READ_MODELS,
    &traffic::READ_MODELS,
    &processes::READ_MODELS,
    &access_audit::READ_MODELS,
];
