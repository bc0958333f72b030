//! What a request is answered with, when it gets what it asked for.

mod made;

use super::{
    problem::Problem,
    request::{
        headers::{IDEMPOTENT_REPLAYED, POSITION},
        principal::Asker,
    },
};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use khata_application::{Picture, access::Part, command::Answer};
use khata_domain::{Aggregate, Made};
use made::Named;
use serde::{Serialize, Serializer, ser::SerializeSeq};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// A command's answer.
#[derive(Debug)]
pub(crate) struct CommandAnswer<A: Aggregate> {
    answer: Answer<A>,
    /// Whether what answers was made by the command.
    is_new: bool,
    /// What was made inside of what answers.
    made: Option<Named>,
    /// Further members of the body, beside `state`.
    told: Map<String, Value>,
}

impl<A: Aggregate> CommandAnswer<A> {
    /// Something was done to what exists: 200.
    pub(crate) fn done(answer: Answer<A>) -> Self {
        let made = Named::first_of(&answer.events);
        Self { answer, is_new: false, made, told: Map::new() }
    }

    /// Something new was made: 201, with its place.
    pub(crate) fn created(answer: Answer<A>) -> Self {
        Self { is_new: true, ..Self::done(answer) }
    }

    /// Something was asked for under a name of its own, whether it was made now or before: 200, with its place.
    pub(crate) fn about(answer: Answer<A>, made: Made) -> Self {
        Self { made: Some(Named::of(made, Uuid::nil())), ..Self::done(answer) }
    }

    /// Tells something beside the state.
    pub(crate) fn telling(self, told: Map<String, Value>) -> Self {
        Self { told, ..self }
    }

    /// The response of something in a collection, `accounts`, that is shown so.
    pub(crate) fn response_in<S: Serialize>(
        self,
        asker: &Asker,
        collection: &str,
        show: impl FnOnce(Picture<A>) -> S,
    ) -> Result<Response, Problem> {
        let Self { answer, is_new, made, mut told } = self;
        let Answer { id, version, position, events, state, at, replayed } = answer;
        let name = id.to_string();
        let state = show(Picture { id, state, version, at });
        let written = Written { id: &name, version, position, events: &events, state: &state };
        told.extend(made.as_ref().map(|made| (made.member.to_owned(), made.name.clone())));
        let state_of = (A::CATEGORY, Place::Member("state"));
        let mut response = if told.is_empty() {
            json_for(asker, state_of, &written)?
        } else {
            json_for(asker, state_of, &WrittenWith { written, told })?
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, etag(version));
        if replayed {
            headers.insert(&IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        }
        let place = format!("/v1/{collection}/{name}");
        let location = if is_new { Some(place) } else { made.map(|made| made.path_in(&place)) };
        if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if is_new {
            *response.status_mut() = StatusCode::CREATED;
        }
        Ok(response)
    }
}

/// The response of a command to what is shown so, and is no aggregate of one type.
pub(crate) fn answered<S: Serialize>(
    id: &str,
    (version, position): (u64, u64),
    events: &[khata_application::command::AnsweredEvent],
    replayed: bool,
    state: &S,
) -> Result<Response, Problem> {
    let mut response = json(&Written { id, version, position, events, state })?;
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(version));
    if replayed {
        headers.insert(&IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The body of a command's answer.
#[derive(Serialize)]
struct Written<'a, R> {
    id: &'a str,
    version: u64,
    position: u64,
    #[serde(serialize_with = "events")]
    events: &'a [khata_application::command::AnsweredEvent],
    state: &'a R,
}

/// The body of an answer that tells more than the state.
#[derive(Serialize)]
struct WrittenWith<'a, R> {
    #[serde(flatten)]
    written: Written<'a, R>,
    #[serde(flatten)]
    told: Map<String, Value>,
}

fn events<S: Serializer>(
    events: &&[khata_application::command::AnsweredEvent],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Event<'a> {
        id: uuid::Uuid,
        r#type: &'a str,
        version: u64,
    }
    let mut list = serializer.serialize_seq(Some(events.len()))?;
    for event in *events {
        list.serialize_element(&Event { id: event.id, r#type: &event.event_type, version: event.version })?;
    }
    list.end()
}

/// An event as a command's answer names it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written")]
pub(crate) struct AnsweredEvent {
    /// Its id. An account's entry is the transaction of the same UUID: `txn_<id>`.
    id: uuid::Uuid,
    /// Its type, such as `bank_account.money_deposited`.
    r#type: String,
    /// Its version in its stream.
    version: u64,
}

/// The entity tag of a version.
pub(crate) fn etag(version: u64) -> HeaderValue {
    // Digits and quotes always make a header.
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// A 200 with a JSON body, not to be kept by caches.
pub(crate) fn json<T: Serialize>(body: &T) -> Result<Response, Problem> {
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, body)
        .map_err(|error| Problem::internal(format!("an answer cannot be written: {error}")))?;
    Ok(with_type(Body::from(text), "application/json"))
}

/// Where in an answer something is shown of an aggregate.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// It is the answer.
    Whole,
    /// Each of the items of a list.
    Items,
    /// A member, such as `state`.
    Member(&'static str),
}

/// [`json`], with what the asker does not see in the clear of aggregates of a category masked.
pub(crate) fn json_for<T: Serialize>(
    asker: &Asker,
    (category, place): (&str, Place),
    body: &T,
) -> Result<Response, Problem> {
    let masks = asker.masks();
    if !masks.cover(category, Part::State) {
        return json(body);
    }
    let mut body = serde_json::to_value(body)
        .map_err(|error| Problem::internal(format!("an answer cannot be written: {error}")))?;
    let mask = |shown: &mut Value| {
        masks.apply(category, Part::State, shown);
    };
    match place {
        Place::Whole => mask(&mut body),
        Place::Items => body["items"].as_array_mut().into_iter().flatten().for_each(mask),
        Place::Member(name) => mask(&mut body[name]),
    }
    json(&body)
}

/// A 200 of a media type, not to be kept by caches.
pub(crate) fn with_type(body: Body, media_type: &'static str) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Says how far the view had come that a query was answered from.
pub(crate) fn at_position(mut response: Response, position: u64) -> Response {
    response.headers_mut().insert(&POSITION, HeaderValue::from(position));
    response
}
