//! Identifiers in paths. One that is not of its form names nothing: 404.

use super::instant::Day;
use crate::http::{
    problem::{Problem, codes},
    schemas,
};
use axum::{
    RequestExt,
    extract::{FromRequestParts, RawPathParams, Request},
    http::request::Parts,
};
use khata_application::StreamName;
use khata_domain::ids::{AuthorizationId, CustomerId, DisputeId, HoldId, TransactionId, TypedId};
use khata_projections::operations::ParkedId;
use std::str::FromStr;
use utoipa::openapi::ObjectBuilder;

/// The identifier in a route's path.
#[derive(Debug)]
pub(crate) struct PathId<I>(pub(crate) I);

/// What names a part of an aggregate in a route's path.
pub(crate) trait PathPart: FromStr + Send + 'static {
    /// What it is.
    const MEANING: &'static str;
    /// The kind of its values.
    const KIND: fn() -> ObjectBuilder = schemas::text;
}

impl PathPart for AuthorizationId {
    const MEANING: &'static str = "Its name.";
}

impl PathPart for CustomerId {
    const MEANING: &'static str = "`cus_…`";
}

impl PathPart for DisputeId {
    const MEANING: &'static str = "`dsp_…`";
}

impl PathPart for HoldId {
    const MEANING: &'static str = "Its name.";
}

impl PathPart for TransactionId {
    const MEANING: &'static str = "`txn_…`";
}

impl PathPart for Day {
    const MEANING: &'static str = "The last day of its period.";
    const KIND: fn() -> ObjectBuilder = schemas::date;
}

/// The number of a line, in digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line(pub(crate) u32);

impl PathPart for Line {
    const MEANING: &'static str = "The number of the line.";
    const KIND: fn() -> ObjectBuilder = schemas::number;
}

impl FromStr for Line {
    type Err = NoLine;
    fn from_str(text: &str) -> Result<Self, NoLine> {
        let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        number.map(Self).ok_or(NoLine)
    }
}

/// A text that is no number of a line.
#[derive(Debug)]
pub(crate) struct NoLine;

/// A name in a route's path: up to 100 letters, digits, dashes and underscores.
#[derive(Debug)]
pub(crate) struct PathName(pub(crate) String);

impl<I: TypedId, S: Send + Sync> FromRequestParts<S> for PathId<I> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params_of(parts, state).await?;
        Ok(Self(nth(&params, 0)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params_of(parts, state).await?;
        let name: String = nth(&params, 0)?;
        let fits = name.len() <= 100
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if fits { Ok(Self(name)) } else { Err(unknown()) }
    }
}

/// The name of a stream in a route's path.
#[derive(Debug)]
pub(crate) struct PathStream(pub(crate) StreamName);

impl<S: Send + Sync> FromRequestParts<S> for PathStream {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params_of(parts, state).await?;
        let (_, name) = params.iter().next().ok_or_else(unknown)?;
        StreamName::parse(name).map(Self).map_err(|_| unknown())
    }
}

/// A projection and one of its parked partitions in a route's path.
#[derive(Debug)]
pub(crate) struct PathParked(pub(crate) String, pub(crate) ParkedId);

impl<S: Send + Sync> FromRequestParts<S> for PathParked {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params_of(parts, state).await?;
        Ok(Self(nth(&params, 0)?, nth(&params, 1)?))
    }
}

/// A projection and the position of an event that is left out of it.
#[derive(Debug)]
pub(crate) struct PathSkipped(pub(crate) String, pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for PathSkipped {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params_of(parts, state).await?;
        Ok(Self(nth(&params, 0)?, nth(&params, 1)?))
    }
}

fn unknown() -> Problem {
    Problem::new(&codes::NOT_FOUND, "The path holds an identifier that cannot name anything.")
}

async fn params_of<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Problem> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|_| unknown())
}

/// What a request's path names, in order.
pub(crate) async fn params(request: &mut Request) -> Result<RawPathParams, Problem> {
    request.extract_parts().await.map_err(|_| unknown())
}

/// The n-th thing that a path names.
pub(crate) fn nth<T: FromStr>(params: &RawPathParams, place: usize) -> Result<T, Problem> {
    params.iter().nth(place).and_then(|(_, text)| text.parse().ok()).ok_or_else(unknown)
}
