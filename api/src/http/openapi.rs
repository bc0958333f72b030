//! The description of the surface, OpenAPI 3.1: gathered from the routes themselves, completed with what holds of every route.

mod answers;
mod references;

use super::{CONTEXTS, Context, identity::is_free, problem, resources};
use answers::{Kind, Problems};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::openapi::{OpenApi, PathItem};

/// The description as it is served, written once.
#[derive(Debug, Clone)]
pub(super) struct Description(Arc<str>);

impl Description {
    /// Completes what the routes say of themselves; `by_token` is whether one has to say who one is.
    pub(super) fn of(routes: &OpenApi, by_token: bool) -> Self {
        let mut description = serde_json::to_value(routes).unwrap_or_default();
        description["openapi"] = json!("3.1.0");
        description["info"] = info();
        description["servers"] = json!([{ "url": "/", "description": "This server" }]);
        description["tags"] = tags();
        description["externalDocs"] =
            json!({ "url": "/docs/errors.md", "description": "Every problem code" });
        description["x-problems"] = table();
        references::replace_copies(&mut description);
        components(&mut description);
        security(&mut description, by_token);
        let problems = Problems::gather();
        problems.write_components(&mut description["components"]);
        let owners = owners();
        if let Some(paths) = description["paths"].as_object_mut() {
            for (path, item) in
                paths.iter_mut().filter_map(|(path, item)| Some((path.as_str(), item.as_object_mut()?)))
            {
                complete(path, item, owners.get(path).copied(), &problems);
            }
        }
        references::drop_unused(&mut description);
        Self(description.to_string().into())
    }

    /// Its text, JSON.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// The methods of a path, in capitals.
pub(super) fn methods(item: &PathItem) -> impl Iterator<Item = &'static str> {
    let operations = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    operations.into_iter().filter(|(_, operation)| operation.is_some()).map(|(method, _)| method)
}

fn info() -> Value {
    json!({
        "title": "Khata",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "An event-sourced backend for banking and commerce",
        "description": OVERVIEW,
        "contact": { "name": "Khata", "url": "/docs/" },
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    })
}

/// What operations are grouped by: the collections of the contexts, then what is there without them.
fn tags() -> Value {
    let collections = resources().map(|resource| (resource.collection, resource.about));
    collections
        .chain([("time and audit", "The log itself."), ("operations", "For operators and their machines.")])
        .map(|(name, about)| json!({ "name": name, "description": about }))
        .collect()
}

/// Whose the paths of contexts are.
fn owners() -> BTreeMap<String, &'static Context> {
    let paths = |context: &'static Context| {
        (context.routes)().into_openapi().paths.paths.into_keys().map(move |path| (path, context))
    };
    CONTEXTS.into_iter().flat_map(paths).collect()
}

/// The table of problems, for machines; `docs/errors.md` has it for people.
fn table() -> Value {
    let rows = problem::table(CONTEXTS.iter().flat_map(|context| context.refusals())).into_iter();
    rows.map(|(status, code, meaning)| json!({ "status": status, "code": code, "meaning": meaning }))
        .collect()
}

const OVERVIEW: &str = "Commands are POSTed and answered once they are durable; queries are answered from views that follow within milliseconds. \
Money is `{\"amount\": \"1500.00\", \"currency\": \"INR\"}`, times are RFC 3339 in UTC, dates `YYYY-MM-DD`, rates decimal strings in percent per year. \
Members and parameters that a request does not know are refused.\n\n\
A command's answer carries the `position` of its last event. A query with `Khata-Min-Position` waits for its view to have seen that position, so that \
whoever has just written reads the effect. Every POST takes an `Idempotency-Key`: a repeat has no further effect and gets the same answer.\n\n\
Everything that goes wrong is told as `application/problem+json` (RFC 9457) with a stable `code`, and each operation names those that it can give; \
`/docs/errors.md` has all of them, `x-problems` has them for machines. Codes may be added.";

/// Header parameters that routes refer to.
fn components(description: &mut Value) {
    let header = |name: &str, about: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": about, "schema": schema });
    description["components"]["parameters"] = json!({
        "IdempotencyKey": header("Idempotency-Key", "Makes a repeated request take effect once.", json!({ "type": "string", "minLength": 1, "maxLength": 255 })),
        "IfMatch": header("If-Match", "The version the client has seen, in quotes.", json!({ "type": "string", "pattern": "^(\"[0-9]+\"|\\*)$" })),
        "CorrelationId": header("Khata-Correlation-Id", "Correlates everything that the request leads to; echoed.", json!({ "type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9_.:/+=@-]+$" })),
        "Traceparent": header("traceparent", "W3C trace context; echoed if valid.", json!({ "type": "string" })),
        "MinPosition": header("Khata-Min-Position", "Wait until the view has seen this position, at most 5 seconds.", json!({ "type": "integer", "minimum": 0 })),
    });
}

/// How one says who one is, and whether one has to.
fn security(description: &mut Value, by_token: bool) {
    let about = "A JSON Web Token that one of the server's keys has signed. A server without keys asks for none and listens on loopback only.";
    description["components"]["securitySchemes"] = json!({ "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": about } });
    description["security"] = if by_token { json!([{ "token": [] }]) } else { json!([{}, { "token": [] }]) };
}

/// Adds to one path's operations what the conventions give them.
fn complete(path: &str, item: &mut Map<String, Value>, context: Option<&Context>, problems: &Problems) {
    for (method, operation) in item.iter_mut() {
        let kind = Kind::of(path, method, operation);
        let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let is_command = path.starts_with("/v1/") && matches!(method.as_str(), "post" | "delete");
        let names: &[&str] = match (is_command, path.starts_with("/v1/")) {
            _ if path.starts_with("/v1/admin/") => &["CorrelationId", "Traceparent"],
            (true, _) => &["IdempotencyKey", "IfMatch", "CorrelationId", "Traceparent"],
            (false, true) => &["MinPosition", "CorrelationId", "Traceparent"],
            (false, false) => &["CorrelationId"],
        };
        parameters
            .extend(names.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
        operation["parameters"] = parameters.into();
        if is_free(Some(path)) {
            operation["security"] = json!([]);
        }
        operation["operationId"] = camel_case(operation["operationId"].as_str().unwrap_or_default()).into();
        // A body that may be left out is described as one that may be null: leaving out is meant.
        if let Some(schema) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
            let may_be_null = schema.pointer("/oneOf/1/type") == Some(&"null".into());
            if let Some(body) = schema.pointer("/oneOf/0").filter(|_| may_be_null).cloned() {
                *schema = body;
            }
        }
        problems.complete(kind, context, operation);
    }
}

/// `place_hold` as clients' languages write it: `placeHold`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        name + &letters.next().map_or_else(String::new, |letter| letter.to_uppercase().collect())
            + letters.as_str()
    })
}
