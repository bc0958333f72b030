//! Names under which a proxy passes requests on: what operators call their Khata, beside loopback addresses.

use super::authority::Authority;
use std::{fmt, str::FromStr};

/// Host names, each with a port where the proxy listens on one that its scheme does not have by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedHosts(Vec<TrustedHost>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct TrustedHost {
    name: String,
    port: Option<u16>,
}

/// Why a list names no hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no host name, such as bank.example or bank.example:8443, in a list with commas (no scheme, path or pattern)"
)]
pub struct NoHost(String);

impl TrustedHosts {
    /// Whether a host that was asked for is one of them. One that was named with a port is asked for with that or without any.
    pub(super) fn have(&self, asked: Authority<'_>) -> bool {
        self.0.iter().any(|host| {
            asked.has_name(&host.name)
                && (host.port.is_none() || asked.port().is_none() || asked.port() == host.port)
        })
    }

    /// Whether one of them was named with this very port.
    pub(super) fn have_port(&self, name: &str, port: u16) -> bool {
        self.0.iter().any(|host| host.name.eq_ignore_ascii_case(name) && host.port == Some(port))
    }
}

impl FromStr for TrustedHosts {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(TrustedHost::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for TrustedHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |host: &TrustedHost| {
            host.port.map_or_else(|| host.name.clone(), |port| format!("{}:{port}", host.name))
        };
        f.write_str(&self.0.iter().map(told).collect::<Vec<_>>().join(","))
    }
}

impl TrustedHost {
    fn parse(text: &str) -> Result<Self, NoHost> {
        let asked = Authority::parse(text).filter(|authority| is_name(authority.name()));
        let asked = asked.ok_or_else(|| NoHost(text.to_owned()))?;
        Ok(Self { name: asked.name().to_ascii_lowercase(), port: asked.port() })
    }
}

fn is_name(text: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    !text.is_empty() && address.map_or(is_name, |address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_a_list() {
        let hosts: TrustedHosts = " Bank.example, api.bank.example:8443,[2001:db8::1] ,".parse().unwrap();
        assert_eq!(hosts.to_string(), "bank.example,api.bank.example:8443,[2001:db8::1]");
        assert_eq!("".parse(), Ok(TrustedHosts::default()));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "https://bank.example",
            "bank.example/",
            "*.example",
            "*",
            "bank example",
            "bank.example:x",
            "bank.example:99999",
            "a@b",
            "[x]",
        ] {
            assert_eq!(text.parse::<TrustedHosts>(), Err(NoHost(text.to_owned())), "{text}");
        }
    }
}
