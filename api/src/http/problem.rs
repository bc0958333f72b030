//! Problems: what a client is told when it does not get what it asked for, as RFC 9457 has it. Nothing internal leaks through here.

pub(crate) mod codes;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
pub(crate) use codes::Code;
use khata_application::{
    command::CommandError,
    event_store::{AppendError, ReadError},
    instants,
};
use khata_domain::{access_audit::RefusalReason, refusal::Refusal};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

/// Members that every problem has. A rule's fact of the same name is told as `actual_<name>`.
const STANDARD_MEMBERS: [&str; 6] = ["type", "title", "status", "detail", "code", "instance"];

/// A problem on its way to the client. The edge of the surface adds `instance` and writes it out.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    facts: Map<String, Value>,
    retry_after_seconds: Option<u32>,
    challenge: Option<Box<HeaderValue>>,
    internal: Option<String>,
    /// For lack of what right it is, if that is so: the client is not told, and it is recorded.
    lack: Option<RefusalReason>,
}

impl Problem {
    /// A problem of a documented code, with what happened this time.
    pub(crate) fn new(code: &Code, detail: impl Into<String>) -> Self {
        Self {
            status: code.status,
            code: Cow::Borrowed(code.code),
            detail: detail.into(),
            facts: Map::new(),
            retry_after_seconds: code.retry_after_seconds,
            challenge: None,
            internal: None,
            lack: None,
        }
    }

    /// Adds a fact as a member. Instants are spelled like those of all answers.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, fact: impl Into<Value>) -> Self {
        let name = if STANDARD_MEMBERS.contains(&name) { format!("actual_{name}") } else { name.to_owned() };
        let fact = match fact.into() {
            Value::String(text) if name == "now" || name.ends_with("_at") => {
                text.parse().map_or(text, instants::text).into()
            }
            other => other,
        };
        self.facts.insert(name, fact);
        self
    }

    /// A defect or a damaged store: the client learns nothing but that, the log learns `reason`.
    pub(crate) fn internal(reason: impl Into<String>) -> Self {
        let mut problem = Self::new(&codes::INTERNAL, "Khata could not do this. The reason is in its log.");
        problem.internal = Some(reason.into());
        problem
    }

    /// A store that cannot be reached: the client may try again, the log learns `reason`.
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        let mut problem =
            Self::new(&codes::STORE_UNAVAILABLE, "A store cannot be reached or written at the moment.");
        problem.internal = Some(reason.into());
        problem
    }

    /// The log is not the one that was followed: nothing is decided or told from memory. The log of this process learns `reason`.
    pub(crate) fn replaced(reason: impl Into<String>) -> Self {
        let detail = "The event log is not the one that this server has followed: it went back, or its files are gone. An operator has to look.";
        let mut problem = Self::new(&codes::LOG_REPLACED, detail);
        problem.internal = Some(reason.into());
        problem
    }

    /// Whether a token is good cannot be told now: the client may try again, the log learns `reason`.
    pub(crate) fn keys_unavailable(reason: impl Into<String>) -> Self {
        let detail = "The keys that tokens are checked with cannot be reached at the moment.";
        let mut problem = Self::new(&codes::KEYS_UNAVAILABLE, detail);
        problem.internal = Some(reason.into());
        problem
    }

    /// Says after how many seconds trying again makes sense.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Says how to say who one is: the value of `WWW-Authenticate`.
    #[must_use]
    pub(crate) fn challenged(mut self, challenge: &str) -> Self {
        self.challenge = HeaderValue::try_from(challenge).ok().map(Box::new);
        self
    }

    /// A business rule's refusal; `facts` become members.
    pub(crate) fn refused(code: String, detail: String, facts: Value) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let problem = Self {
            status,
            code: Cow::Owned(code),
            detail,
            facts: Map::new(),
            retry_after_seconds: None,
            challenge: None,
            internal: None,
            lack: None,
        };
        match facts {
            Value::Object(facts) => {
                facts.into_iter().fold(problem, |problem, (name, fact)| problem.with(&name, fact))
            }
            _ => problem,
        }
    }

    /// Nothing of that name.
    pub(crate) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(&codes::NOT_FOUND, format!("There is no {what}."))
    }

    /// It is so for lack of a right.
    #[must_use]
    pub(crate) fn lacking(self, reason: RefusalReason) -> Self {
        Self { lack: Some(reason), ..self }
    }

    /// For lack of what right it is, if that is so.
    pub(crate) fn lack(&self) -> Option<RefusalReason> {
        self.lack
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What the log is to learn and the client is not.
    pub(crate) fn internal_reason(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// Whether a rule refused it.
    pub(crate) fn is_refusal(&self) -> bool {
        self.status == StatusCode::UNPROCESSABLE_ENTITY
    }

    /// The body as JSON text.
    pub(crate) fn to_json(&self, instance: &str) -> String {
        let mut members = Map::with_capacity(STANDARD_MEMBERS.len() + self.facts.len());
        members.insert("type".into(), format!("urn:khata:problem:{}", self.code).into());
        members.insert("title".into(), title(&self.code).into());
        members.insert("status".into(), self.status.as_u16().into());
        members.insert("detail".into(), self.detail.as_str().into());
        members.insert("code".into(), self.code.as_ref().into());
        members.insert("instance".into(), instance.into());
        members.extend(self.facts.clone());
        Value::Object(members).to_string()
    }

    /// Writes the problem into a response that names it, keeping the response's headers.
    pub(crate) fn complete(&self, response: &mut Response, instance: &str) {
        *response.status_mut() = self.status;
        *response.body_mut() = Body::from(self.to_json(instance));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.remove(header::CONTENT_LENGTH);
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = &self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::clone(challenge));
        }
    }
}

/// The title of a code: its words. One code, one title.
pub(crate) fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// All that a problem's code can be: the surface's own codes, then every context's rules, each code once.
pub(crate) fn table(
    refusals: impl Iterator<Item = &'static Refusal>,
) -> Vec<(u16, &'static str, &'static str)> {
    let own = codes::ALL.iter().map(|code| (code.status.as_u16(), code.code, code.meaning));
    let told = refusals.filter(|refusal| !refusal.meaning.is_empty());
    let rules =
        told.map(|refusal| (StatusCode::UNPROCESSABLE_ENTITY.as_u16(), refusal.code, refusal.meaning));
    let mut seen = BTreeSet::new();
    own.chain(rules).filter(|(_, code, _)| seen.insert(*code)).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let detail = sentence(&error.to_string());
        match error {
            CommandError::Refused { code, facts, .. } => Self::refused(code, detail, facts),
            CommandError::NotFound(what) => Self::not_found(what),
            CommandError::OutOfReach(what) => Self::not_found(what).lacking(RefusalReason::Reach),
            CommandError::AlreadyExists(_) => Self::new(&codes::ALREADY_EXISTS, detail),
            CommandError::VersionConflict { actual } => {
                Self::new(&codes::VERSION_CONFLICT, detail).with("actual_version", actual)
            }
            CommandError::KeyReused => Self::new(&codes::IDEMPOTENCY_KEY_REUSED, detail),
            CommandError::Contended => Self::new(&codes::CONFLICT, detail),
            CommandError::SettingsChanged => Self::new(&codes::SETTINGS_CHANGED, detail),
            CommandError::NewerSchema { event_type } => {
                Self::new(&codes::NEWER_SCHEMA, detail).with("event_type", event_type)
            }
            CommandError::Overloaded => Self::new(&codes::OVERLOADED, detail),
            CommandError::Clock(contradiction) => Self::new(&codes::CLOCK_CONTRADICTS_LOG, detail)
                .with("clock", contradiction.clock.to_string())
                .with("expected", contradiction.expected.to_string()),
            CommandError::Unavailable(reason) => Self::unavailable(reason),
            CommandError::Replaced(reason) => Self::replaced(reason),
            CommandError::Internal(reason) => Self::internal(reason),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(reason) => Self::unavailable(reason),
            ReadError::Overloaded => Self::new(&codes::OVERLOADED, sentence(&error.to_string())),
            ReadError::Replaced(reason) => Self::replaced(reason),
            ReadError::Corrupt(reason) => Self::internal(reason),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        CommandError::from(error).into()
    }
}

/// A message as a sentence: capital letter, full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let start = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    let stop = if message.ends_with('.') { "" } else { "." };
    format!("{start}{}{stop}", letters.as_str())
}
