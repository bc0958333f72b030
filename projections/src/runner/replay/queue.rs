//! The replays that are waited for.

use super::super::member::Member;
use crate::{operations::ReplayReply, view_store::GenerationId};
use std::collections::VecDeque;

/// What operators wait for.
#[derive(Default)]
pub(in crate::runner) struct Replays(pub(super) VecDeque<Replay>);

pub(super) struct Replay {
    pub(super) generation: GenerationId,
    pub(super) partition: String,
    /// The event that is left out, until its turn has come.
    pub(super) skipped: Option<u64>,
    pub(super) folded: u64,
    /// Who hears what came of it; nobody, if nobody asked.
    pub(super) reply: Option<ReplayReply>,
}

impl Replays {
    pub(in crate::runner) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Replays in generations that are gone come to nothing.
    pub(in crate::runner) fn forget_all_but(&mut self, members: &[Member]) {
        self.0.retain(|replay| members.iter().any(|member| member.generation() == replay.generation));
    }
}
