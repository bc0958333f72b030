//! What a client accepts, by RFC 9110: ranges of media types, each with a weight.

use axum::http::{HeaderMap, header};

/// A range of media types that a client speaks of.
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    /// In thousandths.
    weight: u16,
}

/// Which of the media types offered the client likes best: that of the highest weight, among equals the one that it names first. `None` if
/// it names none of them, or says that it takes none.
pub(crate) fn preferred<'o>(headers: &HeaderMap, offered: &[&'o str]) -> Option<&'o str> {
    let texts = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let ranges: Vec<Range<'_>> = texts.flat_map(|accept| accept.split(',')).filter_map(Range::read).collect();
    let liked = offered.iter().filter_map(|media| {
        let (kind, subtype) = media.split_once('/')?;
        // The most specific range that a media type falls into tells its weight.
        let (place, range) = ranges
            .iter()
            .enumerate()
            .filter(|(_, range)| range.covers(kind, subtype))
            .max_by_key(|(_, range)| range.precision())?;
        (range.weight > 0).then_some((std::cmp::Reverse(range.weight), place, *media))
    });
    liked.min_by_key(|(weight, place, _)| (*weight, *place)).map(|(_, _, media)| media)
}

/// Whether the client names a media type, and not only a range that it falls into.
pub(crate) fn names(headers: &HeaderMap, media: &str) -> bool {
    let texts = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    texts
        .flat_map(|accept| accept.split(','))
        .any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media))
}

impl<'h> Range<'h> {
    fn read(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight =
            parts.find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")));
        Some(Self { kind, subtype, weight: weight.map_or(1_000, thousandths) })
    }

    fn covers(&self, kind: &str, subtype: &str) -> bool {
        let fits = |range: &str, name: &str| range == "*" || range.eq_ignore_ascii_case(name);
        fits(self.kind, kind) && fits(self.subtype, subtype)
    }

    fn precision(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }
}

/// A weight of at most three digits behind the point. What is none counts as if nothing were said.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "0" if digits => format!("{fraction:0<3}").parse().unwrap_or(1_000),
        _ => 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(accept: &[&str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
        }
        preferred(&headers, &["application/json", "text/csv"])
    }

    #[test]
    fn the_highest_weight_wins_and_none_is_none() {
        for (accept, expected) in [
            ("text/csv", Some("text/csv")),
            ("Text/CSV; charset=utf-8", Some("text/csv")),
            ("text/csv;q=0.1,application/json", Some("application/json")),
            ("application/json;q=0.5, text/csv;q=0.51", Some("text/csv")),
            ("text/csv;q=0", None),
            ("text/csv;q=0.000, */*", Some("application/json")),
            ("*/*;q=0.9, application/json;q=0.1", Some("text/csv")),
            ("text/*", Some("text/csv")),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some("application/json")),
            ("application/json, text/csv", Some("application/json")),
            ("text/csv, application/json", Some("text/csv")),
            ("text/csv;q=nonsense", Some("text/csv")),
            ("image/png", None),
            ("", None),
            ("csv", None),
        ] {
            assert_eq!(of(&[accept]), expected, "{accept}");
        }
        assert_eq!(of(&["application/json;q=0.2", "text/csv;q=0.3"]), Some("text/csv"), "in two headers");
        assert_eq!(of(&[]), None);
    }
}
