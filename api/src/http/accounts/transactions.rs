//! The entries of an account, with the balance after each.

use super::entries::ChannelSchema;
use crate::{
    app::App,
    http::{
        list, parts,
        problem::Problem,
        request::{
            PathId, PathIds, QueryString,
            instant::Day,
            query_string::{NoParameters, from_text},
        },
        schemas::{ListSchema, MoneySchema},
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::{Timestamp, civil::Date};
use khata_application::StreamName;
use khata_domain::{
    Money, WideMoney,
    accounts::BankAccount,
    ids::{AccountId, TransactionId},
};
use khata_projections::{
    Query, Value,
    accounts::{AccountRow, TransactionRow},
    query::{Comparison, Direction},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What an entry of an account is.
#[derive(ToSchema)]
#[schema(as = TransactionKind, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is written")]
enum KindSchema {
    /// Money came in.
    Deposit,
    /// Money went out.
    Withdrawal,
    /// Money that was set aside went out.
    HoldCapture,
    /// Interest was paid.
    Interest,
    /// A fee was taken.
    Fee,
    /// An entry was undone.
    Reversal,
    /// What was there when the account's history began; no money came or went.
    BalanceBroughtForward,
}

/// Which way an entry moves the balance.
#[derive(ToSchema)]
#[schema(as = TransactionDirection, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is written")]
enum DirectionSchema {
    /// The balance grows.
    Credit,
    /// The balance shrinks.
    Debit,
}

/// An entry of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(super) struct TransactionBody {
    /// `txn_…`: the id of its event under another prefix.
    transaction_id: String,
    /// Its place in the log.
    position: u64,
    /// What it is.
    #[schema(value_type = KindSchema)]
    kind: String,
    /// Which way it moves the balance.
    #[schema(value_type = DirectionSchema)]
    direction: String,
    /// How much; always positive.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// The balance once it was recorded: in the order of `position` each leads to the next, whatever day it counts for. In a statement
    /// the balance after this line: that of the line before, or the opening balance, with this entry's amount added or taken.
    #[schema(value_type = MoneySchema)]
    balance_after: WideMoney,
    /// In a statement only: the balance once the entry was recorded, as the list of transactions tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MoneySchema>)]
    recorded_balance_after: Option<WideMoney>,
    /// The way the money took.
    #[schema(value_type = ChannelSchema)]
    channel: String,
    /// Who is on the other side.
    #[schema(required)]
    counterparty: Option<String>,
    /// A reference: the customer's, a hold's, or the reversed transaction's.
    #[schema(required)]
    reference: Option<String>,
    /// For people.
    #[schema(required)]
    description: Option<String>,
    /// The day it counts for: balances and interest go by it.
    business_date: Date,
    /// Of imported entries: the day from which on their bank counted interest on them, where it told that. Nothing is reckoned by it.
    #[schema(required)]
    value_date: Option<Date>,
    /// Its business time.
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
}

impl From<TransactionRow> for TransactionBody {
    fn from(row: TransactionRow) -> Self {
        Self {
            amount: row.money(row.amount_minor),
            balance_after: row.money(row.balance_after_minor).into(),
            recorded_balance_after: None,
            transaction_id: row.transaction_id,
            position: row.position,
            kind: row.kind,
            direction: row.direction,
            channel: row.channel,
            counterparty: row.counterparty,
            reference: row.reference,
            description: row.description,
            business_date: row.business_date,
            value_date: row.value_date,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
        }
    }
}

impl TransactionBody {
    /// A line of a statement, with the balance after it.
    pub(super) fn line(row: TransactionRow, balance_after: WideMoney) -> Self {
        let entry = Self::from(row);
        Self { recorded_balance_after: Some(entry.balance_after), balance_after, ..entry }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// From this business date on.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Date>)]
    from: Option<Day>,
    /// Up to this business date, itself included.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Date>)]
    to: Option<Day>,
    /// By business time, the first first (`asc`, if nothing is said) or the last first (`desc`).
    #[param(inline)]
    order: Option<Order>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The order of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Order)]
enum Order {
    /// The first first.
    Asc,
    /// The last first.
    Desc,
}

/// What a cursor of this list keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Filters {
    from: Option<Date>,
    to: Option<Date>,
    order: Option<Order>,
}

impl Filters {
    fn query(&self, account_id: &str, limit: usize) -> Query {
        let mut query = TransactionRow::of_account(account_id, limit);
        for (bound, comparison) in [(self.from, Comparison::AtLeast), (self.to, Comparison::AtMost)] {
            if let Some(date) = bound {
                query = query.only("business_date", comparison, Value::Date(date));
            }
        }
        match self.order {
            Some(Order::Desc) => query.ordered(TransactionRow::ORDER, Direction::Descending),
            Some(Order::Asc) | None => query,
        }
    }
}

/// List an account's entries by business time: by `business_date`, then `effective_at`, then `position`.
#[utoipa::path(get, path = "/v1/accounts/{id}/transactions", operation_id = "list_account_transactions", tag = "accounts", params(("id" = String, Path, description = "`acc_…`"), ListParameters),
    responses((status = 200, description = "A page of entries.", body = ListSchema<TransactionBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let asked = Filters {
        from: parameters.from.map(|Day(day)| day),
        to: parameters.to.map(|Day(day)| day),
        order: parameters.order,
    };
    let account_id = id.to_string();
    let name = format!("transactions {account_id}");
    let (filters, after) = list::resume(&name, asked, parameters.cursor.as_deref())?;
    // Said or not, a cursor tells the order.
    let filters = Filters { order: filters.order.or(Some(Order::Asc)), ..filters };
    let page = parts::page_of::<AccountRow, TransactionRow>(
        &app,
        id,
        filters.query(&account_id, limit).behind(after),
        &headers,
    )
    .await?;
    list::answer_lines(&name, &filters, page, |row| Ok(TransactionBody::from(row)))
}

/// Show an entry.
#[utoipa::path(get, path = "/v1/accounts/{id}/transactions/{transaction_id}", operation_id = "show_account_transaction", tag = "accounts",
    params(("id" = String, Path, description = "`acc_…`"), ("transaction_id" = String, Path, description = "`txn_…`")),
    responses((status = 200, description = "As it was booked.", body = TransactionBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathIds(id, transaction_id): PathIds<AccountId, TransactionId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    parts::entry::<TransactionRow, TransactionBody>(
        &app,
        StreamName::of::<BankAccount>(id),
        transaction_id,
        &headers,
    )
    .await
}
