//! What can be asked of every aggregate: the list, one as it is or was, its events.

use super::{Picture, Resource, Routes, get, routes::no_id};
use crate::{
    app::App,
    http::{
        answer::{self, at_position, json},
        feed::{self, HistoryParameters, event::EventList},
        list::{self, Filters, Paged, Resumed, Shown},
        problem::Problem,
        request::headers,
        time_travel::{self, PastParameters},
    },
};
use axum::{
    http::{HeaderMap, header},
    response::Response,
};
use jiff::civil::Date;
use khata_application::{StreamName, history::Moment};
use khata_projections::Value;
use std::sync::Arc;

impl<A: Resource> Routes<A> {
    /// Adds them.
    pub(super) fn questions(self) -> Self {
        let (one, all) = (A::ONE, A::COLLECTION);
        let noun = one.rsplit(' ').next().unwrap_or(one);
        self.ask(
            get("", format!("list_{all}"))
                .of_all()
                .about(format!("List {all} in the order of their ids."))
                .answers_list::<A::Body>(format!("A page of {all}.")),
            no_id,
            list::<A>,
        )
        .question(
            get("", format!("show_{noun}"))
                .about(format!("Show {one}: as it is, or as it was.{}", A::SHOWN))
                .answers::<A::Body>("As it is, or as it was."),
            show::<A>,
        )
        .question(
            get("events", format!("list_{noun}_events"))
                .about(format!("The full history of {one}."))
                .answers::<EventList>("Events in order of version."),
            async |app, id, parameters: HistoryParameters, headers| {
                feed::history(&app, StreamName::of::<A>(id), parameters, &headers).await
            },
        )
    }
}

async fn list<A: Resource>(
    app: Arc<App>,
    (): (),
    asked: Paged<A::Filters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Resumed { filters, after, limit } = asked.resume(A::COLLECTION)?;
    let min_position = headers::min_position(&headers)?;
    let query = filters.query(limit, app.calendar().date(app.clock.now()));
    let mut page = app.views.page::<A::Row>(query.behind(after), min_position).await?;
    let showing = A::prepare(&app, &page.rows, min_position).await?;
    page.position = page.position.min(showing.position);
    list::answer_page(A::COLLECTION, &filters, page, |row| Ok((showing.show)(row)))
}

async fn show<A: Resource>(
    app: Arc<App>,
    id: A::Id,
    past: PastParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        let (picture, day, seen) = picture::<A>(&app, id, moment, &headers).await?;
        return Ok(at_position(json(&A::show_state(picture, day))?, seen));
    }
    let min_position = headers::min_position(&headers)?;
    let found = app.views.one::<A::Row>(vec![Value::Text(id.to_string())], min_position).await?;
    let found = list::found(found, id)?;
    let showing = A::prepare(&app, std::slice::from_ref(&found.row), min_position).await?;
    let position = found.position.min(showing.position);
    let shown = found.show(showing.show);
    let mut response = at_position(json(&shown)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(shown.version()));
    Ok(response)
}

/// An aggregate at a moment of its past, from the log; the business day of that; and how far the log was looked at.
pub(crate) async fn picture<A: Resource>(
    app: &App,
    id: A::Id,
    moment: Moment,
    headers: &HeaderMap,
) -> Result<(Picture<A>, Date, u64), Problem> {
    time_travel::log_reached(app, headers::min_position(headers)?).await?;
    // Taken before the read: at least this much was looked at.
    let seen = *app.events.watch_head().borrow();
    let (picture, day) = app.history.show::<A>(id, moment, app.clock.now()).await?;
    Ok((picture, day, seen))
}
