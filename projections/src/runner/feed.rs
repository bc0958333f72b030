//! Reading the log, and making sure that it is the one which the views were made from.

use super::{
    context::Context,
    ended::{Ended, Failure},
};
use crate::view_store::Checkpoint;
use khata_application::{
    Recorded,
    event_store::{FeedFilter, FeedPage},
    hash_chain,
};

/// Reads the next events behind a position.
pub(super) async fn read(context: &Context, after: u64, limit: usize) -> Result<Vec<Recorded>, Ended> {
    let everything = FeedFilter::default();
    let FeedPage { events, .. } =
        context.retry(async || Ok(context.ports.events.read_all(after, limit, &everything).await?)).await?;
    if is_gapless(after, &events) {
        Ok(events)
    } else {
        Err(Ended::Restart(format!("the log has a gap behind position {after}")))
    }
}

/// The most events of one command that are kept together.
const LONGEST_APPEND: usize = 64;

/// Reads the next events behind a position up to the end of an append: what was appended at once is shown at once, so
/// that no view shows money on its way. A command of very many events, such as a batch of an import, is not waited for.
pub(super) async fn read_appends(
    context: &Context,
    after: u64,
    limit: usize,
) -> Result<Vec<Recorded>, Ended> {
    let mut events = read(context, after, limit).await?;
    if events.len() == limit {
        let whole = whole_appends(&events);
        events.truncate(whole);
    }
    Ok(events)
}

/// So many events of a page surely belong to appends that end in it.
fn whole_appends(events: &[Recorded]) -> usize {
    let Some(last) = events.last().and_then(Recorded::command_id) else { return events.len() };
    let of_last =
        events.iter().rev().take(LONGEST_APPEND).take_while(|event| event.command_id() == Some(last));
    match events.len() - of_last.count() {
        0 => events.len(),
        whole if events.len() - whole == LONGEST_APPEND => events.len(),
        whole => whole,
    }
}

/// Whether a page begins right behind a position and skips nothing.
pub(super) fn is_gapless(after: u64, events: &[Recorded]) -> bool {
    events.first().is_none_or(|event| event.position == after + 1)
        && events.last().is_none_or(|event| event.position == after + events.len() as u64)
}

/// Whether the log holds the very event that a checkpoint names: by what is stored, since what this process
/// has in memory may lag behind what another one has shown to the views.
pub(super) async fn holds(context: &Context, checkpoint: Checkpoint) -> Result<bool, Ended> {
    if checkpoint.position == 0 {
        return Ok(checkpoint == Checkpoint::START);
    }
    let stored = async || Ok(context.ports.events.stored().events_behind(checkpoint.position - 1, 1).await?);
    let found = context.retry(stored).await?;
    Ok(found
        .first()
        .is_some_and(|event| event.position == checkpoint.position && event.hash == checkpoint.hash))
}

/// Makes sure that a page read behind `from`, or behind an earlier position, continues the log that `from`
/// belongs to.
pub(super) fn continues(from: Checkpoint, events: &[Recorded]) -> Result<(), Ended> {
    let next = events.iter().find(|event| event.position > from.position);
    if next.is_none_or(|event| event.position == from.position + 1 && hash_chain::fits(&from.hash, event)) {
        return Ok(());
    }
    Err(Ended::Restart(format!(
        "the event behind position {} does not fit the one that the views have seen",
        from.position
    )))
}

/// Reads single events by position.
pub(super) async fn read_each(context: &Context, positions: &[u64]) -> Result<Vec<Recorded>, Ended> {
    let mut events = Vec::with_capacity(positions.len());
    for position in positions {
        let found = read(context, position - 1, 1).await?;
        events.push(
            found
                .into_iter()
                .next()
                .ok_or_else(|| Ended::Restart(format!("the log has no event at position {position}")))?,
        );
    }
    Ok(events)
}

/// The states that a folder lacks, from the store into the folder.
pub(super) async fn supply(
    context: &Context,
    folder: &mut dyn crate::folder::Folder,
    lacking: Vec<String>,
) -> Result<(), Ended> {
    if lacking.is_empty() {
        return Ok(());
    }
    let generation = folder.generation();
    let states = context
        .retry(async || Ok::<_, Failure>(context.ports.store.states(generation, lacking.clone()).await?))
        .await?;
    folder.supply(lacking.into_iter().zip(states).collect()).map_err(|error| Ended::of(generation, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;
    use khata_domain::{
        accounts::{BankAccount, account::AccountUnfrozen},
        ids::{AccountId, TypedId},
    };
    use uuid::Uuid;

    /// A log whose events came of these commands.
    fn log(commands: &[u128]) -> Vec<Recorded> {
        let account = AccountId::from_uuid(Uuid::from_u128(1));
        let happened = |log: Log, _: &u128| log.with::<BankAccount>(account, AccountUnfrozen {}.into());
        let mut log = commands.iter().fold(Log::default(), happened);
        for (event, command) in log.events_mut().iter_mut().zip(commands) {
            let command_id = Uuid::from_u128(*command);
            event.metadata = format!(r#"{{"command_id":"{command_id}"}}"#).into();
        }
        log.events_mut().clone()
    }

    #[test]
    fn a_page_ends_where_an_append_surely_does() {
        assert_eq!(whole_appends(&log(&[1, 1, 2, 2, 2])), 2);
        assert_eq!(whole_appends(&log(&[1, 2])), 1);
        assert_eq!(whole_appends(&log(&[1, 1, 1])), 3, "there is nothing to begin behind");
        assert_eq!(whole_appends(&[]), 0);
    }

    #[test]
    fn very_long_appends_are_shown_in_pieces() {
        let mut commands = vec![1; 2];
        commands.extend([2; LONGEST_APPEND - 1]);
        assert_eq!(whole_appends(&log(&commands)), 2);
        commands.push(2);
        assert_eq!(whole_appends(&log(&commands)), commands.len());
    }
}
