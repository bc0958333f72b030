//! The entries of an account, with the balance after each.

use super::{
    AccountRoutes,
    words::{ChannelSchema, DirectionSchema, KindSchema},
};
use crate::http::{
    list::Paged, parts, problem::Problem, request::instant::Day, resource::get, schemas::MoneySchema,
};
use jiff::{Timestamp, civil::Date};
use khata_application::StreamName;
use khata_domain::{Money, WideMoney, accounts::BankAccount, ids::TransactionId};
use khata_projections::{
    Query,
    accounts::{AccountRow, TransactionRow},
    query::Direction,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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
    /// The payment that it is part of, `pay_…`.
    #[schema(required)]
    payment_id: Option<String>,
    /// The day it counts for: balances and interest go by it.
    business_date: Date,
    /// Of imported entries: the day from which on their bank counted interest on them, where it told that. No
    /// calculation uses it.
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
            payment_id: row.payment_id,
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
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Entries {
    /// From this business date on.
    #[param(value_type = Option<Date>)]
    from: Option<Day>,
    /// Up to this business date, itself included.
    #[param(value_type = Option<Date>)]
    to: Option<Day>,
    /// By business time, the earliest first (`asc`, the default) or the latest first (`desc`).
    #[param(inline)]
    order: Option<Order>,
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

impl Entries {
    fn query(&mut self, account_id: &str, limit: usize) -> Result<Query, Problem> {
        let query = parts::between(TransactionRow::of_account(account_id, limit), self.from, self.to);
        // Said or not, a cursor tells the order.
        Ok(match self.order.get_or_insert(Order::Asc) {
            Order::Asc => query,
            Order::Desc => query.ordered(TransactionRow::ORDER, Direction::Descending),
        })
    }
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes
        .question(
            get("transactions", "list_account_transactions")
                .about(
                    "List an account's entries by business time: by `business_date`, then `effective_at`, then \
                     `position`.",
                )
                .answers_list::<TransactionBody>("A page of entries."),
            async |app, id, asked: Paged<Entries>, reader| {
                let (list, show) = (("transactions", id), TransactionBody::from);
                parts::lines::<AccountRow, TransactionRow, _, _>(&app, list, asked, &reader, Entries::query, show)
                    .await
            },
        )
        .part_question(
            get("transactions/{transaction_id}", "show_account_transaction")
                .about("Show an entry.")
                .answers::<TransactionBody>("As it was booked."),
            async |app, id, entry: TransactionId, reader| {
                let stream = StreamName::of::<BankAccount>(id);
                parts::entry::<TransactionRow, TransactionBody>(&app, stream, entry, &reader).await
            },
        )
}
