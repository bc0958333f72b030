//! A running server, reached over HTTP or HTTPS.

use super::{Reply, early::Attentive};
use crate::failure::Failure;
use khata_infrastructure::tls::{self, Verification};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    time::Duration,
};
use ureq::{
    Agent, Body, RequestBuilder, SendBody,
    http::{
        HeaderValue, Response,
        header::{AUTHORIZATION, InvalidHeaderValue},
    },
    typestate::{WithBody, WithoutBody},
    unversioned::{
        resolver::DefaultResolver,
        transport::{Connector, DefaultConnector},
    },
};

/// How long to wait for a connection on this machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A running server.
#[derive(Debug)]
pub(crate) struct OverHttp {
    agent: Agent,
    attentive: Attentive,
    base: String,
    /// The value of `Authorization`, which no debug output shows.
    token: Option<HeaderValue>,
}

impl OverHttp {
    /// The server at a URL such as `http://127.0.0.1:8080`, to be shown a token if there is one.
    pub(super) fn to(url: &str, token: Option<&str>, verification: Verification) -> Result<Self, Failure> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::usage(format!(
                "{url} is no URL of a Khata server, such as http://127.0.0.1:8080"
            )));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .tls_config(tls::of_clients(verification))
            .build();
        let token = token.map(|token| {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
            value.set_sensitive(true);
            Ok::<_, InvalidHeaderValue>(value)
        });
        let token = token.transpose().map_err(|_| Failure::usage("the token is none"))?;
        let attentive = Attentive::default();
        let agent = Agent::with_parts(
            config,
            DefaultConnector::new().chain(attentive.clone()),
            DefaultResolver::default(),
        );
        Ok(Self { agent, attentive, base: url.trim_end_matches('/').to_owned(), token })
    }

    /// Where the server is.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn get(&self, path: &str) -> Result<Reply, Failure> {
        self.reply(self.asking(path).call())
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Reply, Failure> {
        self.reply(self.posting(path).content_type("application/json").send(body.to_string()))
    }

    /// Posts NDJSON as it is read, however long it is. The server is asked first: what it refuses at once is
    /// told before a line is sent. What it refuses later, while lines are sent, is told as well.
    pub(crate) fn post_lines(&self, path: &str, lines: impl Read) -> Result<Reply, Failure> {
        let request =
            self.posting(path).content_type("application/x-ndjson").header("Expect", "100-continue");
        self.reply(request.send(SendBody::from_reader(&mut self.attentive.body(lines))))
    }

    /// Follows an answer of a media type that is given line by line.
    pub(crate) fn follow(&self, path: &str, media_type: &str) -> Result<impl BufRead + use<>, Failure> {
        let answer = self.asking(path).header("Accept", media_type).call();
        match answer {
            Ok(answer) if answer.status().is_success() => {
                Ok(BufReader::new(answer.into_body().into_reader()))
            }
            answer => Err(self.reply(answer)?.problem()),
        }
    }

    fn asking(&self, path: &str) -> RequestBuilder<WithoutBody> {
        self.shown(self.agent.get(format!("{}{path}", self.base)))
    }

    fn posting(&self, path: &str) -> RequestBuilder<WithBody> {
        self.shown(self.agent.post(format!("{}{path}", self.base)))
    }

    fn shown<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        }
    }

    fn reply(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Reply, Failure> {
        let lost = |error| Failure::because(format!("the server at {} cannot be reached", self.base), error);
        let mut answer = answer.map_err(lost)?;
        let body = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().map_err(lost)?;
        Ok(Reply { status: answer.status().as_u16(), body })
    }
}
