//! A generation that is being fed.

use crate::{folder::Folder, read_models::AnyProjection, view_store::GenerationId};
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
    pub(super) fn name(&self) -> &'static str {
        self.projection.name()
    }

    pub(super) fn generation(&self) -> GenerationId {
        self.folder.generation()
    }
}
