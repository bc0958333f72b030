//! Questions about accounts: lists, one, its past, its events.

use super::state::AccountBody;
use crate::{
    app::App,
    http::{
        answer::{self, at_position, json},
        feed::{self, HistoryParameters, event::EventList},
        list,
        problem::Problem,
        request::{PathId, QueryString, headers, query_string::from_text},
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
    Currency,
    accounts::{AccountType, BankAccount, account::Status},
    ids::{AccountId, CustomerId},
};
use khata_projections::{
    Query, Value,
    accounts::{AccountRow, balance_at_least},
    query::Comparison,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{str::FromStr, sync::Arc};
use utoipa::IntoParams;

/// The name of the list in its cursors.
pub(crate) const LIST: &str = "accounts";

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<super::state::StatusSchema>, inline)]
    status: Option<Status>,
    /// Of this product.
    #[param(value_type = Option<super::opening::AccountTypeSchema>, inline)]
    account_type: Option<AccountType>,
    /// With at least this balance, in major units of whatever currency an account has.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<String>, example = "1500.00", pattern = "^-?[0-9]+([.][0-9]{1,3})?$")]
    min_balance: Option<MajorUnits>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An amount of no currency in particular: a plain decimal, as amounts of bodies are, with at most as many decimals as any has.
#[derive(Debug, Clone, Copy)]
struct MajorUnits(Decimal);

impl FromStr for MajorUnits {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = digits(whole) && digits(decimals) && decimals.len() <= Currency::MOST_DIGITS as usize;
        let amount = text.parse().ok().filter(|_| plain);
        amount.map(Self).ok_or("a plain decimal such as 1500.00, with at most three decimals")
    }
}

/// What a cursor of this list keeps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Filters {
    customer_id: Option<CustomerId>,
    status: Option<Status>,
    account_type: Option<AccountType>,
    min_balance: Option<Decimal>,
}

impl Filters {
    /// The accounts of one customer.
    pub(crate) fn of_customer(customer_id: CustomerId) -> Self {
        Self { customer_id: Some(customer_id), ..Self::default() }
    }

    /// The question to the view, in the order of account ids.
    pub(crate) fn query(&self, limit: usize) -> Query {
        let texts = [
            ("customer_id", self.customer_id.map(|id| id.to_string())),
            ("status", self.status.map(|status| status.name().to_owned())),
            ("account_type", self.account_type.map(|account_type| account_type.name().to_owned())),
        ];
        let texts = texts.into_iter().filter_map(|(column, text)| Some((column, text?)));
        let mut query = texts.fold(Query::of::<AccountRow>(limit), |query, (column, text)| {
            query.only(column, Comparison::Equal, Value::Text(text))
        });
        query.filters.extend(self.min_balance.map(balance_at_least));
        query
    }
}

/// List accounts in the order of their ids.
#[utoipa::path(get, path = "/v1/accounts", operation_id = "list_accounts", tag = "accounts", params(ListParameters),
    responses((status = 200, description = "A page of accounts.", body = ListSchema<AccountBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let ListParameters { customer_id, status, account_type, min_balance, .. } = parameters;
    let min_balance = min_balance.map(|MajorUnits(amount)| amount);
    let (filters, after) = list::resume(
        LIST,
        Filters { customer_id, status, account_type, min_balance },
        parameters.cursor.as_deref(),
    )?;
    let page = app
        .views
        .page::<AccountRow>(filters.query(limit).behind(after), headers::min_position(&headers)?)
        .await?;
    let now = app.clock.now();
    list::answer_page(LIST, &filters, page, |row| Ok(AccountBody::of_row(row, now)))
}

/// Show an account: as it is, or as it was.
#[utoipa::path(get, path = "/v1/accounts/{id}", operation_id = "show_account", tag = "accounts", params(("id" = String, Path, description = "`acc_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = AccountBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        return time_travel::show::<BankAccount, AccountBody>(&app, id, moment, &headers).await;
    }
    let found = app
        .views
        .one::<AccountRow>(vec![Value::Text(id.to_string())], headers::min_position(&headers)?)
        .await?;
    let (found, now) = (list::found(found, id)?, app.clock.now());
    let position = found.position;
    let account = found.show(|row| AccountBody::of_row(row, now));
    let mut response = at_position(json(&account)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(account.version));
    Ok(response)
}

/// The full history of an account.
#[utoipa::path(get, path = "/v1/accounts/{id}/events", operation_id = "list_account_events", tag = "accounts", params(("id" = String, Path, description = "`acc_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    QueryString(parameters): QueryString<HistoryParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<BankAccount>(id), parameters, &headers).await
}
