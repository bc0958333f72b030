//! How the commands beside `serve` reach Khata: over HTTP where a server runs, else through the same routes
//! over stores that this process opens itself. So each command exists once, and says the same either way.

mod archive;
mod early;
mod in_process;
mod over_http;
mod reply;
mod transfer;

pub(crate) use archive::incoming;
pub(crate) use reply::Reply;
pub(crate) use transfer::{Outcome, Source};

use crate::{failure::Failure, options::GlobalOptions, serve::Stance};
use in_process::InProcess;
use over_http::OverHttp;
use serde_json::Value;

/// A Khata that answers.
pub(crate) enum Client {
    /// A running server.
    Server(OverHttp),
    /// The stores, opened here.
    Opened(Box<InProcess>),
}

impl Client {
    /// The server that `--url` names, or the one that holds the directory of a store; `None` if there is
    /// none.
    pub(crate) fn running(options: &GlobalOptions) -> Result<Option<OverHttp>, Failure> {
        match &options.url {
            Some(url) => OverHttp::to(url).map(Some),
            None => crate::serve::holder(&options.store_urls()?)?.map(|url| OverHttp::to(&url)).transpose(),
        }
    }

    /// Reaches the server that `--url` names, or the one that holds the directory of a store; else opens the
    /// stores.
    pub(crate) fn reach(options: &GlobalOptions) -> Result<Self, Failure> {
        Self::reached(options, false, Stance::Asks)
    }

    /// The same for what decides.
    pub(crate) fn reach_deciding(options: &GlobalOptions) -> Result<Self, Failure> {
        Self::reached(options, false, Stance::Decides)
    }

    /// The same for what only a runner of projections can do: if none works elsewhere, this process feeds the
    /// views meanwhile.
    pub(crate) fn reach_feeding(options: &GlobalOptions) -> Result<Self, Failure> {
        Self::reached(options, true, Stance::Asks)
    }

    fn reached(options: &GlobalOptions, feeding: bool, stance: Stance) -> Result<Self, Failure> {
        match Self::running(options)? {
            Some(server) => Ok(Self::Server(server)),
            None => InProcess::open(options, feeding, stance).map(|opened| Self::Opened(Box::new(opened))),
        }
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str) -> Result<Reply, Failure> {
        match self {
            Self::Server(server) => server.get(path),
            Self::Opened(opened) => opened.send("GET", path, None),
        }
    }

    /// Posts JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Reply, Failure> {
        match self {
            Self::Server(server) => server.post(path, body),
            Self::Opened(opened) => opened.send("POST", path, Some(body)),
        }
    }
}
