//! Answers held against the description of the surface: no status, code or header that `/openapi.json` does
//! not tell of.

use crate::{Request, Response};
use serde_json::Value;

/// The headers of Khata's conventions: an answer has those that are described, and no others.
const HEADERS: [&str; 6] =
    ["ETag", "Location", "Khata-Position", "Idempotent-Replayed", "Retry-After", "Khata-Correlation-Id"];

/// A description of the surface.
#[derive(Debug)]
pub struct Description(Value);

impl Description {
    /// Read from `/openapi.json`.
    pub fn new(description: Value) -> Self {
        Self(description)
    }

    /// Makes sure that an answer is one of those that the request's operation is described with.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn check(&self, request: &Request, answer: &Response) {
        let Some((name, operation)) = self.operation(request) else { return };
        if answer.header("content-type").is_some_and(|media| media.ends_with("json")) {
            check_instants(&name, &answer.json());
        }
        // What is wrong before any operation is looked for is told by the edge.
        if answer.status == 405 || answer.status == 500 {
            return;
        }
        let described = self.resolve(&operation["responses"][answer.status.to_string()]);
        assert!(
            described.is_object(),
            "{name} is not described to answer {}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        if answer.status >= 400 {
            let code = answer.json()["code"].as_str().expect("a code").to_owned();
            let schema = self.resolve(&described["content"]["application/problem+json"]["schema"]);
            let codes = schema["properties"]["code"]["enum"].as_array().expect("codes");
            assert!(
                codes.iter().any(|known| *known == code.as_str()),
                "{name} is not described to answer {} with {code}",
                answer.status
            );
        }
        for header in HEADERS {
            let of_it = self.resolve(&described["headers"][header]);
            let there = answer.header(header).is_some();
            assert!(
                !there || of_it.is_object(),
                "{name} answers {} with {header}, which is not described",
                answer.status
            );
            assert!(there || of_it["required"] != true, "{name} answers {} without {header}", answer.status);
        }
    }

    /// The operation that a request asks for, with its name.
    fn operation(&self, request: &Request) -> Option<(String, &Value)> {
        let path = request.path.split('?').next().unwrap_or_default();
        let fits = |template: &str| {
            let (mut asked, mut known) = (path.split('/'), template.split('/'));
            let all = asked
                .by_ref()
                .zip(known.by_ref())
                .all(|(asked, known)| known.starts_with('{') || asked == known);
            all && path.split('/').count() == template.split('/').count()
        };
        let paths = self.0["paths"].as_object().expect("paths").iter().filter(|(template, _)| fits(template));
        let (template, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
        let operation = item.get(request.method.to_lowercase())?;
        Some((format!("{} {template}", request.method), operation))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.0.pointer(pointer).expect("a reference that leads somewhere"),
            None => value,
        }
    }
}

/// Makes sure that every instant of an answer is spelled in the one way there is. What is told as it is
/// stored, is as it was stored.
#[track_caller]
fn check_instants(name: &str, answer: &Value) {
    match answer {
        Value::Object(members) => {
            for (member, value) in members.iter().filter(|(member, _)| *member != "data") {
                if let Some(instant) = value
                    .as_str()
                    .filter(|text| member.ends_with("_at") && text.parse::<jiff::Timestamp>().is_ok())
                {
                    let six_digits = instant.len() == "2026-01-31T12:00:00.000000Z".len();
                    assert!(
                        six_digits,
                        "{name} tells an instant without six fraction digits: {member} {instant}"
                    );
                }
                check_instants(name, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| check_instants(name, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
