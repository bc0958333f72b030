//! A statement as CSV: one line per entry, between lines for the balance before and after them.

use super::{Form, Summary};
use crate::http::problem::Problem;
use khata_application::instants;
use khata_domain::WideMoney;
use khata_projections::accounts::TransactionRow;
use std::borrow::Cow;

const COLUMNS: [&str; 15] = [
    "business_date",
    "kind",
    "direction",
    "amount",
    "balance_after",
    "currency",
    "channel",
    "counterparty",
    "reference",
    "description",
    "transaction_id",
    "effective_at",
    "recorded_at",
    "recorded_balance_after",
    "value_date",
];

/// Writes the lines.
pub(super) struct CsvLines {
    summary: Summary,
}

impl CsvLines {
    pub(super) fn new(summary: Summary) -> Self {
        Self { summary }
    }

    /// A line that tells a balance and nothing else.
    fn balance(&self, date: String, kind: &str, balance: WideMoney) -> [String; COLUMNS.len()] {
        let mut fields = [const { String::new() }; COLUMNS.len()];
        fields[0] = date;
        fields[1] = kind.to_owned();
        fields[4] = balance.amount();
        fields[5] = self.summary.currency.to_string();
        fields
    }
}

impl Form for CsvLines {
    fn begin(&mut self, into: &mut Vec<u8>) -> Result<(), Problem> {
        write(into, COLUMNS)?;
        let first = self.summary.month.first_day().to_string();
        write(into, self.balance(first, "opening_balance", self.summary.opening_balance))
    }

    fn line(
        &mut self,
        into: &mut Vec<u8>,
        line: TransactionRow,
        balance_after: WideMoney,
    ) -> Result<(), Problem> {
        let (amount, recorded) = (line.money(line.amount_minor), line.money(line.balance_after_minor));
        let text = |text: &Option<String>| harmless(text.as_deref().unwrap_or_default()).into_owned();
        write(
            into,
            [
                line.business_date.to_string(),
                line.kind,
                line.direction,
                amount.amount(),
                balance_after.amount(),
                line.currency.to_string(),
                line.channel,
                text(&line.counterparty),
                text(&line.reference),
                text(&line.description),
                line.transaction_id,
                instants::text(line.effective_at),
                instants::text(line.recorded_at),
                recorded.amount(),
                line.value_date.map(|date| date.to_string()).unwrap_or_default(),
            ],
        )
    }

    fn end(&mut self, into: &mut Vec<u8>) -> Result<(), Problem> {
        let last = self.summary.month.last_day().to_string();
        write(into, self.balance(last, "closing_balance", self.summary.closing_balance))
    }
}

fn write<T: AsRef<[u8]>>(into: &mut Vec<u8>, fields: [T; COLUMNS.len()]) -> Result<(), Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(into);
    let written = writer.write_record(fields).and_then(|()| Ok(writer.flush()?));
    written.map_err(|error| Problem::internal(format!("a line of a statement cannot be written: {error}")))
}

/// What a formula begins with; some spreadsheets take the forms of full width, which East Asian keyboards write, for the others.
const FORMULA_BEGINS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_BEGINS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_begin_like_formulas_are_quoted_and_others_are_not() {
        for (text, expected) in [
            ("=HYPERLINK(\"http://evil\")", "'=HYPERLINK(\"http://evil\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("rent = 5", "rent = 5"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), expected);
        }
    }
}
