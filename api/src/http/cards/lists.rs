//! What hangs on a card: its entries, with what is outstanding after each, and its statements.

use super::{
    CardRoutes,
    words::{DirectionSchema, KindSchema, PurchaseChannelSchema},
};
use crate::http::{
    list::Paged,
    parts,
    request::{instant::Day, query_string::NoParameters},
    resource::get,
    schemas::MoneySchema,
};
use jiff::{Timestamp, civil::Date};
use khata_application::StreamName;
use khata_domain::{Aggregate, Money, cards::CreditCard, ids::TransactionId};
use khata_projections::{
    Row, Value,
    cards::{CardRow, CardTransactionRow, StatementRow},
    query::Direction,
    views::by_key,
};
use serde::{Deserialize, Serialize};
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
    /// Whether it raises or lowers what is outstanding.
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
    /// The account that paid, or was paid to, `acc_…`
    #[schema(required)]
    account_id: Option<String>,
    /// The entry of that account, `txn_…`
    #[schema(required)]
    account_transaction_id: Option<String>,
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
            account_id: row.account_id,
            account_transaction_id: row.account_transaction_id,
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
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Between {
    /// From this business date on.
    #[param(value_type = Option<Date>)]
    from: Option<Day>,
    /// Up to this business date, itself included.
    #[param(value_type = Option<Date>)]
    to: Option<Day>,
}

pub(super) fn transactions(routes: CardRoutes) -> CardRoutes {
    routes
        .question(
            get("transactions", "list_card_transactions")
                .about("List a card's entries by business time.")
                .answers_list::<TransactionBody>("A page of entries."),
            async |app, id, asked: Paged<Between>, reader| {
                let query = |asked: &mut Between, id: &str, limit| {
                    Ok(parts::between(CardTransactionRow::of_card(id, limit), asked.from, asked.to))
                };
                let (list, show) = (("card transactions", id), TransactionBody::from);
                parts::lines::<CardRow, CardTransactionRow, _, _>(&app, list, asked, &reader, query, show)
                    .await
            },
        )
        .part_question(
            get("transactions/{transaction_id}", "show_card_transaction")
                .about("Show an entry.")
                .answers::<TransactionBody>("As it was booked."),
            async |app, id, entry: TransactionId, reader| {
                let stream = StreamName::of::<CreditCard>(id);
                parts::entry::<CardTransactionRow, TransactionBody>(&app, stream, entry, &reader).await
            },
        )
}

pub(super) fn statements(routes: CardRoutes) -> CardRoutes {
    routes
        .question(
            get("statements", "list_card_statements")
                .about("List a card's statements, the last first.")
                .answers_list::<StatementBody>("A page of statements."),
            async |app, id, asked: Paged<NoParameters>, reader| {
                let query = |_: &mut NoParameters, id: &str, limit| {
                    let key = StatementRow::TABLE.key;
                    Ok(StatementRow::of_card(id, limit).ordered(key, Direction::Descending))
                };
                let (list, show) = (("card statements", id), StatementBody::from);
                parts::lines::<CardRow, StatementRow, _, _>(&app, list, asked, &reader, query, show).await
            },
        )
        .part_question(
            get("statements/{closing_date}", "show_card_statement")
                .about("Show a statement.")
                .answers::<StatementBody>("As it was closed."),
            async |app, id, Day(closing_date): Day, reader| {
                let key = vec![Value::Text(id.to_string()), Value::Date(closing_date)];
                let name = format!("statement of {closing_date}");
                let query = by_key::<StatementRow>(key);
                parts::named::<StatementRow, _>(
                    &app,
                    (CreditCard::CATEGORY, query),
                    name,
                    &reader,
                    StatementBody::from,
                )
                .await
            },
        )
}
