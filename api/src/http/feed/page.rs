//! One page of the feed as somebody sees it.

use super::{Filters, sight::Sight};
use crate::{app::App, http::problem::Problem};
use khata_application::Recorded;

/// So many positions a page is looked for in, where something is filtered for somebody who does not see all.
const LOOKED_AT: usize = 200;

/// A page of the feed.
pub(super) struct FeedPage {
    pub(super) events: Vec<Recorded>,
    /// Behind which position the next one begins; none at the end.
    pub(super) next: Option<u64>,
    /// How far the log went, as far as this page knows.
    pub(super) seen: u64,
}

/// Reads what passes behind a position. Whoever does not see all is told of no position that depends on what they do not see: their pages
/// end with an event that they see, or so many positions further on, whatever stands there.
pub(super) async fn read(
    app: &App,
    sight: &Sight,
    filters: &Filters,
    after: u64,
    limit: usize,
) -> Result<FeedPage, Problem> {
    let looks_itself = !filters.are_none() && !sight.is_whole();
    let most = if looks_itself { LOOKED_AT } else { limit + 1 };
    // By the time the page is read there may be more.
    let head = app.events.head().await?.position;
    let page = app.events.read_all(after, most, &filters.of_the_store(sight)).await?;
    let (mut events, seen) = (page.events, page.seen);
    let last = events.last().map_or(seen, |last| last.position.max(seen));
    events.retain(|event| filters.let_through(sight, event));
    let cut_off = events.len() > limit;
    events.truncate(limit);
    let next = match events.last().filter(|_| cut_off) {
        Some(last) => Some(last.position),
        None => Some(seen).filter(|seen| *seen < head),
    };
    Ok(FeedPage { events, next, seen: head.max(last) })
}
