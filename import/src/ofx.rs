//! OFX, Open Financial Exchange: version 1, which is SGML whose values have no end, and version 2, which is
//! XML. Both are tags and values, and one small reader does for both; what an element means is the same.

mod tags;
#[cfg(test)]
mod tests;

use super::{
    letters::decoded,
    numbers,
    statement::{Balance, FileError, Movement, MovementKind, Statement, Undone},
};
use jiff::civil::Date;
use khata_domain::{Currency, Money};
use std::collections::HashMap;
use tags::{Element, parse};

/// The statements of a file: one for each account of it.
///
/// # Errors
/// What is no OFX; an element that makes no sense, by its line.
pub fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Vec<Statement>, FileError> {
    let text = decoded(bytes, encoding)?;
    let root = parse(&text)?;
    if let Some(refused) =
        root.all("STATUS").into_iter().find(|status| status.text("SEVERITY") == Some("ERROR"))
    {
        let message = refused.text("MESSAGE").or(refused.text("CODE")).unwrap_or("no reason");
        return Err(FileError::at(
            refused.line,
            format!("the bank answered with an error and not with a statement: {message}"),
        ));
    }
    let statements: Vec<&Element<'_>> =
        ["STMTRS", "CCSTMTRS"].into_iter().flat_map(|name| root.all(name)).collect();
    if statements.is_empty() {
        return Err(FileError::of_file(
            "it holds no statement of a bank account or a card: no STMTRS, no CCSTMTRS",
        ));
    }
    let mut statements = statements.into_iter().map(statement).collect::<Result<Vec<_>, _>>()?;
    several_lists(&mut statements);
    Ok(statements)
}

/// Balances of an account that the file lists more than once are not taken: banks give each list the balance
/// of today.
fn several_lists(statements: &mut [Statement]) {
    let mut lists: HashMap<Option<String>, usize> = HashMap::new();
    for statement in statements.iter() {
        *lists.entry(statement.account.clone()).or_default() += 1;
    }
    for statement in statements {
        let several = lists.get(&statement.account).is_some_and(|count| *count > 1);
        if let (true, Some(closing)) = (several, statement.closing) {
            leave_out(statement, closing, "the file lists the account more than once");
        }
    }
}

/// A balance that is not the one at the end of its list says nothing of where the list begins.
fn leave_out(statement: &mut Statement, balance: Balance, why: &str) {
    (statement.opening, statement.closing) = (None, None);
    let note = format!(
        "balance not taken: {} ({}): {why}; so there is no opening balance, and nothing is checked",
        balance.amount, balance.date
    );
    statement.notes.push(note);
}

fn statement(element: &Element<'_>) -> Result<Statement, FileError> {
    let currency = element
        .text("CURDEF")
        .ok_or_else(|| FileError::at(element.line, "the statement has no CURDEF, so no currency"))?;
    let currency: Currency = currency
        .parse()
        .map_err(|error| FileError::at(element.line, format!("CURDEF {currency:?}: {error}")))?;
    let account = ["BANKACCTFROM", "CCACCTFROM"]
        .into_iter()
        .find_map(|name| element.child(name))
        .and_then(|account| account.text("ACCTID"));
    let mut statement = Statement { account: account.map(str::to_owned), ..Statement::default() };
    statement.pending = element.all("STMTTRNP").len() as u64;
    let mut amounts = HashMap::new();
    for told in element.all("STMTTRN") {
        transaction(told, currency, &mut statement, &mut amounts)?;
    }
    // Banks list the newest first or last; of one day they stand as in the file.
    statement.movements.sort_by_key(|movement| movement.booked);
    if let Some(ledger) = element.child("LEDGERBAL") {
        let closing = Balance {
            line: ledger.line,
            date: date(ledger, "DTASOF")?,
            amount: amount(ledger, "BALAMT", currency)?,
            calculated: false,
        };
        match not_at_the_end(element, &statement, closing)? {
            Some(why) => leave_out(&mut statement, closing, &why),
            None => {
                statement.opening = opening(&statement, closing)?;
                statement.closing = Some(closing);
            }
        }
    }
    Ok(statement)
}

/// Why a balance is not what all movements of the list led to: banks give the one of the day when the file
/// was fetched. It is, where the list reaches the balance's day and holds nothing behind it; a list that
/// tells no end reaches as far as its last movement.
fn not_at_the_end(
    element: &Element<'_>,
    statement: &Statement,
    balance: Balance,
) -> Result<Option<String>, FileError> {
    let last = statement.movements.last().map(|last| last.booked);
    if let Some(last) = last.filter(|last| *last > balance.date) {
        return Ok(Some(format!("the list goes on to {last}")));
    }
    let told = element.child("BANKTRANLIST").filter(|list| list.text("DTEND").is_some());
    let end = told.map(|list| date(list, "DTEND")).transpose()?;
    Ok(match end.or(last) {
        Some(end) if end >= balance.date => None,
        Some(end) => Some(format!("the list ends with {end}")),
        None => Some("the list does not tell where it ends".to_owned()),
    })
}

/// What the account held before: OFX does not tell it, but what it holds after and what moved it.
fn opening(statement: &Statement, closing: Balance) -> Result<Option<Balance>, FileError> {
    let net: i128 = statement.movements.iter().map(Movement::net_minor).sum();
    let before = i64::try_from(i128::from(closing.amount.minor()) - net)
        .map_err(|_| FileError::at(closing.line, "the balance is out of range"))?;
    let first = statement.movements.first().map_or(closing.date, |first| first.booked.min(closing.date));
    let amount = Money::from_minor(before, closing.amount.currency());
    Ok(Some(Balance { line: closing.line, date: first, amount, calculated: true }))
}

fn transaction(
    told: &Element<'_>,
    currency: Currency,
    statement: &mut Statement,
    amounts: &mut HashMap<String, Money>,
) -> Result<(), FileError> {
    if let Some(other) = told
        .child("CURRENCY")
        .and_then(|other| other.text("CURSYM"))
        .filter(|other| *other != currency.code())
    {
        return Err(FileError::at(told.line, format!("the amount is in {other}, the account in {currency}")));
    }
    let booked = date(told, "DTPOSTED")?;
    let signed = amount(told, "TRNAMT", currency)?;
    if signed.is_zero() {
        statement.zero += 1;
        return Ok(());
    }
    let mut movement = Movement::new(told.line, booked, signed);
    movement.value_date = told
        .text("DTAVAIL")
        .and_then(|text| numbers::leading_date(text, "%Y%m%d"))
        .filter(|date| *date != booked);
    movement.id = told.text("FITID").map(str::to_owned);
    movement.counterparty = told
        .text("NAME")
        .or_else(|| told.child("PAYEE").and_then(|payee| payee.text("NAME")))
        .unwrap_or_default()
        .to_owned();
    movement.reference = told.text("CHECKNUM").or(told.text("REFNUM")).unwrap_or_default().to_owned();
    movement.description = told.text("MEMO").unwrap_or_default().to_owned();
    movement.kind = match told.text("TRNTYPE") {
        Some("INT") => MovementKind::Interest,
        Some("FEE" | "SRVCHG") => MovementKind::Fee,
        _ => MovementKind::Plain,
    };
    let id = movement.id.clone();
    correct(told, movement, &mut statement.movements, amounts)?;
    amounts.extend(id.map(|id| (id, signed)));
    Ok(())
}

/// A transaction that takes the place of an earlier one, or only takes it away; earlier ones are known by
/// their ids.
fn correct(
    told: &Element<'_>,
    movement: Movement,
    movements: &mut Vec<Movement>,
    amounts: &HashMap<String, Money>,
) -> Result<(), FileError> {
    let Some(corrected) = told.text("CORRECTFITID") else {
        movements.push(movement);
        return Ok(());
    };
    let Some(original) = amounts.get(corrected).copied() else {
        let reason = format!(
            "it corrects {corrected:?}, which this file does not hold before it: take a file that holds both"
        );
        return Err(FileError::at(told.line, reason));
    };
    let mut undoing = Movement::new(movement.line, movement.booked, numbers::opposite(original));
    undoing.undoes = Some(Undone::Named(corrected.to_owned()));
    undoing.id = movement.id.as_deref().map(|id| format!("{id}.undo"));
    undoing.description = movement.description.clone();
    movements.push(undoing);
    match told.text("CORRECTACTION") {
        Some("DELETE") => {}
        Some("REPLACE") => movements.push(movement),
        other => {
            return Err(FileError::at(
                told.line,
                format!("CORRECTACTION {:?} is neither DELETE nor REPLACE", other.unwrap_or_default()),
            ));
        }
    }
    Ok(())
}

fn required<'e>(element: &'e Element<'_>, name: &str) -> Result<&'e str, FileError> {
    element.text(name).ok_or_else(|| FileError::at(element.line, format!("{} has no {name}", element.name)))
}

/// `20251231120000[-5:EST]`: the day where it was booked.
fn date(element: &Element<'_>, name: &str) -> Result<Date, FileError> {
    let text = required(element, name)?;
    numbers::leading_date(text, "%Y%m%d")
        .ok_or_else(|| FileError::at(element.line, format!("{name} {text:?} is no date such as 20251231")))
}

/// With a point or a comma before its decimals, as the standard allows.
fn amount(element: &Element<'_>, name: &str, currency: Currency) -> Result<Money, FileError> {
    let text = required(element, name)?;
    let decimal = if text.rfind(',') > text.rfind('.') { ',' } else { '.' };
    numbers::amount(text, decimal, currency)
        .map_err(|reason| FileError::at(element.line, format!("{name} {reason}")))
}
