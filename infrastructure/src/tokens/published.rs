//! The address at which an issuer publishes its keys, and how they are fetched from there: nowhere else, not for long, and not much.

use super::jwks::MAX_BYTES;
use crate::tls;
use std::{fmt, str::FromStr, sync::Arc, time::Duration};
use ureq::{Agent, http::Uri};

/// The longest that fetching may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fetches a key set: its bytes, or why not, in words for the log. It may block.
pub type Fetch = Arc<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>;

/// An address of a key set. Whoever can change what comes from there can make every token: it is `https`, or on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// Why keys are not fetched from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is none of HTTP.
    #[error("it is no address of HTTP, such as https://issuer.example/keys")]
    NotHttp,
    /// It holds a name or password.
    #[error("it holds a name or a password")]
    Credentials,
    /// Others could change what comes from there.
    #[error("keys come over https, or over http from this machine alone")]
    Plain,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError::NotHttp)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::NotHttp);
        };
        if authority.as_str().contains('@') {
            return Err(AddressError::Credentials);
        }
        let host = authority.host();
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_here = host.eq_ignore_ascii_case("localhost")
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        match scheme {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_here => Ok(Self(text.to_owned())),
            "http" => Err(AddressError::Plain),
            _ => Err(AddressError::NotHttp),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Address {
    /// How to fetch from there.
    pub fn fetch(self) -> Fetch {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .tls_config(tls::of_clients(tls::Verification::Full))
            .build();
        let agent = Agent::new_with_config(config);
        Arc::new(move || {
            let mut answer = agent
                .get(&self.0)
                .header("accept", "application/jwk-set+json, application/json")
                .call()
                .map_err(|error| format!("{self} does not answer: {error}"))?;
            if answer.status() != 200 {
                return Err(format!("{self} answers with status {}", answer.status().as_u16()));
            }
            let read = answer.body_mut().with_config().limit(MAX_BYTES).read_to_vec();
            read.map_err(|error| format!("what {self} answers cannot be read: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_where_nobody_in_between_can_change_them() {
        for taken in [
            "https://issuer.example/keys",
            "https://10.0.0.1:8443/a?b=c",
            "http://localhost:8080/keys",
            "http://127.0.0.2/keys",
            "http://[::1]:9/keys",
        ] {
            assert_eq!(taken.parse::<Address>().map(|address| address.to_string()), Ok(taken.to_owned()));
        }
        for (refused, why) in [
            ("http://issuer.example/keys", AddressError::Plain),
            ("http://localhost.evil.example/keys", AddressError::Plain),
            ("http://10.0.0.1/keys", AddressError::Plain),
            ("https://me:secret@issuer.example/keys", AddressError::Credentials),
            ("http://localhost@evil.example/keys", AddressError::Credentials),
            ("file:///etc/keys", AddressError::NotHttp),
            ("ftp://localhost/keys", AddressError::NotHttp),
            ("/etc/keys", AddressError::NotHttp),
            ("", AddressError::NotHttp),
        ] {
            assert_eq!(refused.parse::<Address>(), Err(why), "{refused}");
        }
    }
}
