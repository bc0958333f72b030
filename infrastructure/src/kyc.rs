//! A provider of identity checks over HTTP: one POST for a customer, with an idempotency key, answered with a verdict.
//!
//! `docs/operating.md` tells what is sent and what may come back. Whatever else comes is no verdict, and the question is
//! put again.

use crate::questions::{Called, Peer, document, unusable};
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
use std::time::Duration;

/// As many reasons are taken.
const MOST_REASONS: usize = 20;

static PROVIDER: Called =
    Called { name: "provider", failed: "provider_failed", unreachable: "provider_unreachable" };

/// A provider at a URL.
#[derive(Debug, Clone)]
pub struct HttpKyc(Peer);

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
        Self(Peer::new(&PROVIDER, url, token, timeout))
    }
}

/// The verdict of an answer.
fn read(text: &[u8]) -> Result<KycVerdict, CallError> {
    let answered: Answered = document(text, "verdict")?;
    let reasons = answered.reasons.into_iter().take(MOST_REASONS).map(|reason| {
        Text::parse(&reason).map_err(|error| unusable(format!("a reason of the provider's is none: {error}")))
    });
    let reasons: Vec<Text<500>> = reasons.collect::<Result<_, _>>()?;
    match answered.verdict {
        Verdict::Pending => {
            Err(CallError { code: "verdict_pending", message: "the provider is still at it".into() })
        }
        Verdict::Rejected if reasons.is_empty() => Err(unusable("a rejection without a reason")),
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
        self.0.ask(key, &asked, read).await
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
