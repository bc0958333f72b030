//! What a request says of how it is written. What Khata would not heed it refuses: a body that is read otherwise than it was meant
//! is worse than none.

use super::headers::{invalid, single};
use crate::http::problem::{Problem, codes};
use axum::http::{HeaderMap, header};

/// Refuses codings, expectations and character sets that are none of Khata's, and a body of two types.
pub(in crate::http) fn admit(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    if let Some(coding) = codings.find(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let told = String::from_utf8_lossy(coding.as_bytes()).into_owned();
        return Err(Problem::new(&codes::UNSUPPORTED_CONTENT_ENCODING, "The body must not be encoded.")
            .with("content_encoding", told));
    }
    // That chunked is the last one has been seen to; whoever names more has encoded the body.
    if let Some(coding) = single(headers, &header::TRANSFER_ENCODING)?
        .filter(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        let told = String::from_utf8_lossy(coding.as_bytes()).into_owned();
        return Err(Problem::new(
            &codes::UNSUPPORTED_TRANSFER_ENCODING,
            "Bodies are chunked, or of a length.",
        )
        .with("transfer_encoding", told));
    }
    if let Some(expected) = single(headers, &header::EXPECT)?
        .filter(|expected| !expected.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    {
        let told = String::from_utf8_lossy(expected.as_bytes()).into_owned();
        return Err(Problem::new(&codes::EXPECTATION_FAILED, "Nothing but 100-continue can be expected.")
            .with("expected", told));
    }
    let Some(media_type) = single(headers, &header::CONTENT_TYPE)? else { return Ok(()) };
    let media_type = media_type.to_str().map_err(|_| invalid(&header::CONTENT_TYPE, "a media type"))?;
    let foreign = media_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).find(
        |(name, value)| {
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("charset")
                && !value.eq_ignore_ascii_case("utf-8")
                && !value.eq_ignore_ascii_case("us-ascii")
        },
    );
    foreign.map_or(Ok(()), |_| {
        Err(Problem::new(&codes::UNSUPPORTED_MEDIA_TYPE, "Texts are in UTF-8.")
            .with("expected", "charset=utf-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn admitted(pairs: &[(HeaderName, &'static str)]) -> Result<(), String> {
        let headers =
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        admit(&headers).map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn what_says_nothing_or_the_usual_is_admitted() {
        for pairs in [
            vec![],
            vec![(header::CONTENT_TYPE, "application/json")],
            vec![
                (header::CONTENT_TYPE, "application/json; charset=\"UTF-8\""),
                (header::CONTENT_ENCODING, "identity"),
            ],
            vec![(header::TRANSFER_ENCODING, "Chunked"), (header::EXPECT, "100-Continue")],
            vec![(header::CONTENT_TYPE, "application/json; profile=x")],
        ] {
            assert_eq!(admitted(&pairs), Ok(()), "{pairs:?}");
        }
    }

    #[test]
    fn what_would_not_be_heeded_is_refused_by_its_code() {
        for (pairs, code) in [
            (vec![(header::CONTENT_ENCODING, "gzip")], "unsupported_content_encoding"),
            (
                vec![(header::CONTENT_ENCODING, "identity"), (header::CONTENT_ENCODING, "br")],
                "unsupported_content_encoding",
            ),
            (vec![(header::TRANSFER_ENCODING, "gzip, chunked")], "unsupported_transfer_encoding"),
            (vec![(header::EXPECT, "a miracle")], "expectation_failed"),
            (vec![(header::CONTENT_TYPE, "application/json; charset=utf-16")], "unsupported_media_type"),
            (
                vec![(header::CONTENT_TYPE, "application/json;profile=x; Charset = \"latin1\"")],
                "unsupported_media_type",
            ),
            (
                vec![(header::CONTENT_TYPE, "application/json"), (header::CONTENT_TYPE, "text/plain")],
                "invalid_header",
            ),
        ] {
            assert_eq!(admitted(&pairs), Err(code.to_owned()), "{pairs:?}");
        }
    }
}
