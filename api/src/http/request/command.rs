//! A command's request: its circumstances from the headers, its facts from the body.

use super::{
    again::Again,
    body, headers,
    principal::Asker,
    query_string::{self, NoParameters},
};
use crate::{app::App, http::problem::Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, request::Parts},
};
use khata_application::{
    Origin,
    command::CommandContext,
    fingerprint::{Fingerprint, FingerprintKey},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// A command for something that exists.
#[derive(Debug)]
pub(crate) struct CommandRequest<T> {
    /// Who asks, how, and when.
    pub(crate) context: CommandContext,
    /// What the body says.
    pub(crate) body: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for CommandRequest<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        read(request, app, false).await
    }
}

/// Reads a command's request. Of one that makes something new the fingerprint is always known, since the client may
/// have named what it makes.
pub(crate) async fn read<T: DeserializeOwned>(
    request: Request,
    app: &App,
    creates: bool,
) -> Result<CommandRequest<T>, Problem> {
    let received = Received::of(request, app).await?;
    Asker::of(&received.parts.extensions)?.require_word_for(app, &received.body)?;
    let body = body::parse(&received.body)?;
    Ok(CommandRequest { context: received.context(app, creates)?, body })
}

/// A request whose body is still to be understood.
struct Received {
    parts: Parts,
    body: Bytes,
    idempotency_key: Option<String>,
    if_match: Option<u64>,
}

impl Received {
    async fn of(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if let Some(query) = parts.uri.query() {
            let NoParameters {} = query_string::parse(query)?;
        }
        let idempotency_key = headers::idempotency_key(&parts.headers)?;
        let if_match = headers::if_match(&parts.headers)?;
        let (limit, patience) = (app.settings.max_body_bytes, app.settings.body_timeout);
        let body = body::read(&parts.headers, body, limit, patience).await?;
        body::require_json(&parts.headers, &body)?;
        Ok(Self { parts, body, idempotency_key, if_match })
    }

    /// Its circumstances. The request is kept for whoever may have to ask again.
    fn context(self, app: &App, creates: bool) -> Result<CommandContext, Problem> {
        let Self { mut parts, body, idempotency_key, if_match } = self;
        let fingerprint = if creates || idempotency_key.is_some() {
            fingerprint(&app.fingerprints, &parts.method, parts.uri.path(), &body)?
        } else {
            Fingerprint::default()
        };
        let context = CommandContext {
            idempotency_key,
            if_match,
            fingerprint,
            ..circumstances(app, Asker::of(&parts.extensions)?, &parts.headers)?
        };
        if let Some(again) = parts.extensions.remove::<Again>() {
            again.keep(parts, body, context.settings.version());
        }
        Ok(context)
    }
}

/// The circumstances of a request that has neither key nor condition.
pub(crate) fn circumstances(app: &App, asker: Asker, headers: &HeaderMap) -> Result<CommandContext, Problem> {
    let command_id = app.ids.uuid();
    Ok(CommandContext {
        principal: asker.principal,
        reach: asker.reach,
        command_id,
        correlation_id: headers::correlation_id(headers)?
            .map_or_else(|| command_id.to_string(), str::to_owned),
        causation_id: None,
        traceparent: headers::traceparent(headers).map(str::to_owned),
        idempotency_key: None,
        fingerprint: Fingerprint::default(),
        if_match: None,
        now: app.clock.now(),
        effective_at: None,
        origin: Origin::Live,
        settings: app.book.in_force(),
    })
}

/// What "the same payload" means: a digest over method, path and the body with its members sorted and no spaces, keyed.
fn fingerprint(
    key: &FingerprintKey,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<Fingerprint, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    // serde_json's map is a BTreeMap: written again, members stand in order.
    let canonical: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::internal(format!("a parsed body does not parse: {error}")))?;
    let mut hasher = blake3::Hasher::new();
    for part in [method.as_str(), path, &canonical.to_string()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Ok(key.fingerprint(hasher.finalize().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &Method, path: &str, body: &[u8]) -> Result<Fingerprint, Problem> {
        fingerprint(&FingerprintKey::of_secret(&[7; 32]), method, path, body)
    }

    #[test]
    fn the_same_payload_in_another_order_and_spacing_has_the_same_fingerprint() {
        let one = of(&Method::POST, "/v1/x", br#"{"a":1,"b":{"c":2,"d":3}}"#).unwrap();
        let other = of(&Method::POST, "/v1/x", b"{ \"b\": {\"d\":3, \"c\":2},\n\"a\":1 }").unwrap();
        assert_eq!(one, other);
        // As it was stored before fingerprints were keyed.
        assert!(one.matches("87f2e4635f3a1e0f12ad708f0123dcac51aea31a7a656a736a5d0d8fcb5fe634"), "{one:?}");
    }

    #[test]
    fn another_method_path_or_value_has_another_fingerprint() {
        let one = of(&Method::POST, "/v1/x", b"{}").unwrap();
        assert_eq!(one, of(&Method::POST, "/v1/x", b"").unwrap(), "no body is an empty object");
        assert_ne!(one, of(&Method::DELETE, "/v1/x", b"{}").unwrap());
        assert_ne!(one, of(&Method::POST, "/v1/y", b"{}").unwrap());
        assert_ne!(one, of(&Method::POST, "/v1/x", br#"{"a":null}"#).unwrap());
    }
}
