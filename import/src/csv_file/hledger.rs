//! Journals of plain text accounting, as `hledger print -O csv` writes them: one row for each posting, with
//! the number of its transaction.
//!
//! Of each transaction the postings to the one account are taken; the accounts on the other side are its
//! counterparty. A first transaction against an equity account named as hledger does is what the account held
//! before: the sum of its postings to the account and those below.

use super::{
    mapping::Mapping,
    rows::{Row, Rows},
};
use crate::{
    letters::decoded,
    numbers,
    statement::{FileError, Movement, MovementKind, Statement},
};
use khata_domain::{Currency, Money};

/// What a journal's CSV looks like.
const MAPPING: &str = "[columns]\ndate = \"date\"\namount = \"amount\"";
/// How hledger names the account that opening balances come from.
const OPENING_ACCOUNTS: [&str; 3] =
    ["equity:opening", "equity:opening/closing balances", "equity:opening balances"];

/// How a journal is read.
#[derive(Debug, Clone)]
pub struct Journal<'j> {
    /// The account in the journal.
    pub account: &'j str,
    /// The commodity that stands for the currency; the currency's code if nothing is said.
    pub commodity: Option<&'j str>,
    /// What stands before decimals.
    pub decimal: char,
    /// The currency of the amounts.
    pub currency: Currency,
}

/// What a journal's CSV says of an account.
///
/// # Errors
/// It is not what `hledger print` writes; a row that makes no sense; another commodity.
pub fn read(bytes: &[u8], journal: &Journal<'_>) -> Result<Statement, FileError> {
    let text = decoded(bytes, None)?;
    let rows = Rows::read(&text, &Mapping::parse(MAPPING)?)?;
    let columns = Columns::find(&rows)?;
    let mut statement = Statement::default();
    let mut transactions: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in &rows.rows {
        let number = row.field(columns.number);
        match transactions.last_mut() {
            Some((last, rows)) if *last == number => rows.push(row),
            _ => transactions.push((number, vec![row])),
        }
    }
    for (_, postings) in &transactions {
        let others: Vec<&str> = postings
            .iter()
            .map(|row| columns.account(row))
            .filter(|account| !is_within(account, journal.account))
            .collect();
        let opens =
            statement.movements.is_empty() && others.iter().any(|other| OPENING_ACCOUNTS.contains(other));
        for row in postings.iter().filter(|row| is_within(columns.account(row), journal.account)) {
            columns.posting(row, &others, journal, &mut statement)?;
        }
        if opens {
            bring_forward(&mut statement)?;
        }
    }
    if statement.movements.is_empty() && statement.pending + statement.zero == 0 {
        let mut accounts: Vec<&str> = rows.rows.iter().map(|row| columns.account(row)).collect();
        accounts.sort_unstable();
        accounts.dedup();
        return Err(FileError::of_file(format!(
            "it has no posting to {:?}; its accounts are {}",
            journal.account,
            accounts.join(", ")
        )));
    }
    // hledger sorts by date already; journals of several files may not be.
    statement.movements.sort_by_key(|movement| movement.booked);
    Ok(statement)
}

/// Makes what was posted so far one balance brought forward.
fn bring_forward(statement: &mut Statement) -> Result<(), FileError> {
    let sum: i128 = statement.movements.iter().map(Movement::net_minor).sum();
    let Some(first) = statement.movements.drain(..).next() else { return Ok(()) };
    let sum =
        i64::try_from(sum).map_err(|_| FileError::at(first.line, "the opening balance is out of range"))?;
    if sum == 0 {
        statement.zero += 1;
        return Ok(());
    }
    let amount = Money::from_minor(sum, first.amount.currency());
    statement.movements.push(Movement { amount, kind: MovementKind::BroughtForward, ..first });
    Ok(())
}

/// The account itself, or one below it.
fn is_within(account: &str, of: &str) -> bool {
    account.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

struct Columns {
    number: usize,
    date: usize,
    date2: usize,
    status: usize,
    code: usize,
    description: usize,
    account: usize,
    amount: usize,
    commodity: usize,
    posting_status: usize,
    posting_comment: usize,
}

impl Columns {
    fn find(rows: &Rows) -> Result<Self, FileError> {
        let column = |name: &str| {
            rows.column(name).map_err(|error| FileError {
                reason: format!("{}: what is taken is the CSV of `hledger print -O csv`", error.reason),
                ..error
            })
        };
        Ok(Self {
            number: column("txnidx")?,
            date: column("date")?,
            date2: column("date2")?,
            status: column("status")?,
            code: column("code")?,
            description: column("description")?,
            account: column("account")?,
            amount: column("amount")?,
            commodity: column("commodity")?,
            posting_status: column("posting-status")?,
            posting_comment: column("posting-comment")?,
        })
    }

    /// The account of a posting, without the brackets of one that need not balance.
    fn account<'r>(&self, row: &'r Row) -> &'r str {
        row.field(self.account).trim_matches(['(', ')', '[', ']'])
    }

    fn posting(
        &self,
        row: &Row,
        others: &[&str],
        journal: &Journal<'_>,
        statement: &mut Statement,
    ) -> Result<(), FileError> {
        let complaint = |reason: String| FileError::at(row.line, reason);
        if row.field(self.status) == "!" || row.field(self.posting_status) == "!" {
            statement.pending += 1;
            return Ok(());
        }
        let commodity = row.field(self.commodity);
        let expected = journal.commodity.unwrap_or(journal.currency.code());
        if commodity != expected {
            let reason = format!(
                "the posting is in {commodity:?}, not in {expected:?}: a commodity that stands for {} is named by --commodity",
                journal.currency
            );
            return Err(complaint(reason));
        }
        let booked = numbers::date(row.field(self.date), "%Y-%m-%d").map_err(complaint)?;
        let amount =
            numbers::amount(row.field(self.amount), journal.decimal, journal.currency).map_err(complaint)?;
        if amount.is_zero() {
            statement.zero += 1;
            return Ok(());
        }
        let mut movement = Movement::new(row.line, booked, amount);
        let second = Some(row.field(self.date2)).filter(|date| !date.is_empty());
        movement.value_date =
            second.map(|date| numbers::date(date, "%Y-%m-%d")).transpose().map_err(complaint)?;
        movement.counterparty = others.join(", ");
        movement.reference = row.field(self.code).to_owned();
        let texts = [row.field(self.description), row.field(self.posting_comment)];
        movement.description =
            texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        statement.movements.push(movement);
        Ok(())
    }
}
