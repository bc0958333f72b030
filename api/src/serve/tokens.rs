//! The keys of a server: which it was told of, and reading their files again.

use crate::{
    failure::Failure,
    options::{AccessOptions, GlobalOptions},
};
use clap::Args;
use jiff::SignedDuration;
use khata_application::{Clock, access::Authenticator};
use khata_infrastructure::tokens::{Address, ClaimRules, FileKeys, KeyRing, Tokens};
use std::{fs, path::PathBuf, sync::Arc};

/// Where the public keys of an issuer are, and how much its clock may differ.
#[derive(Debug, Clone, Args)]
pub struct KeyOptions {
    /// The public keys that tokens are signed with, as a JSON Web Key Set: a file, or the address at which the issuer publishes it. With
    /// it the server asks who sends a request.
    #[arg(long, env = "KHATA_JWKS", value_name = "FILE|URL")]
    pub jwks: Option<String>,
    /// How many seconds the clock of whoever makes tokens may differ from this one.
    #[arg(long, env = "KHATA_TOKEN_LEEWAY", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=60))]
    pub token_leeway: u8,
}

/// How a server finds out who asks.
pub(crate) struct TokenPlan {
    rules: ClaimRules,
    files: KeyFiles,
    address: Option<Address>,
}

/// Files that keys are in.
#[derive(Clone)]
pub(crate) struct KeyFiles {
    access: AccessOptions,
    set: Option<PathBuf>,
}

impl KeyFiles {
    fn read(&self) -> Result<FileKeys, Failure> {
        let secret = self.access.secret()?;
        let unreadable = |path: &PathBuf| format!("{} cannot be read", path.display());
        let set = self
            .set
            .as_ref()
            .map(|path| fs::read(path).map_err(|error| Failure::because(unreadable(path), error)));
        let keys = FileKeys::of(secret.as_ref(), set.transpose()?.as_deref());
        let place = self.set.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        keys.map_err(|reason| Failure::new(format!("{place}: {reason}")))
    }
}

impl KeyOptions {
    /// How who asks is found out; `None` where nobody is asked.
    ///
    /// # Errors
    /// Keys are named that cannot be taken, or it is not said whose tokens are.
    pub(crate) fn plan(&self, global: &GlobalOptions) -> Result<Option<TokenPlan>, Failure> {
        let leeway = SignedDuration::from_secs(self.token_leeway.into());
        let (access, namespace) = (&global.access, global.namespace()?);
        if self.jwks.is_none() && access.token_secret_file.is_none() {
            return Ok(None);
        }
        let rules = match &self.jwks {
            Some(_) => access.rules(namespace, leeway)?,
            None => access.own_rules(namespace, leeway),
        };
        let (mut set, mut address) = (None, None);
        match &self.jwks {
            Some(place) if place.contains("://") => {
                let read = place.parse::<Address>();
                address = Some(read.map_err(|error| Failure::usage(format!("--jwks: {error}")))?);
            }
            place => set = place.as_ref().map(PathBuf::from),
        }
        Ok(Some(TokenPlan { rules, files: KeyFiles { access: access.clone(), set }, address }))
    }
}

impl TokenPlan {
    /// Reads the files, and gives who can tell whom tokens were made out to.
    ///
    /// # Errors
    /// A file cannot be taken.
    pub(crate) fn start(self, clock: Arc<dyn Clock>) -> Result<(Arc<dyn Authenticator>, Keys), Failure> {
        let ring = KeyRing::new(self.files.read()?, self.address.map(Address::fetch), clock.clone());
        let tokens = Tokens::new(self.rules, ring.clone(), clock);
        let tokens = tokens.map_err(|error| Failure::because("the system gives no random numbers", error))?;
        Ok((Arc::new(tokens), Keys { ring, files: self.files }))
    }

    /// Whose tokens are taken, for people.
    pub(crate) fn told(&self) -> String {
        format!("by token of {}, for {}", self.rules.issuer, self.rules.audience)
    }
}

/// The keys in use.
pub(crate) struct Keys {
    ring: Arc<KeyRing>,
    files: KeyFiles,
}

impl Keys {
    /// Reads their files again. Files that cannot be taken change nothing.
    pub(crate) fn renew(&self) -> Result<(), Failure> {
        self.files.read().map(|keys| self.ring.take_files(keys))
    }
}
