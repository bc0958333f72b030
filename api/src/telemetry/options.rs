//! Where traces go, and how many of them.

use clap::Args;
use std::{fmt, str::FromStr};

/// The variable that all programs with OpenTelemetry heed.
const STANDARD_VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// What the protocol puts behind a collector's address.
const TRACES_PATH: &str = "/v1/traces";

/// Where traces go, and how many of them.
#[derive(Clone, Args)]
pub struct TelemetryOptions {
    /// The collector that traces are sent to, by OTLP over HTTP, e.g. http://127.0.0.1:4318. Default:
    /// OTEL_EXPORTER_OTLP_ENDPOINT; without either, no traces are recorded.
    #[arg(long, env = "KHATA_OTLP_ENDPOINT", value_name = "URL", hide_env_values = true)]
    pub otlp_endpoint: Option<String>,
    /// The share of traces that are recorded, from 0 to 1. If a client has already decided whether its trace
    /// is recorded, that decides.
    #[arg(long, env = "KHATA_OTLP_SAMPLE", value_name = "SHARE", default_value = "1")]
    pub otlp_sample: Share,
}

/// A share, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(pub(super) f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        share.map(Self).ok_or_else(|| "a share is a number from 0 to 1, such as 0.1".to_owned())
    }
}

/// A collector's address, with the path that traces are sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct OtlpEndpoint(String);

/// Why a collector's address cannot be taken. What stands in an address besides scheme and host is never
/// told: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtlpError {
    /// No `http://host…`.
    #[error("{origin} is no address of a collector, such as http://127.0.0.1:4318")]
    Malformed {
        /// Where it was given.
        origin: &'static str,
    },
    /// `https://`.
    #[error(
        "{origin}: traces are sent over http:// only; use a collector on this machine, which may forward them over https://"
    )]
    Encrypted {
        /// Where it was given.
        origin: &'static str,
    },
}

impl TelemetryOptions {
    /// The collector, if there is one.
    pub(super) fn endpoint(&self) -> Result<Option<OtlpEndpoint>, OtlpError> {
        let standard = || std::env::var(STANDARD_VARIABLE).ok();
        match (&self.otlp_endpoint, standard()) {
            (Some(given), _) => OtlpEndpoint::parse(given, "--otlp-endpoint"),
            (None, Some(given)) => OtlpEndpoint::parse(&given, STANDARD_VARIABLE),
            (None, None) => Ok(None),
        }
    }
}

impl OtlpEndpoint {
    /// Reads a collector's address; an empty one stands for none.
    fn parse(text: &str, origin: &'static str) -> Result<Option<Self>, OtlpError> {
        let text = text.trim().trim_end_matches('/');
        if text.is_empty() {
            return Ok(None);
        }
        let uri: axum::http::Uri = text.parse().map_err(|_| OtlpError::Malformed { origin })?;
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), _) => Err(OtlpError::Encrypted { origin }),
            (Some("http"), Some(host)) if !host.is_empty() && uri.query().is_none() => {
                let whole = if uri.path().ends_with(TRACES_PATH) {
                    text.to_owned()
                } else {
                    format!("{text}{TRACES_PATH}")
                };
                Ok(Some(Self(whole)))
            }
            _ => Err(OtlpError::Malformed { origin }),
        }
    }
}

impl OtlpEndpoint {
    /// The whole address, for whoever goes there.
    pub(super) fn url(&self) -> &str {
        &self.0
    }
}

/// Scheme, host and port: what else stands in the address may be a secret.
impl fmt::Display for OtlpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self
            .0
            .split_once("://")
            .map_or("", |(_, behind)| behind.split(['/', '?', '#']).next().unwrap_or_default());
        write!(f, "http://{}", authority.rsplit_once('@').map_or(authority, |(_, host)| host))
    }
}

/// As it is told.
impl fmt::Debug for OtlpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without the collector's address, which may hold a password.
impl fmt::Debug for TelemetryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryOptions").field("otlp_sample", &self.otlp_sample).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_named_with_or_without_the_path_of_traces() {
        let whole = Ok(Some(OtlpEndpoint("http://127.0.0.1:4318/v1/traces".to_owned())));
        for text in ["http://127.0.0.1:4318", " http://127.0.0.1:4318/ ", "http://127.0.0.1:4318/v1/traces"] {
            assert_eq!(OtlpEndpoint::parse(text, "x"), whole, "{text}");
        }
        assert_eq!(OtlpEndpoint::parse(" ", "x"), Ok(None));
    }

    #[test]
    fn an_address_is_told_without_what_may_be_a_secret() {
        for (text, told) in [
            ("http://u:s3cret@127.0.0.1:4318", "http://127.0.0.1:4318"),
            ("http://s3cret@collector/v1/traces", "http://collector"),
            ("http://u:s3@cret@[::1]:4318/s3cret", "http://[::1]:4318"),
            ("http://collector:4318/tenants/s3cret", "http://collector:4318"),
        ] {
            let Ok(Some(endpoint)) = OtlpEndpoint::parse(text, "x") else { continue };
            assert_eq!((endpoint.to_string(), format!("{endpoint:?}")), (told.to_owned(), told.to_owned()));
            assert!(endpoint.url().contains("s3"), "it is still asked for whole");
            let options = TelemetryOptions { otlp_endpoint: Some(text.to_owned()), otlp_sample: Share(1.0) };
            assert!(!format!("{options:?}").contains("s3"));
        }
        assert!(OtlpEndpoint::parse("http://u:s3cret@127.0.0.1:4318", "x").unwrap().is_some());
    }

    #[test]
    fn what_is_no_plain_http_address_is_refused_without_repeating_it() {
        for text in
            ["127.0.0.1:4318", "grpc://collector:4317", "http://", "http://a?token=s3cret", "collector"]
        {
            let error = OtlpEndpoint::parse(text, "--otlp-endpoint").unwrap_err();
            assert_eq!(error, OtlpError::Malformed { origin: "--otlp-endpoint" }, "{text}");
            assert!(!error.to_string().contains("s3cret"));
        }
        assert_eq!(OtlpEndpoint::parse("https://collector", "x"), Err(OtlpError::Encrypted { origin: "x" }));
    }

    #[test]
    fn a_share_lies_between_none_and_all() {
        assert_eq!(
            ("0".parse(), "0.25".parse(), "1".parse()),
            (Ok(Share(0.0)), Ok(Share(0.25)), Ok(Share(1.0)))
        );
        for text in ["-0.1", "1.1", "NaN", "inf", "half", ""] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
