//! Questions about customers: lists, one, its past, its events.

use super::state::CustomerBody;
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
use khata_application::StreamName;
use khata_domain::{
    customers::{Customer, Email, Phone},
    ids::CustomerId,
};
use khata_projections::{
    Value,
    customers::{CustomerRow, CustomerSearch},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;

/// Which customers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// With this e-mail address, however it is written.
    #[param(value_type = Option<String>)]
    email: Option<Email>,
    /// With this phone number, however it is written.
    #[param(value_type = Option<String>)]
    phone: Option<Phone>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a cursor of this list keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Filters {
    email: Option<Email>,
    phone: Option<Phone>,
}

/// List customers in the order of their ids.
#[utoipa::path(get, path = "/v1/customers", operation_id = "list_customers", tag = "customers", params(ListParameters),
    responses((status = 200, description = "A page of customers.", body = ListSchema<CustomerBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let asked = Filters { email: parameters.email, phone: parameters.phone };
    let (filters, after) = list::resume("customers", asked, parameters.cursor.as_deref())?;
    let search = CustomerSearch { email: filters.email.clone(), phone: filters.phone.clone() };
    let page = app
        .views
        .page::<CustomerRow>(search.query(limit).behind(after), headers::min_position(&headers)?)
        .await?;
    list::answer_page("customers", &filters, page, |row| Ok(CustomerBody::from(row)))
}

/// Show a customer: as it is, or as it was.
#[utoipa::path(get, path = "/v1/customers/{id}", operation_id = "show_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = CustomerBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        return time_travel::show::<Customer, CustomerBody>(&app, id, moment, &headers).await;
    }
    let found = app
        .views
        .one::<CustomerRow>(vec![Value::Text(id.to_string())], headers::min_position(&headers)?)
        .await?;
    let found = list::found(found, id)?;
    let position = found.position;
    let customer = found.show(CustomerBody::from);
    let mut response = at_position(json(&customer)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(customer.version));
    Ok(response)
}

/// The full history of a customer.
#[utoipa::path(get, path = "/v1/customers/{id}/events", operation_id = "list_customer_events", tag = "customers", params(("id" = String, Path, description = "`cus_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    QueryString(parameters): QueryString<HistoryParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<Customer>(id), parameters, &headers).await
}
