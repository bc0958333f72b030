//! Descriptions of values that many bodies share, for OpenAPI alone.
#![allow(dead_code, reason = "describes what is read and written")]

use super::answer::AnsweredEvent;
use utoipa::{
    ToSchema,
    openapi::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

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

/// A text.
pub(crate) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A calendar date.
pub(crate) fn date() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

/// A whole number that is not negative.
pub(crate) fn number() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0_usize))
}
