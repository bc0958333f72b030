//! What can be asked of every aggregate: the list, one as it is or was, its events.

use super::{Picture, Resource, Routes, get, noun, routes::no_id};
use crate::{
    app::App,
    http::{
        answer::{self, Place, at_position, json_for},
        feed::{self, HistoryParameters, event::EventList},
        list::{self, Filters, Paged, Resumed, Shown},
        problem::Problem,
        request::Reader,
        time_travel::{self, PastParameters},
    },
};
use axum::{http::header, response::Response};
use jiff::civil::Date;
use khata_application::{StreamName, history::Moment};
use khata_projections::Value;
use std::sync::Arc;

impl<A: Resource> Routes<A> {
    /// Adds them.
    pub(super) fn questions(self) -> Self {
        let (one, all) = (A::ONE, A::ALL);
        let noun = noun(one, A::NOUN);
        self.ask(
            get("", format!("list_{}", all.replace(['/', ' '], "_")))
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
            async |app, id, parameters: HistoryParameters, reader| {
                feed::history(&app, StreamName::of::<A>(id), parameters, &reader).await
            },
        )
    }
}

async fn list<A: Resource>(
    app: Arc<App>,
    (): (),
    asked: Paged<A::Filters>,
    reader: Reader,
) -> Result<Response, Problem> {
    let Resumed { filters, after, limit } = asked.resume(A::COLLECTION)?;
    let min_position = reader.min_position()?;
    let query = filters.query(limit, app.calendar().date(app.clock.now()));
    let views = reader.views(&app).await?;
    let mut page = views.page::<A::Row>(query.behind(after), min_position).await?;
    let showing = A::prepare(&app, &views, &page.rows, min_position).await?;
    page.position = page.position.min(showing.position);
    list::answer_page((&reader.asker, A::CATEGORY), A::COLLECTION, &filters, page, |row| {
        Ok((showing.show)(row))
    })
}

async fn show<A: Resource>(
    app: Arc<App>,
    id: A::Id,
    past: PastParameters,
    reader: Reader,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        let (picture, day, seen) = picture::<A>(&app, id, moment, &reader).await?;
        return Ok(at_position(
            json_for(&reader.asker, (A::CATEGORY, Place::Whole), &A::show_state(picture, day))?,
            seen,
        ));
    }
    let min_position = reader.min_position()?;
    let views = reader.views(&app).await?;
    let found = views.one::<A::Row>(vec![Value::Text(id.to_string())], min_position).await?;
    let found = list::found(found, id)?;
    let showing = A::prepare(&app, &views, std::slice::from_ref(&found.row), min_position).await?;
    let position = found.position.min(showing.position);
    let shown = found.show(showing.show);
    let shown_to = json_for(&reader.asker, (A::CATEGORY, Place::Whole), &shown)?;
    let mut response = at_position(shown_to, position);
    response.headers_mut().insert(header::ETAG, answer::etag(shown.version()));
    Ok(response)
}

/// An aggregate at a moment of its past, from the log; the business day of that; and how far the log was looked at.
pub(crate) async fn picture<A: Resource>(
    app: &App,
    id: A::Id,
    moment: Moment,
    reader: &Reader,
) -> Result<(Picture<A>, Date, u64), Problem> {
    time_travel::log_reached(app, reader.min_position()?).await?;
    // Taken before the read: at least this much was looked at.
    let seen = *app.events.watch_head().borrow();
    let (picture, day) = app.history.show::<A>(id, moment, app.clock.now()).await?;
    Ok((picture, day, seen))
}
