//! Rebuilds: threads that fill new generations from the log while the old ones serve. Reading, folding and
//! writing overlap.

mod fill;
mod pace;
mod pages;
mod threads;

pub(super) use threads::Rebuilds;

use super::{ended::Ended, live::Live, member::Member, startup};
use crate::operations::{OperationError, Rebuild, RebuildReply, RebuildStarted, SkippedEvents};

impl Live<'_> {
    /// Begins to fill generations together, from one reading of the log.
    pub(super) fn begin_rebuilds(&mut self, members: Vec<Member>) -> Result<(), Ended> {
        if members.is_empty() { Ok(()) } else { self.rebuilds.begin(self.context, self.epoch, members) }
    }

    /// Begins the rebuild that an operator asks for.
    pub(super) async fn begin_rebuild(
        &mut self,
        name: &str,
        how: Rebuild,
        reply: RebuildReply,
    ) -> Result<(), Ended> {
        let Some(projection) =
            self.context.projections.iter().find(|projection| projection.name() == name).cloned()
        else {
            let _unheard = reply.send(Err(OperationError::UnknownProjection(name.to_owned())));
            return Ok(());
        };
        let follows = self.members.iter().any(|member| member.active && member.name() == name);
        let replaces = self.members.iter().any(|member| !member.active && member.name() == name);
        // Without a generation that follows the log, one is being filled since the start of the session.
        if !follows || replaces || self.rebuilds.is_filling(name) {
            let _unheard = reply.send(Err(OperationError::AlreadyRebuilding(projection.name())));
            return Ok(());
        }
        let stored = self.context.retry(async || Ok(self.context.ports.store.generations().await?)).await?;
        let active = stored.into_iter().find(|generation| generation.active && generation.projection == name);
        let Rebuild { compare, skipped } = how;
        let left_out = match &active {
            Some(active) => {
                self.context.retry(async || Ok(self.context.ports.store.skipped(active.id).await?)).await?
            }
            None => Vec::new(),
        };
        let unskipped =
            if let SkippedEvents::KeepAllBut { position } = skipped { Some(position) } else { None };
        if let Some(position) =
            unskipped.filter(|position| !left_out.iter().any(|skipped| skipped.position == *position))
        {
            let _unheard = reply.send(Err(OperationError::UnknownSkipped(position)));
            return Ok(());
        }
        let kept = left_out
            .into_iter()
            .filter(|event| skipped != SkippedEvents::TryAgain && Some(event.position) != unskipped)
            .collect();
        let generation = startup::create(self.context, self.epoch, &projection, compare, kept).await?;
        let member = startup::building(self.context, &projection, &generation, active.as_ref()).await?;
        self.begin_rebuilds(vec![member])?;
        tracing::info!(projection = name, generation = %generation.id, compare, "rebuild begun");
        let _unheard = reply.send(Ok(RebuildStarted { generation: generation.id, compare }));
        Ok(())
    }
}
