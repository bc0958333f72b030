//! Tables of banks and shops as CSV, whose columns a mapping file names.

pub mod hledger;
mod mapping;
mod rows;
#[cfg(test)]
mod tests;

pub use mapping::Mapping;

use super::{
    letters::decoded,
    numbers::{self, opposite},
    statement::{Balance, FileError, Movement, MovementKind, Statement},
};
use jiff::civil::Date;
use khata_domain::{Currency, Money, WideMoney};
use mapping::{FeeSign, KindName, Order};
use rows::{Row, Rows};

/// What a table says, by a mapping. Amounts without a currency of their own are in `account_currency`;
/// balances that do not follow from each other are let pass if `check_balances` is false.
///
/// # Errors
/// A column that is not there; a row that makes no sense, or whose balance does not follow from the one
/// before.
pub fn read(
    bytes: &[u8],
    mapping: &Mapping,
    account_currency: Option<Currency>,
    check_balances: bool,
) -> Result<Statement, FileError> {
    let text = decoded(bytes, mapping.encoding.as_deref())?;
    let rows = Rows::read(&text, mapping)?;
    let columns = Columns::find(mapping, &rows)?;
    let statement = Statement::default();
    let mut reading = Reading {
        mapping,
        columns,
        account_currency,
        check_balances,
        statement,
        first: None,
        last: None,
        since: 0,
    };
    let mut ordered: Vec<&Row> = rows.rows.iter().collect();
    if mapping.order == Order::NewestFirst {
        ordered.reverse();
    }
    for row in ordered {
        reading.row(row)?;
    }
    reading.ended()
}

/// Which columns hold what, by their place.
struct Columns {
    date: usize,
    value_date: Option<usize>,
    amount: Option<usize>,
    sign: Option<usize>,
    credit: Option<usize>,
    debit: Option<usize>,
    fee: Option<usize>,
    net: Option<usize>,
    balance: Option<usize>,
    currency: Option<usize>,
    id: Option<usize>,
    status: Option<usize>,
    kind: Option<usize>,
    counterparty: Vec<usize>,
    reference: Vec<usize>,
    description: Vec<usize>,
}

impl Columns {
    fn find(mapping: &Mapping, rows: &Rows) -> Result<Self, FileError> {
        let names = &mapping.columns;
        let one = |name: &Option<String>| name.as_deref().map(|name| rows.column(name)).transpose();
        let many = |names: &mapping::Names| {
            names.iter().map(|name| rows.column(name)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            date: rows.column(&names.date)?,
            value_date: one(&names.value_date)?,
            amount: one(&names.amount)?,
            sign: one(&names.sign)?,
            credit: one(&names.credit)?,
            debit: one(&names.debit)?,
            fee: one(&names.fee)?,
            net: one(&names.net)?,
            balance: one(&names.balance)?,
            currency: one(&names.currency)?,
            id: one(&names.id)?,
            status: one(&names.status)?,
            kind: one(&names.kind)?,
            counterparty: many(&names.counterparty)?,
            reference: many(&names.reference)?,
            description: many(&names.description)?,
        })
    }
}

/// The rows so far.
struct Reading<'m> {
    mapping: &'m Mapping,
    columns: Columns,
    account_currency: Option<Currency>,
    check_balances: bool,
    statement: Statement,
    /// The line and the day of the first row that is booked.
    first: Option<(u64, Date)>,
    /// What the column of the balance says last.
    last: Option<Balance>,
    /// What the rows since then come to, or all of them before the first balance, in minor units.
    since: i128,
}

impl Reading<'_> {
    fn row(&mut self, row: &Row) -> Result<(), FileError> {
        let complaint = |reason: String| FileError::at(row.line, reason);
        if let Some(status) = self.columns.status.map(|column| row.field(column))
            && !self.is_booked(status).map_err(complaint)?
        {
            self.statement.pending += 1;
            return Ok(());
        }
        let booked =
            numbers::date(row.field(self.columns.date), &self.mapping.date_format).map_err(complaint)?;
        let currency = self.currency(row).map_err(complaint)?;
        let amount = self.amount(row, currency).map_err(complaint)?;
        let fee = self.fee(row, currency, amount).map_err(complaint)?;
        let mut movement = Movement::new(row.line, booked, amount);
        movement.value_date = self.value_date(row).map_err(complaint)?;
        movement.kind = self.kind(row).map_err(complaint)?;
        movement.id = self.columns.id.map(|column| row.field(column).to_owned()).filter(|id| !id.is_empty());
        movement.counterparty = row.joined(&self.columns.counterparty);
        movement.reference = row.joined(&self.columns.reference);
        movement.description = row.joined(&self.columns.description);
        movement.fee = fee;
        self.balance(row, &movement, currency)?;
        match (amount.is_zero(), fee.filter(|fee| !fee.is_zero())) {
            (true, None) => self.statement.zero += 1,
            // A line of a fee alone.
            (true, Some(fee)) => self.statement.movements.push(Movement {
                amount: fee,
                fee: None,
                kind: MovementKind::Fee,
                ..movement
            }),
            (false, _) => self.statement.movements.push(movement),
        }
        Ok(())
    }

    fn is_booked(&self, status: &str) -> Result<bool, String> {
        let among = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(status));
        match (among(&self.mapping.status.take), among(&self.mapping.status.leave_out)) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => Err(format!(
                "the status {status:?} stands neither in status.take nor in status.leave_out of the mapping"
            )),
        }
    }

    fn currency(&self, row: &Row) -> Result<Currency, String> {
        match self.columns.currency.map(|column| row.field(column)) {
            Some(code) => code.parse().map_err(|error| format!("{code:?}: {error}")),
            None => self
                .mapping
                .currency
                .or(self.account_currency)
                .ok_or_else(|| "neither the account nor the mapping tells a currency".to_owned()),
        }
    }

    fn money(&self, text: &str, currency: Currency) -> Result<Money, String> {
        numbers::amount(text, self.mapping.decimal, currency)
    }

    fn amount(&self, row: &Row, currency: Currency) -> Result<Money, String> {
        let read = |column: Option<usize>| {
            let text = column.map(|column| row.field(column)).filter(|text| !text.is_empty());
            text.map(|text| self.money(text, currency)).transpose()
        };
        let amount = match (self.columns.amount, self.columns.sign) {
            (Some(_), Some(sign)) => {
                let (amount, sign) =
                    (read(self.columns.amount)?.ok_or("there is no amount")?, row.field(sign));
                let among = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(sign));
                let size = if amount.minor() < 0 { opposite(amount) } else { amount };
                match (among(&self.mapping.signs.credit), among(&self.mapping.signs.debit)) {
                    (true, _) => size,
                    (false, true) => opposite(size),
                    (false, false) => {
                        return Err(format!(
                            "the sign {sign:?} stands neither in signs.credit nor in signs.debit of the mapping"
                        ));
                    }
                }
            }
            (Some(_), None) => read(self.columns.amount)?.ok_or("there is no amount")?,
            (None, _) => match (read(self.columns.credit)?, read(self.columns.debit)?) {
                (Some(credit), debit) if debit.is_none_or(Money::is_zero) => credit,
                (credit, Some(debit)) if credit.is_none_or(Money::is_zero) => {
                    if debit.is_positive() {
                        opposite(debit)
                    } else {
                        debit
                    }
                }
                (None, None) => return Err("there is neither a credit nor a debit".to_owned()),
                (Some(credit), Some(debit)) => {
                    return Err(format!("there is a credit of {credit} and a debit of {debit}"));
                }
                (Some(_), None) | (None, Some(_)) => {
                    return Err("there is neither a credit nor a debit".to_owned());
                }
            },
        };
        Ok(self.turned(amount))
    }

    /// As it is for the customer, where the table tells it as it is for the bank.
    fn turned(&self, amount: Money) -> Money {
        if self.mapping.invert { opposite(amount) } else { amount }
    }

    /// The fee beside the amount, as it changes the balance.
    fn fee(&self, row: &Row, currency: Currency, amount: Money) -> Result<Option<Money>, String> {
        let text = self.columns.fee.map(|column| row.field(column)).filter(|text| !text.is_empty());
        let fee = text.map(|text| self.money(text, currency)).transpose()?;
        let fee = fee.map(|fee| if self.mapping.fee_sign == FeeSign::Deducted { opposite(fee) } else { fee });
        let net = self
            .columns
            .net
            .map(|column| self.money(row.field(column), currency))
            .transpose()?
            .map(|net| self.turned(net));
        if let Some(net) = net {
            let led_to = amount.minor().saturating_add(fee.map_or(0, Money::minor));
            if led_to != net.minor() {
                let fee = fee.unwrap_or(Money::zero(currency));
                return Err(format!(
                    "{amount} and a fee of {fee} come to {}, not to the net of {net}",
                    Money::from_minor(led_to, currency)
                ));
            }
        }
        Ok(fee)
    }

    fn value_date(&self, row: &Row) -> Result<Option<Date>, String> {
        let text = self.columns.value_date.map(|column| row.field(column)).filter(|text| !text.is_empty());
        text.map(|text| numbers::date(text, &self.mapping.date_format)).transpose()
    }

    fn kind(&self, row: &Row) -> Result<MovementKind, String> {
        let Some(told) = self.columns.kind.map(|column| row.field(column)) else {
            return Ok(MovementKind::Plain);
        };
        let found = self
            .mapping
            .kinds
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(told))
            .map(|(_, kind)| *kind);
        Ok(match found.unwrap_or(KindName::Plain) {
            KindName::Plain => MovementKind::Plain,
            KindName::Interest => MovementKind::Interest,
            KindName::Fee => MovementKind::Fee,
        })
    }

    /// The balance after the row follows from the one that was told last and from all rows since.
    fn balance(&mut self, row: &Row, movement: &Movement, currency: Currency) -> Result<(), FileError> {
        let complaint = |reason: String| FileError::at(row.line, reason);
        let (first_line, first_day) = *self.first.get_or_insert((row.line, movement.booked));
        self.since += movement.net_minor();
        let Some(text) = self.columns.balance.map(|column| row.field(column)).filter(|text| !text.is_empty())
        else {
            return Ok(());
        };
        let amount = self.turned(self.money(text, currency).map_err(complaint)?);
        match self.last {
            Some(last) => {
                let led_to = i128::from(last.amount.minor()) + self.since;
                if self.check_balances && led_to != i128::from(amount.minor()) {
                    let led_to = WideMoney::from_minor(led_to, currency);
                    let reason = format!(
                        "from the balance of {} (line {}) this row leads to {led_to}, and its balance is {amount}",
                        last.amount, last.line
                    );
                    return Err(complaint(reason));
                }
            }
            None => {
                let before = balance_of(i128::from(amount.minor()) - self.since, currency, row.line)?;
                self.statement.opening =
                    Some(Balance { line: first_line, date: first_day, amount: before, calculated: false });
            }
        }
        self.last = Some(Balance { line: row.line, date: movement.booked, amount, calculated: false });
        self.since = 0;
        Ok(())
    }

    /// The last balance that is told, and what the rows behind it come to.
    fn ended(mut self) -> Result<Statement, FileError> {
        if let Some(last) = self.last {
            let currency = last.amount.currency();
            let amount = balance_of(i128::from(last.amount.minor()) + self.since, currency, last.line)?;
            let date =
                self.statement.movements.last().map_or(last.date, |movement| movement.booked.max(last.date));
            self.statement.closing = Some(Balance { date, amount, ..last });
        }
        Ok(self.statement)
    }
}

fn balance_of(minor: i128, currency: Currency, line: u64) -> Result<Money, FileError> {
    let minor = i64::try_from(minor).map_err(|_| FileError::at(line, "the balance is out of range"))?;
    Ok(Money::from_minor(minor, currency))
}
