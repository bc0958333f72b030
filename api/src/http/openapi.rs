//! The description of the surface, OpenAPI 3.1: gathered from the routes themselves, completed with what holds of every route.

use super::{CONTEXTS, admin, answer::with_type, problem};
use axum::{body::Body, response::Response};
use serde_json::{Map, Value, json};
use std::{fmt::Write, sync::Arc};
use utoipa::openapi::{OpenApi, PathItem};

/// The description as it is served, written once.
#[derive(Debug, Clone)]
pub(super) struct Description(Arc<str>);

impl Description {
    /// Completes what the routes say of themselves.
    pub(super) fn of(routes: &OpenApi) -> Self {
        let mut description = serde_json::to_value(routes).unwrap_or_default();
        description["openapi"] = json!("3.1.0");
        description["info"] = info();
        description["servers"] = json!([{ "url": "/", "description": "This server" }]);
        description["tags"] = tags();
        components(&mut description);
        examples(&mut description["components"]["schemas"]);
        if let Some(paths) = description["paths"].as_object_mut() {
            paths.iter_mut().filter_map(|(path, item)| Some((path.as_str(), item.as_object_mut()?))).for_each(|(path, item)| complete(path, item));
        }
        Self(description.to_string().into())
    }

    /// Answers with the description.
    pub(super) fn answer(&self) -> Response {
        with_type(Body::from(self.0.as_bytes().to_vec()), "application/json")
    }
}

/// The methods of a path, in capitals.
pub(super) fn methods(item: &PathItem) -> impl Iterator<Item = &'static str> {
    let operations = [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    operations.into_iter().filter(|(_, operation)| operation.is_some()).map(|(method, _)| method)
}

fn info() -> Value {
    json!({
        "title": "Khata",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "An event-sourced backend for banking and commerce",
        "description": overview(),
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    })
}

fn tags() -> Value {
    json!([
        { "name": "customers", "description": "Who the bank serves." },
        { "name": "accounts", "description": "Bank accounts: entries, holds, limits, interest." },
        { "name": "orders", "description": "Orders, from the draft to the delivery and back." },
        { "name": "loans", "description": "Loans: application, schedule, payments, arrears." },
        { "name": "time and audit", "description": "The log itself." },
        { "name": "operations", "description": "For operators and their machines." },
    ])
}

/// What holds of every request, and the table of problems.
fn overview() -> String {
    let mut text = String::from(OVERVIEW);
    text.push_str("\n\n## Problems\n\n| status | code | when |\n|---|---|---|\n");
    for (status, code, meaning) in problem::table(CONTEXTS.iter().flat_map(|context| context.rules)) {
        // Writing to a String cannot fail.
        let _infallible = writeln!(text, "| {status} | `{code}` | {} |", meaning.replace('|', "\\|"));
    }
    text
}

const OVERVIEW: &str = "Commands are POSTed and answered once they are durable; queries are answered from views that follow within milliseconds. \
Money is `{\"amount\": \"1500.00\", \"currency\": \"INR\"}`, times are RFC 3339 in UTC, dates `YYYY-MM-DD`, rates decimal strings in percent per year. \
Members and parameters that a request does not know are refused.\n\n\
A command's answer carries the `position` of its last event. A query with `Khata-Min-Position` waits for its view to have seen that position, so that \
whoever has just written reads the effect. Every POST takes an `Idempotency-Key`: a repeat has no further effect and gets the same answer.\n\n\
Everything that goes wrong is told as `application/problem+json` (RFC 9457) with a stable `code`.";

/// Header parameters and the problem that every route refers to.
fn components(description: &mut Value) {
    let header =
        |name: &str, about: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": about, "schema": schema });
    description["components"]["parameters"] = json!({
        "IdempotencyKey": header("Idempotency-Key", "Makes a repeated request take effect once.", json!({ "type": "string", "minLength": 1, "maxLength": 255 })),
        "IfMatch": header("If-Match", "The version the client has seen, in quotes.", json!({ "type": "string", "pattern": "^(\"[0-9]+\"|\\*)$" })),
        "CorrelationId": header("Khata-Correlation-Id", "Ties together all that the request leads to; echoed.", json!({ "type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9_.:/+=@-]+$" })),
        "Traceparent": header("traceparent", "W3C trace context; echoed if valid.", json!({ "type": "string" })),
        "MinPosition": header("Khata-Min-Position", "Wait until the view has seen this position, at most 5 seconds.", json!({ "type": "integer", "minimum": 0 })),
    });
    description["components"]["responses"] = json!({
        "Problem": { "description": "What went wrong.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
    });
    description["components"]["schemas"]["Problem"] = json!({
        "type": "object",
        "description": "RFC 9457. The facts of the case are further members, such as `available` or `field`.",
        "required": ["type", "title", "status", "detail", "code", "instance"],
        "properties": {
            "type": { "type": "string", "examples": ["urn:khata:problem:insufficient_funds"] },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string" },
            "code": { "type": "string", "examples": ["insufficient_funds"] },
            "instance": { "type": "string", "description": "The path asked for." },
        },
        "additionalProperties": true,
    });
}

/// Puts an example beside each body's schema.
fn examples(schemas: &mut Value) {
    let examples = CONTEXTS.iter().flat_map(|context| context.examples).chain(admin::EXAMPLES);
    for example in examples {
        if let (Some(schema), Ok(body)) = (schemas.get_mut(example.schema), serde_json::from_str::<Value>(example.body)) {
            schema["examples"] = json!([body]);
        }
    }
}

/// Adds to one path's operations what the conventions give them.
fn complete(path: &str, item: &mut Map<String, Value>) {
    for (method, operation) in item.iter_mut() {
        let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let is_command = path.starts_with("/v1/") && matches!(method.as_str(), "post" | "delete");
        let names: &[&str] = match (is_command, path.starts_with("/v1/")) {
            _ if path.starts_with("/v1/admin/") => &["CorrelationId", "Traceparent"],
            (true, _) => &["IdempotencyKey", "IfMatch", "CorrelationId", "Traceparent"],
            (false, true) => &["MinPosition", "CorrelationId", "Traceparent"],
            (false, false) => &["CorrelationId"],
        };
        parameters.extend(names.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
        operation["parameters"] = parameters.into();
        // Handlers are named within their context; outside, an operation needs a name of its own.
        let name = format!("{}_{}", operation["tags"][0].as_str().unwrap_or_default(), operation["operationId"].as_str().unwrap_or_default());
        operation["operationId"] = name.replace(' ', "_").into();
        // A body that may be left out is described as one that may be null: leaving out is meant.
        if let Some(schema) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
            let may_be_null = schema.pointer("/oneOf/1/type") == Some(&"null".into());
            if let Some(body) = schema.pointer("/oneOf/0").filter(|_| may_be_null).cloned() {
                *schema = body;
            }
        }
        operation["responses"]["default"] = json!({ "$ref": "#/components/responses/Problem" });
    }
}
