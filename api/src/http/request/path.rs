//! Identifiers in paths. One that is not of its form names nothing: 404.

use super::instant::Day;
use crate::http::problem::{Problem, codes};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use khata_application::StreamName;
use khata_domain::ids::{AggregateId, TypedId};
use khata_projections::operations::ParkedId;
use std::str::FromStr;

/// The identifier in a route's path.
#[derive(Debug)]
pub(crate) struct PathId<I>(pub(crate) I);

/// The two identifiers in a route's path, in order.
#[derive(Debug)]
pub(crate) struct PathIds<A, B>(pub(crate) A, pub(crate) B);

/// The identifier in a route's path, and the number of something in it, in digits.
#[derive(Debug)]
pub(crate) struct PathNumber<I>(pub(crate) I, pub(crate) u32);

/// The identifier in a route's path, and the day of something in it.
#[derive(Debug)]
pub(crate) struct PathDay<I>(pub(crate) I, pub(crate) Day);

/// A name in a route's path: up to 100 letters, digits, dashes and underscores.
#[derive(Debug)]
pub(crate) struct PathName(pub(crate) String);

impl<I: TypedId, S: Send + Sync> FromRequestParts<S> for PathId<I> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        Ok(Self(nth(&params, 0)?))
    }
}

impl<A: AggregateId, B: AggregateId, S: Send + Sync> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        Ok(Self(nth(&params, 0)?, nth(&params, 1)?))
    }
}

impl<I: TypedId, S: Send + Sync> FromRequestParts<S> for PathNumber<I> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        let digits: String = nth(&params, 1)?;
        let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(Self(nth(&params, 0)?, number.ok_or_else(unknown)?))
    }
}

impl<I: TypedId, S: Send + Sync> FromRequestParts<S> for PathDay<I> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        Ok(Self(nth(&params, 0)?, nth(&params, 1)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
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
        let params = params(parts, state).await?;
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
        let params = params(parts, state).await?;
        Ok(Self(nth(&params, 0)?, nth(&params, 1)?))
    }
}

/// A projection and the position of an event that is left out of it.
#[derive(Debug)]
pub(crate) struct PathSkipped(pub(crate) String, pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for PathSkipped {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        Ok(Self(nth(&params, 0)?, nth(&params, 1)?))
    }
}

fn unknown() -> Problem {
    Problem::new(&codes::NOT_FOUND, "The path holds an identifier that cannot name anything.")
}

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, Problem> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|_| unknown())
}

fn nth<T: FromStr>(params: &RawPathParams, place: usize) -> Result<T, Problem> {
    params.iter().nth(place).and_then(|(_, text)| text.parse().ok()).ok_or_else(unknown)
}
