//! The last steps of a rebuild: comparing the new generation with the one that serves, and the swap.

use super::{
    ended::Ended,
    live::Live,
    measures,
    member::{Comparing, Member},
    message::Message,
};
use crate::{
    ViewStore,
    view_store::{Comparison, Difference, GenerationId, ViewStoreError},
};

/// Compares a generation with the active one. Both follow the log meanwhile, in the same transactions, so
/// every snapshot of the store shows them at the same position.
pub(super) fn compare(live: &mut Live<'_>, place: usize) {
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

/// Compares two generations that stand at a position, and notes with the newer one what that found: whoever
/// is asked can tell it once queries see it.
pub(super) async fn compared(
    store: &dyn ViewStore,
    epoch: u64,
    (old, new): (GenerationId, GenerationId),
    position: u64,
) -> Result<Vec<Difference>, ViewStoreError> {
    let tables = store.compare(old, new).await?;
    store.note_comparison(epoch, new, Comparison { position, tables: tables.clone() }).await?;
    Ok(tables)
}

/// Lets queries see a generation instead of the one before.
pub(super) async fn activate(live: &mut Live<'_>, place: usize) -> Result<(), Ended> {
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

/// Reports what a comparison found. Differences do not hold up the swap: the new generation is what the log
/// says.
pub(super) fn tell(
    projection: &'static str,
    position: u64,
    outcome: Result<Vec<Difference>, ViewStoreError>,
) {
    match outcome {
        Ok(tables) => {
            for table in tables.iter().filter(|table| !table.is_none()) {
                let Difference { table, only_old, only_new, changed, examples, .. } = table;
                tracing::warn!(
                    projection,
                    position,
                    table,
                    only_old,
                    only_new,
                    changed,
                    ?examples,
                    "the rebuilt view differs from the old one"
                );
            }
        }
        Err(error) => {
            tracing::error!(projection, position, %error, "the rebuilt view could not be compared with the old one")
        }
    }
}
