//! A credit bureau over HTTP: one POST for a loan, with an idempotency key, answered with the customer's file.
//!
//! `docs/operating.md` tells what is sent and what may come back. Whatever else comes is no file, and the question is put
//! again.

use async_trait::async_trait;
use jiff::civil::Date;
use khata_application::{
    lending::assessing::{BureauFile, BureauQuestion, CreditBureau},
    processes::CallError,
};
use khata_domain::{
    Money, Text,
    ids::{CustomerId, LoanId},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use ureq::Agent;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a file may be, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// The highest score that is taken.
const HIGHEST_SCORE: u16 = 1_000;

/// A bureau at a URL.
#[derive(Debug, Clone)]
pub struct HttpBureau {
    agent: Agent,
    url: Arc<str>,
    /// What the bureau knows Khata by.
    token: Option<Arc<str>>,
}

/// What is sent.
#[derive(Serialize)]
struct Asked<'q> {
    loan_id: LoanId,
    customer_id: CustomerId,
    name: &'q Text<200>,
    birth_date: Option<Date>,
    tax_id: Option<&'q Text<40>>,
    principal: Money,
    income: Option<Money>,
}

/// What comes back.
#[derive(Deserialize)]
struct Answered {
    reference: String,
    name: String,
    #[serde(default)]
    birth_date: Option<Date>,
    credit_score: u16,
    income_verified: bool,
}

impl HttpBureau {
    /// The bureau at a URL; a question may take so long, answer included.
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

    fn ask(&self, key: &str, body: String) -> Result<BureauFile, CallError> {
        let mut request =
            self.agent.post(&*self.url).content_type("application/json").header("Idempotency-Key", key);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = request.send(body).map_err(unanswered)?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec().map_err(unanswered)?;
        match status {
            200 => read(&text),
            _ => Err(CallError {
                code: "bureau_failed",
                message: format!("the bureau answered with status {status}"),
            }),
        }
    }
}

fn unanswered(error: ureq::Error) -> CallError {
    let code = match &error {
        ureq::Error::Timeout(_) => "timeout",
        ureq::Error::BodyExceedsLimit(_) => "answer_unusable",
        _ => "bureau_unreachable",
    };
    CallError { code, message: format!("the bureau gave no answer: {error}") }
}

/// The file of an answer. What cannot be used is not told: it may hold what nobody should read in a log.
fn read(text: &[u8]) -> Result<BureauFile, CallError> {
    let unusable = |message: String| CallError { code: "answer_unusable", message };
    let answered: Answered = serde_json::from_slice(text).map_err(|error| {
        unusable(format!("the bureau's answer is no file (line {}, column {})", error.line(), error.column()))
    })?;
    let Answered { reference, name, birth_date, credit_score, income_verified } = answered;
    if credit_score > HIGHEST_SCORE {
        return Err(unusable(format!("a score is not above {HIGHEST_SCORE}")));
    }
    let reference = Text::parse(&reference).map_err(|error| unusable(format!("no reference: {error}")))?;
    let name = Text::parse(&name).map_err(|error| unusable(format!("no name: {error}")))?;
    Ok(BureauFile { name, birth_date, credit_score, income_verified, reference })
}

#[async_trait]
impl CreditBureau for HttpBureau {
    /// Host and port of its URL.
    fn name(&self) -> Text<100> {
        let host = self.url.split("//").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        Text::fitted(host)
    }

    async fn file(&self, key: &str, question: &BureauQuestion) -> Result<BureauFile, CallError> {
        let asked = Asked {
            loan_id: question.loan_id,
            customer_id: question.customer_id,
            name: &question.name,
            birth_date: question.birth_date,
            tax_id: question.tax_id.as_ref(),
            principal: question.principal,
            income: question.income,
        };
        let cut_off = |message: String| CallError { code: "cut_off", message };
        let body = serde_json::to_string(&asked).map_err(|error| cut_off(error.to_string()))?;
        let (bureau, key) = (self.clone(), key.to_owned());
        let asking = tokio::task::spawn_blocking(move || bureau.ask(&key, body));
        asking.await.map_err(|error| cut_off(error.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read() {
        let text = br#"{"reference":"B-1","name":"Asha Rao","birth_date":"1990-02-03","credit_score":742,"income_verified":true,"more":1}"#;
        let file = read(text).unwrap();
        assert_eq!((file.credit_score, file.income_verified, file.reference.as_str()), (742, true, "B-1"));
    }

    #[test]
    fn whatever_else_comes_is_no_file_and_is_not_repeated() {
        for text in [
            &br#"{"reference":"B-1","name":"SECRET","credit_score":1001,"income_verified":true}"#[..],
            br#"{"reference":"B-1","name":"SECRET","credit_score":-1,"income_verified":true}"#,
            br#"{"reference":"","name":"SECRET","credit_score":700,"income_verified":true}"#,
            br#"{"reference":"B-1","name":"\u0000SECRET","credit_score":700,"income_verified":true}"#,
            br#"{"reference":"B-1","name":"SECRET","income_verified":true}"#,
            b"<html>SECRET</html>",
            b"",
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.code, "answer_unusable", "{}", String::from_utf8_lossy(text));
            assert!(!error.message.contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn a_bureau_is_called_by_its_host() {
        let bureau = HttpBureau::new("http://bureau.internal:8080/files", None, Duration::from_secs(1));
        assert_eq!(bureau.name().as_str(), "bureau.internal:8080");
    }
}
