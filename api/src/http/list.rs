//! Lists: how many items, where they go on, and from which rows.

use super::{
    answer, cursor,
    problem::{Problem, codes},
    request::{
        headers,
        principal::Asker,
        query_string::{self, Parameters},
    },
};
use axum::{http::HeaderValue, response::Response};
use jiff::civil::Date;
use khata_projections::{
    Page, Query, Value,
    query::Comparison,
    view_store::{ParkedCause, ParkedKey},
    views::{One, ViewError},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, openapi::path::Parameter};

/// Items of a page, unless asked otherwise.
const DEFAULT_LIMIT: usize = 50;
/// The most items of a page.
const MAX_LIMIT: usize = 200;

/// What a list of aggregates can be narrowed by: the parameters of the question, what its cursors keep of them, and
/// what they mean to the view.
pub(crate) trait Filters: Serialize + DeserializeOwned + IntoParams + Send + Sync + 'static {
    /// The question to the view, in the order of ids.
    fn query(&self, limit: usize, today: Date) -> Query;
}

/// Adds that columns have these texts, where there is one.
pub(crate) fn having<const N: usize>(query: Query, texts: [(&'static str, Option<String>); N]) -> Query {
    let given = texts.into_iter().filter_map(|(column, text)| Some((column, text?)));
    given.fold(query, |query, (column, text)| query.only(column, Comparison::Equal, Value::Text(text)))
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParameters {
    /// Items of a page: 1 to 200, by default 50.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// What a list is asked with: its filters, and which page.
#[derive(Debug)]
pub(crate) struct Paged<F> {
    filters: F,
    page: PageParameters,
}

impl<F: DeserializeOwned + IntoParams + Send + 'static> Parameters for Paged<F> {
    fn read(query: &str) -> Result<Self, Problem> {
        let is_page = |name: &str| matches!(name, "limit" | "cursor");
        let filters = query_string::parse_some(query, |name| !is_page(name))?;
        Ok(Self { filters, page: query_string::parse_some(query, is_page)? })
    }

    fn described() -> Vec<Parameter> {
        let mut described = F::into_params(|| None);
        described.extend(PageParameters::into_params(|| None));
        described
    }
}

/// A list's filters, those of its cursor if there is one; the order's values of the last row seen; and how many rows
/// are wanted.
#[derive(Debug)]
pub(crate) struct Resumed<F> {
    pub(crate) filters: F,
    pub(crate) after: Option<Vec<Value>>,
    pub(crate) limit: usize,
}

impl<F: Serialize + DeserializeOwned> Paged<F> {
    /// Where a list of this name goes on.
    pub(crate) fn resume(self, list: &str) -> Result<Resumed<F>, Problem> {
        let Self { filters, page } = self;
        let limit = limit(page.limit)?;
        let Some(cursor) = page.cursor else { return Ok(Resumed { filters, after: None, limit }) };
        let (kept, place): (F, Vec<Placed>) = cursor::read(list, &cursor)?;
        let after = Some(place.into_iter().map(Value::from).collect());
        Ok(Resumed { filters: cursor::agree(filters, kept)?, after, limit })
    }
}

/// The answer of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Gives the next page; `None` at the end.
    pub(crate) next_cursor: Option<String>,
}

/// How many items a page is to have: 1 to 200, by default 50.
pub(crate) fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    let limit = asked.map_or(Some(DEFAULT_LIMIT), |asked| usize::try_from(asked).ok());
    limit
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| invalid_parameter("limit", &format!("a page has 1 to {MAX_LIMIT} items")))
}

/// A parameter of the query string that does not do.
pub(crate) fn invalid_parameter(parameter: &str, reason: &str) -> Problem {
    Problem::new(&codes::INVALID_PARAMETER, format!("`{parameter}`: {reason}.")).with("parameter", parameter)
}

/// What shows one partition of a view, such as an account.
pub(crate) trait Shown: Serialize {
    /// Says that it shows how the partition stood before the event that it is parked at.
    fn mark_parked(&mut self);

    /// How many events it shows.
    fn version(&self) -> u64;
}

/// Answers a page of rows, each of a partition of its own, as a list. Those of parked partitions say so.
pub(crate) fn answer_page<R, T: Shown>(
    (asker, category): (&Asker, &str),
    list: &str,
    filters: &impl Serialize,
    page: Page<R>,
    mut show: impl FnMut(R) -> Result<T, Problem>,
) -> Result<Response, Problem> {
    let (position, parked) = (page.position, page.parked.partitions);
    let mut marks = page.parked_rows.clone().into_iter();
    let marked = |row| {
        let mut shown = show(row)?;
        if marks.next().unwrap_or_default() {
            shown.mark_parked();
        }
        Ok(shown)
    };
    let listed = listed(list, filters, page, marked)?;
    let items = answer::json_for(asker, (category, answer::Place::Items), &listed)?;
    let mut response = answer::at_position(items, position);
    // How many there are of all is nobody's business who sees some.
    if parked > 0 && asker.reach.is_all() {
        response.headers_mut().insert(&headers::PARKED, HeaderValue::from(parked));
    }
    Ok(response)
}

/// Answers a page of lines that belong to one partition, as a list: not while it is parked, for then lines are missing.
pub(crate) fn answer_lines<R, T: Serialize>(
    list: &str,
    filters: &impl Serialize,
    page: Page<R>,
    show: impl FnMut(R) -> Result<T, Problem>,
) -> Result<Response, Problem> {
    whole(&page.parked.concerned)?;
    let position = page.position;
    Ok(answer::at_position(answer::json(&listed(list, filters, page, show)?)?, position))
}

/// [`answer_lines`], with what the asker does not see in the clear of aggregates of a category masked.
pub(crate) fn answer_masked_lines<R, T: Serialize>(
    (asker, category): (&Asker, &str),
    list: &str,
    filters: &impl Serialize,
    page: Page<R>,
    show: impl FnMut(R) -> Result<T, Problem>,
) -> Result<Response, Problem> {
    whole(&page.parked.concerned)?;
    let position = page.position;
    let listed = listed(list, filters, page, show)?;
    let items = answer::json_for(asker, (category, answer::Place::Items), &listed)?;
    Ok(answer::at_position(items, position))
}

/// Makes sure that nothing is parked of what an answer is made of.
pub(crate) fn whole<'k>(parked: impl IntoIterator<Item = &'k ParkedKey>) -> Result<(), Problem> {
    let mut told: Vec<&ParkedKey> = Vec::new();
    for key in parked {
        if !told.contains(&key) {
            told.push(key);
        }
    }
    let parked = told;
    let Some(first) = parked.first() else { return Ok(()) };
    let detail = match first.cause {
        ParkedCause::NewerSchema => format!(
            "{} waits for a newer Khata, which wrote the event at position {}.",
            first.partition, first.position
        ),
        ParkedCause::Failed | ParkedCause::Retrying => {
            format!("{} is parked at position {}: its later events wait.", first.partition, first.position)
        }
    };
    Err(Problem::new(&codes::VIEW_PARKED, detail)
        .with("parked", serde_json::to_value(&parked).unwrap_or_default()))
}

/// The row of a key. Without one there is no such thing, or it is parked from the beginning.
pub(crate) fn found<R>(one: One<R>, id: impl std::fmt::Display) -> Result<Found<R>, Problem> {
    let One { row, position, parked } = one;
    match row {
        Some(row) => Ok(Found { row, position, is_parked: parked.is_some() }),
        None => {
            whole(&parked)?;
            Err(Problem::not_found(id))
        }
    }
}

/// A row that is there.
pub(crate) struct Found<R> {
    pub(crate) row: R,
    pub(crate) position: u64,
    /// It shows how its partition stood before the event that it is parked at.
    is_parked: bool,
}

impl<R> Found<R> {
    /// Shows it, and says whether it is parked.
    pub(crate) fn show<T: Shown>(self, show: impl FnOnce(R) -> T) -> T {
        let mut shown = show(self.row);
        if self.is_parked {
            shown.mark_parked();
        }
        shown
    }
}

/// A page of rows as a list, with the cursor to the next.
pub(crate) fn listed<R, T: Serialize>(
    list: &str,
    filters: &impl Serialize,
    page: Page<R>,
    show: impl FnMut(R) -> Result<T, Problem>,
) -> Result<Listed<T>, Problem> {
    let place = page
        .next
        .map(|place| place.into_iter().map(Placed::try_from).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    let next_cursor = place.map(|place| cursor::write(list, filters, &place)).transpose()?;
    let items = page.rows.into_iter().map(show).collect::<Result<Vec<T>, Problem>>()?;
    Ok(Listed { items, next_cursor })
}

/// A value of an order's column, as a cursor keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Placed {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Integer(i64),
    #[serde(rename = "b")]
    Boolean(bool),
    #[serde(rename = "u")]
    Microseconds(i64),
    #[serde(rename = "d")]
    Date(jiff::civil::Date),
}

impl TryFrom<Value> for Placed {
    type Error = Problem;
    fn try_from(value: Value) -> Result<Self, Problem> {
        match value {
            Value::Text(text) => Ok(Self::Text(text)),
            Value::Integer(integer) => Ok(Self::Integer(integer)),
            Value::Boolean(boolean) => Ok(Self::Boolean(boolean)),
            Value::Timestamp(instant) => Ok(Self::Microseconds(instant.as_microsecond())),
            Value::Date(date) => Ok(Self::Date(date)),
            Value::Null | Value::Wide(_) | Value::Json(_) => {
                Err(Problem::internal("a list is ordered by a column that cannot order"))
            }
        }
    }
}

impl From<Placed> for Value {
    fn from(placed: Placed) -> Self {
        match placed {
            Placed::Text(text) => Self::Text(text),
            Placed::Integer(integer) => Self::Integer(integer),
            Placed::Boolean(boolean) => Self::Boolean(boolean),
            Placed::Microseconds(instant) => {
                Self::Timestamp(jiff::Timestamp::from_microsecond(instant).unwrap_or_default())
            }
            Placed::Date(date) => Self::Date(date),
        }
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        let detail = format!("{}.", error.to_string().replacen("the view", "The view", 1));
        match error {
            ViewError::Behind { position, .. } => {
                Self::new(&codes::VIEW_BEHIND, detail).with("position", position)
            }
            ViewError::Rebuilding { progress, .. } => Self::new(&codes::VIEW_REBUILDING, detail)
                .with("progress", serde_json::to_value(progress).unwrap_or_default()),
            // Values come from parsed parameters and cursors of ours: a question that does not fit is a cursor of an older Khata.
            ViewError::Malformed(reason) => {
                tracing::debug!(reason, "a question does not fit its view");
                Self::new(
                    &codes::INVALID_CURSOR,
                    "The cursor does not fit this list any more. Begin again without it.",
                )
            }
            ViewError::Unavailable(reason) => Self::unavailable(reason),
            ViewError::Overloaded => Self::new(&codes::OVERLOADED, "Too many queries wait already."),
            ViewError::Internal(reason) => Self::internal(reason),
        }
    }
}
