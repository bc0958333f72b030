//! The feed as Server-Sent Events: catches up from the log, then follows it. The client's reading speed sets the pace: no more
//! than one page is ever in memory for it.

use super::event::EventBody;
use crate::{
    app::App,
    http::{answer::with_type, serve::stopped},
};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::stream::unfold;
use khata_application::{
    EventStore, Recorded,
    event_store::{Condition, FeedFilter, ReadError},
};
use std::{convert::Infallible, fmt::Write, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Events read at once.
const PAGE: usize = 200;

/// One subscriber's place in the feed.
struct Follower {
    events: Arc<dyn EventStore>,
    filter: FeedFilter,
    /// Everything up to here was sent or did not pass the filter.
    seen: u64,
    head: watch::Receiver<u64>,
    condition: watch::Receiver<Condition>,
    /// The subscriber was told that the log was replaced: nothing comes after that.
    ended: bool,
    stopping: watch::Receiver<bool>,
    keep_alive: Duration,
}

/// Opens a stream behind a position.
pub(super) fn open(app: &App, after: u64, filter: FeedFilter) -> Response {
    let follower = Follower {
        events: Arc::clone(&app.events),
        filter,
        seen: after,
        head: app.events.watch_head(),
        condition: app.events.condition(),
        ended: false,
        stopping: app.stopping.clone(),
        keep_alive: app.settings.keep_alive,
    };
    let chunks = unfold(follower, |mut follower| async move {
        Some((Ok::<_, Infallible>(follower.next_chunk().await?), follower))
    });
    with_type(Body::from_stream(chunks), "text/event-stream")
}

impl Follower {
    /// The next events, or a sign of life after a while without any. `None` when the server stops or the log cannot be read: the
    /// client then comes back with `Last-Event-ID`.
    async fn next_chunk(&mut self) -> Option<Bytes> {
        loop {
            let head = *self.head.borrow_and_update();
            if *self.stopping.borrow() || self.ended {
                return None;
            }
            if self.is_replaced() {
                return Some(self.farewell());
            }
            // A client may name a position that is still to come.
            if head > self.seen {
                match self.read().await {
                    Ok(Some(chunk)) => return Some(chunk),
                    Ok(None) => continue,
                    Err(ReadError::Replaced(_)) => return Some(self.farewell()),
                    Err(error) => {
                        tracing::warn!(%error, "an event stream broke off");
                        return None;
                    }
                }
            }
            let seen = self.seen;
            let quiet = tokio::select! {
                moved = self.head.wait_for(|head| *head > seen) => match moved {
                    Ok(_) => false,
                    Err(_) => return None,
                },
                () = stopped(&mut self.stopping) => return None,
                () = replaced(&mut self.condition) => false,
                () = tokio::time::sleep(self.keep_alive) => true,
            };
            if quiet {
                return Some(self.sign_of_life());
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, ReadError> {
        let page = self.events.read_all(self.seen, PAGE, &self.filter).await?;
        self.seen = page.seen.max(self.seen);
        let mut text = String::new();
        page.events.iter().for_each(|event| write_event(&mut text, event));
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn is_replaced(&self) -> bool {
        self.condition.borrow().unreadable().is_some()
    }

    /// Says that what was told may be no more, and where the subscriber stands. It has no id: `Last-Event-ID` stays as it was.
    fn farewell(&mut self) -> Bytes {
        self.ended = true;
        format!("event: log_replaced\ndata: {{\"code\":\"log_replaced\",\"seen\":{}}}\n\n", self.seen).into()
    }

    /// A comment, and an id without data: clients take note of it, so that a filtered stream does not resume far behind.
    fn sign_of_life(&self) -> Bytes {
        format!(": alive\nid: {}\n\n", self.seen).into()
    }
}

/// Resolves when the log turns out to be another one.
async fn replaced(condition: &mut watch::Receiver<Condition>) {
    if condition.wait_for(|condition| condition.unreadable().is_some()).await.is_err() {
        std::future::pending().await
    }
}

/// Writes one event: its position as id, its type, its JSON on one line.
fn write_event(text: &mut String, event: &Recorded) {
    let Ok(json) = serde_json::to_string(&EventBody::of(event)) else {
        tracing::error!(position = event.position, "an event cannot be written as JSON");
        return;
    };
    // Line breaks in stored JSON can stand between its tokens only, where a blank does as well.
    let json = if json.contains(['\n', '\r']) { json.replace(['\n', '\r'], " ") } else { json };
    // Writing to a String cannot fail.
    let _infallible = write!(text, "id: {}\nevent: {}\ndata: {json}\n\n", event.position, event.event_type);
}
