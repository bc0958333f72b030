//! A customer with all that hangs on it, read in one look.

use super::{CustomerRoutes, state::CustomerBody};
use crate::{
    app::App,
    http::{
        accounts::{filters::AccountFilters, state::AccountBody},
        answer::{Place, at_position, json_for},
        list::{self, Filters, Listed},
        problem::Problem,
        request::{Reader, query_string::NoParameters},
        resource::{Now, Resource, get},
        schemas::{ListSchema, MoneySchema},
    },
};
use axum::response::Response;
use khata_domain::{
    Aggregate, Currency, WideMoney, accounts::BankAccount, customers::Customer, ids::CustomerId,
};
use khata_projections::{
    Value,
    accounts::AccountRow,
    customers::{CustomerRow, CustomerTotalsRow},
    view_store::Question,
    views::by_key,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Accounts shown at once.
const ACCOUNTS: usize = 200;

/// A customer with its accounts, one by one, and with what it has in accounts, loans, cards and orders by currency.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerOverview)]
pub(super) struct OverviewBody {
    /// The customer.
    customer: CustomerBody,
    /// What the customer has over all contexts, by currency. A currency in which there never was anything is not here.
    totals: Vec<TotalsBody>,
    /// The first 200 accounts; `next_cursor` goes on in `/v1/accounts`.
    #[schema(value_type = ListSchema<AccountBody>)]
    accounts: Listed<AccountBody>,
}

/// What a customer has in one currency.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerTotals)]
pub(super) struct TotalsBody {
    /// The currency of all amounts here.
    #[schema(value_type = String, example = "INR")]
    currency: Currency,
    /// Accounts that are not closed.
    open_accounts: i64,
    /// What is in all accounts.
    #[schema(value_type = MoneySchema)]
    balance: WideMoney,
    /// Loans that are paid out and not ended.
    running_loans: i64,
    /// The principal still owed for them, without interest, penalties and fees.
    #[schema(value_type = MoneySchema)]
    loan_principal: WideMoney,
    /// Cards that are not closed.
    open_cards: i64,
    /// What is owed on them; negative where too much was paid.
    #[schema(value_type = MoneySchema)]
    card_outstanding: WideMoney,
    /// Orders that were placed and not cancelled.
    orders: i64,
    /// What they are worth, less what was refunded of them.
    #[schema(value_type = MoneySchema)]
    order_value: WideMoney,
    /// What was refunded in all, of cancelled orders too.
    #[schema(value_type = MoneySchema)]
    refunded: WideMoney,
}

impl From<CustomerTotalsRow> for TotalsBody {
    fn from(row: CustomerTotalsRow) -> Self {
        Self {
            currency: row.currency,
            open_accounts: row.open_accounts,
            balance: row.sum(row.balance_minor),
            running_loans: row.running_loans,
            loan_principal: row.sum(row.loan_principal_minor),
            open_cards: row.open_cards,
            card_outstanding: row.sum(row.card_outstanding_minor),
            orders: row.orders,
            order_value: row.sum(row.order_value_minor),
            refunded: row.sum(row.refunded_minor),
        }
    }
}

pub(super) fn routes(routes: CustomerRoutes) -> CustomerRoutes {
    routes.question(
        get("overview", "show_customer_overview")
            .about("Show a customer with totals over all contexts, and with all accounts.")
            .answers::<OverviewBody>("The customer and what hangs on it."),
        show,
    )
}

async fn show(
    app: Arc<App>,
    id: CustomerId,
    NoParameters {}: NoParameters,
    reader: Reader,
) -> Result<Response, Problem> {
    let (filters, now) = (AccountFilters::of_customer(id), Now::of(&app));
    let text = id.to_string();
    let questions = vec![
        Question::Page(CustomerTotalsRow::of_customer(&text)),
        Question::Page(by_key::<CustomerRow>(vec![Value::Text(text)])),
        Question::Page(filters.query(ACCOUNTS, now.today)),
    ];
    let mut reading = reader.views(&app).await?.read(questions, reader.min_position()?).await?;
    let totals = reading.page::<CustomerTotalsRow>()?;
    let customer = reading.one::<CustomerRow>()?;
    let accounts = reading.page::<AccountRow>()?;
    list::whole(totals.parked.concerned.iter().chain(&customer.parked).chain(&accounts.parked.concerned))?;
    let position = customer.position.min(accounts.position).min(totals.position);
    let show = |row| Ok(BankAccount::show_row(row, now));
    let overview = OverviewBody {
        customer: customer.row.ok_or_else(|| Problem::not_found(id))?.into(),
        totals: totals.rows.into_iter().map(TotalsBody::from).collect(),
        accounts: list::listed(BankAccount::COLLECTION, &filters, accounts, show)?,
    };
    let shown_of = (Customer::CATEGORY, Place::Member("customer"));
    Ok(at_position(json_for(&reader.asker, shown_of, &overview)?, position))
}
