//! Where a NATS server is and who we are to it. Credentials are never shown.

use percent_encoding::percent_decode_str;
use std::{fmt, str::FromStr};

const PORT: u16 = 4222;

/// The servers of a NATS system: `nats://[user:password@|token@]host[:port][,host[:port]…]`, `tls://…` with
/// encryption. What stands for itself in user, password or token is percent-encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct NatsAddress {
    scheme: &'static str,
    hosts: Vec<String>,
    pub(super) credentials: Credentials,
}

/// Who we are.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    None,
    Token(String),
    User { name: String, password: String },
}

/// A text that is no address of a NATS system. Does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a broker is named by a URL such as nats://host:4222 or tls://host:4222")]
pub struct NatsAddressError;

impl NatsAddress {
    /// The servers, each with a scheme and without credentials.
    pub(super) fn servers(&self) -> Vec<String> {
        self.hosts.iter().map(|host| format!("{}://{host}", self.scheme)).collect()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.scheme == "tls"
    }
}

impl FromStr for NatsAddress {
    type Err = NatsAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or(NatsAddressError)?;
        let scheme = ["nats", "tls"].into_iter().find(|known| *known == scheme).ok_or(NatsAddressError)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, hosts) = match rest.rsplit_once('@') {
            Some((credentials, hosts)) => (self::credentials(credentials)?, hosts),
            None => (Credentials::None, rest),
        };
        let hosts = hosts.split(',').map(host).collect::<Option<Vec<_>>>().ok_or(NatsAddressError)?;
        Ok(Self { scheme, hosts, credentials })
    }
}

fn credentials(text: &str) -> Result<Credentials, NatsAddressError> {
    let decoded = |text: &str| {
        percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| NatsAddressError)
    };
    match text.split_once(':') {
        _ if text.is_empty() => Err(NatsAddressError),
        Some((name, password)) => {
            Ok(Credentials::User { name: decoded(name)?, password: decoded(password)? })
        }
        None => Ok(Credentials::Token(decoded(text)?)),
    }
}

/// A host with its port, where it makes sense.
fn host(text: &str) -> Option<String> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (text, PORT),
    };
    let is_v6 = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .is_some_and(|name| name.parse::<std::net::Ipv6Addr>().is_ok());
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    (is_v6 || is_name).then(|| format!("{name}:{port}"))
}

/// Without credentials.
impl fmt::Display for NatsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.hosts.join(","))
    }
}

impl fmt::Debug for NatsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_credentials() {
        let cases = [
            ("nats://localhost", "nats://localhost:4222"),
            ("nats://127.0.0.1:4711/", "nats://127.0.0.1:4711"),
            ("tls://me:s3cr%40t@a.example,b.example:5222", "tls://a.example:4222,b.example:5222"),
            ("nats://t0ken@[::1]:4222", "nats://[::1]:4222"),
            ("nats://[::1]", "nats://[::1]:4222"),
        ];
        for (text, shown) in cases {
            let address: NatsAddress = text.parse().unwrap();
            assert_eq!((address.to_string(), format!("{address:?}")), (shown.to_owned(), shown.to_owned()));
        }
    }

    #[test]
    fn credentials_are_decoded() {
        let address: NatsAddress = "nats://me%3A:p%40ss:word@localhost".parse().unwrap();
        assert!(
            address.credentials == Credentials::User { name: "me:".into(), password: "p@ss:word".into() }
        );
        let address: NatsAddress = "nats://t%2Fk@localhost".parse().unwrap();
        assert!(address.credentials == Credentials::Token("t/k".into()));
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "",
            "localhost",
            "http://localhost",
            "nats://",
            "nats://user:secret@",
            "nats://a:port",
            "nats://a b",
            "nats://@a",
            "nats://a,",
        ] {
            let error = text.parse::<NatsAddress>().unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
    }
}
