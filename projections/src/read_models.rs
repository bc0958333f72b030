//! What a bounded context has in the read models, and the form in which the runner handles its projections
//! whatever their states are.

use crate::{
    folder::{Folder, FolderStart, PartitionFolder},
    projection::Projection,
    row::Table,
};
use khata_application::context::{AggregateType, Context};
use std::sync::Arc;

/// What a bounded context has in the read models.
#[derive(Debug)]
pub struct ReadModels {
    pub context: &'static Context,
    /// The aggregates of other contexts whose published events its projections fold.
    pub subscribes_to: &'static [AggregateType],
    pub projections: fn() -> Vec<Arc<dyn AnyProjection>>,
}

/// A projection, whatever its state.
pub trait AnyProjection: Send + Sync + 'static {
    /// [`Projection::NAME`].
    fn name(&self) -> &'static str;
    /// [`Projection::VERSION`].
    fn version(&self) -> u32;
    /// [`Projection::TABLES`].
    fn tables(&self) -> &'static [&'static Table];
    /// Begins to fold events into one generation of its tables.
    fn folder(&self, start: FolderStart) -> Box<dyn Folder>;
}

/// Gives a projection the form in which the runner handles it.
pub fn register<P: Projection>(projection: P) -> Arc<dyn AnyProjection> {
    Arc::new(Erased(Arc::new(projection)))
}

struct Erased<P>(Arc<P>);

impl<P: Projection> AnyProjection for Erased<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn version(&self) -> u32 {
        P::VERSION
    }

    fn tables(&self) -> &'static [&'static Table] {
        P::TABLES
    }

    fn folder(&self, start: FolderStart) -> Box<dyn Folder> {
        Box::new(PartitionFolder::new(self.0.clone(), start))
    }
}
