//! Pages of the log for a rebuild, each read while the one before is being folded.

use super::super::{context::Context, ended::Ended, feed};
use khata_application::{
    Recorded,
    event_store::{FeedFilter, FeedPage, ReadError},
};
use tokio::task::JoinHandle;

pub(super) struct Pages {
    ahead: Option<Ahead>,
}

struct Ahead {
    after: u64,
    limit: usize,
    page: JoinHandle<Result<FeedPage, ReadError>>,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self { ahead: None }
    }

    /// The page behind a position; begins to read the one behind that.
    pub(super) async fn read(
        &mut self,
        context: &Context,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Ended> {
        let events = match self.ahead.take() {
            Some(ahead) if ahead.after == after && ahead.limit == limit => match ahead.page.await {
                Ok(Ok(page)) if feed::is_gapless(after, &page.events) => page.events,
                // Whatever went wrong is told by reading once more.
                _ => feed::read(context, after, limit).await?,
            },
            _ => feed::read(context, after, limit).await?,
        };
        if events.len() == limit {
            let (store, after) = (context.ports.events.clone(), after + limit as u64);
            let page = context
                .runtime
                .spawn(async move { store.read_all(after, limit, &FeedFilter::default()).await });
            self.ahead = Some(Ahead { after, limit, page });
        }
        Ok(events)
    }
}
