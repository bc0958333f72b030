//! A customer with all that hangs on it, read in one look.

use super::state::CustomerBody;
use crate::{
    app::App,
    http::{
        accounts::{
            queries::{Filters, LIST},
            state::AccountBody,
        },
        answer::{at_position, json},
        list::{self, Listed},
        problem::Problem,
        request::{PathId, QueryString, headers, query_string::NoParameters},
        schemas::ListSchema,
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use khata_domain::ids::CustomerId;
use khata_projections::{Value, accounts::AccountRow, customers::CustomerRow, view_store::Question, views::by_key};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Accounts shown at once.
const ACCOUNTS: usize = 200;

/// A customer with all that hangs on it.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerOverview)]
pub(super) struct OverviewBody {
    /// The customer.
    customer: CustomerBody,
    /// The first 200 accounts; `next_cursor` goes on in `/v1/accounts`.
    #[schema(value_type = ListSchema<AccountBody>)]
    accounts: Listed<AccountBody>,
}

/// Show a customer with all accounts.
#[utoipa::path(get, path = "/v1/customers/{id}/overview", operation_id = "overview", tag = "customers", params(("id" = String, Path, description = "`cus_…`")),
    responses((status = 200, description = "The customer and what hangs on it.", body = OverviewBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filters = Filters::of_customer(id);
    let questions = vec![Question::Page(by_key::<CustomerRow>(vec![Value::Text(id.to_string())])), Question::Page(filters.query(ACCOUNTS))];
    let mut reading = app.views.read(questions, headers::min_position(&headers)?).await?;
    let customer = reading.one::<CustomerRow>()?;
    let accounts = reading.page::<AccountRow>()?;
    let position = customer.position.min(accounts.position);
    let now = app.clock.now();
    let overview = OverviewBody {
        customer: customer.row.ok_or_else(|| Problem::not_found(id))?.into(),
        accounts: list::listed(LIST, &filters, accounts, |row| Ok(AccountBody::of_row(row, now)))?,
    };
    Ok(at_position(json(&overview)?, position))
}
