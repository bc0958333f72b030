//! A provider of identity checks over HTTP: one POST for a customer, with an idempotency key, answered with a verdict.
//!
//! `docs/operating.md` tells what is sent and what may come back. Whatever else comes is no verdict, and the question is
//! put again.

use async_trait::async_trait;
use jiff::civil::Date;
use khata_application::{
    accounts::onboarding::{KycProvider, KycQuestion, KycVerdict},
    processes::CallError,
};
use khata_domain::{
    Text,
    customers::{Address, CustomerType, Document},
    ids::CustomerId,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use ureq::Agent;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a verdict may be, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// As many reasons are taken.
const MOST_REASONS: usize = 20;

/// A provider at a URL.
#[derive(Debug, Clone)]
pub struct HttpKyc {
    agent: Agent,
    url: Arc<str>,
    /// What the provider knows Khata by.
    token: Option<Arc<str>>,
}

/// What is sent.
#[derive(Serialize)]
struct Asked<'q> {
    customer_id: CustomerId,
    r#type: CustomerType,
    name: &'q Text<200>,
    documents: &'q [Document],
    birth_date: Option<Date>,
    tax_id: Option<&'q Text<40>>,
    address: Option<&'q Address>,
}

/// What comes back.
#[derive(Deserialize)]
struct Answered {
    verdict: Verdict,
    #[serde(default)]
    reasons: Vec<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Verified,
    Rejected,
    Pending,
}

impl HttpKyc {
    /// The provider at a URL; a question may take so long, answer included.
    pub fn new(url: &str, token: Option<&str>, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT.min(timeout)))
            .timeout_global(Some(timeout))
            .build();
        Self { agent: config.into(), url: url.into(), token: token.map(Into::into) }
    }

    fn ask(&self, key: &str, body: String) -> Result<KycVerdict, CallError> {
        let mut request =
            self.agent.post(&*self.url).content_type("application/json").header("Idempotency-Key", key);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = request.send(body).map_err(unanswered)?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec().map_err(unanswered)?;
        if status != 200 {
            return Err(CallError {
                code: "provider_failed",
                message: format!("the provider answered with status {status}"),
            });
        }
        read(&text)
    }
}

fn unanswered(error: ureq::Error) -> CallError {
    let code = match &error {
        ureq::Error::Timeout(_) => "timeout",
        ureq::Error::BodyExceedsLimit(_) => "answer_unusable",
        _ => "provider_unreachable",
    };
    CallError { code, message: format!("the provider gave no answer: {error}") }
}

/// The verdict of an answer.
fn read(text: &[u8]) -> Result<KycVerdict, CallError> {
    let unusable = |reason: String| CallError { code: "answer_unusable", message: reason };
    // The answer itself is not told: it may hold what nobody should read in a log.
    let answered: Answered = serde_json::from_slice(text).map_err(|error| {
        unusable(format!(
            "the provider's answer is no verdict (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    let reasons = answered.reasons.into_iter().take(MOST_REASONS).map(|reason| {
        Text::parse(&reason).map_err(|error| unusable(format!("a reason of the provider's is none: {error}")))
    });
    let reasons: Vec<Text<500>> = reasons.collect::<Result<_, _>>()?;
    match answered.verdict {
        Verdict::Pending => {
            Err(CallError { code: "verdict_pending", message: "the provider is still at it".into() })
        }
        Verdict::Rejected if reasons.is_empty() => Err(unusable("a rejection without a reason".into())),
        verdict => Ok(KycVerdict { verified: verdict == Verdict::Verified, reasons }),
    }
}

#[async_trait]
impl KycProvider for HttpKyc {
    async fn verify(&self, key: &str, question: &KycQuestion) -> Result<KycVerdict, CallError> {
        let profile = &question.profile;
        let asked = Asked {
            customer_id: profile.customer_id,
            r#type: profile.customer_type,
            name: &profile.name,
            documents: &profile.documents,
            birth_date: profile.birth_date,
            tax_id: profile.tax_id.as_ref(),
            address: profile.address.as_ref(),
        };
        let cut_off = |message: String| CallError { code: "cut_off", message };
        let body = serde_json::to_string(&asked).map_err(|error| cut_off(error.to_string()))?;
        let (provider, key) = (self.clone(), key.to_owned());
        let asking = tokio::task::spawn_blocking(move || provider.ask(&key, body));
        asking.await.map_err(|error| cut_off(error.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read() {
        let verified = read(br#"{"verdict":"verified","extra":1}"#).unwrap();
        assert!(verified.verified && verified.reasons.is_empty());
        let rejected = read(br#"{"verdict":"rejected","reasons":["the passport has expired"]}"#).unwrap();
        assert_eq!((rejected.verified, rejected.reasons[0].as_str()), (false, "the passport has expired"));
    }

    #[test]
    fn whatever_else_comes_is_no_verdict_and_is_not_repeated() {
        for (text, code) in [
            (&br#"{"verdict":"pending"}"#[..], "verdict_pending"),
            (br#"{"verdict":"rejected"}"#, "answer_unusable"),
            (br#"{"verdict":"maybe SECRET"}"#, "answer_unusable"),
            (br#"{"verdict":"rejected","reasons":["\u0000SECRET"]}"#, "answer_unusable"),
            (b"<html>SECRET</html>", "answer_unusable"),
            (b"", "answer_unusable"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.code, code, "{}", String::from_utf8_lossy(text));
            assert!(!error.message.contains("SECRET"), "{error}");
        }
    }
}
