//! The statement of a month: where the balance stood, what moved it, where it stands. As JSON, or as CSV for a spreadsheet.
//!
//! Lines stand by business date, then business time, then position, and the balance runs over them from the opening to the closing,
//! whatever was recorded when. A busy account has more lines in a month than should be in memory, so they are written page by page as the client reads. All
//! pages show the same: lines never change, and those recorded after the first look are left out.

mod csv_lines;
mod summary;

use super::{AccountRoutes, transactions::TransactionBody};
use crate::{
    app::App,
    http::{
        answer::{at_position, with_type},
        list::{self, invalid_parameter},
        problem::Problem,
        request::{PathId, QueryString, Reader, accept, query_string::from_text},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use csv_lines::CsvLines;
use futures_util::stream::unfold;
use khata_domain::{WideMoney, accounts::Month, ids::AccountId};
use khata_projections::{
    ScopedViews, Value,
    accounts::{RunningBalance, TransactionRow},
    query::Comparison,
};
use serde::Deserialize;
use std::sync::Arc;
use summary::Summary;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes.route(routes!(show))
}

/// Lines read at once.
const PAGE: usize = 1_000;

/// Which statement.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementParameters {
    /// `YYYY-MM`
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = String, required = true)]
    month: Option<Month>,
    /// The format; by default as `Accept` asks, or JSON.
    #[param(inline)]
    format: Option<Format>,
}

/// The form of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StatementFormat)]
enum Format {
    /// `application/json`
    Json,
    /// `text/csv`
    Csv,
}

/// An account's statement for a month. Lines stand by `business_date`, then `effective_at`, then `position`; the balance after each
/// follows from the line before, from the opening balance to the closing one.
#[utoipa::path(get, path = "/v1/accounts/{id}/statement", operation_id = "show_account_statement", tag = "accounts", params(("id" = String, Path, description = "`acc_…`"), StatementParameters),
    responses((status = 200, description = "The statement. In CSV, texts that a spreadsheet would take for formulas begin with an apostrophe.",
        content((summary::Statement = "application/json"), (String = "text/csv")))))]
async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    QueryString(parameters): QueryString<StatementParameters>,
    reader: Reader,
) -> Result<Response, Problem> {
    let month =
        parameters.month.ok_or_else(|| invalid_parameter("month", "a statement is for a month, YYYY-MM"))?;
    let format = parameters.format.unwrap_or_else(|| accepted(&reader.headers));
    let views = reader.views(&app).await?;
    let summary = Summary::read(&views, id, month, reader.min_position()?).await?;
    let position = summary.position;
    let file_name = format!("attachment; filename=\"statement-{id}-{month}.csv\"");
    let running = RunningBalance::from_opening(summary.opening_balance.minor());
    let lines =
        Lines { views, account_id: id.to_string(), month, position, running, after: None, ended: false };
    let mut response = match format {
        Format::Json => with_type(body(lines, JsonForm { summary, begun: false }), "application/json"),
        Format::Csv => with_type(body(lines, CsvLines::new(summary)), "text/csv; charset=utf-8"),
    };
    if format == Format::Csv
        && let Ok(disposition) = HeaderValue::try_from(file_name)
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(at_position(response, position))
}

fn accepted(headers: &HeaderMap) -> Format {
    const CSV: &str = "text/csv";
    if accept::preferred(headers, &["application/json", CSV]) == Some(CSV) {
        Format::Csv
    } else {
        Format::Json
    }
}

/// How a statement is written.
trait Form: Send + 'static {
    /// What stands before the lines.
    fn begin(&mut self, into: &mut Vec<u8>) -> Result<(), Problem>;
    /// One line, with the balance after it.
    fn line(
        &mut self,
        into: &mut Vec<u8>,
        line: TransactionRow,
        balance_after: WideMoney,
    ) -> Result<(), Problem>;
    /// What stands behind them.
    fn end(&mut self, into: &mut Vec<u8>) -> Result<(), Problem>;
}

/// The lines of a month that were recorded up to a position, page by page.
struct Lines {
    views: ScopedViews,
    account_id: String,
    month: Month,
    position: u64,
    running: RunningBalance,
    after: Option<Vec<Value>>,
    ended: bool,
}

impl Lines {
    async fn next_page(&mut self) -> Result<Vec<TransactionRow>, Problem> {
        let limit_position = i64::try_from(self.position).unwrap_or(i64::MAX);
        let query = TransactionRow::of_month(&self.account_id, self.month, PAGE).only(
            "position",
            Comparison::AtMost,
            Value::Integer(limit_position),
        );
        let page = self.views.page::<TransactionRow>(query.behind(self.after.take()), None).await?;
        // A rebuild may have put other tables in the place of those that the summary was read from.
        list::whole(page.parked.concerned.iter().filter(|key| key.position <= self.position))?;
        self.ended = page.next.is_none();
        self.after = page.next;
        Ok(page.rows)
    }

    /// The next piece of the body; `None` behind the last.
    async fn next_chunk(&mut self, form: &mut impl Form, first: bool) -> Result<Option<Bytes>, Problem> {
        if self.ended {
            return Ok(None);
        }
        let mut chunk = Vec::new();
        if first {
            form.begin(&mut chunk)?;
        }
        for row in self.next_page().await? {
            let balance_after = WideMoney::from_minor(self.running.after(&row), row.currency);
            form.line(&mut chunk, row, balance_after)?;
        }
        if self.ended {
            form.end(&mut chunk)?;
        }
        Ok(Some(chunk.into()))
    }
}

/// Why a statement broke off half-way. The client sees a body that ends too early.
#[derive(Debug, thiserror::Error)]
#[error("a statement broke off")]
struct BrokenOff;

fn body(lines: Lines, form: impl Form) -> Body {
    Body::from_stream(unfold((lines, form, true), |(mut lines, mut form, first)| async move {
        match lines.next_chunk(&mut form, first).await {
            Ok(chunk) => Some((Ok(chunk?), (lines, form, false))),
            Err(problem) => {
                tracing::error!(?problem, "a statement broke off");
                lines.ended = true;
                Some((Err(BrokenOff), (lines, form, false)))
            }
        }
    }))
}

/// A statement as one JSON object.
struct JsonForm {
    summary: Summary,
    begun: bool,
}

impl Form for JsonForm {
    fn begin(&mut self, into: &mut Vec<u8>) -> Result<(), Problem> {
        write_json(into, &self.summary)?;
        // The summary's closing brace makes room for the lines.
        into.pop();
        into.extend_from_slice(b",\"transactions\":[");
        Ok(())
    }

    fn line(
        &mut self,
        into: &mut Vec<u8>,
        line: TransactionRow,
        balance_after: WideMoney,
    ) -> Result<(), Problem> {
        if std::mem::replace(&mut self.begun, true) {
            into.push(b',');
        }
        write_json(into, &TransactionBody::line(line, balance_after))
    }

    fn end(&mut self, into: &mut Vec<u8>) -> Result<(), Problem> {
        into.extend_from_slice(b"]}");
        Ok(())
    }
}

fn write_json(into: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<(), Problem> {
    serde_json::to_writer(into, value)
        .map_err(|error| Problem::internal(format!("a statement cannot be written: {error}")))
}
