//! Things inside an aggregate that are asked for alone: an entry by its id, anything else by its name.

use super::{
    answer::{at_position, json},
    list,
    problem::Problem,
    request::headers,
};
use crate::app::App;
use axum::{http::HeaderMap, response::Response};
use khata_application::StreamName;
use khata_domain::ids::{TransactionId, TypedId};
use khata_projections::{Query, Row, Value};
use serde::Serialize;
use std::fmt::Display;

/// Answers with the row of an entry, which is found by the event that booked it. Waits until the view has seen that event: whoever was
/// told of an entry can read it.
pub(crate) async fn entry<R: Row, B: From<R> + Serialize>(
    app: &App,
    stream: StreamName,
    id: TransactionId,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let wanted = headers::min_position(headers)?;
    let found = app.events.find(&[id.uuid()]).await?;
    let booked = found.iter().find(|event| event.stream == stream).ok_or_else(|| Problem::not_found(id))?;
    let position = i64::try_from(booked.position).map_err(|_| Problem::not_found(id))?;
    let one = app.views.one::<R>(vec![Value::Integer(position)], wanted.max(Some(booked.position))).await?;
    let found = list::found(one, id)?;
    Ok(at_position(json(&B::from(found.row))?, found.position))
}

/// Answers with the one row that a question finds.
pub(crate) async fn named<R: Row, B: Serialize>(
    app: &App,
    query: Query,
    name: impl Display,
    headers: &HeaderMap,
    show: impl FnOnce(R) -> B,
) -> Result<Response, Problem> {
    let page = app.views.page::<R>(query, headers::min_position(headers)?).await?;
    // While what it belongs to is parked, nobody knows what became of it.
    list::whole(&page.parked.concerned)?;
    let row = page.rows.into_iter().next().ok_or_else(|| Problem::not_found(name))?;
    Ok(at_position(json(&show(row))?, page.position))
}
