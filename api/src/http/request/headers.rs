//! Request headers with a meaning of Khata's own, read strictly.

use crate::http::problem::{Problem, codes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The client's key that makes a repeated command take effect once.
pub(crate) static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is an earlier one.
pub(crate) static IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Ties together all that one request leads to.
pub(crate) static CORRELATION_ID: HeaderName = HeaderName::from_static("khata-correlation-id");
/// W3C trace context.
pub(crate) static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The position a query's view must have seen.
pub(crate) static MIN_POSITION: HeaderName = HeaderName::from_static("khata-min-position");
/// The position a query's view has seen.
pub(crate) static POSITION: HeaderName = HeaderName::from_static("khata-position");
/// How many partitions are parked of the view that a list was read from.
pub(crate) static PARKED: HeaderName = HeaderName::from_static("khata-parked");
/// Where an event stream goes on.
pub(crate) static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The longest idempotency key.
const MAX_KEY_CHARS: usize = 255;
/// The longest correlation id.
const MAX_CORRELATION_CHARS: usize = 128;

pub(super) fn invalid(name: &HeaderName, expected: &str) -> Problem {
    Problem::new(&codes::INVALID_HEADER, format!("`{name}` must be {expected}."))
        .with("header", name.as_str())
}

/// A header that may stand there once.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(invalid(name, "given once")) } else { Ok(first) }
}

/// The idempotency key: 1 to 255 visible ASCII characters or spaces.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = single(headers, &IDEMPOTENCY_KEY)? else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| {
        (1..=MAX_KEY_CHARS).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    });
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| invalid(&IDEMPOTENCY_KEY, "1 to 255 visible ASCII characters"))
}

/// The correlation id: 1 to 128 letters, digits and `-_.:/+=@`.
pub(crate) fn correlation_id(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = single(headers, &CORRELATION_ID)? else { return Ok(None) };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(&byte);
    let id = value
        .to_str()
        .ok()
        .filter(|id| (1..=MAX_CORRELATION_CHARS).contains(&id.len()) && id.bytes().all(fits));
    id.map(Some).ok_or_else(|| invalid(&CORRELATION_ID, "1 to 128 letters, digits or characters of -_.:/+=@"))
}

/// The trace context, if there is a valid one. An invalid one is ignored, as W3C Trace Context section 3.2 wants it.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<&str> {
    let written = single(headers, &TRACEPARENT).ok()??.to_str().ok()?;
    let mut parts = written.split('-');
    let hex = |part: Option<&str>, digits: usize| {
        part.is_some_and(|part| {
            part.len() == digits
                && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    };
    let not_zero = |part: Option<&str>| part.is_some_and(|part| part.bytes().any(|byte| byte != b'0'));
    let (version, trace, span, flags) = (parts.next(), parts.next(), parts.next(), parts.next());
    let fits = version == Some("00")
        && hex(trace, 32)
        && not_zero(trace)
        && hex(span, 16)
        && not_zero(span)
        && hex(flags, 2)
        && parts.next().is_none();
    fits.then_some(written)
}

/// The version that `If-Match` names: `"3"`. `*` asks for nothing, since commands act on what exists anyway.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = single(headers, &header::IF_MATCH)? else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let version = version.and_then(|digits| digits.parse().ok());
    version.map(Some).ok_or_else(|| invalid(&header::IF_MATCH, "one version in quotes, such as \"3\", or *"))
}

/// The position that a query's view must have seen.
pub(crate) fn min_position(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    position(headers, &MIN_POSITION)
}

/// The position behind which an event stream goes on.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    position(headers, &LAST_EVENT_ID)
}

fn position(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Problem> {
    let Some(value) = single(headers, name)? else { return Ok(None) };
    let position = value
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<u64>().ok());
    // Positions are signed 64-bit integers in the stores.
    position
        .filter(|position| i64::try_from(*position).is_ok())
        .map(Some)
        .ok_or_else(|| invalid(name, "a position: a whole number from 0"))
}

#[cfg(test)]
mod tests;
