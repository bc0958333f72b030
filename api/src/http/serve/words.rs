//! Answers to those who never came as far as a route: problems like all others, written by hand.

use crate::http::{
    edge::harden,
    problem::{Code, Problem, codes},
};
use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};

/// What the HTTP library answers to what is no request has no body and no header of ours. None of it is longer.
const LONGEST: usize = 256;
/// Every answer of a route has it, and none of the library's.
const OURS: &str = "cross-origin-resource-policy";
/// Stands in the library's words, in the place of what we have to say.
const NO_BODY: &str = "content-length: 0\r\n";

/// The problem to be written instead, if this is what the library answers by itself.
pub(super) fn replaced(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > LONGEST || !bytes.starts_with(b"HTTP/1.1 4") || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?;
    if head.contains(OURS) || !head.contains(NO_BODY) {
        return None;
    }
    let problem = match head.get(9..12)? {
        "400" => Problem::new(&codes::MALFORMED_REQUEST, "What was sent is no request of HTTP/1.1."),
        "414" => Problem::new(
            &codes::URI_TOO_LONG,
            "The path and the query string are longer than any that is known.",
        ),
        "431" => Problem::new(&codes::HEADERS_TOO_LARGE, "The headers are more, or larger, than allowed."),
        _ => return None,
    };
    Some(
        head.replacen(NO_BODY, "", 1).replacen("\r\n\r\n", &format!("\r\n{}", rest(problem)), 1).into_bytes(),
    )
}

/// A whole answer to somebody who is not let in.
pub(super) fn turned_away(code: &Code, detail: &str) -> Vec<u8> {
    let status = code.status;
    let reason = status.canonical_reason().unwrap_or_default();
    format!(
        "HTTP/1.1 {} {reason}\r\nconnection: close\r\n{}",
        status.as_u16(),
        rest(Problem::new(code, detail))
    )
    .into_bytes()
}

/// Headers and body of a problem. Which path was asked for is not known.
fn rest(problem: Problem) -> String {
    let body = problem.to_json("*");
    let mut response = problem.clone().into_response();
    problem.complete(&mut response, "*");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    harden(headers);
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()))
        .collect();
    format!("{lines}\r\n{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_librarys_own_words_become_a_problem_and_nothing_else_does() {
        let own = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: Mon, 02 Mar 2026 12:00:00 GMT\r\n\r\n";
        let told = String::from_utf8(replaced(own.as_bytes()).unwrap()).unwrap();
        assert!(
            told.starts_with(
                "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ndate: Mon, 02 Mar 2026 12:00:00 GMT\r\n"
            ),
            "{told}"
        );
        let (head, body) = told.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())) && head.contains(OURS), "{told}");
        assert!(body.contains(r#""code":"malformed_request""#), "{told}");
        for other in [
            "HTTP/1.1 400 Bad Request\r\ncross-origin-resource-policy: same-origin\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 7\r\n\r\n",
            "",
        ] {
            assert_eq!(replaced(other.as_bytes()), None, "{other}");
        }
    }
}
