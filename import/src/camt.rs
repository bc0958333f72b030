//! CAMT.053, the bank statement of ISO 20022, in any of its versions: elements are taken by their names,
//! whatever the namespace. A document type is refused, so there is no entity of its own.

#[cfg(test)]
mod tests;

use super::{
    letters::decoded,
    numbers::{self, opposite},
    statement::{Balance, FileError, Movement, MovementKind, Statement, Undone, assumed_booking},
};
use jiff::civil::Date;
use khata_domain::{Currency, Money};
use roxmltree::{Document, Node, ParsingOptions};

/// So many elements, attributes and texts may a file hold.
const MAX_NODES: u32 = 20_000_000;
/// What stands for no reference.
const NO_REFERENCE: [&str; 2] = ["NOTPROVIDED", "NONREF"];
/// Balances before the first entry and behind the last, by how well they are told.
const OPENING: [&str; 2] = ["OPBD", "PRCD"];
const CLOSING: [&str; 1] = ["CLBD"];

/// The statements of a file, in its order.
///
/// # Errors
/// What is no CAMT.053; an element that makes no sense, by its line.
pub fn read(bytes: &[u8]) -> Result<Vec<Statement>, FileError> {
    let text = decoded(bytes, declared(bytes).as_deref())?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| FileError::at(error.pos().row.into(), error.to_string()))?;
    let message = document.root_element().children().find(Node::is_element);
    let message = message.ok_or_else(|| FileError::of_file("it is XML without content"))?;
    match message.tag_name().name() {
        "BkToCstmrStmt" => {}
        "BkToCstmrAcctRpt" => {
            return Err(FileError::of_file(
                "it is a CAMT.052, a report within the day whose entries are not final: take the CAMT.053",
            ));
        }
        "BkToCstmrDbtCdtNtfctn" => {
            return Err(FileError::of_file(
                "it is a CAMT.054, which tells single entries without balances: take the CAMT.053",
            ));
        }
        other => {
            return Err(FileError::of_file(format!("it is no CAMT.053: <{other}> and not <BkToCstmrStmt>")));
        }
    }
    let file = File {
        line_ends: text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect(),
    };
    let statements: Vec<Node<'_, '_>> = children(message, "Stmt").collect();
    if statements.is_empty() {
        return Err(FileError::of_file("it holds no statement"));
    }
    statements.into_iter().map(|statement| file.statement(statement)).collect()
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..200.min(bytes.len()))?).into_owned();
    let declaration = &head[..head.find("?>")?];
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start_matches([' ', '=']);
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    rest[1..].split_once(quote).map(|(name, _)| name.to_owned())
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The first element on a path of names.
fn at<'a, 'i>(node: Node<'a, 'i>, path: &[&'static str]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(node, |node, name| children(node, name).next())
}

/// The text at the end of a path of names.
fn text<'a>(node: Node<'a, '_>, path: &[&'static str]) -> Option<&'a str> {
    at(node, path)?.text().map(str::trim).filter(|text| !text.is_empty())
}

/// Where lines end, so that an element's line is found without counting from the first.
struct File {
    line_ends: Vec<usize>,
}

impl File {
    fn line(&self, node: Node<'_, '_>) -> u64 {
        self.line_ends.partition_point(|end| *end < node.range().start) as u64 + 1
    }

    fn statement(&self, told: Node<'_, '_>) -> Result<Statement, FileError> {
        let account =
            text(told, &["Acct", "Id", "IBAN"]).or_else(|| text(told, &["Acct", "Id", "Othr", "Id"]));
        let mut statement = Statement { account: account.map(str::to_owned), ..Statement::default() };
        statement.opening = self.balance(told, &OPENING)?;
        statement.closing = self.balance(told, &CLOSING)?;
        for (entry, number) in children(told, "Ntry").zip(1_u64..) {
            self.entry(entry, number, &mut statement)?;
        }
        Ok(statement)
    }

    fn balance(&self, told: Node<'_, '_>, wanted: &[&str]) -> Result<Option<Balance>, FileError> {
        let code = |node| text(node, &["Tp", "CdOrPrtry", "Cd"]);
        let found = wanted
            .iter()
            .find_map(|wanted| children(told, "Bal").find(|balance| code(*balance) == Some(wanted)));
        let Some(balance) = found else { return Ok(None) };
        let what = code(balance).unwrap_or_default().to_owned();
        let amount = self.amount(balance, &what)?;
        let date = self
            .date(balance, "Dt", &what)?
            .ok_or_else(|| FileError::at(self.line(balance), format!("balance {what} has no date")))?;
        Ok(Some(Balance { line: self.line(balance), date, amount, calculated: false }))
    }

    fn entry(&self, told: Node<'_, '_>, number: u64, statement: &mut Statement) -> Result<(), FileError> {
        let (line, what) = (self.line(told), format!("entry {number}"));
        let status = text(told, &["Sts"]).or_else(|| text(told, &["Sts", "Cd"])).unwrap_or("BOOK");
        if status != "BOOK" {
            statement.pending += 1;
            return Ok(());
        }
        let amount = self.amount(told, &what)?;
        if amount.is_zero() {
            statement.zero += 1;
            return Ok(());
        }
        let value_date = self.date(told, "ValDt", &what)?;
        let assumed = |value_date| {
            let first = statement.opening.and_then(|opening| opening.date.tomorrow().ok());
            assumed_booking(value_date, first, statement.closing.map(|closing| closing.date))
        };
        let booked = self.date(told, "BookgDt", &what)?.or(value_date.map(assumed));
        let booked = booked.ok_or_else(|| {
            FileError::at(line, format!("{what} has neither a booking date nor a value date"))
        })?;
        let mut movement = Movement::new(line, booked, amount);
        movement.value_date = value_date.filter(|value_date| *value_date != booked);
        movement.undoes = matches!(text(told, &["RvslInd"]), Some("true" | "1")).then_some(Undone::Alike);
        let details: Vec<Node<'_, '_>> =
            children(told, "NtryDtls").flat_map(|details| children(details, "TxDtls")).collect();
        movement.id = reference(told, &["AcctSvcrRef"]).or_else(|| reference(told, &["NtryRef"]));
        if let [only] = details.as_slice() {
            movement.id = movement.id.or_else(|| reference(*only, &["Refs", "AcctSvcrRef"]));
            movement.reference = reference(*only, &["Refs", "EndToEndId"]).unwrap_or_default();
            movement.counterparty = counterparty(*only, amount);
        }
        movement.kind = kind(told);
        movement.description = description(told, &details);
        statement.movements.push(movement);
        Ok(())
    }

    fn amount(&self, told: Node<'_, '_>, what: &str) -> Result<Money, FileError> {
        let complaint = |reason: String| FileError::at(self.line(told), format!("{what}: {reason}"));
        let amount = at(told, &["Amt"]).ok_or_else(|| complaint("there is no amount".to_owned()))?;
        let code =
            amount.attribute("Ccy").ok_or_else(|| complaint("the amount has no currency".to_owned()))?;
        let currency: Currency =
            code.parse().map_err(|error| complaint(format!("currency {code:?}: {error}")))?;
        let size =
            numbers::marked_amount(amount.text().unwrap_or_default(), '.', currency).map_err(complaint)?;
        match text(told, &["CdtDbtInd"]) {
            Some("CRDT") => Ok(size),
            Some("DBIT") => Ok(opposite(size)),
            other => {
                Err(complaint(format!("CdtDbtInd {:?} is neither CRDT nor DBIT", other.unwrap_or_default())))
            }
        }
    }

    /// A date, or the day of an instant where it was booked.
    fn date(&self, told: Node<'_, '_>, name: &'static str, what: &str) -> Result<Option<Date>, FileError> {
        let Some(text) = text(told, &[name, "Dt"]).or_else(|| text(told, &[name, "DtTm"])) else {
            return Ok(None);
        };
        let date = numbers::leading_date(text, "%Y-%m-%d");
        date.map(Some).ok_or_else(|| {
            FileError::at(self.line(told), format!("{what}: {text:?} is no date such as 2025-12-31"))
        })
    }
}

fn reference(node: Node<'_, '_>, path: &[&'static str]) -> Option<String> {
    text(node, path).filter(|reference| !NO_REFERENCE.contains(reference)).map(str::to_owned)
}

/// Who is on the other side: who paid, or who was paid. Later versions put the name one element deeper.
fn counterparty(details: Node<'_, '_>, amount: Money) -> String {
    let side = if amount.is_positive() { "Dbtr" } else { "Cdtr" };
    let name = text(details, &["RltdPties", side, "Nm"])
        .or_else(|| text(details, &["RltdPties", side, "Pty", "Nm"]));
    name.unwrap_or_default().to_owned()
}

fn kind(entry: Node<'_, '_>) -> MovementKind {
    match text(entry, &["BkTxCd", "Domn", "Fmly", "SubFmlyCd"]) {
        Some("INTR") => MovementKind::Interest,
        Some("CHRG" | "COMM" | "FEES") => MovementKind::Fee,
        _ => MovementKind::Plain,
    }
}

fn description(entry: Node<'_, '_>, details: &[Node<'_, '_>]) -> String {
    let remittance = |details: &Node<'_, '_>| {
        at(*details, &["RmtInf"])
            .into_iter()
            .flat_map(|information| children(information, "Ustrd"))
            .filter_map(|text| text.text().map(|text| text.trim().to_owned()))
            .collect::<Vec<_>>()
    };
    let of_one = if let [only] = details { remittance(only).join(" ") } else { String::new() };
    let more = [
        text(entry, &["AddtlNtryInf"]),
        details.first().filter(|_| details.len() == 1).and_then(|only| text(*only, &["AddtlTxInf"])),
    ];
    if of_one.is_empty() { more.into_iter().flatten().collect::<Vec<_>>().join(" ") } else { of_one }
}
