//! The routes of an aggregate, as a declaration: what it is, once; then a few lines for every command and question.
//!
//! Path, id, tag, answer and description follow from the declaration. What is really different stands as a handler of
//! its own and is added by [`Routes::route`].
//!
//! Reading order: [`Resource`], [`Routes`], `questions` (what can be asked of every aggregate), `operation` and
//! `answers` (the description), `route` (the handler).

mod answers;
mod operation;
mod questions;
mod route;
mod routes;

pub(crate) use answers::{DISPUTE, ENTRY, HOLD, LINE, POSSIBLE_ENTRY, STATEMENT};
pub(crate) use khata_application::Picture;
pub(crate) use operation::{creation, delete, get, post};
pub(crate) use questions::picture;
pub(crate) use routes::Routes;

use super::{
    list::{Filters, Shown},
    problem::Problem,
};
use crate::app::App;
use jiff::{Timestamp, civil::Date};
use khata_application::{StreamName, contexts};
use khata_domain::Aggregate;
use khata_projections::{Row, ScopedViews};
use utoipa::ToSchema;

/// An aggregate as clients meet it.
pub(crate) trait Resource: Aggregate {
    /// What one is called, `an account`.
    const ONE: &'static str;
    /// What one is called in the names of operations; the last word of that, where this is empty.
    const NOUN: &'static str = "";
    /// What they are called: the folder below `/v1`, the tag of the description, the name of the list in its cursors.
    const COLLECTION: &'static str;
    /// What they are called in words.
    const ALL: &'static str = Self::COLLECTION;
    /// What the description tells of the collection.
    const ABOUT: &'static str;
    /// What the summary of the question for one adds.
    const SHOWN: &'static str = "";
    /// What the view knows of one.
    type Row: Row;
    /// What answers show of one.
    type Body: Shown + ToSchema + 'static;
    /// What the list can be narrowed by.
    type Filters: Filters;

    /// Shows the state, as it is on a business day.
    fn show_state(picture: Picture<Self>, day: Date) -> Self::Body;

    /// Shows a row of the view.
    fn show_row(row: Self::Row, now: Now) -> Self::Body;

    /// Gets ready to show rows: where other views are to be asked too, they are asked here.
    fn prepare(
        app: &App,
        _views: &ScopedViews,
        _rows: &[Self::Row],
        _min_position: Option<u64>,
    ) -> impl Future<Output = Result<Showing<Self>, Problem>> + Send {
        let now = Now::of(app);
        let show = Box::new(move |row| Self::show_row(row, now));
        std::future::ready(Ok(Showing { show, position: u64::MAX }))
    }
}

/// A resource without its type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResourceType {
    pub(crate) category: &'static str,
    pub(crate) collection: &'static str,
    pub(crate) about: &'static str,
    one: &'static str,
    noun: &'static str,
    stream: fn(&str) -> Option<StreamName>,
}

impl ResourceType {
    /// That of an aggregate.
    pub(crate) const fn of<A: Resource>() -> Self {
        Self {
            category: A::CATEGORY,
            collection: A::COLLECTION,
            about: A::ABOUT,
            one: A::ONE,
            noun: A::NOUN,
            stream: |id| id.parse().ok().map(StreamName::of::<A>),
        }
    }

    /// That of what is no aggregate of one type: it is named by its stream.
    pub(crate) const fn named_by_stream(
        category: &'static str,
        collection: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            category,
            collection,
            about,
            one: "a process",
            noun: "",
            stream: |id| StreamName::parse(id).ok().filter(is_of_a_process),
        }
    }

    /// The operation that tells its history.
    pub(crate) fn history(&self) -> String {
        format!("list_{}_events", noun(self.one, self.noun))
    }

    /// The stream of an id, if it is one of such ids.
    pub(crate) fn stream(&self, id: &str) -> Option<StreamName> {
        (self.stream)(id)
    }
}

fn is_of_a_process(stream: &StreamName) -> bool {
    contexts::process(stream.category()).is_some()
}

/// What one is called in the names of operations.
fn noun<'a>(one: &'a str, noun: &'a str) -> &'a str {
    if noun.is_empty() { one.rsplit(' ').next().unwrap_or(one) } else { noun }
}

/// The instant of a question, and its business day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) at: Timestamp,
    pub(crate) today: Date,
}

impl Now {
    /// By the clock and the settings in force.
    pub(crate) fn of(app: &App) -> Self {
        let at = app.clock.now();
        Self { at, today: app.calendar().date(at) }
    }
}

/// How rows are shown.
pub(crate) struct Showing<A: Resource> {
    pub(crate) show: Box<dyn Fn(A::Row) -> A::Body + Send + Sync>,
    /// How far the other views had come that were asked; a position beyond all where none was.
    pub(crate) position: u64,
}
