//! What is the same for everybody: compressed once, when somebody first takes it so, and not for each who asks.

use crate::http::answer::with_type;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::{self, Write},
    sync::OnceLock,
};

const GZIP: &str = "gzip";

/// A text, as it is and compressed.
pub(super) struct Packed {
    plain: Bytes,
    /// `None` where it could not be made.
    packed: OnceLock<Option<Bytes>>,
    media_type: HeaderValue,
}

impl Packed {
    pub(super) fn new(plain: impl Into<Bytes>, media_type: &str) -> Self {
        let media_type = HeaderValue::try_from(media_type)
            .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
        Self { plain: plain.into(), packed: OnceLock::new(), media_type }
    }

    /// Answers with it, as the client takes it.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let packed = takes_gzip(asked).then(|| self.packed().clone()).flatten();
        let is_packed = packed.is_some();
        let mut response = with_type(Body::from(packed.unwrap_or_else(|| self.plain.clone())), "text/plain");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if is_packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(GZIP));
        }
        response
    }

    fn packed(&self) -> &Option<Bytes> {
        self.packed.get_or_init(|| gzip(&self.plain).map(Bytes::from).ok())
    }
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// Whether a client says that it takes gzip, by its name.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let texts = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches(['q', 'Q']).trim_start_matches('=');
        name.trim().eq_ignore_ascii_case(GZIP) && weight.parse::<f32>().map_or(true, |weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_name_it() {
        let takes = |value: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        for value in ["gzip", "GZIP", "br, gzip;q=0.5", "deflate,gzip ; q=1", "gzip;q=0.001"] {
            assert!(takes(value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "gzip; q=0.000", "*", "gzipped"] {
            assert!(!takes(value), "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn it_is_compressed_once() {
        let text = Packed::new("khata ".repeat(1_000), "text/plain");
        let packed = || text.packed().clone().unwrap();
        assert_eq!(packed().as_ptr(), packed().as_ptr());
        assert!(packed().len() * 4 < text.plain.len());
    }
}
