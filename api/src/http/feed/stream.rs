//! The feed as Server-Sent Events: catches up from the log, then follows it. The client's reading speed sets the pace: no more
//! than one page is ever in memory for it.

use super::{Filters, sight::Sight, streams::Place};
use crate::{
    app::App,
    http::{answer::with_type, problem::Problem, serve::stopped},
};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::stream::unfold;
use jiff::Timestamp;
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
    app: Arc<App>,
    events: Arc<dyn EventStore>,
    filters: Filters,
    filter: FeedFilter,
    /// What the subscriber sees.
    sight: Sight,
    /// When what proved who the subscriber is ends.
    expiry: Expiry,
    /// Everything up to here was sent or did not pass the filter.
    seen: u64,
    head: watch::Receiver<u64>,
    condition: watch::Receiver<Condition>,
    /// The subscriber was told that nothing more comes.
    ended: bool,
    stopping: watch::Receiver<bool>,
    keep_alive: Duration,
    _place: Place,
}

/// Opens a stream behind a position, unless too many are open.
pub(super) fn open(app: &Arc<App>, after: u64, filters: Filters, sight: Sight) -> Result<Response, Problem> {
    let follower = Follower {
        _place: app.streams.enter(&sight.asker().principal, app.settings.max_connections)?,
        expiry: Expiry::of(app, &sight),
        app: Arc::clone(app),
        events: Arc::clone(&app.events),
        filter: filters.of_the_store(&sight),
        filters,
        sight,
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
    Ok(with_type(Body::from_stream(chunks), "text/event-stream"))
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
            if self.expiry.is_over(&self.app) {
                return Some(self.expired());
            }
            // A client may name a position that is still to come.
            if head > self.seen {
                match self.read().await {
                    Ok(Some(chunk)) => return Some(chunk),
                    Ok(None) => continue,
                    Err(Broken::Log(ReadError::Replaced(_))) => return Some(self.farewell()),
                    Err(reason) => {
                        tracing::warn!(%reason, "an event stream broke off");
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
                () = self.expiry.comes() => false,
                () = tokio::time::sleep(self.keep_alive) => true,
            };
            if quiet {
                return Some(self.sign_of_life());
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, Broken> {
        let page = self.events.read_all(self.seen, PAGE, &self.filter).await?;
        // Nothing is shown on the ground of what was so before.
        self.sight.look_again(&self.app, None).await?;
        self.seen = page.seen.max(self.seen);
        let mut text = String::new();
        for event in page.events.iter().filter(|event| self.filters.let_through(&self.sight, event)) {
            write_event(&mut text, event, &self.sight);
        }
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

    /// Says that the subscriber has to say anew who they are.
    fn expired(&mut self) -> Bytes {
        self.ended = true;
        format!("event: token_expired\ndata: {{\"code\":\"token_expired\",\"seen\":{}}}\n\n", self.seen)
            .into()
    }

    /// A comment, and an id without data: clients take note of it, so that a filtered stream does not resume far behind.
    fn sign_of_life(&self) -> Bytes {
        format!(": alive\nid: {}\n\n", self.seen).into()
    }
}

/// Why no more can be told.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Log(#[from] ReadError),
    /// It has the problem's code.
    #[error("who is assigned to the subscriber cannot be found out ({0})")]
    Sight(String),
}

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self::Sight(problem.code().to_owned())
    }
}

/// When a subscription ends by itself: with the token of the subscriber, by whichever clock says so first. One that is set, or that stood
/// still with the machine, is put right by the other.
#[derive(Debug, Clone, Copy)]
struct Expiry(Option<(tokio::time::Instant, Timestamp)>);

impl Expiry {
    fn of(app: &App, sight: &Sight) -> Self {
        let left =
            |until: Timestamp| Duration::try_from(until.duration_since(app.clock.now())).unwrap_or_default();
        Self(sight.until().map(|until| (tokio::time::Instant::now() + left(until), until)))
    }

    fn is_over(self, app: &App) -> bool {
        self.0.is_some_and(|(end, until)| end <= tokio::time::Instant::now() || until <= app.clock.now())
    }

    /// Resolves then.
    async fn comes(self) {
        match self.0 {
            Some((end, _)) => tokio::time::sleep_until(end).await,
            None => std::future::pending().await,
        }
    }
}

/// Resolves when the log turns out to be another one.
async fn replaced(condition: &mut watch::Receiver<Condition>) {
    if condition.wait_for(|condition| condition.unreadable().is_some()).await.is_err() {
        std::future::pending().await
    }
}

/// Writes one event: its position as id, its type, its JSON on one line.
fn write_event(text: &mut String, event: &Recorded, sight: &Sight) {
    let Ok(json) = serde_json::to_string(&sight.body(event)) else {
        tracing::error!(position = event.position, "an event cannot be written as JSON");
        return;
    };
    // Line breaks in stored JSON can stand between its tokens only, where a blank does as well.
    let json = if json.contains(['\n', '\r']) { json.replace(['\n', '\r'], " ") } else { json };
    // Writing to a String cannot fail.
    let event_type = if sight.shows(event) { &*event.event_type } else { "redacted" };
    let _infallible = write!(text, "id: {}\nevent: {event_type}\ndata: {json}\n\n", event.position);
}
