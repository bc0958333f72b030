//! Stored events as clients see them: the whole feed, as pages or as a live stream, and the history of one aggregate.

pub(crate) mod event;
mod known;
mod lens;
mod page;
mod sight;
mod stream;
mod streams;

pub use streams::OpenStreams;

use super::{
    answer::{at_position, json},
    cursor,
    list::{self, Listed},
    problem::{Problem, codes},
    request::{
        QueryString, Reader, accept, headers, instant::Instant, path::PathStream, principal::Asker,
        query_string::from_text,
    },
    time_travel,
};
use crate::app::App;
use axum::{extract::State, http::HeaderMap, response::Response};
use event::EventBody;
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    event_store::{FeedFilter, StreamRange},
    hash_chain::GENESIS,
};
use khata_domain::access_audit::RefusalReason;
use lens::Lens;
use page::FeedPage;
use serde::{Deserialize, Serialize};
use sight::Sight;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of the feed.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read_feed)).routes(routes!(read_stream))
}

/// Which events of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedParameters {
    /// Only events after this position. A stream's `Last-Event-ID` takes precedence.
    after: Option<u64>,
    /// The hash of the event at `after` (or at a stream's `Last-Event-ID`), as this feed gave it. If the log
    /// holds another event there, or none, the answer is 409 `log_diverged`: what the reader has seen is not
    /// in this log.
    #[param(min_length = 64, max_length = 64)]
    after_hash: Option<String>,
    /// Items of a page: 1 to 200, by default 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Only this category of streams, such as `bank_account`.
    category: Option<String>,
    /// Only this type, such as `bank_account.money_deposited`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    event_type: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a feed's cursor keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Filters {
    category: Option<String>,
    event_type: Option<String>,
}

/// The feed of all events.
///
/// With `Accept: text/event-stream` the answer is a stream of Server-Sent Events that catches up and then
/// continues live; each event's id is its position, so that a client that lost the connection resumes with
/// `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/events", operation_id = "read_events", tag = "time and audit", params(FeedParameters), responses(
    (status = 200, description = "Events in order of position. `Khata-Position` tells the head of the log.", content((sight::FeedSchema = "application/json"), (String = "text/event-stream")))))]
async fn read_feed(
    State(app): State<Arc<App>>,
    reader: Reader,
    QueryString(parameters): QueryString<FeedParameters>,
) -> Result<Response, Problem> {
    let asked = Filters { category: parameters.category, event_type: parameters.event_type };
    let sight = Sight::of(&app, &reader.asker, reader.min_position()?).await?;
    known::require(&*app.events, &asked, &sight).await?;
    if wants_stream(&reader.headers) {
        if parameters.limit.is_some() || parameters.cursor.is_some() {
            return Err(list::invalid_parameter("limit", "a stream has no pages"));
        }
        let after = headers::last_event_id(&reader.headers)?.or(parameters.after).unwrap_or(0);
        continues(&app, &sight, after, parameters.after_hash.as_deref()).await?;
        reaches(&app, after).await?;
        return stream::open(&app, position("after", after)?, asked, sight);
    }
    let limit = list::limit(parameters.limit)?;
    let (filters, after) = match parameters.cursor {
        Some(_) if parameters.after.is_some() => {
            return Err(list::invalid_parameter("after", "a cursor tells already where to go on"));
        }
        Some(cursor) => {
            let (kept, place): (Filters, u64) = cursor::read("events", &cursor)?;
            (cursor::agree(asked, kept)?, place)
        }
        None => (asked, position("after", parameters.after.unwrap_or(0))?),
    };
    time_travel::log_reached(&app, reader.min_position()?).await?;
    continues(&app, &sight, after, parameters.after_hash.as_deref()).await?;
    let FeedPage { events, next, seen } = page::read(&app, &sight, &filters, after, limit).await?;
    let next_cursor = next.map(|place| cursor::write("events", &filters, &place)).transpose()?;
    let items = events.iter().map(|event| sight.body(event)).collect();
    Ok(at_position(json(&Listed { items, next_cursor })?, seen))
}

/// Makes sure that the log holds the event that a reader has seen last, where he has seen it.
async fn continues(app: &App, sight: &Sight, after: u64, hash: Option<&str>) -> Result<(), Problem> {
    let Some(text) = hash else { return Ok(()) };
    let mut seen = [0; 32];
    hex::decode_to_slice(text, &mut seen).map_err(|_| {
        list::invalid_parameter("after_hash", "not the hash of an event: 64 hexadecimal digits")
    })?;
    let is_held = match after.checked_sub(1) {
        Some(before) => {
            let page = app.events.read_all(before, 1, &FeedFilter::default()).await?;
            let is_that = |event: &Recorded| event.position == after && event.hash == seen;
            // Whoever does not see all of an event was never given its hash, and shall not try one out.
            page.events.first().is_some_and(|event| is_that(event) && sight.shows_all_of(event))
        }
        None => seen == GENESIS,
    };
    if is_held {
        return Ok(());
    }
    let detail = format!("The log holds no event of this hash at position {after}.");
    Err(Problem::new(&codes::LOG_DIVERGED, detail).with("position", after))
}

/// Makes sure that the log reaches up to what a follower has seen last: what would come behind a position beyond its end does not follow
/// on that. What this process has not heard of yet may be stored already.
async fn reaches(app: &App, after: u64) -> Result<(), Problem> {
    if after <= app.events.head().await?.position {
        return Ok(());
    }
    let end = app.events.stored().end().await?.position;
    if after <= end {
        return Ok(());
    }
    let detail =
        format!("The log ends at position {end}, before position {after}, which its follower has seen.");
    Err(Problem::new(&codes::LOG_DIVERGED, detail).with("position", after))
}

/// Which events of an aggregate.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParameters {
    /// Only events after this version.
    after_version: Option<u64>,
    /// Items of a page: 1 to 200, by default 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only events recorded up to this instant (RFC 3339). A cursor keeps it for the pages that follow.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Timestamp>)]
    as_of: Option<Instant>,
}

/// The history of one stream, whatever its category.
#[utoipa::path(get, path = "/v1/streams/{stream}/events", operation_id = "list_stream_events", tag = "time and audit",
    params(("stream" = String, Path, description = "`bank_account-acc_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = event::EventList)))]
async fn read_stream(
    State(app): State<Arc<App>>,
    PathStream(stream): PathStream,
    QueryString(parameters): QueryString<HistoryParameters>,
    reader: Reader,
) -> Result<Response, Problem> {
    within_reach(&app, &reader.asker, &stream).await?;
    history(&app, stream, parameters, &reader).await
}

/// Makes sure that the history of a stream is within the reach of who asks. One that is not is not there.
async fn within_reach(app: &App, asker: &Asker, stream: &StreamName) -> Result<(), Problem> {
    if asker.reach.is_all() {
        return Ok(());
    }
    let owners = app.executor.owners();
    match Lens::of_category(asker, stream.category()) {
        Some(lens) if owners.reaches(&asker.principal, lens.reach(), stream).await? => Ok(()),
        _ => Err(Problem::not_found(stream.id()).lacking(RefusalReason::Reach)),
    }
}

/// What a history's cursor keeps: so that all its pages tell of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct HistoryFilters {
    as_of: Option<Timestamp>,
}

/// Answers the history of one stream.
pub(crate) async fn history(
    app: &App,
    stream: StreamName,
    parameters: HistoryParameters,
    reader: &Reader,
) -> Result<Response, Problem> {
    time_travel::log_reached(app, reader.min_position()?).await?;
    let limit = list::limit(parameters.limit)?;
    let asked = HistoryFilters { as_of: parameters.as_of.map(|Instant(instant)| instant) };
    let (filters, after_version) = match parameters.cursor {
        Some(_) if parameters.after_version.is_some() => {
            return Err(list::invalid_parameter("after_version", "a cursor tells already where to go on"));
        }
        Some(cursor) => {
            let (kept, place): (HistoryFilters, u64) = cursor::read(stream.as_str(), &cursor)?;
            (cursor::agree(asked, kept)?, place)
        }
        None => (asked, position("after_version", parameters.after_version.unwrap_or(0))?),
    };
    let head = app.events.head().await?;
    let recorded_up_to = filters.as_of;
    if let Some(instant) = recorded_up_to {
        app.events.fence(instant).await?;
    }
    let range = StreamRange { after_version, limit: limit + 1, recorded_up_to, ..StreamRange::ALL };
    let mut events = app.events.read_stream(&stream, range).await?;
    if events.is_empty() && (after_version == 0 || is_unknown(app, &stream, recorded_up_to).await?) {
        return Err(Problem::not_found(stream.id()));
    }
    let more = events.len() > limit;
    events.truncate(limit);
    let next_cursor = events
        .last()
        .filter(|_| more)
        .map(|last| cursor::write(stream.as_str(), &filters, &last.version))
        .transpose()?;
    let seen = events.last().map_or(0, |last| last.position);
    let Some(lens) = Lens::of(&reader.asker, stream.category()) else {
        return Err(Problem::internal("a history is told to somebody who sees nothing of it"));
    };
    let items = events.iter().map(|event| EventBody::of(event, &lens)).collect();
    Ok(at_position(json(&Listed { items, next_cursor })?, head.position.max(seen)))
}

async fn is_unknown(
    app: &App,
    stream: &StreamName,
    recorded_up_to: Option<Timestamp>,
) -> Result<bool, Problem> {
    let first =
        app.events.read_stream(stream, StreamRange { limit: 1, recorded_up_to, ..StreamRange::ALL }).await?;
    Ok(first.is_empty())
}

/// Positions and versions are signed 64-bit integers in the stores.
fn position(parameter: &str, asked: u64) -> Result<u64, Problem> {
    i64::try_from(asked).map(|_| asked).map_err(|_| list::invalid_parameter(parameter, "beyond any position"))
}

/// Whether a client asks for a stream: by name, for a stream never ends.
fn wants_stream(headers: &HeaderMap) -> bool {
    const STREAM: &str = "text/event-stream";
    accept::names(headers, STREAM)
        && accept::preferred(headers, &["application/json", STREAM]) == Some(STREAM)
}

impl Filters {
    /// Whether everything passes.
    fn are_none(&self) -> bool {
        self.category.is_none() && self.event_type.is_none()
    }

    /// Whether an event passes: one that may not be read passes where nothing is filtered, for its kind is not told either.
    fn let_through(&self, sight: &Sight, event: &Recorded) -> bool {
        self.are_none() || (self.fit(event) && sight.shows(event))
    }

    fn fit(&self, event: &Recorded) -> bool {
        let has = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|wanted| wanted == text);
        has(&self.category, event.stream.category()) && has(&self.event_type, &event.event_type)
    }

    /// What the store may leave out for somebody: nothing, unless they see all. How far a filter of the store comes tells what stands
    /// where it leaves out.
    fn of_the_store(&self, sight: &Sight) -> FeedFilter {
        if sight.is_whole() { self.clone().into() } else { FeedFilter::default() }
    }
}

impl From<Filters> for FeedFilter {
    fn from(filters: Filters) -> Self {
        Self { categories: filters.category.into_iter().collect(), event_type: filters.event_type }
    }
}
