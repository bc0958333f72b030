//! What a statement says before its lines: balances and sums, all at one position.

use crate::http::{
    accounts::transactions::TransactionBody,
    list,
    problem::{Problem, codes},
    schemas::MoneySchema,
};
use khata_domain::{
    Currency, WideMoney,
    accounts::{Direction, Month},
    ids::AccountId,
};
use khata_projections::{
    ScopedViews, Totals, Value,
    accounts::{AccountMonthRow, AccountRow, TransactionRow},
    view_store::Question,
    views::by_key,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How often the views are looked at again when they do not stand at the same position.
const ATTEMPTS: usize = 3;

/// A view has left out an event that another one has.
const DISAGREE: &str = "The lines, the totals and the balance of the statement do not agree: a view of the account lacks an event. See /v1/admin/skipped.";

/// The head of a statement.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Summary {
    pub(super) account_id: String,
    pub(super) customer_id: String,
    pub(super) currency: Currency,
    pub(super) month: Month,
    pub(super) opening_balance: WideMoney,
    pub(super) closing_balance: WideMoney,
    pub(super) total_credits: WideMoney,
    pub(super) total_debits: WideMoney,
    pub(super) credit_count: u64,
    pub(super) debit_count: u64,
    /// Everything up to this position is in the statement.
    pub(super) position: u64,
}

/// An account's statement for a month.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written")]
pub(super) struct Statement {
    /// `acc_…`
    account_id: String,
    /// The customer, `cus_…`
    customer_id: String,
    /// The currency of all amounts.
    currency: String,
    /// `YYYY-MM`
    month: String,
    /// The sum of all entries of earlier months.
    opening_balance: MoneySchema,
    /// That and the month's own.
    closing_balance: MoneySchema,
    /// The sum of the month's credits.
    total_credits: MoneySchema,
    /// The sum of the month's debits.
    total_debits: MoneySchema,
    /// How many credits.
    credit_count: u64,
    /// How many debits.
    debit_count: u64,
    /// Everything recorded up to this position is in the statement.
    position: u64,
    /// The entries by `business_date`, then `effective_at`, then `position`.
    transactions: Vec<TransactionBody>,
}

impl Summary {
    /// Reads the sums where all views that they come from, and the one that the lines come from, stand at the same position.
    pub(super) async fn read(
        views: &ScopedViews,
        id: AccountId,
        month: Month,
        min_position: Option<u64>,
    ) -> Result<Self, Problem> {
        let mut wanted = min_position;
        for _ in 0..ATTEMPTS {
            match Self::look(views, id, month, wanted).await? {
                Ok(summary) => return Ok(summary),
                Err(furthest) => wanted = Some(furthest),
            }
        }
        Err(Problem::new(&codes::VIEW_BEHIND, "The views of entries and of months stand apart.")
            .with("position", wanted))
    }

    /// One look: the summary, or the furthest position if the views stand apart.
    async fn look(
        views: &ScopedViews,
        id: AccountId,
        month: Month,
        min_position: Option<u64>,
    ) -> Result<Result<Self, u64>, Problem> {
        let account_id = id.to_string();
        let questions = vec![
            Question::Page(by_key::<AccountRow>(vec![Value::Text(account_id.clone())])),
            Question::Page(by_key::<AccountMonthRow>(AccountMonthRow::key(&account_id, month))),
            Question::Totals(AccountMonthRow::opening_balance(&account_id, month)),
            Question::Totals(TransactionRow::totals_of_month(&account_id, month, Direction::Credit)),
            Question::Totals(TransactionRow::totals_of_month(&account_id, month, Direction::Debit)),
            Question::Totals(AccountMonthRow::balance(&account_id)),
        ];
        let mut reading = views.read(questions, min_position).await?;
        let account = reading.one::<AccountRow>()?;
        let of_month = reading.one::<AccountMonthRow>()?;
        let (before, credits, debits, balance) =
            (reading.totals()?, reading.totals()?, reading.totals()?, reading.totals()?);
        let parked = [&of_month.parked, &account.parked].into_iter().flatten();
        list::whole(parked.chain(&before.parked.concerned).chain(&credits.parked.concerned))?;
        let positions = [account.position, of_month.position, before.position, credits.position];
        let account = account.row.ok_or_else(|| Problem::not_found(id))?;
        let furthest = positions.into_iter().max().unwrap_or_default();
        if positions.iter().any(|position| *position != furthest) {
            return Ok(Err(furthest));
        }
        let opening_minor = before.sums.first().copied().unwrap_or_default();
        let (credits_minor, debits_minor) =
            of_month.row.as_ref().map_or((0, 0), |row| (row.credits_minor, row.debits_minor));
        let counts = of_month.row.as_ref().map_or((0, 0), |row| (row.credit_count, row.debit_count));
        let sum = |totals: &Totals| totals.sums.first().copied().unwrap_or_default();
        // They come from three views, any of which could have left out an event.
        let lines_agree = (credits.count, debits.count, sum(&credits), sum(&debits))
            == (counts.0, counts.1, credits_minor, debits_minor);
        if !lines_agree || sum(&balance) != i128::from(account.balance_minor) {
            return Err(
                Problem::new(&codes::VIEW_PARKED, DISAGREE).with("parked", Vec::<serde_json::Value>::new())
            );
        }
        Ok(Ok(Self {
            opening_balance: account.sum(opening_minor),
            closing_balance: account.sum(opening_minor + credits_minor - debits_minor),
            total_credits: account.sum(credits_minor),
            total_debits: account.sum(debits_minor),
            credit_count: counts.0,
            debit_count: counts.1,
            account_id,
            customer_id: account.customer_id,
            currency: account.currency,
            month,
            position: furthest,
        }))
    }
}
