//! Query strings: typed, each parameter once, unknown ones refused. Numbers are digits and nothing else.

mod parameter;

use crate::http::problem::{Problem, codes};
use axum::{extract::FromRequestParts, http::request::Parts};
use parameter::Parameter;
use percent_encoding::percent_decode_str;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, value::MapDeserializer},
};
use std::str::FromStr;
use utoipa::{IntoParams, openapi};

/// The parameters of a query string, as a struct with `#[serde(deny_unknown_fields)]`.
#[derive(Debug)]
pub(crate) struct QueryString<T>(pub(crate) T);

/// What a question can be asked with.
pub(crate) trait Parameters: Sized + Send + 'static {
    /// Reads a query string.
    fn read(query: &str) -> Result<Self, Problem>;

    /// What the description tells of them.
    fn described() -> Vec<openapi::path::Parameter>;
}

impl<T: de::DeserializeOwned + IntoParams + Send + 'static> Parameters for T {
    fn read(query: &str) -> Result<Self, Problem> {
        parse(query)
    }

    fn described() -> Vec<openapi::path::Parameter> {
        T::into_params(|| None)
    }
}

/// A request that takes no parameters.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

impl<T: de::DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryString<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn invalid(parameter: &str, reason: &str) -> Problem {
    Problem::new(&codes::INVALID_PARAMETER, format!("`{parameter}`: {reason}.")).with("parameter", parameter)
}

/// Parses a query string.
pub(crate) fn parse<T: de::DeserializeOwned>(query: &str) -> Result<T, Problem> {
    parse_some(query, |_| true)
}

/// Parses some of the parameters of a query string, by their names.
pub(crate) fn parse_some<T: de::DeserializeOwned>(
    query: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<T, Problem> {
    for pair in query.split('&') {
        require_text(pair)?;
    }
    let parameters = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| is_meant(name));
    let parser = MapDeserializer::new(parameters.map(|(name, value)| (name, Parameter(value))));
    serde_path_to_error::deserialize(parser).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        let named = message.split('`').nth(1).unwrap_or_default();
        match message.split(' ').next() {
            Some("unknown") if message.starts_with("unknown field") => {
                Problem::new(&codes::UNKNOWN_PARAMETER, format!("There is no parameter `{named}` here."))
                    .with("parameter", named)
            }
            Some("missing") => invalid(named, "the parameter is needed"),
            Some("duplicate") => invalid(named, "the parameter stands there twice"),
            _ => invalid(&path, &message),
        }
    })
}

/// Refuses what the lenient decoding of forms would mend: bytes that are no UTF-8. And U+0000.
fn require_text(pair: &str) -> Result<(), Problem> {
    let name = pair.split('=').next().unwrap_or_default();
    let decoded = percent_decode_str(pair).decode_utf8().map_err(|_| invalid(name, "not UTF-8"))?;
    if decoded.contains('\0') { Err(invalid(name, "holds the character U+0000")) } else { Ok(()) }
}

/// Reads a parameter by its type's own parser: for types whose `Deserialize` wants more than text.
pub(crate) fn from_text<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: std::fmt::Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_domain::ids::CustomerId;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parameters {
        limit: Option<u16>,
        customer_id: Option<CustomerId>,
        #[serde(default, deserialize_with = "from_text")]
        as_of: Option<jiff::Timestamp>,
    }

    #[test]
    fn parameters_are_read_by_type() {
        let read: Parameters = parse(
            "limit=5&as_of=2026-01-02T03%3A04%3A05Z&customer_id=cus_00000000-0000-0000-0000-000000000007",
        )
        .unwrap();
        assert_eq!(read.limit, Some(5));
        assert_eq!(read.as_of, Some("2026-01-02T03:04:05Z".parse().unwrap()));
        assert!(read.customer_id.is_some());
        assert_eq!(parse::<Parameters>("").unwrap().limit, None);
    }

    #[test]
    fn what_is_not_known_or_not_of_its_form_is_refused_by_name() {
        for (query, code, parameter) in [
            ("page=2", "unknown_parameter", "page"),
            ("limit=x", "invalid_parameter", "limit"),
            ("limit=-1", "invalid_parameter", "limit"),
            ("limit=%2B5", "invalid_parameter", "limit"),
            ("limit=1_0", "invalid_parameter", "limit"),
            ("limit=1e1", "invalid_parameter", "limit"),
            ("limit=%205", "invalid_parameter", "limit"),
            ("limit=", "invalid_parameter", "limit"),
            ("limit=65536", "invalid_parameter", "limit"),
            ("limit=1&limit=2", "invalid_parameter", "limit"),
            ("as_of=yesterday", "invalid_parameter", "as_of"),
            ("as_of=", "invalid_parameter", "as_of"),
            ("customer_id=7", "invalid_parameter", "customer_id"),
            ("as_of=%ff", "invalid_parameter", "as_of"),
            ("as_of=%00", "invalid_parameter", "as_of"),
        ] {
            let problem = parse::<Parameters>(query).unwrap_err();
            assert_eq!(problem.code(), code, "{query}");
            let body: serde_json::Value = serde_json::from_str(&problem.to_json("/")).unwrap();
            assert_eq!(body["parameter"], parameter, "{query}");
        }
    }
}
