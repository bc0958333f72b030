//! A credit bureau over HTTP: one POST for a loan, with an idempotency key, answered with the customer's file.
//!
//! `docs/operating.md` tells what is sent and what may come back. Whatever else comes is no file, and the question is put
//! again.

use crate::questions::{Called, Peer, document, unusable};
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
use std::time::Duration;

/// The highest score that is taken.
const HIGHEST_SCORE: u16 = 1_000;

static BUREAU: Called = Called { name: "bureau", failed: "bureau_failed", unreachable: "bureau_unreachable" };

/// A bureau at a URL.
#[derive(Debug, Clone)]
pub struct HttpBureau(Peer);

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
        Self(Peer::new(&BUREAU, url, token, timeout))
    }
}

/// The file of an answer.
fn read(text: &[u8]) -> Result<BureauFile, CallError> {
    let Answered { reference, name, birth_date, credit_score, income_verified } = document(text, "file")?;
    if credit_score > HIGHEST_SCORE {
        return Err(unusable(format!("a score is not above {HIGHEST_SCORE}")));
    }
    let reference = Text::parse(&reference).map_err(|error| unusable(format!("no reference: {error}")))?;
    let name = Text::parse(&name).map_err(|error| unusable(format!("no name: {error}")))?;
    Ok(BureauFile { name, birth_date, credit_score, income_verified, reference })
}

#[async_trait]
impl CreditBureau for HttpBureau {
    fn name(&self) -> Text<100> {
        Text::fitted(self.0.host())
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
        self.0.ask(key, &asked, read).await
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
