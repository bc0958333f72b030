//! MT940, SWIFT's customer statement, as banks give it out: with or without the envelope of a message, one
//! statement behind the other, statements in several parts joined by intermediate balances. What stands in
//! field 86 is read where its form is known (`?20…`, `/REMI/…`) and taken as it is elsewhere.

mod fields;
mod remarks;
#[cfg(test)]
mod tests;

use super::{
    letters::decoded,
    numbers::{self, opposite},
    statement::{Balance, FileError, Movement, MovementKind, Statement, Undone, assumed_booking},
};
use fields::{Field, fields};
use jiff::civil::Date;
use khata_domain::Currency;

/// What stands for no reference.
const NO_REFERENCE: [&str; 2] = ["NONREF", "NOTPROVIDED"];

/// The statements of a file, in its order.
///
/// # Errors
/// What is no MT940; a field that makes no sense, by its line.
pub fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Vec<Statement>, FileError> {
    let text = decoded(bytes, encoding)?;
    let mut statements = Vec::new();
    let mut current: Option<Reading> = None;
    for field in fields(&text)? {
        match field.tag {
            "20" => {
                statements
                    .extend(current.replace(Reading::begun(field.line)).map(Reading::ended).transpose()?);
            }
            tag => {
                let reading = current.as_mut().ok_or_else(|| {
                    FileError::at(field.line, format!("field {tag} stands before the first field 20"))
                })?;
                reading.field(&field)?;
            }
        }
    }
    statements.extend(current.map(Reading::ended).transpose()?);
    if statements.is_empty() {
        Err(FileError::of_file("it holds no MT940 statement: no field 20"))
    } else {
        Ok(statements)
    }
}

/// A statement, as far as it is read.
struct Reading {
    line: u64,
    statement: Statement,
    currency: Option<Currency>,
    /// Whether field 86 belongs to the last movement.
    describes: bool,
    /// The first day on which something may have been booked behind the opening balance.
    first: Option<Date>,
    /// The movements that tell no date of booking, by their places.
    unbooked: Vec<usize>,
}

impl Reading {
    fn begun(line: u64) -> Self {
        Self {
            line,
            statement: Statement::default(),
            currency: None,
            describes: false,
            first: None,
            unbooked: Vec::new(),
        }
    }

    fn field(&mut self, field: &Field<'_>) -> Result<(), FileError> {
        match field.tag {
            "25" | "25P" => self.statement.account = Some(field.first().trim().to_owned()),
            "60F" | "60M" => {
                let balance = balance(field)?;
                self.currency = Some(balance.amount.currency());
                // An intermediate balance stands within its day.
                self.first =
                    if field.tag == "60M" { Some(balance.date) } else { balance.date.tomorrow().ok() };
                self.statement.opening = Some(balance);
            }
            "61" => return self.movement(field),
            "86" if self.describes => {
                if let Some(movement) = self.statement.movements.last_mut() {
                    remarks::add(movement, field);
                }
            }
            "62F" | "62M" => self.statement.closing = Some(balance(field)?),
            // References, numbers of pages, available balances, and what banks add of their own.
            _ => {}
        }
        self.describes = false;
        Ok(())
    }

    fn movement(&mut self, field: &Field<'_>) -> Result<(), FileError> {
        let currency = self.currency.ok_or_else(|| {
            FileError::at(field.line, "field 61 stands before the opening balance, field 60F")
        })?;
        self.describes = true;
        match movement(field, currency)? {
            Some((movement, is_booked)) => {
                if !is_booked {
                    self.unbooked.push(self.statement.movements.len());
                }
                self.statement.movements.push(movement);
            }
            None => {
                self.statement.zero += 1;
                self.describes = false;
            }
        }
        Ok(())
    }

    fn ended(mut self) -> Result<Statement, FileError> {
        let closing = self.statement.closing.map(|closing| closing.date);
        for place in self.unbooked {
            if let Some(movement) = self.statement.movements.get_mut(place) {
                let value_date = movement.booked;
                movement.booked = assumed_booking(value_date, self.first, closing);
                movement.value_date = Some(value_date).filter(|value_date| *value_date != movement.booked);
            }
        }
        match (self.statement.opening, self.statement.closing) {
            (Some(_), Some(_)) => Ok(self.statement),
            (None, _) => Err(FileError::at(self.line, "the statement has no opening balance, field 60F")),
            (_, None) => Err(FileError::at(
                self.line,
                "the statement has no closing balance, field 62F: it may be cut off",
            )),
        }
    }
}

/// `C231229EUR1234,56`
fn balance(field: &Field<'_>) -> Result<Balance, FileError> {
    let text = field.first().trim();
    let complaint = |what: &str| {
        FileError::at(field.line, format!("field {}: {text:?} has no {what} where it belongs", field.tag))
    };
    let debit = match text.get(..1) {
        Some("C") => false,
        Some("D") => true,
        _ => return Err(complaint("C or D")),
    };
    let day = text
        .get(1..7)
        .and_then(|digits| numbers::leading_date(digits, "%y%m%d"))
        .ok_or_else(|| complaint("date"))?;
    let currency: Currency =
        text.get(7..10).and_then(|code| code.parse().ok()).ok_or_else(|| complaint("currency"))?;
    let amount = text.get(10..).unwrap_or_default();
    let amount = numbers::marked_amount(amount, ',', currency)
        .map_err(|reason| FileError::at(field.line, format!("field {}: {reason}", field.tag)))?;
    Ok(Balance {
        line: field.line,
        date: day,
        amount: if debit { opposite(amount) } else { amount },
        calculated: false,
    })
}

/// `2401020102DR12,50NMSCcustomer//bank` and, in the next line, more of it; and whether it tells its date of
/// booking. `None` for a movement of nothing.
fn movement(field: &Field<'_>, currency: Currency) -> Result<Option<(Movement, bool)>, FileError> {
    let text = field.first().trim_end();
    let complaint =
        |what: &str| FileError::at(field.line, format!("field 61: {text:?} has no {what} where it belongs"));
    let value_date = text.get(..6).and_then(value_day).ok_or_else(|| complaint("value date"))?;
    let rest = text.get(6..).unwrap_or_default();
    let entry = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let (booked, rest) = match entry {
        Some(digits) => (
            booked_near(value_date, digits).ok_or_else(|| complaint("date of booking"))?,
            rest.get(4..).unwrap_or_default(),
        ),
        None => (value_date, rest),
    };
    let marks = [
        ("RC", true, true),
        ("RD", false, true),
        ("EC", false, false),
        ("ED", true, false),
        ("C", false, false),
        ("D", true, false),
    ];
    let (_, debit, undoes) = marks
        .into_iter()
        .find(|(mark, ..)| rest.starts_with(mark))
        .ok_or_else(|| complaint("C, D, RC or RD"))?;
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ',').unwrap_or(rest.len());
    let amount = numbers::marked_amount(&rest[..end], ',', currency)
        .map_err(|reason| FileError::at(field.line, format!("field 61: {reason}")))?;
    let code = rest
        .get(end..end + 4)
        .filter(|code| code.starts_with(['N', 'S', 'F']))
        .ok_or_else(|| complaint("type of transaction"))?;
    if amount.is_zero() {
        return Ok(None);
    }
    let (customers, banks) = rest[end + 4..].split_once("//").unwrap_or((&rest[end + 4..], ""));
    let told = |reference: &str| {
        Some(reference.trim().to_owned())
            .filter(|reference| !reference.is_empty() && !NO_REFERENCE.contains(&reference.as_str()))
    };
    let mut movement = Movement::new(field.line, booked, if debit { opposite(amount) } else { amount });
    movement.value_date = Some(value_date).filter(|value_date| *value_date != booked);
    movement.undoes = undoes.then_some(Undone::Alike);
    movement.reference = told(customers).unwrap_or_default();
    movement.id = told(banks);
    movement.kind = match &code[1..] {
        "INT" => MovementKind::Interest,
        "CHG" | "COM" => MovementKind::Fee,
        _ => MovementKind::Plain,
    };
    movement.description = field.further().map(str::trim).collect::<Vec<_>>().join(" ");
    Ok(Some((movement, entry.is_some())))
}

/// `YYMMDD`; where months have thirty days for interest, the thirtieth of February is its last one.
fn value_day(digits: &str) -> Option<Date> {
    let of_day = |day: &str| numbers::leading_date(&format!("{}{day}", digits.get(..4)?), "%y%m%d");
    let last = || {
        matches!(digits.get(4..), Some("29" | "30")).then(|| of_day("01")).flatten().map(Date::last_of_month)
    };
    of_day(digits.get(4..)?).or_else(last)
}

/// The day of booking, `MMDD`, in the year that brings it nearest to the value date.
fn booked_near(value_date: Date, digits: &str) -> Option<Date> {
    let (month, day) = (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?);
    let candidates = [-1, 0, 1]
        .into_iter()
        .filter_map(|years| Date::new(value_date.year().checked_add(years)?, month, day).ok());
    candidates.min_by_key(|candidate| (*candidate - value_date).get_days().abs())
}
