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

use crate::{
    failure::Failure,
    options::{GlobalOptions, read_secret},
    serve::Stance,
};
use in_process::InProcess;
use jiff::SignedDuration;
use khata_application::{
    Clock,
    access::{Role, Roles},
};
use khata_infrastructure::{SystemClock, tls::Verification, tokens::Grant};
use over_http::OverHttp;
use serde_json::Value;

/// How a command calls itself that has made its own token.
const COMMAND_LINE: &str = "command-line";
/// How long that token is good: as long as a command follows the log at one go.
const COMMAND_TTL: SignedDuration = SignedDuration::from_hours(1);

/// The token for the server that holds the data directory: the one that was given, or else one of the command's own if it can read the
/// secret, which is as good as any token.
fn token_for_holder(options: &GlobalOptions) -> Result<Option<String>, Failure> {
    if let Some(token) = options.access.token()? {
        return Ok(Some(token));
    }
    let path = options.access.secret_in(&options.data_dir);
    if !path.exists() {
        return Ok(None);
    }
    let secret = read_secret(&path)?;
    let rules = options.access.own_rules(options.namespace()?, SignedDuration::ZERO);
    let grant = Grant {
        subject: COMMAND_LINE.to_owned(),
        roles: Roles::of(&[Role::Admin]),
        customer: None,
        ttl: COMMAND_TTL,
    };
    secret.issue(&rules, &grant, SystemClock.now()).map(Some).map_err(Failure::plain)
}

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
        if let Some(url) = &options.url {
            return OverHttp::to(url, options.access.token()?.as_deref(), Verification::Full).map(Some);
        }
        let Some(url) = crate::serve::holder(&options.store_urls()?)? else { return Ok(None) };
        // What stands at an address in the lock file is this machine's own, whatever its certificate is called.
        OverHttp::to(&url, token_for_holder(options)?.as_deref(), Verification::None).map(Some)
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

    /// The same for nights, which decide, and find their subjects in views.
    pub(crate) fn reach_for_nights(options: &GlobalOptions) -> Result<Self, Failure> {
        Self::reached(options, true, Stance::Decides)
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
