//! Where a gateway is: reached so that nobody in between reads or changes what is paid.

use crate::tokens::{Address, AddressError};
use std::{fmt, str::FromStr, sync::Arc};

/// A URL that paths are put behind: `https`, or on this machine, without a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUrl(Arc<str>);

/// Why no payments go to a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GatewayUrlError {
    /// It is none of HTTP.
    #[error("it is no URL of HTTP, such as https://velocitypay.example/v1")]
    NotHttp,
    /// It holds a name or password.
    #[error("it holds a name or a password")]
    Credentials,
    /// Others could read and change what goes there.
    #[error("payments go over https, or over http to this machine alone")]
    Plain,
    /// Nothing can be put behind it.
    #[error("it holds a query or a fragment, so no path can stand behind it")]
    Query,
}

impl From<AddressError> for GatewayUrlError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::NotHttp => Self::NotHttp,
            AddressError::Credentials => Self::Credentials,
            AddressError::Plain => Self::Plain,
        }
    }
}

impl FromStr for GatewayUrl {
    type Err = GatewayUrlError;

    fn from_str(text: &str) -> Result<Self, GatewayUrlError> {
        text.parse::<Address>()?;
        if text.contains(['?', '#']) {
            return Err(GatewayUrlError::Query);
        }
        Ok(Self(text.trim_end_matches('/').into()))
    }
}

impl fmt::Display for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_go_where_nobody_in_between_reads_them() {
        let read = |text: &str| text.parse::<GatewayUrl>().map(|url| url.to_string());
        for (taken, url) in [
            ("https://velocitypay.example/v1/", "https://velocitypay.example/v1"),
            ("https://10.0.0.1:8443", "https://10.0.0.1:8443"),
            ("http://127.0.0.1:9", "http://127.0.0.1:9"),
            ("http://[::1]:9/", "http://[::1]:9"),
        ] {
            assert_eq!(read(taken), Ok(url.to_owned()));
        }
        for (refused, why) in [
            ("http://velocitypay.example", GatewayUrlError::Plain),
            ("https://me:secret@velocitypay.example", GatewayUrlError::Credentials),
            ("https://velocitypay.example/?a=b", GatewayUrlError::Query),
            ("https://velocitypay.example/#a", GatewayUrlError::Query),
            ("velocitypay.example", GatewayUrlError::NotHttp),
            ("", GatewayUrlError::NotHttp),
        ] {
            assert_eq!(read(refused), Err(why), "{refused}");
        }
    }
}
