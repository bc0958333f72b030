//! Retry and skip: the events of a parked partition are folded in order, piece by piece between live batches.
//! Operators ask for that; what is parked at an event that this build has come to know is retried by itself.

mod queue;

pub(super) use queue::Replays;

use super::{ended::Ended, feed, live::Live, measures};
use crate::{
    folder::Replayed,
    operations::{OperationError, ParkedId, ReplayOutcome, ReplayReply},
    view_store::{GenerationId, Parked, ParkedCause, Skipped},
};
use queue::Replay;

/// At most so many events of a parked partition are replayed before the next live batch.
const PIECE: usize = 500;

impl Live<'_> {
    pub(super) async fn begin_replay(
        &mut self,
        id: ParkedId,
        skip: bool,
        reply: ReplayReply,
    ) -> Result<(), Ended> {
        self.settle().await?;
        let answer = |reply: ReplayReply, error| {
            // The operator may have gone.
            let _unheard = reply.send(Err(error));
            Ok(())
        };
        let Some(place) =
            self.members.iter().position(|member| member.active && member.generation() == id.generation)
        else {
            return answer(reply, OperationError::UnknownParked(id));
        };
        let (parked, _) = self.backlog(id.generation, |parked| parked.position == id.position).await?;
        let Some(parked) = parked else { return answer(reply, OperationError::UnknownParked(id)) };
        if self
            .replays
            .0
            .iter()
            .any(|replay| replay.generation == id.generation && replay.partition == parked.partition)
        {
            return answer(reply, OperationError::AlreadyRetrying(id));
        }
        if skip {
            let member = &mut self.members[place];
            tracing::warn!(
                projection = member.name(),
                partition = parked.partition,
                position = id.position,
                "left out by an operator"
            );
            let (partition, error, at) =
                (parked.partition.clone(), parked.error, self.context.ports.clock.now());
            member.folder.skip(Skipped { partition, position: id.position, error, at });
        }
        let skipped = skip.then_some(id.position);
        self.replays.0.push_back(Replay {
            generation: id.generation,
            partition: parked.partition,
            skipped,
            folded: 0,
            reply: Some(reply),
        });
        Ok(())
    }

    /// Takes up again what is parked at an event that only a newer Khata knew, if this build does, and
    /// retries that did not come to their end.
    pub(super) async fn retry_what_is_known(&mut self, projections: &[String]) -> Result<(), Ended> {
        for member in self
            .members
            .iter()
            .filter(|member| member.active && projections.iter().any(|name| name == member.name()))
        {
            let generation = member.generation();
            let parked =
                self.context.retry(async || Ok(self.context.ports.store.parked(generation).await?)).await?;
            for parked in parked {
                let known = match parked.cause {
                    ParkedCause::Failed => false,
                    ParkedCause::Retrying => true,
                    ParkedCause::NewerSchema => feed::read_each(self.context, &[parked.position])
                        .await?
                        .iter()
                        .all(|event| member.folder.knows(event)),
                };
                if known {
                    tracing::info!(
                        projection = member.name(),
                        partition = parked.partition,
                        position = parked.position,
                        "retried"
                    );
                    self.replays.0.push_back(Replay {
                        generation,
                        partition: parked.partition,
                        skipped: None,
                        folded: 0,
                        reply: None,
                    });
                }
            }
        }
        Ok(())
    }

    /// Replays some events of the first partition that an operator wants replayed. Tells whether there was
    /// one.
    pub(super) async fn replay_a_piece(&mut self) -> Result<bool, Ended> {
        let Some(mut replay) = self.replays.0.pop_front() else { return Ok(false) };
        self.settle().await?;
        let Some(place) = self.members.iter().position(|member| member.generation() == replay.generation)
        else {
            return Ok(false);
        };
        if self.members[place].folder.is_recalling() {
            self.replays.0.push_front(replay);
            return Ok(false);
        }
        let (parked, mut positions) =
            self.backlog(replay.generation, |parked| parked.partition == replay.partition).await?;
        let Some(parked) = parked else { return Ok(false) };
        positions.insert(0, parked.position);
        let rest = positions.get(PIECE).copied();
        positions.truncate(PIECE);
        let events = feed::read_each(self.context, &positions).await?;
        let folder = &mut *self.members[place].folder;
        let lacking = folder.lacks(&replay.partition, &events);
        feed::supply(self.context, folder, lacking).await?;
        let replayed = folder.replay(&replay.partition, &events, rest, self.context.ports.clock.now());
        self.write_alone(place).await?;
        let member = &self.members[place];
        measures::parked(member.name(), member.folder.parked(), 0);
        let end = if let Replayed::Parked { position, .. } = &replayed { *position } else { u64::MAX };
        let skipped = replay.skipped.take();
        replay.folded +=
            positions.iter().filter(|position| **position < end && Some(**position) != skipped).count()
                as u64;
        let folded = replay.folded;
        let outcome = match replayed {
            Replayed::GoesOn => {
                self.replays.0.push_back(replay);
                return Ok(true);
            }
            Replayed::Released => ReplayOutcome::Released { folded },
            Replayed::Parked { position, error } => ReplayOutcome::Parked {
                id: ParkedId { generation: replay.generation, position },
                error,
                folded,
            },
        };
        if let Some(reply) = replay.reply {
            // The operator may have gone.
            let _unheard = reply.send(Ok(outcome));
        }
        Ok(true)
    }

    /// A parked partition and the positions of the events that wait behind its first.
    async fn backlog(
        &self,
        generation: GenerationId,
        wanted: impl Fn(&Parked) -> bool,
    ) -> Result<(Option<Parked>, Vec<u64>), Ended> {
        let store = &self.context.ports.store;
        let parked = self.context.retry(async || Ok(store.parked(generation).await?)).await?;
        let Some(parked) = parked.into_iter().find(wanted) else { return Ok((None, Vec::new())) };
        let waiting =
            self.context.retry(async || Ok(store.waiting(generation, &parked.partition).await?)).await?;
        Ok((Some(parked), waiting))
    }
}
