//! Who may talk to a server that asks nobody's name: programs on this machine, and pages it serves itself.
//!
//! A web page from elsewhere can make a browser on this machine send requests here. It is kept out twice: a foreign `Origin` is
//! refused, and so is a `Host` that is not this server's (a page may point a name of its own at 127.0.0.1).

use crate::http::problem::{Problem, codes};
use axum::http::{HeaderMap, Method, Uri, Version, header, uri::Authority};
use std::net::IpAddr;

/// Knows the names under which this server may be addressed.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    extra_hosts: Vec<String>,
}

impl Guard {
    /// Allows loopback addresses, `localhost` and these host names.
    pub(super) fn new(extra_hosts: &[String]) -> Self {
        Self { extra_hosts: extra_hosts.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Refuses a request that a page of another origin may have led to.
    pub(super) fn admit(&self, method: &Method, uri: &Uri, version: Version, headers: &HeaderMap) -> Result<(), Problem> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok(),
            (None, _) if uri.authority().is_some() => uri.authority().map(Authority::as_str),
            (None, _) if version < Version::HTTP_11 => Some("localhost"),
            _ => None,
        };
        let Some(host) = host else {
            return Err(Problem::new(&codes::INVALID_HEADER, "`host` must be given once.").with("header", "host"));
        };
        if !self.is_own(host) || uri.authority().is_some_and(|authority| !self.is_own(authority.as_str())) {
            return Err(Problem::new(&codes::HOST_NOT_ALLOWED, "The request is addressed to a host that is not this server."));
        }
        if is_foreign(method, host, headers) {
            return Err(Problem::new(&codes::CROSS_ORIGIN, "Pages of other origins may not send requests here."));
        }
        Ok(())
    }

    fn is_own(&self, authority: &str) -> bool {
        let host = without_port(authority);
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        host.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            || self.extra_hosts.iter().any(|extra| extra.eq_ignore_ascii_case(host))
    }
}

/// Takes the port away: `[::1]:8080` is `[::1]`.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Whether a browser says that the request comes from a page of another origin.
fn is_foreign(method: &Method, host: &str, headers: &HeaderMap) -> bool {
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")));
        return !own.is_some_and(|own| own.eq_ignore_ascii_case(host));
    }
    // Following a link to the docs page is fine; changing something without saying where one comes from is not.
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    !method.is_safe() && matches!(site, Some(b"cross-site" | b"same-site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(method: Method, pairs: &[(&'static str, &str)]) -> Result<(), String> {
        let headers = pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect();
        let guard = Guard::new(&["khata.test".to_owned()]);
        guard.admit(&method, &"/v1/customers".parse().unwrap(), Version::HTTP_11, &headers).map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn this_machines_own_names_are_admitted() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.0.0.9", "[::1]:8080", "[::1]", "khata.test", "Khata.Test:80"] {
            assert_eq!(admit(Method::POST, &[("host", host)]), Ok(()), "{host}");
        }
    }

    #[test]
    fn any_other_name_is_not() {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8080",
            "192.168.1.7:8080",
            "[::2]:80",
            "",
            "@localhost",
            "localhost:80:80",
        ] {
            assert_eq!(admit(Method::GET, &[("host", host)]), Err("host_not_allowed".into()), "{host}");
        }
        assert_eq!(admit(Method::GET, &[]), Err("invalid_header".into()));
        assert_eq!(admit(Method::GET, &[("host", "localhost"), ("host", "localhost")]), Err("invalid_header".into()));
    }

    #[test]
    fn pages_of_this_server_may_send_and_others_may_not() {
        let host = ("host", "127.0.0.1:8080");
        assert_eq!(admit(Method::POST, &[host, ("origin", "http://127.0.0.1:8080")]), Ok(()));
        for origin in ["http://evil.example", "null", "http://127.0.0.1:9090", "http://localhost:8080", "file://", "127.0.0.1:8080"] {
            assert_eq!(admit(Method::POST, &[host, ("origin", origin)]), Err("cross_origin".into()), "{origin}");
            assert_eq!(admit(Method::GET, &[host, ("origin", origin)]), Err("cross_origin".into()), "{origin}");
        }
    }

    #[test]
    fn a_browsers_fetch_metadata_counts_where_it_hides_the_origin() {
        let (host, cross) = (("host", "localhost"), ("sec-fetch-site", "cross-site"));
        assert_eq!(admit(Method::POST, &[host, cross]), Err("cross_origin".into()));
        assert_eq!(admit(Method::GET, &[host, cross]), Ok(()), "following a link");
        assert_eq!(admit(Method::POST, &[host, ("sec-fetch-site", "same-origin")]), Ok(()));
    }
}
