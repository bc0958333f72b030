//! A generation that is being fed.

use super::{context::Context, ended::Ended};
use crate::{
    folder::{Folder, FolderStart},
    read_models::AnyProjection,
    view_store::{Generation, GenerationId},
};
use std::sync::Arc;

pub(super) struct Member {
    pub(super) projection: Arc<dyn AnyProjection>,
    pub(super) folder: Box<dyn Folder>,
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
    pub(super) async fn open(
        context: &Context,
        projection: &Arc<dyn AnyProjection>,
        generation: &Generation,
        strict: bool,
    ) -> Result<Self, Ended> {
        let store = &context.ports.store;
        let parked = context.retry(async || Ok(store.parked(generation.id).await?)).await?;
        let skipped = context.retry(async || Ok(store.skipped(generation.id).await?)).await?;
        let mut held = Vec::new();
        if generation.states_at != generation.checkpoint {
            for parked in &parked {
                held.push(parked.position);
                held.extend(
                    context
                        .retry(async || Ok(store.waiting(generation.id, &parked.partition).await?))
                        .await?,
                );
            }
            held.retain(|position| *position > generation.states_at.position);
            let (states, rows) = (generation.states_at.position, generation.checkpoint.position);
            tracing::info!(
                projection = projection.name(),
                states,
                rows,
                "its states are recalled from the log"
            );
        }
        let folder = projection.folder(FolderStart {
            generation: generation.id,
            checkpoint: generation.checkpoint,
            states_at: generation.states_at,
            parked: parked.into_iter().map(|parked| parked.partition).collect(),
            held,
            skipped: skipped.into_iter().map(|skipped| skipped.position).collect(),
            memory: context.config.states_memory,
            strict,
        });
        Ok(Self {
            projection: projection.clone(),
            folder,
            active: generation.active,
            comparing: Comparing::Nothing,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        self.projection.name()
    }

    pub(super) fn generation(&self) -> GenerationId {
        self.folder.generation()
    }
}
