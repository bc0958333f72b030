//! The list of servers in an address, and the parameters of connecting that `libpq` knows and the driver does
//! not. Each server gets an address of its own.

use super::UrlError;
use std::time::Duration;

/// Whoever waits longer for one server waits for nothing.
const LONGEST: u64 = 60;

/// What an address says of its servers.
pub(super) struct Read {
    /// One for each server, in the order in which they are tried.
    pub(super) addresses: Vec<String>,
    pub(super) connect_timeout: Option<Duration>,
}

/// Takes an address apart, whose parameters are known ones.
pub(super) fn read(text: &str) -> Result<Read, UrlError> {
    let (address, parameters) = text.split_once('?').unwrap_or((text, ""));
    let (mut kept, mut hosts, mut ports, mut connect_timeout) = (Vec::new(), Vec::new(), Vec::new(), None);
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "target_session_attrs" => check_target(value)?,
            "connect_timeout" => connect_timeout = timeout(value)?,
            "host" | "hostaddr" if value.contains(',') => {
                hosts = value.split(',').map(|host| format!("{name}={host}")).collect()
            }
            "port" if value.contains(',') => {
                ports = value.split(',').map(|port| format!("port={port}")).collect()
            }
            _ => kept.push(pair.to_owned()),
        }
    }
    let (before, listed, behind) = listed(address);
    let listed: Vec<&str> = listed.split(',').collect();
    if listed.len() > 1 && !hosts.is_empty() {
        return Err(UrlError::Malformed("its servers are listed twice".to_owned()));
    }
    let count = listed.len().max(hosts.len());
    if !ports.is_empty() && ports.len() != count {
        return Err(UrlError::Malformed(format!("it names {count} servers and {} ports", ports.len())));
    }
    if count > 1 && (listed.len() > 1 && listed.contains(&"") || hosts.iter().any(|host| host.ends_with('=')))
    {
        return Err(UrlError::Malformed("a server in its list has no name".to_owned()));
    }
    let one = |nth: usize| {
        let own = hosts.get(nth).into_iter().chain(ports.get(nth));
        let parameters: Vec<&str> = kept.iter().chain(own).map(String::as_str).collect();
        let host = listed.get(nth).or(listed.first()).copied().unwrap_or_default();
        let mark = if parameters.is_empty() { "" } else { "?" };
        format!("{before}{host}{behind}{mark}{}", parameters.join("&"))
    };
    Ok(Read { addresses: (0..count).map(one).collect(), connect_timeout })
}

/// What stands before the servers, the servers, and what stands behind them.
fn listed(address: &str) -> (&str, &str, &str) {
    let begin = address.find("://").map_or(0, |place| place + 3);
    let end = address[begin..].find('/').map_or(address.len(), |place| begin + place);
    let begin = address[begin..end].rfind('@').map_or(begin, |place| begin + place + 1);
    (&address[..begin], &address[begin..end], &address[end..])
}

/// Khata writes: of several servers it takes the one that lets it, and refuses all others anyway.
fn check_target(value: &str) -> Result<(), UrlError> {
    match value {
        "any" | "primary" | "read-write" => Ok(()),
        _ => Err(UrlError::Malformed("target_session_attrs can be read-write, primary or any: Khata needs a server that accepts writes".to_owned())),
    }
}

/// In whole seconds; 0 is the usual patience.
fn timeout(value: &str) -> Result<Option<Duration>, UrlError> {
    let seconds: u64 = value
        .parse()
        .map_err(|_| UrlError::Malformed("connect_timeout is a number of whole seconds".to_owned()))?;
    Ok(Some(seconds).filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.min(LONGEST))))
}
