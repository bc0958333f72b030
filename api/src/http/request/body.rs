//! Bodies: read once up to a limit, parsed strictly, refused with the member and the reason.

use super::{
    fields::Coded,
    scan::{self, Found},
};
use crate::http::problem::{Problem, codes};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::error::Category;
use std::time::Duration;
use utoipa::ToSchema;

/// What a route that takes JSON expects.
const JSON: &str = "application/json";

/// The body of a request that has nothing to say: none at all, or an empty object.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(&codes::BODY_TOO_LARGE, format!("The body is larger than {limit} bytes."))
            .with("limit_bytes", limit)
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(patience, axum::body::to_bytes(body, limit)).await;
    let read = read.map_err(|_| Problem::new(&codes::REQUEST_TIMEOUT, "The body did not arrive in time."))?;
    read.map_err(|error| {
        if is_over_limit(&error) {
            too_large()
        } else {
            Problem::new(&codes::BODY_INCOMPLETE, "The body was cut off.")
        }
    })
}

fn is_over_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Refuses a body that does not say it is JSON. Without a body nothing needs to be said.
pub(crate) fn require_json(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    if body.is_empty() || media_type(headers).is_some_and(|media| media.eq_ignore_ascii_case(JSON)) {
        return Ok(());
    }
    Err(Problem::new(&codes::UNSUPPORTED_MEDIA_TYPE, "The body must be application/json, and say so.")
        .with("expected", JSON))
}

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let written = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(written.split(';').next().unwrap_or_default().trim())
}

/// Parses a body. Nothing at all counts as an object without members.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    scan::scan(body).map_err(|found| match found {
        Found::TooDeep => Problem::new(
            &codes::TOO_DEEP,
            format!("The body is nested deeper than {} levels.", scan::MAX_DEPTH),
        ),
        Found::Nul => Problem::new(&codes::INVALID_TEXT, "A text holds the character U+0000."),
    })?;
    // A derived struct would also take an array of its members' values.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first != b'{') {
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(body);
        return Err(whole.err().map_or_else(
            || Problem::new(&codes::MALFORMED_JSON, "The body must be a JSON object."),
            |error| malformed(&error),
        ));
    }
    // The path to what is wrong is found by parsing again: a good body is parsed once and quickly.
    serde_json::from_slice(body)
        .map_err(|error| if error.is_data() { explain::<T>(body) } else { malformed(&error) })
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        &codes::MALFORMED_JSON,
        format!("The body is not JSON: {}.", without_place(&error.to_string())),
    )
    .with("line", error.line())
    .with("column", error.column())
}

fn explain<T: DeserializeOwned>(body: &[u8]) -> Problem {
    // A wrong member may stand before text that is no JSON at all: then the whole is malformed.
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        return malformed(&error);
    }
    let mut parser = serde_json::Deserializer::from_slice(body);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut parser) else {
        return Problem::internal("a body was refused and then taken");
    };
    let path = error.path().to_string();
    let error = error.into_inner();
    match error.classify() {
        Category::Data => refused_member(&path, &without_place(&error.to_string())),
        Category::Syntax | Category::Eof | Category::Io => malformed(&error),
    }
}

/// Tells which member is wrong and how, from serde's words or from our own fields' codes.
fn refused_member(path: &str, message: &str) -> Problem {
    if let Some(coded) = Coded::read(message) {
        return Problem::new(coded.code, format!("`{path}`: {}.", coded.message)).with("field", path);
    }
    let named = message.split('`').nth(1).unwrap_or_default();
    // Of an unknown member the path already names the member itself; of a missing one only what lacks it.
    let parent = path.strip_suffix(named).map_or(path, |parent| parent.trim_end_matches('.'));
    let member =
        if parent.is_empty() || parent == "." { named.to_owned() } else { format!("{parent}.{named}") };
    let (code, field) = match message {
        _ if message.starts_with("unknown field") => (&codes::UNKNOWN_FIELD, member),
        _ if message.starts_with("missing field") => (&codes::MISSING_FIELD, member),
        _ if message.starts_with("duplicate field") => (&codes::DUPLICATE_FIELD, member),
        _ if message.starts_with("invalid type") => (&codes::INVALID_TYPE, path.to_owned()),
        _ => (&codes::INVALID_VALUE, path.to_owned()),
    };
    let detail = if code.code == codes::INVALID_VALUE.code {
        format!("`{field}`: {message}.")
    } else {
        format!("{}.", capital(message))
    };
    Problem::new(code, detail).with("field", field)
}

fn capital(message: &str) -> String {
    let mut letters = message.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// Takes serde_json's ` at line 1 column 2` away: a client cares for the member, and people for the sentence.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(before, _)| before).to_owned()
}

#[cfg(test)]
mod tests;
