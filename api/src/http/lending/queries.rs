//! Questions about loans: lists, one, its past, its events.

use super::{
    application::LoanTypeSchema,
    state::{BucketSchema, LoanBody, LoanPicture, StatusSchema},
};
use crate::{
    app::App,
    http::{
        answer::{self, at_position, json},
        feed::{self, HistoryParameters, event::EventList},
        list,
        problem::Problem,
        request::{PathId, QueryString, headers},
        schemas::ListSchema,
        time_travel::{self, PastParameters},
    },
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use jiff::{Span, civil::Date};
use khata_application::{StreamName, history::Moment};
use khata_domain::{
    ids::{CustomerId, LoanId},
    lending::{Bucket, Loan, LoanType, loan::Status},
};
use khata_projections::{Query, Value, lending::LoanRow, query::Comparison};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;

/// The name of the list in its cursors.
pub(crate) const LIST: &str = "loans";

/// Which loans.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<StatusSchema>, inline)]
    status: Option<Status>,
    /// Of this type.
    #[param(value_type = Option<LoanTypeSchema>, inline)]
    loan_type: Option<LoanType>,
    /// Noted last in this bucket of days past due.
    #[param(value_type = Option<BucketSchema>, inline)]
    bucket: Option<Bucket>,
    /// At least so many days past due today, noted or not.
    #[param(minimum = 0)]
    min_days_past_due: Option<u32>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a cursor of this list keeps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Filters {
    customer_id: Option<CustomerId>,
    status: Option<Status>,
    loan_type: Option<LoanType>,
    bucket: Option<Bucket>,
    min_days_past_due: Option<u32>,
}

impl Filters {
    /// The question to the view, in the order of loan ids.
    pub(crate) fn query(&self, limit: usize, today: Date) -> Query {
        let texts = [
            ("customer_id", self.customer_id.map(|id| id.to_string())),
            ("status", self.status.map(|status| status.name().to_owned())),
            ("loan_type", self.loan_type.map(|loan_type| loan_type.name().to_owned())),
            ("bucket", self.bucket.map(|bucket| bucket.name().to_owned())),
        ];
        let texts = texts.into_iter().filter_map(|(column, text)| Some((column, text?)));
        let query = texts.fold(Query::of::<LoanRow>(limit), |query, (column, text)| {
            query.only(column, Comparison::Equal, Value::Text(text))
        });
        match self.min_days_past_due.filter(|days| *days > 0) {
            // Before the first day there is, nothing was due.
            Some(days) => {
                let due =
                    Span::new().try_days(days).and_then(|days| today.checked_sub(days)).unwrap_or(Date::MIN);
                query.only("oldest_unpaid_due_date", Comparison::AtMost, Value::Date(due))
            }
            None => query,
        }
    }
}

/// List loans in the order of their ids.
#[utoipa::path(get, path = "/v1/loans", operation_id = "list_loans", tag = "loans", params(ListParameters),
    responses((status = 200, description = "A page of loans.", body = ListSchema<LoanBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let ListParameters { customer_id, status, loan_type, bucket, min_days_past_due, .. } = parameters;
    let asked = Filters { customer_id, status, loan_type, bucket, min_days_past_due };
    let (filters, after) = list::resume(LIST, asked, parameters.cursor.as_deref())?;
    let today = app.calendar().date(app.clock.now());
    let page = app
        .views
        .page::<LoanRow>(filters.query(limit, today).behind(after), headers::min_position(&headers)?)
        .await?;
    list::answer_page(LIST, &filters, page, |row| Ok(LoanBody::of_row(row, today)))
}

/// Show a loan: as it is, or as it was. What depends on the day is that of today, or of the moment asked for.
#[utoipa::path(get, path = "/v1/loans/{id}", operation_id = "show_loan", tag = "loans", params(("id" = String, Path, description = "`loan_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = LoanBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        let (picture, day, seen) = picture(&app, id, moment, &headers).await?;
        return Ok(at_position(json(&picture.body_on(day))?, seen));
    }
    let found =
        app.views.one::<LoanRow>(vec![Value::Text(id.to_string())], headers::min_position(&headers)?).await?;
    let (found, today) = (list::found(found, id)?, app.calendar().date(app.clock.now()));
    let position = found.position;
    let loan = found.show(|row| LoanBody::of_row(row, today));
    let mut response = at_position(json(&loan)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(loan.version));
    Ok(response)
}

/// The full history of a loan.
#[utoipa::path(get, path = "/v1/loans/{id}/events", operation_id = "list_loan_events", tag = "loans", params(("id" = String, Path, description = "`loan_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    QueryString(parameters): QueryString<HistoryParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<Loan>(id), parameters, &headers).await
}

/// A loan at a moment of its past, from the log, the business day of that, and how far the log was looked at.
pub(super) async fn picture(
    app: &App,
    id: LoanId,
    moment: Moment,
    headers: &HeaderMap,
) -> Result<(LoanPicture, Date, u64), Problem> {
    time_travel::log_reached(app, headers::min_position(headers)?).await?;
    // Taken before the read: at least this much was looked at.
    let seen = *app.events.watch_head().borrow();
    let (picture, day) = app.history.show::<Loan, LoanPicture>(id, moment, app.clock.now()).await?;
    Ok((picture, day, seen))
}
