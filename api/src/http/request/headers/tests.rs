//! Headers are read to the letter.

use super::*;

fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
    values.iter().map(|value| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap())).collect()
}

#[test]
fn if_match_takes_one_quoted_version_or_a_star() {
    for (text, expected) in [("\"3\"", Some(3)), ("\"0\"", Some(0)), (" \"18\" ", Some(18)), ("*", None)] {
        assert_eq!(if_match(&headers(&header::IF_MATCH, &[text])).unwrap(), expected, "{text}");
    }
    assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
}

#[test]
fn if_match_in_any_other_form_is_refused() {
    for text in [
        "3",
        "\"3",
        "W/\"3\"",
        "\"3\", \"4\"",
        "\"\"",
        "\"+3\"",
        "\"-1\"",
        "\"99999999999999999999\"",
        "\"x\"",
        "",
    ] {
        assert_eq!(
            if_match(&headers(&header::IF_MATCH, &[text])).unwrap_err().code(),
            "invalid_header",
            "{text}"
        );
    }
    assert!(if_match(&headers(&header::IF_MATCH, &["\"3\"", "\"3\""])).is_err());
}

#[test]
fn idempotency_keys_have_one_to_255_visible_characters() {
    let longest = "k".repeat(255);
    for text in ["a", "order 17/β".trim_end_matches('β'), longest.as_str()] {
        assert_eq!(idempotency_key(&headers(&IDEMPOTENCY_KEY, &[text])).unwrap().as_deref(), Some(text));
    }
    for text in ["", "schlüssel", "a\tb", "k".repeat(256).as_str()] {
        assert!(idempotency_key(&headers(&IDEMPOTENCY_KEY, &[text])).is_err(), "{text}");
    }
    assert!(idempotency_key(&headers(&IDEMPOTENCY_KEY, &["a", "a"])).is_err(), "twice");
}

#[test]
fn correlation_ids_are_short_and_plain() {
    assert_eq!(
        correlation_id(&headers(&CORRELATION_ID, &["a-b_c.d:e/f+g=h@i"])).unwrap(),
        Some("a-b_c.d:e/f+g=h@i")
    );
    for text in ["", "a b", "a\"b", "x".repeat(129).as_str()] {
        assert!(correlation_id(&headers(&CORRELATION_ID, &[text])).is_err(), "{text}");
    }
}

#[test]
fn a_traceparent_that_is_not_valid_counts_as_absent() {
    let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(traceparent(&headers(&TRACEPARENT, &[valid])), Some(valid));
    for text in [
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "x",
    ] {
        assert_eq!(traceparent(&headers(&TRACEPARENT, &[text])), None, "{text}");
    }
}

#[test]
fn positions_are_whole_numbers_that_a_store_can_hold() {
    assert_eq!(min_position(&headers(&MIN_POSITION, &["0"])).unwrap(), Some(0));
    assert_eq!(
        last_event_id(&headers(&LAST_EVENT_ID, &["9223372036854775807"])).unwrap(),
        Some(i64::MAX as u64)
    );
    for text in ["", "-1", "+1", "1.0", "9223372036854775808", "x"] {
        assert!(min_position(&headers(&MIN_POSITION, &[text])).is_err(), "{text}");
    }
}
