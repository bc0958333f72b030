//! What an operation can be answered with, beside what its route says: headers, and the problems of each status with their codes.
//!
//! Codes come from the tables that the answers themselves are made of: the surface's codes, and the rules of the contexts. Operations of
//! one kind are told the same problems, so that a client that handles one of them handles all.

use crate::http::{CONTEXTS, Context, problem::codes};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A command that makes a thing of its own.
    Creation,
    /// A command to what exists.
    Command,
    /// A question with pages.
    List,
    /// Any other question.
    Query,
    /// Facts of the past.
    Import,
    /// What operators set going.
    Operation,
    /// What operators look at.
    Inspection,
    /// What machines look at.
    Probe,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Creation,
        Self::Command,
        Self::List,
        Self::Query,
        Self::Import,
        Self::Operation,
        Self::Inspection,
        Self::Probe,
    ];

    /// The kind of an operation, by what its route says of it.
    pub(super) fn of(path: &str, method: &str, operation: &Value) -> Self {
        let has_pages = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|parameter| parameter["name"] == "cursor");
        match (path, method) {
            ("/v1/admin/import", _) => Self::Import,
            ("/v1/admin/settings", "post") => Self::Command,
            (path, "get") if path.starts_with("/v1/admin/") => Self::Inspection,
            (path, _) if path.starts_with("/v1/admin/") => Self::Operation,
            (path, _) if !path.starts_with("/v1/") => Self::Probe,
            (_, "get") if has_pages => Self::List,
            (_, "get") => Self::Query,
            _ if operation["responses"]["201"].is_object() => Self::Creation,
            _ => Self::Command,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Creation => "Creation",
            Self::Command => "Command",
            Self::List => "List",
            Self::Query => "Query",
            Self::Import => "Import",
            Self::Operation => "Operation",
            Self::Inspection => "Inspection",
            Self::Probe => "Probe",
        }
    }

    const fn is_command(self) -> bool {
        matches!(self, Self::Creation | Self::Command)
    }

    const fn is_question(self) -> bool {
        matches!(self, Self::List | Self::Query)
    }

    const fn has_body(self) -> bool {
        self.is_command() || matches!(self, Self::Operation | Self::Import)
    }

    /// Whether an operation of this kind can be answered with a code of the surface. A code that is not spoken of here can come from any.
    fn can_give(self, code: &str) -> bool {
        match code {
            "method_not_allowed" => false,
            // What no client sends that was made by this description.
            "malformed_request" | "uri_too_long" | "expectation_failed" | "unsupported_transfer_encoding" => {
                false
            }
            "rate_limited" => true,
            "too_many_log_walks" => self == Self::Inspection,
            "malformed_json" | "unknown_field" | "missing_field" | "duplicate_field" | "invalid_type"
            | "invalid_value" | "invalid_id" | "invalid_amount" | "unknown_currency" | "invalid_text"
            | "text_too_long" | "list_too_long" | "too_deep" => self.is_command() || self == Self::Operation,
            "body_incomplete"
            | "request_timeout"
            | "body_too_large"
            | "unsupported_media_type"
            | "unsupported_content_encoding" => self.has_body(),
            "invalid_cursor" => matches!(self, Self::List | Self::Inspection),
            "invalid_import_line" | "stopping" => self == Self::Import,
            "already_exists" => self.is_command(),
            "conflict" => self.has_body(),
            "version_conflict" => self.is_command(),
            "idempotency_key_reused" | "newer_schema" => self.has_body(),
            "overloaded" => self != Self::Probe,
            "view_behind" | "view_rebuilding" => {
                self.is_question() || matches!(self, Self::Operation | Self::Inspection)
            }
            "view_parked" => self.is_question(),
            "not_ready" => self == Self::Probe,
            "not_running" => self == Self::Operation,
            "unknown_parameter" | "invalid_parameter" | "not_found" | "not_served_here" => {
                self != Self::Probe
            }
            _ => true,
        }
    }
}

/// The problems of every kind of operation, as components that operations refer to.
pub(super) struct Problems {
    /// The name of the response of a kind and status.
    names: BTreeMap<(Kind, u16), String>,
    responses: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Problems {
    /// Gathers them from the tables.
    pub(super) fn gather() -> Self {
        let mut by_status: BTreeMap<u16, BTreeMap<Kind, Vec<&'static str>>> = BTreeMap::new();
        for code in codes::ALL {
            let status = code.status.as_u16();
            for kind in Kind::ALL.into_iter().filter(|kind| kind.can_give(code.code)) {
                by_status.entry(status).or_default().entry(kind).or_default().push(code.code);
            }
        }
        let mut problems = Self { names: BTreeMap::new(), responses: Map::new(), schemas: Map::new() };
        for (status, by_kind) in by_status
            .into_iter()
            .filter(|(status, _)| (400..500).contains(status) && *status != 422 || *status == 503)
        {
            let distinct: BTreeSet<&Vec<&str>> = by_kind.values().collect();
            for (kind, codes) in &by_kind {
                let name = if distinct.len() == 1 {
                    status_name(status)
                } else {
                    format!("{}{}", kind.name(), status_name(status))
                };
                problems.names.insert((*kind, status), name.clone());
                problems.add(name, status, codes.clone());
            }
        }
        let own: Vec<&str> =
            codes::ALL.iter().filter(|code| code.status.as_u16() == 422).map(|code| code.code).collect();
        problems.add("OperationRefused".into(), 422, own.clone());
        problems.add("PastRefused".into(), 422, vec![codes::NEWER_SCHEMA.code]);
        for context in CONTEXTS {
            problems.add(
                refusal(context),
                422,
                refusals(context).into_iter().chain(own.iter().copied()).collect(),
            );
        }
        problems
    }

    fn add(&mut self, name: String, status: u16, codes: Vec<&'static str>) {
        let retries =
            codes::ALL.iter().any(|code| code.retry_after_seconds.is_some() && codes.contains(&code.code));
        let content = json!({ "application/problem+json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
        let mut headers =
            json!({ "Khata-Correlation-Id": { "$ref": "#/components/headers/KhataCorrelationId" } });
        if status == 401 {
            headers["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/WwwAuthenticate" });
        }
        if retries {
            headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
        }
        self.responses.insert(
            name.clone(),
            json!({ "description": meaning(status), "headers": headers, "content": content }),
        );
        self.schemas.insert(
            name,
            problem(
                json!({ "type": "integer", "enum": [status] }),
                json!({ "type": "string", "enum": codes }),
            ),
        );
    }

    /// Writes what operations refer to.
    pub(super) fn write_components(&self, components: &mut Value) {
        components["headers"] = headers();
        for (name, response) in &self.responses {
            components["responses"][name] = response.clone();
        }
        for (name, schema) in &self.schemas {
            components["schemas"][name] = schema.clone();
        }
        components["schemas"]["Problem"] = problem(
            json!({ "type": "integer", "minimum": 400, "maximum": 599 }),
            json!({ "type": "string" }),
        );
        components["responses"]["Problem"] = json!({
            "description": "Any other error.",
            "headers": { "Khata-Correlation-Id": { "$ref": "#/components/headers/KhataCorrelationId" }, "Retry-After": { "$ref": "#/components/headers/RetryAfter" } },
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
    }

    /// Adds to an operation what it can be answered with.
    pub(super) fn complete(&self, kind: Kind, context: Option<&Context>, operation: &mut Value) {
        success_headers(kind, operation);
        let refused = match context {
            Some(context) if kind.is_command() || operation["responses"]["422"].is_object() => {
                Some(refusal(context))
            }
            _ if asks_for_the_past(operation) => Some("PastRefused".to_owned()),
            _ => kind.has_body().then(|| "OperationRefused".to_owned()),
        };
        let named = self
            .names
            .iter()
            .filter(|((of, _), _)| *of == kind)
            .map(|((_, status), name)| (*status, name.clone()));
        for (status, name) in named.chain(refused.map(|name| (422, name))) {
            operation["responses"][status.to_string()] =
                json!({ "$ref": format!("#/components/responses/{name}") });
        }
        operation["responses"]["default"] = json!({ "$ref": "#/components/responses/Problem" });
    }
}

/// Every rule that a context's commands can be refused by: its own, and those of whom it asks.
fn refusals(context: &Context) -> Vec<&'static str> {
    let asked = context
        .declared
        .imports
        .iter()
        .filter_map(|import| CONTEXTS.iter().find(|other| other.declared.name == import.context));
    let of_others = asked.flat_map(|other| other.refusals());
    let mut seen = BTreeSet::new();
    let codes = context.refusals().chain(of_others).map(|refusal| refusal.code);
    codes.filter(|code| seen.insert(*code)).collect()
}

fn refusal(context: &Context) -> String {
    let mut letters = context.declared.name.chars();
    let capital = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    format!("{capital}{}Refusal", letters.as_str())
}

/// Whether an operation can be asked for a moment of the past.
fn asks_for_the_past(operation: &Value) -> bool {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|parameter| parameter["name"] == "as_of_version")
}

/// The headers of an answer that gives what was asked for.
fn success_headers(kind: Kind, operation: &mut Value) {
    let past = asks_for_the_past(operation);
    // Whoever names what was made tells where it lies: such answers have schemas of their own.
    let schema = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        .as_str()
        .unwrap_or_default();
    let makes = schema.contains("Answer") && !schema.contains("/CommandAnswer_");
    let maybe = schema.contains("/PossibleEntryAnswer_");
    let names: &[(&str, &str)] = match kind {
        Kind::Creation => {
            &[("ETag", "ETag"), ("Location", "Location"), ("Idempotent-Replayed", "IdempotentReplayed")]
        }
        Kind::Command if maybe => {
            &[("ETag", "ETag"), ("Location", "LocationOfPart"), ("Idempotent-Replayed", "IdempotentReplayed")]
        }
        Kind::Command if makes => {
            &[("ETag", "ETag"), ("Location", "Location"), ("Idempotent-Replayed", "IdempotentReplayed")]
        }
        Kind::Command => &[("ETag", "ETag"), ("Idempotent-Replayed", "IdempotentReplayed")],
        Kind::Query if past => &[("Khata-Position", "KhataPosition"), ("ETag", "ETagOfPresent")],
        Kind::List => &[("Khata-Position", "KhataPosition"), ("Khata-Parked", "KhataParked")],
        Kind::Query => &[("Khata-Position", "KhataPosition")],
        Kind::Operation => &[("Idempotent-Replayed", "IdempotentReplayed")],
        Kind::Import | Kind::Inspection | Kind::Probe => &[],
    };
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
        for (header, component) in names.iter().chain(&[("Khata-Correlation-Id", "KhataCorrelationId")]) {
            response["headers"][*header] = json!({ "$ref": format!("#/components/headers/{component}") });
        }
    }
}

fn headers() -> Value {
    let header = |required: bool, about: &str, schema: Value| json!({ "description": about, "required": required, "schema": schema });
    let version = json!({ "type": "string", "pattern": "^\"[0-9]+\"$" });
    json!({
        "ETag": header(true, "The version right after the command, in quotes: what `If-Match` takes.", version.clone()),
        "ETagOfPresent": header(false, "Its version, in quotes: what `If-Match` takes. Of the present alone.", version),
        "Location": header(true, "Where the created resource can be read.", json!({ "type": "string" })),
        "LocationOfPart": header(false, "Where the created resource can be read; absent if nothing was created.", json!({ "type": "string" })),
        "KhataPosition": header(true, "The position of the view, or of the log, when this was read.", json!({ "type": "integer", "format": "int64", "minimum": 0 })),
        "KhataParked": header(false, "How many partitions of the view are parked (up to 1000 are counted): their rows say `\"parked\": true` and are outdated, or are missing. Absent if none is parked.", json!({ "type": "integer", "minimum": 1, "maximum": 1000 })),
        "IdempotentReplayed": header(false, "Present if the command had been executed before: this is its first answer.", json!({ "type": "string", "enum": ["true"] })),
        "WwwAuthenticate": header(true, "The scheme to say who one is by, and what was wrong with the token that was sent (RFC 6750).", json!({ "type": "string", "pattern": "^Bearer " })),
        "RetryAfter": header(false, "Seconds after which to retry.", json!({ "type": "integer", "minimum": 1 })),
        "KhataCorrelationId": header(true, "Correlates everything that the request led to: the client's id, or a generated one.", json!({ "type": "string" })),
    })
}

fn problem(status: Value, mut code: Value) -> Value {
    code["description"] = json!("What went wrong, in snake case. A code never changes its meaning.");
    json!({
        "type": "object",
        "description": "RFC 9457. The facts of the case are further members, such as `available` or `field`.",
        "required": ["type", "title", "status", "detail", "code", "instance"],
        "properties": {
            "type": { "type": "string", "examples": ["urn:khata:problem:insufficient_funds"] },
            "title": { "type": "string" },
            "status": status,
            "detail": { "type": "string" },
            "code": code,
            "instance": { "type": "string", "description": "The path asked for." },
        },
        "additionalProperties": true,
    })
}

fn status_name(status: u16) -> String {
    let name = match status {
        400 => "Malformed",
        401 => "Unauthenticated",
        403 => "Forbidden",
        404 => "NotFound",
        408 => "TooSlow",
        409 => "Conflict",
        412 => "PreconditionFailed",
        413 => "TooLarge",
        414 => "TooLong",
        415 => "UnsupportedMediaType",
        417 => "ExpectationFailed",
        429 => "TooMany",
        431 => "HeadersTooLarge",
        503 => "Unavailable",
        other => return format!("Failed{other}"),
    };
    name.to_owned()
}

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed.",
        401 => "The request does not say who sends it, or not credibly.",
        403 => "A browser may not request this from its origin.",
        404 => "What it refers to does not exist.",
        408 => "The body did not arrive in time.",
        409 => "Another request was faster.",
        412 => "The version does not match.",
        413 => "The body is too large.",
        414 => "The path is too long.",
        415 => "The body has the wrong media type.",
        417 => "What `Expect` asks for cannot be done.",
        422 => "A business rule refused it.",
        429 => "Too much at once.",
        431 => "The headers are too large.",
        503 => "Unavailable at the moment.",
        _ => "It went wrong.",
    }
}
