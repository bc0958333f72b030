//! Rebuilds: threads that fill new generations from the log while the old ones serve. Reading, folding and
//! writing overlap.

mod fill;
mod pace;
mod pages;

use super::{
    context::Context,
    ended::Ended,
    live::Live,
    member::Member,
    message::{Message, RebuildReply},
    startup,
};
use crate::operations::{OperationError, Rebuild, RebuildStarted, SkippedEvents};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// The rebuilds of a session.
#[derive(Default)]
pub(super) struct Rebuilds {
    cancelled: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// The projections that threads fill at present.
    filling: Vec<&'static str>,
}

impl Rebuilds {
    /// A thread has handed its generation of this projection over.
    pub(super) fn filled(&mut self, projection: &str) {
        self.filling.retain(|name| *name != projection);
    }

    /// Ends all threads and waits for them.
    pub(super) fn end(self) {
        self.cancelled.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // Its panic, if there was one, has been told by message.
            let _panicked = thread.join();
        }
    }

    fn begin(&mut self, context: &Context, epoch: u64, members: Vec<Member>) -> Result<(), Ended> {
        self.threads.retain(|thread| !thread.is_finished());
        self.filling.extend(members.iter().map(Member::name));
        let (context, cancelled) = (context.clone(), self.cancelled.clone());
        let thread = std::thread::Builder::new().name("khata-rebuild".into()).spawn(move || {
            let rebuild = fill::Rebuild::new(context.clone(), epoch, members, cancelled);
            let outcome = catch_unwind(AssertUnwindSafe(|| context.runtime.block_on(rebuild.run())));
            tell(
                &context,
                epoch,
                outcome.unwrap_or_else(|_| Err(Ended::Restart("a rebuild panicked".into()))),
            );
        });
        let thread = thread.map_err(|error| Ended::Restart(format!("no thread for a rebuild: {error}")))?;
        self.threads.push(thread);
        Ok(())
    }
}

/// Tells the live loop how a rebuild ended. Nobody hears it if the runner has ended meanwhile.
fn tell(context: &Context, epoch: u64, outcome: Result<Vec<Member>, Ended>) {
    match outcome {
        Ok(members) => {
            for member in members {
                let _unheard = context.outbox.send(Message::Rebuilt { epoch, member: Box::new(member) });
            }
        }
        Err(Ended::Stopped) => {}
        Err(ended) => {
            let _unheard = context.outbox.send(Message::RebuildEnded { epoch, ended });
        }
    }
}

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
        if !follows || replaces || self.rebuilds.filling.contains(&projection.name()) {
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
