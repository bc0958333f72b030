//! Descriptions of values that many bodies share, for OpenAPI alone.
#![allow(dead_code, reason = "describes what is read and written")]

use super::answer::AnsweredEvent;
use jiff::civil::Date;
use utoipa::ToSchema;

/// Money: a decimal string with at most the currency's digits, and an ISO 4217 code.
#[derive(ToSchema)]
#[schema(as = Money, examples(json!({ "amount": "1500.00", "currency": "INR" })))]
pub(crate) struct MoneySchema {
    /// A plain decimal string.
    #[schema(pattern = "^-?[0-9]+(\\.[0-9]+)?$", max_length = 40)]
    amount: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
}

/// A command's answer.
#[derive(ToSchema)]
#[schema(as = CommandAnswer)]
pub(crate) struct CommandAnswerSchema<T: ToSchema> {
    /// The id of what answered.
    id: String,
    /// Its version right after the command.
    version: u64,
    /// A view that has seen this position shows the effect.
    position: u64,
    /// What happened to it.
    events: Vec<AnsweredEvent>,
    /// What it is right after the command.
    state: T,
}

/// A command's answer that names the entry which it booked.
#[derive(ToSchema)]
#[schema(as = EntryAnswer)]
pub(crate) struct EntryAnswerSchema<T: ToSchema> {
    #[serde(flatten)]
    answer: CommandAnswerSchema<T>,
    /// The entry, `txn_…`; `Location` tells where it can be read.
    transaction_id: String,
}

/// A command's answer that names the entry which it booked, if there was anything to book.
#[derive(ToSchema)]
#[schema(as = PossibleEntryAnswer)]
pub(crate) struct PossibleEntryAnswerSchema<T: ToSchema> {
    #[serde(flatten)]
    answer: CommandAnswerSchema<T>,
    /// The entry, `txn_…`; missing where nothing was booked.
    transaction_id: Option<String>,
}

/// A command's answer that names the hold which it placed.
#[derive(ToSchema)]
#[schema(as = HoldAnswer)]
pub(crate) struct HoldAnswerSchema<T: ToSchema> {
    #[serde(flatten)]
    answer: CommandAnswerSchema<T>,
    /// The hold's name; `Location` tells where it can be read.
    hold_id: String,
}

/// A command's answer that names the dispute which it opened.
#[derive(ToSchema)]
#[schema(as = DisputeAnswer)]
pub(crate) struct DisputeAnswerSchema<T: ToSchema> {
    #[serde(flatten)]
    answer: CommandAnswerSchema<T>,
    /// `dsp_…`; `Location` tells where it can be read.
    dispute_id: String,
}

/// A command's answer that names the statement which it closed.
#[derive(ToSchema)]
#[schema(as = StatementAnswer)]
pub(crate) struct StatementAnswerSchema<T: ToSchema> {
    #[serde(flatten)]
    answer: CommandAnswerSchema<T>,
    /// The last day of its period; `Location` tells where it can be read.
    closing_date: Date,
}

/// A command's answer that names the line which it put something on.
#[derive(ToSchema)]
#[schema(as = ItemAnswer)]
pub(crate) struct ItemAnswerSchema<T: ToSchema> {
    #[serde(flatten)]
    answer: CommandAnswerSchema<T>,
    /// The line; `Location` tells where it can be read.
    line: u32,
}

/// A page of a list.
#[derive(ToSchema)]
#[schema(as = List)]
pub(crate) struct ListSchema<T: ToSchema> {
    /// The items.
    items: Vec<T>,
    /// Gives the next page, with the same filters and order; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Bytes.
#[derive(ToSchema)]
#[schema(as = Bytes, value_type = String, format = Binary)]
pub(crate) struct BytesSchema(#[allow(dead_code, reason = "describes what is written")] Vec<u8>);
