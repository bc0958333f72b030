//! A generation that is being fed.

use super::{context::Context, ended::Ended};
use crate::{
    folder::{Folder, FolderStart},
    registry::AnyProjection,
    view_store::{Generation, GenerationId},
};
use std::sync::Arc;

pub(super) struct Member {
    pub(super) projection: Arc<dyn AnyProjection>,
    pub(super) folder: Box<dyn Folder>,
    /// Queries see it.
    pub(super) active: bool,
    pub(super) comparing: Comparing,
}

/// Whether a generation is compared with the one that it is to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparing {
    /// No, or it has been done.
    Nothing,
    /// With a generation that lives on beside it.
    Living,
    /// With a generation that stands still at this position, since its code is gone.
    Frozen { old: GenerationId, position: u64 },
    /// It is being done.
    Underway,
}

impl Member {
    /// Begins to feed a generation from where it stands.
    pub(super) async fn open(context: &Context, projection: &Arc<dyn AnyProjection>, generation: &Generation, strict: bool) -> Result<Self, Ended> {
        let store = &context.ports.store;
        let parked = context.insist(async || Ok(store.parked(generation.id).await?)).await?;
        let skipped = context.insist(async || Ok(store.skipped(projection.name(), projection.version()).await?)).await?;
        let folder = projection.folder(FolderStart {
            generation: generation.id,
            checkpoint: generation.checkpoint,
            parked: parked.into_iter().map(|parked| parked.partition).collect(),
            skipped,
            strict,
        });
        Ok(Self { projection: projection.clone(), folder, active: generation.active, comparing: Comparing::Nothing })
    }

    pub(super) fn name(&self) -> &'static str {
        self.projection.name()
    }

    pub(super) fn generation(&self) -> GenerationId {
        self.folder.generation()
    }
}
