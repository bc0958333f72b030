//! What a statement says before its lines: balances and sums, all at one position.

use crate::http::{
    accounts::transactions::TransactionBody,
    list,
    problem::{Problem, codes},
    schemas::MoneySchema,
};
use khata_domain::{Currency, WideMoney, accounts::Month, ids::AccountId};
use khata_projections::{
    Value, Views,
    accounts::{AccountMonthRow, AccountRow, TransactionRow},
    view_store::Question,
    views::by_key,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How often the views are looked at again when they do not stand at the same position.
const ATTEMPTS: usize = 3;

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
    /// Whose it is, `cus_…`
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
    pub(super) async fn read(views: &Views, id: AccountId, month: Month, min_position: Option<u64>) -> Result<Self, Problem> {
        let mut wanted = min_position;
        for _ in 0..ATTEMPTS {
            match Self::look(views, id, month, wanted).await? {
                Ok(summary) => return Ok(summary),
                Err(furthest) => wanted = Some(furthest),
            }
        }
        Err(Problem::new(&codes::VIEW_BEHIND, "The views of entries and of months stand apart.").with("position", wanted))
    }

    /// One look: the summary, or the furthest position if the views stand apart.
    async fn look(views: &Views, id: AccountId, month: Month, min_position: Option<u64>) -> Result<Result<Self, u64>, Problem> {
        let account_id = id.to_string();
        let questions = vec![
            Question::Page(by_key::<AccountRow>(vec![Value::Text(account_id.clone())])),
            Question::Page(by_key::<AccountMonthRow>(AccountMonthRow::key(&account_id, month))),
            Question::Totals(AccountMonthRow::opening_balance(&account_id, month)),
            Question::Page(TransactionRow::of_month(&account_id, month, 1)),
        ];
        let mut reading = views.read(questions, min_position).await?;
        let account = reading.one::<AccountRow>()?;
        let of_month = reading.one::<AccountMonthRow>()?;
        let before = reading.totals()?;
        let lines = reading.page::<TransactionRow>()?;
        let parked = [&of_month.parked, &account.parked].into_iter().flatten();
        list::whole(parked.chain(&before.parked.concerned).chain(&lines.parked.concerned))?;
        let positions = [account.position, of_month.position, before.position, lines.position];
        let account = account.row.ok_or_else(|| Problem::not_found(id))?;
        let furthest = positions.into_iter().max().unwrap_or_default();
        if positions.iter().any(|position| *position != furthest) {
            return Ok(Err(furthest));
        }
        let opening_minor = before.sums.first().copied().unwrap_or_default();
        let (credits_minor, debits_minor) = of_month.row.as_ref().map_or((0, 0), |row| (row.credits_minor, row.debits_minor));
        Ok(Ok(Self {
            opening_balance: account.sum(opening_minor),
            closing_balance: account.sum(opening_minor + credits_minor - debits_minor),
            total_credits: account.sum(credits_minor),
            total_debits: account.sum(debits_minor),
            credit_count: of_month.row.as_ref().map_or(0, |row| row.credit_count),
            debit_count: of_month.row.as_ref().map_or(0, |row| row.debit_count),
            account_id,
            customer_id: account.customer_id,
            currency: account.currency,
            month,
            position: furthest,
        }))
    }
}
