//! Which programs may talk to a server that asks nobody's name: those on this machine, and pages it serves itself.
//!
//! A web page from elsewhere can make a browser on this machine send requests here. It is kept out thrice: a foreign `Origin` is
//! refused; so is a `Host` that is not this server's (a page may point a name of its own at 127.0.0.1); and so is whatever a browser
//! says it fetches for a page from elsewhere (`Sec-Fetch-Site`), unless somebody followed a link to a page of Khata's.

mod authority;
mod trusted;

pub use trusted::TrustedHosts;

use crate::http::{
    cors::Origins,
    problem::{Problem, codes},
};
use authority::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version, header, uri};

static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// What links elsewhere may lead to.
const PAGES: [&str; 4] = ["/", "/docs", "/docs/", "/docs/errors.md"];

/// Knows the names under which this server may be addressed.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    trusted: TrustedHosts,
    others: Origins,
    any_address: bool,
}

impl Guard {
    /// Allows loopback addresses, `localhost` and these hosts, and pages of these other origins; with `any_address` also every other address: a page can point a name
    /// of its own here, and no address.
    pub(super) fn new(trusted: TrustedHosts, others: Origins, any_address: bool) -> Self {
        Self { trusted, others, any_address }
    }

    /// Refuses a request that a page of another origin may have led to.
    pub(super) fn admit(
        &self,
        method: &Method,
        uri: &Uri,
        version: Version,
        headers: &HeaderMap,
    ) -> Result<(), Problem> {
        let host = match single(headers, &header::HOST)? {
            Some(host) => host.to_str().ok(),
            None if uri.authority().is_some() => uri.authority().map(uri::Authority::as_str),
            None if version < Version::HTTP_11 => Some("localhost"),
            None => None,
        };
        let host = host.ok_or_else(|| given_once(&header::HOST))?;
        // What a proxy was asked for. It counts only where it is one of our names: anybody can send this header.
        let forwarded = single(headers, &FORWARDED_HOST)?.map(|host| host.to_str().unwrap_or_default());
        let named = [Some(host), uri.authority().map(uri::Authority::as_str), forwarded];
        if !named.into_iter().flatten().all(|host| self.is_own(host)) {
            return Err(Problem::new(
                &codes::HOST_NOT_ALLOWED,
                "The request is addressed to a host that is not this server.",
            ));
        }
        let origin = single(headers, &header::ORIGIN)?;
        if origin.is_some_and(|origin| self.others.have(origin)) {
            return Ok(());
        }
        let own_origin = origin.is_none_or(|origin| self.is_own_origin(origin, forwarded.unwrap_or(host)));
        if !own_origin || (is_for_foreign_page(headers)? && !is_link_to_page(method, uri, headers)) {
            return Err(Problem::new(
                &codes::CROSS_ORIGIN,
                "Pages of other origins may not send requests here.",
            ));
        }
        Ok(())
    }

    fn is_own(&self, host: &str) -> bool {
        let Some(host) = Authority::parse(host) else { return false };
        host.has_name("localhost")
            || host.address().is_some_and(|address| self.any_address || address.is_loopback())
            || self.trusted.have(host)
    }

    /// Whether an origin is the page's of the host that was asked for. A proxy may pass on the host without its port: then the port is
    /// the one that its scheme has by itself, or one that the host was trusted with.
    fn is_own_origin(&self, origin: &HeaderValue, host: &str) -> bool {
        let Some((scheme, authority)) = origin.to_str().ok().and_then(|origin| origin.split_once("://"))
        else {
            return false;
        };
        let usual = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        let (Some(origin), Some(host)) = (Authority::parse(authority), Authority::parse(host)) else {
            return false;
        };
        let port = origin.port().unwrap_or(usual);
        let same_port = host.port().map_or_else(
            || port == usual || self.trusted.have_port(host.name(), port),
            |asked| asked == port,
        );
        host.has_name(origin.name()) && same_port
    }
}

/// Whether a browser says that it asks on behalf of a page of another origin.
fn is_for_foreign_page(headers: &HeaderMap) -> Result<bool, Problem> {
    let site = single(headers, &HeaderName::from_static("sec-fetch-site"))?;
    Ok(site.is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none")))
}

/// Whether somebody has followed a link, in a window of its own, to a page that is there to be linked to.
fn is_link_to_page(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &[u8]| headers.get(name).is_some_and(|said| said.as_bytes() == value);
    method.is_safe()
        && PAGES.contains(&uri.path())
        && says("sec-fetch-mode", b"navigate")
        && says("sec-fetch-dest", b"document")
}

/// A header that may stand there once: of two, somebody in between may have looked at the other one.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(given_once(name)) } else { Ok(first) }
}

fn given_once(name: &HeaderName) -> Problem {
    Problem::new(&codes::INVALID_HEADER, format!("`{name}` must be given once."))
        .with("header", name.as_str())
}

#[cfg(test)]
mod tests;
