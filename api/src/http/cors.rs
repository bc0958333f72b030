//! Pages of other origins that may send requests here, if their browser asks first (CORS). They show a token like everybody else:
//! cookies, and whatever else a browser adds by itself, are not asked for.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use std::{fmt, str::FromStr};

/// What pages may do.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE");
/// What they may send.
const SENT: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, Khata-Correlation-Id, Khata-Min-Position, Last-Event-ID, traceparent",
);
/// What they may read, beside what every page may.
const READ: HeaderValue = HeaderValue::from_static(
    "ETag, Location, Retry-After, WWW-Authenticate, Idempotent-Replayed, Khata-Position, Khata-Parked, Khata-Correlation-Id, RateLimit, RateLimit-Policy",
);
/// How long a browser need not ask again, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Origins of pages that may send requests here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// Why a list names no origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no origin, such as https://app.bank.example, in a list with commas (no path, and no *)")]
pub struct NoOrigin(String);

impl Origins {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a page of this origin may.
    pub(super) fn have(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|own| own.as_bytes() == origin.as_bytes())
    }

    /// The answer to a browser that asks what a page may do.
    pub(super) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let origin = headers.get(header::ORIGIN).filter(|origin| self.have(origin))?;
        let asks = method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        asks.then(|| {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            let headers = answer.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
            self.allow(Some(origin), headers);
            answer
        })
    }

    /// Lets the page that has sent a request read its answer.
    pub(super) fn allow(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if self.is_empty() {
            return;
        }
        // A cache must not give one page what was meant for another.
        if !answer.get_all(header::VARY).iter().any(|value| value == ORIGIN) {
            answer.append(header::VARY, HeaderValue::from_static(ORIGIN));
        }
        if let Some(origin) = origin.filter(|origin| self.have(origin)) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, READ);
            // What a page of this list may fetch, its browser must not keep from it.
            answer.insert(HeaderName::from_static("cross-origin-resource-policy"), CROSS_ORIGIN);
        }
    }
}

const ORIGIN: &str = "origin";
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");

impl FromStr for Origins {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let is_origin = |origin: &&str| {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            host.is_some_and(|host| {
                let fits =
                    |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
                !host.is_empty() && host.bytes().all(fits)
            })
        };
        let read = origins.map(|origin| {
            Some(origin).filter(is_origin).map(str::to_owned).ok_or_else(|| NoOrigin(origin.to_owned()))
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_named_one_by_one_as_browsers_write_them() {
        let origins: Origins = "https://app.bank.example, http://localhost:3000".parse().unwrap();
        assert_eq!(origins.to_string(), "https://app.bank.example,http://localhost:3000");
        let have = |origin: &'static str| origins.have(&HeaderValue::from_static(origin));
        assert!(have("https://app.bank.example") && have("http://localhost:3000"));
        for other in
            ["http://app.bank.example", "https://app.bank.example:444", "https://bank.example", "null", ""]
        {
            assert!(!have(other), "{other}");
        }
        for none in [
            "*",
            "https://*.bank.example",
            "app.bank.example",
            "https://bank.example/",
            "https://Bank.example",
            "null",
        ] {
            assert_eq!(none.parse::<Origins>(), Err(NoOrigin(none.to_owned())), "{none}");
        }
    }
}
