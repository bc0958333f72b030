//! The last steps of a rebuild: comparing the new generation with the one that serves, and the swap.

use super::{
    comparison::{compared, tell},
    ended::Ended,
    live::Live,
    measures,
    member::{Comparing, Member},
    message::Message,
};
use crate::view_store::{Difference, GenerationId, ViewStoreError};

/// Compares a generation with the active one. Both follow the log meanwhile, in the same transactions, so
/// every snapshot of the store shows them at the same position.
fn compare(live: &mut Live<'_>, place: usize) {
    let member = &live.members[place];
    let (name, generation, position) = (member.name(), member.generation(), member.folder.seen().position);
    let Some(old) =
        live.members.iter().find(|member| member.active && member.name() == name).map(Member::generation)
    else {
        live.members[place].comparing = Comparing::Nothing;
        return;
    };
    live.members[place].comparing = Comparing::Underway;
    let (store, outbox, epoch) = (live.context.ports.store.clone(), live.context.outbox.clone(), live.epoch);
    live.context.runtime.spawn(async move {
        let outcome = compared(&*store, epoch, (old, generation), position).await;
        // Nobody hears it if the runner has ended meanwhile.
        let _unheard = outbox.send(Message::Compared { epoch, generation, position, outcome });
    });
}

/// Lets queries see a generation instead of the one before.
async fn activate(live: &mut Live<'_>, place: usize) -> Result<(), Ended> {
    let (name, generation) = (live.members[place].name(), live.members[place].generation());
    let position = live.members[place].folder.seen().position;
    let (context, epoch) = (live.context, live.epoch);
    context.retry(async || Ok(context.ports.store.activate(epoch, generation).await?)).await?;
    live.members[place].active = true;
    live.members
        .retain(|member| !(member.active && member.name() == name && member.generation() != generation));
    live.replays.forget_all_but(&live.members);
    context.status.set_served(name, position);
    context.status.set_rebuild(name, None);
    measures::rebuild(name, None);
    tracing::info!(projection = name, %generation, position, "rebuilt: queries see the new generation");
    Ok(())
}

impl Live<'_> {
    /// Lets generations be seen that have caught up with all others.
    pub(super) async fn promote(&mut self) -> Result<(), Ended> {
        let Some(front) = self.members.iter().map(|member| member.folder.seen().position).max() else {
            return Ok(());
        };
        if self.members.iter().any(|member| member.folder.seen().position < front) {
            return Ok(());
        }
        let waiting: Vec<_> =
            self.members.iter().filter(|member| !member.active).map(Member::generation).collect();
        for generation in waiting {
            // An activation takes the member that it replaces out of the list.
            let Some(place) = self.members.iter().position(|member| member.generation() == generation) else {
                continue;
            };
            let member = &self.members[place];
            match member.comparing {
                Comparing::Underway => {}
                Comparing::Living => compare(self, place),
                Comparing::Nothing | Comparing::Frozen { .. } => activate(self, place).await?,
            }
        }
        Ok(())
    }

    pub(super) fn compared(
        &mut self,
        generation: GenerationId,
        position: u64,
        outcome: Result<Vec<Difference>, ViewStoreError>,
    ) {
        let Some(member) = self.members.iter_mut().find(|member| member.generation() == generation) else {
            return;
        };
        member.comparing = Comparing::Nothing;
        tell(member.name(), position, outcome);
    }
}
