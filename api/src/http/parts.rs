//! Things inside an aggregate: those of one aggregate as a list; an entry by its id, anything else by its name.

use super::{
    answer::{self, at_position, json},
    list::{self, Paged, Resumed},
    problem::Problem,
    request::{Reader, instant::Day},
};
use crate::app::App;
use axum::response::Response;
use jiff::Timestamp;
use khata_application::StreamName;
use khata_domain::{
    Aggregate,
    ids::{TransactionId, TypedId},
};
use khata_projections::{
    Page, Part, Query, Row, Value,
    query::Comparison,
    view_store::Question,
    views::{One, by_key},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt::Display;
use utoipa::{IntoParams, ToSchema};

/// Which of them.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InStatus<S: ToSchema> {
    /// In this status.
    #[param(inline)]
    status: Option<S>,
}

/// Lists the rows of what is inside an aggregate, whose own row is an `O`, in the order in which they began. Their
/// status is that of now.
pub(crate) async fn list<O: Row, R: Part, S: ToSchema + Serialize + DeserializeOwned, B: Serialize>(
    app: &App,
    (what, id): (&str, impl Display),
    asked: Paged<InStatus<S>>,
    reader: &Reader,
    show: impl Fn(R, Timestamp) -> B,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let query = |asked: &mut InStatus<S>, id: &str, limit| {
        let mut query = R::all_of(id, limit);
        if let Some(status) = &asked.status {
            query.filters.push(R::in_status(&spelled(status)?, now));
        }
        Ok(query)
    };
    let (name, filters, page) = read::<O, R, _>(app, (what, id), asked, reader, query).await?;
    let whose = (&reader.asker, R::Of::CATEGORY);
    list::answer_masked_lines(whose, &name, &filters, page, |row| Ok(show(row, now)))
}

/// Lists the rows of what hangs on an aggregate, whose own row is an `O`, by a query of the aggregate's id.
pub(crate) async fn lines<O: Row, R: Row, F: Serialize + DeserializeOwned, B: Serialize>(
    app: &App,
    (what, id): (&str, impl Display),
    asked: Paged<F>,
    reader: &Reader,
    query: impl FnOnce(&mut F, &str, usize) -> Result<Query, Problem>,
    show: impl Fn(R) -> B,
) -> Result<Response, Problem> {
    let (name, filters, page) = read::<O, R, _>(app, (what, id), asked, reader, query).await?;
    list::answer_lines(&name, &filters, page, |row| Ok(show(row)))
}

/// Reads them, with the name of the list and its filters.
async fn read<O: Row, R: Row, F: Serialize + DeserializeOwned>(
    app: &App,
    (what, id): (&str, impl Display),
    asked: Paged<F>,
    reader: &Reader,
    query: impl FnOnce(&mut F, &str, usize) -> Result<Query, Problem>,
) -> Result<(String, F, Page<R>), Problem> {
    let id = id.to_string();
    let name = format!("{what} {id}");
    let Resumed { mut filters, after, limit } = asked.resume(&name)?;
    let query = query(&mut filters, &id, limit)?.behind(after);
    let questions = vec![Question::Page(by_key::<O>(vec![Value::Text(id.clone())])), Question::Page(query)];
    let mut reading = reader.views(app).await?.read(questions, reader.min_position()?).await?;
    let owner = reading.one::<O>()?;
    let mut page = reading.page::<R>()?;
    page.position = page.position.min(list::found(owner, id)?.position);
    Ok((name, filters, page))
}

/// A status as it is written.
pub(crate) fn spelled(status: &impl Serialize) -> Result<String, Problem> {
    match serde_json::to_value(status) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        other => Err(Problem::internal(format!("a status is written as {other:?}"))),
    }
}

/// Adds the first and the last business date, itself included, where they are given.
pub(crate) fn between(query: Query, from: Option<Day>, to: Option<Day>) -> Query {
    [(from, Comparison::AtLeast), (to, Comparison::AtMost)].into_iter().fold(
        query,
        |query, bound| match bound {
            (Some(Day(date)), comparison) => query.only("business_date", comparison, Value::Date(date)),
            (None, _) => query,
        },
    )
}

/// Answers with the row of an entry, which is found by the event that booked it. Waits until the view has seen that event: whoever was
/// told of an entry can read it.
pub(crate) async fn entry<R: Row, B: From<R> + Serialize>(
    app: &App,
    stream: StreamName,
    id: TransactionId,
    reader: &Reader,
) -> Result<Response, Problem> {
    let wanted = reader.min_position()?;
    let found = app.events.find(&[id.uuid()]).await?;
    let booked = found.iter().find(|event| event.stream == stream).ok_or_else(|| Problem::not_found(id))?;
    let position = i64::try_from(booked.position).map_err(|_| Problem::not_found(id))?;
    // Of that aggregate: an entry is looked for where the reader may look.
    let of_it = Value::Text(stream.id().to_owned());
    let query =
        by_key::<R>(vec![Value::Integer(position)]).only(R::TABLE.partition, Comparison::Equal, of_it);
    let wanted = wanted.max(Some(booked.position));
    let found = list::found(One::of(reader.views(app).await?.page::<R>(query, wanted).await?), id)?;
    Ok(at_position(json(&B::from(found.row))?, found.position))
}

/// Answers with the one row that a question about an aggregate of a category finds.
pub(crate) async fn named<R: Row, B: Serialize>(
    app: &App,
    (category, query): (&str, Query),
    name: impl Display,
    reader: &Reader,
    show: impl FnOnce(R) -> B,
) -> Result<Response, Problem> {
    let page = reader.views(app).await?.page::<R>(query, reader.min_position()?).await?;
    // While what it belongs to is parked, nobody knows what became of it.
    list::whole(&page.parked.concerned)?;
    let row = page.rows.into_iter().next().ok_or_else(|| Problem::not_found(name))?;
    let body = answer::json_for(&reader.asker, (category, answer::Place::Whole), &show(row))?;
    Ok(at_position(body, page.position))
}
