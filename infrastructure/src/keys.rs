//! Spells keys of rows, as reports show them.

use khata_projections::Value;

/// A key as a JSON array: booleans as 0 and 1, instants as microseconds since 1970, dates as `YYYY-MM-DD`.
pub(crate) fn spelled(key: &[Value]) -> String {
    let spelled = key.iter().map(|value| match value {
        Value::Null => serde_json::Value::Null,
        Value::Text(text) | Value::Json(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Wide(number) => number.to_string().into(),
        Value::Boolean(truth) => i64::from(*truth).into(),
        Value::Timestamp(instant) => instant.as_microsecond().into(),
        Value::Date(date) => date.to_string().into(),
    });
    serde_json::Value::Array(spelled.collect()).to_string()
}
