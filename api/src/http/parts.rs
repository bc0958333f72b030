//! Things inside an aggregate: those of one aggregate as a list; an entry by its id, anything else by its name.

use super::{
    answer::{at_position, json},
    list,
    problem::Problem,
    request::headers,
};
use crate::app::App;
use axum::{http::HeaderMap, response::Response};
use jiff::Timestamp;
use khata_application::StreamName;
use khata_domain::ids::{TransactionId, TypedId};
use khata_projections::{Page, Part, Query, Row, Value, view_store::Question, views::by_key};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt::Display;
use utoipa::{IntoParams, ToSchema};

/// Which of them, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InStatus<S: ToSchema> {
    /// In this status.
    #[param(inline)]
    status: Option<S>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a cursor of such a list keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Filters<S> {
    status: Option<S>,
}

/// Lists the rows of what is inside an aggregate, whose own row is an `O`, in the order in which they began. Their status is that of now.
pub(crate) async fn list<O: Row, R: Part, S: ToSchema + Serialize + DeserializeOwned, B: Serialize>(
    app: &App,
    (what, id): (&str, impl Display),
    asked: InStatus<S>,
    headers: &HeaderMap,
    show: impl Fn(R, Timestamp) -> B,
) -> Result<Response, Problem> {
    let limit = list::limit(asked.limit)?;
    let (id, now) = (id.to_string(), app.clock.now());
    let name = format!("{what} {id}");
    let (filters, after) = list::resume(&name, Filters { status: asked.status }, asked.cursor.as_deref())?;
    let mut query = R::all_of(&id, limit);
    if let Some(status) = &filters.status {
        query.filters.push(R::in_status(&spelled(status)?, now));
    }
    let page = page_of::<O, R>(app, id, query.behind(after), headers).await?;
    list::answer_lines(&name, &filters, page, |row| Ok(show(row, now)))
}

/// A status as it is written.
fn spelled(status: &impl Serialize) -> Result<String, Problem> {
    match serde_json::to_value(status) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        other => Err(Problem::internal(format!("a status is written as {other:?}"))),
    }
}

/// A page of what hangs on an aggregate that is there; the aggregate's own row is an `O`.
pub(crate) async fn page_of<O: Row, R: Row>(
    app: &App,
    id: impl Display,
    query: Query,
    headers: &HeaderMap,
) -> Result<Page<R>, Problem> {
    let questions =
        vec![Question::Page(by_key::<O>(vec![Value::Text(id.to_string())])), Question::Page(query)];
    let mut reading = app.views.read(questions, headers::min_position(headers)?).await?;
    let owner = reading.one::<O>()?;
    let mut page = reading.page::<R>()?;
    page.position = page.position.min(list::found(owner, id)?.position);
    Ok(page)
}

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
