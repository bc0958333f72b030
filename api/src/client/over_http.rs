//! A running server, reached over plain HTTP: it listens on loopback only.

use super::{Reply, early::Attentive};
use crate::failure::Failure;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    time::Duration,
};
use ureq::{
    Agent, Body, SendBody,
    http::Response,
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
}

impl OverHttp {
    /// The server at a URL such as `http://127.0.0.1:8080`.
    pub(super) fn to(url: &str) -> Result<Self, Failure> {
        if !url.starts_with("http://") {
            return Err(Failure::usage(format!(
                "{url} is no URL of a Khata server, such as http://127.0.0.1:8080"
            )));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .build();
        let attentive = Attentive::default();
        let agent = Agent::with_parts(
            config,
            DefaultConnector::new().chain(attentive.clone()),
            DefaultResolver::default(),
        );
        Ok(Self { agent, attentive, base: url.trim_end_matches('/').to_owned() })
    }

    /// Where the server is.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn get(&self, path: &str) -> Result<Reply, Failure> {
        self.reply(self.agent.get(format!("{}{path}", self.base)).call())
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Reply, Failure> {
        self.reply(
            self.agent
                .post(format!("{}{path}", self.base))
                .content_type("application/json")
                .send(body.to_string()),
        )
    }

    /// Posts NDJSON as it is read, however long it is. The server is asked first: what it refuses at once is
    /// told before a line is sent. What it refuses later, while lines are sent, is told as well.
    pub(crate) fn post_lines(&self, path: &str, lines: impl Read) -> Result<Reply, Failure> {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .content_type("application/x-ndjson")
            .header("Expect", "100-continue");
        self.reply(request.send(SendBody::from_reader(&mut self.attentive.body(lines))))
    }

    /// Follows an answer of a media type that is given line by line.
    pub(crate) fn follow(&self, path: &str, media_type: &str) -> Result<impl BufRead + use<>, Failure> {
        let answer = self.agent.get(format!("{}{path}", self.base)).header("Accept", media_type).call();
        match answer {
            Ok(answer) if answer.status().is_success() => {
                Ok(BufReader::new(answer.into_body().into_reader()))
            }
            answer => Err(self.reply(answer)?.problem()),
        }
    }

    fn reply(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Reply, Failure> {
        let lost = |error| Failure::because(format!("the server at {} cannot be reached", self.base), error);
        let mut answer = answer.map_err(lost)?;
        let body = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().map_err(lost)?;
        Ok(Reply { status: answer.status().as_u16(), body })
    }
}
