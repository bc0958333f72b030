//! What hangs on a card: its entries, with what is outstanding after each, and its statements.

use super::words::{DirectionSchema, KindSchema, PurchaseChannelSchema};
use crate::{
    app::App,
    http::{
        list, parts,
        problem::Problem,
        request::{
            PathDay, PathId, PathIds, QueryString,
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
    Money,
    cards::CreditCard,
    ids::{CardId, TransactionId},
};
use khata_projections::{
    Row, Value,
    cards::{CardRow, CardTransactionRow, StatementRow},
    query::{Comparison, Direction},
    views::by_key,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// An entry of a card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CardTransaction)]
pub(super) struct TransactionBody {
    /// `txn_…`: the id of its event under another prefix.
    transaction_id: String,
    /// Its place in the log.
    position: u64,
    /// What it is.
    #[schema(value_type = KindSchema)]
    kind: String,
    /// Which way it moves what is outstanding.
    #[schema(value_type = DirectionSchema)]
    direction: String,
    /// How much; always positive.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// What was outstanding once it was recorded.
    #[schema(value_type = MoneySchema)]
    outstanding_after: Money,
    /// The merchant, where there is one.
    #[schema(required)]
    merchant_id: Option<String>,
    /// What the merchant deals in, of a capture.
    #[schema(required)]
    category: Option<String>,
    /// Where the card was used, of a capture.
    #[schema(required, value_type = Option<PurchaseChannelSchema>)]
    channel: Option<String>,
    /// The authorisation that was captured.
    #[schema(required)]
    authorization_id: Option<String>,
    /// The dispute that ended, `dsp_…`
    #[schema(required)]
    dispute_id: Option<String>,
    /// The transaction that was in dispute, `txn_…`
    #[schema(required)]
    disputed_transaction_id: Option<String>,
    /// For people.
    #[schema(required)]
    description: Option<String>,
    /// The day it counts for.
    business_date: Date,
    /// Its business time.
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
}

impl From<CardTransactionRow> for TransactionBody {
    fn from(row: CardTransactionRow) -> Self {
        Self {
            amount: row.money(row.amount_minor),
            outstanding_after: row.money(row.outstanding_after_minor),
            transaction_id: row.transaction_id,
            position: row.position,
            kind: row.kind,
            direction: row.direction,
            merchant_id: row.merchant_id,
            category: row.category,
            channel: row.channel,
            authorization_id: row.authorization_id,
            dispute_id: row.dispute_id,
            disputed_transaction_id: row.disputed_transaction_id,
            description: row.description,
            business_date: row.business_date,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
        }
    }
}

/// A statement of a card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CardStatement)]
pub(super) struct StatementBody {
    /// The last day of its period.
    closing_date: Date,
    /// The last day to pay on.
    due_date: Date,
    /// What was outstanding at its end; negative for a credit.
    #[schema(value_type = MoneySchema)]
    closing_balance: Money,
    /// Of that: purchases and cash.
    #[schema(value_type = MoneySchema)]
    principal: Money,
    /// Of that: interest and fees not yet paid.
    #[schema(value_type = MoneySchema)]
    interest_and_fees: Money,
    /// The least that must be paid until the due date.
    #[schema(value_type = MoneySchema)]
    minimum_due: Money,
    /// Interest charged in the period.
    #[schema(value_type = MoneySchema)]
    interest: Money,
    /// Fees charged in the period.
    #[schema(value_type = MoneySchema)]
    fees: Money,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
}

impl From<StatementRow> for StatementBody {
    fn from(row: StatementRow) -> Self {
        Self {
            closing_date: row.closing_date,
            due_date: row.due_date,
            closing_balance: row.money(row.closing_balance_minor),
            principal: row.money(row.principal_minor),
            interest_and_fees: row.money(row.charges_minor),
            minimum_due: row.money(row.minimum_due_minor),
            interest: row.money(row.interest_minor),
            fees: row.money(row.fees_minor),
            recorded_at: row.recorded_at,
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TransactionParameters {
    /// From this business date on.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Date>)]
    from: Option<Day>,
    /// Up to this business date, itself included.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Date>)]
    to: Option<Day>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a cursor of the entries keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Between {
    from: Option<Date>,
    to: Option<Date>,
}

/// Which statements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StatementParameters {
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List a card's entries by business time.
#[utoipa::path(get, path = "/v1/cards/{id}/transactions", operation_id = "list_card_transactions", tag = "cards", params(("id" = String, Path, description = "`card_…`"), TransactionParameters),
    responses((status = 200, description = "A page of entries.", body = ListSchema<TransactionBody>)))]
pub(super) async fn transactions(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    QueryString(parameters): QueryString<TransactionParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let asked = Between { from: parameters.from.map(|Day(day)| day), to: parameters.to.map(|Day(day)| day) };
    let name = format!("card transactions {id}");
    let (between, after) = list::resume(&name, asked, parameters.cursor.as_deref())?;
    let mut query = CardTransactionRow::of_card(&id.to_string(), limit);
    for (bound, comparison) in [(between.from, Comparison::AtLeast), (between.to, Comparison::AtMost)] {
        if let Some(date) = bound {
            query = query.only("business_date", comparison, Value::Date(date));
        }
    }
    let page = parts::page_of::<CardRow, CardTransactionRow>(&app, id, query.behind(after), &headers).await?;
    list::answer_lines(&name, &between, page, |row| Ok(TransactionBody::from(row)))
}

/// List a card's statements, the last first.
#[utoipa::path(get, path = "/v1/cards/{id}/statements", operation_id = "list_card_statements", tag = "cards", params(("id" = String, Path, description = "`card_…`"), StatementParameters),
    responses((status = 200, description = "A page of statements.", body = ListSchema<StatementBody>)))]
pub(super) async fn statements(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    QueryString(parameters): QueryString<StatementParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let name = format!("card statements {id}");
    let (none, after) = list::resume(&name, (), parameters.cursor.as_deref())?;
    let query =
        StatementRow::of_card(&id.to_string(), limit).ordered(StatementRow::TABLE.key, Direction::Descending);
    let page = parts::page_of::<CardRow, StatementRow>(&app, id, query.behind(after), &headers).await?;
    list::answer_lines(&name, &none, page, |row| Ok(StatementBody::from(row)))
}

/// Show an entry.
#[utoipa::path(get, path = "/v1/cards/{id}/transactions/{transaction_id}", operation_id = "show_card_transaction", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("transaction_id" = String, Path, description = "`txn_…`")),
    responses((status = 200, description = "As it was booked.", body = TransactionBody)))]
pub(super) async fn transaction(
    State(app): State<Arc<App>>,
    PathIds(id, transaction_id): PathIds<CardId, TransactionId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    parts::entry::<CardTransactionRow, TransactionBody>(
        &app,
        StreamName::of::<CreditCard>(id),
        transaction_id,
        &headers,
    )
    .await
}

/// Show a statement.
#[utoipa::path(get, path = "/v1/cards/{id}/statements/{closing_date}", operation_id = "show_card_statement", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("closing_date" = Date, Path, description = "The last day of its period.")),
    responses((status = 200, description = "As it was closed.", body = StatementBody)))]
pub(super) async fn statement(
    State(app): State<Arc<App>>,
    PathDay(id, Day(closing_date)): PathDay<CardId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = by_key::<StatementRow>(vec![Value::Text(id.to_string()), Value::Date(closing_date)]);
    let name = format!("statement of {closing_date}");
    parts::named::<StatementRow, _>(&app, query, name, &headers, StatementBody::from).await
}
