//! Questions to peers over HTTP: one POST of JSON with an idempotency key, answered with 200 and a document. A KYC provider
//! and a credit bureau are asked so.

use khata_application::processes::CallError;
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use ureq::Agent;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an answer may be, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// What a peer is called, and what is said where it does not answer.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) name: &'static str,
    /// The code where it answers with another status than 200.
    pub(crate) failed: &'static str,
    /// The code where it cannot be reached.
    pub(crate) unreachable: &'static str,
}

/// A peer at a URL.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    agent: Agent,
    url: Arc<str>,
    /// What it knows Khata by.
    token: Option<Arc<str>>,
    called: &'static Called,
}

impl Peer {
    /// The peer at a URL; a question may take so long, answer included.
    pub(crate) fn new(called: &'static Called, url: &str, token: Option<&str>, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT.min(timeout)))
            .timeout_global(Some(timeout))
            .build();
        Self { agent: config.into(), url: url.into(), token: token.map(Into::into), called }
    }

    /// Host and port of its URL, without what may be secret in it.
    pub(crate) fn host(&self) -> &str {
        let authority = self.url.split("//").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
        authority.and_then(|authority| authority.rsplit('@').next()).unwrap_or_default()
    }

    /// Asks, and gives what the answer says.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        key: &str,
        question: &impl Serialize,
        read: fn(&[u8]) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let cut_off = |message: String| CallError { code: "cut_off", message };
        let body = serde_json::to_string(question).map_err(|error| cut_off(error.to_string()))?;
        let (peer, key) = (self.clone(), key.to_owned());
        let asking = tokio::task::spawn_blocking(move || peer.send(&key, body).and_then(|text| read(&text)));
        asking.await.map_err(|error| cut_off(error.to_string()))?
    }

    fn send(&self, key: &str, body: String) -> Result<Vec<u8>, CallError> {
        let Called { name, failed: code, .. } = self.called;
        let mut request =
            self.agent.post(&*self.url).content_type("application/json").header("Idempotency-Key", key);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = request.send(body).map_err(|error| self.unanswered(&error))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let text = text.map_err(|error| self.unanswered(&error))?;
        match status {
            200 => Ok(text),
            _ => Err(CallError { code, message: format!("the {name} answered with status {status}") }),
        }
    }

    fn unanswered(&self, error: &ureq::Error) -> CallError {
        let code = match error {
            ureq::Error::Timeout(_) => "timeout",
            ureq::Error::BodyExceedsLimit(_) => UNUSABLE,
            _ => self.called.unreachable,
        };
        CallError { code, message: format!("the {} gave no answer: {error}", self.called.name) }
    }
}

const UNUSABLE: &str = "answer_unusable";

/// An answer that cannot be used.
pub(crate) fn unusable(message: impl Into<String>) -> CallError {
    CallError { code: UNUSABLE, message: message.into() }
}

/// The document of an answer. One that is none is not repeated: it may hold what nobody should read in a log.
pub(crate) fn document<T: DeserializeOwned>(text: &[u8], wanted: &str) -> Result<T, CallError> {
    serde_json::from_slice(text).map_err(|error| {
        unusable(format!("the answer is no {wanted} (line {}, column {})", error.line(), error.column()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static CALLED: Called = Called { name: "peer", failed: "peer_failed", unreachable: "peer_unreachable" };

    #[test]
    fn a_peer_is_called_by_its_host_and_its_secrets_are_not_told() {
        for (url, host) in [
            ("http://bureau.internal:8080/files", "bureau.internal:8080"),
            ("https://khata:secret@bureau.internal/files", "bureau.internal"),
            ("https://bureau.internal?key=secret", "bureau.internal"),
        ] {
            assert_eq!(Peer::new(&CALLED, url, None, Duration::from_secs(1)).host(), host);
        }
    }
}
