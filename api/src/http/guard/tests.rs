//! Which requests pass, by what a browser or a proxy says of them.

use super::*;

const LINK: [(&str, &str); 3] =
    [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

fn admit_at(path: &str, method: Method, pairs: &[(&'static str, &str)]) -> Result<(), String> {
    let headers =
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
    let guard = Guard::new("khata.test,bank.test:8443".parse().unwrap(), Origins::default(), false);
    guard
        .admit(&method, &path.parse().unwrap(), Version::HTTP_11, &headers)
        .map_err(|problem| problem.code().to_owned())
}

fn admit(method: Method, pairs: &[(&'static str, &str)]) -> Result<(), String> {
    admit_at("/v1/customers", method, pairs)
}

#[test]
fn this_machines_own_names_and_trusted_ones_are_admitted() {
    for host in [
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1:8080",
        "127.0.0.9",
        "[::1]:8080",
        "[::1]",
        "khata.test",
        "Khata.Test:80",
        "khata.test:9000",
        "bank.test",
        "bank.test:8443",
    ] {
        assert_eq!(admit(Method::POST, &[("host", host)]), Ok(()), "{host}");
        assert_eq!(
            admit(Method::POST, &[("host", "127.0.0.1:8080"), ("x-forwarded-host", host)]),
            Ok(()),
            "{host}"
        );
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
        "localhost:99999",
        "bank.test:9000",
        "a.khata.test",
        "khata.test.",
    ] {
        assert_eq!(admit(Method::GET, &[("host", host)]), Err("host_not_allowed".into()), "{host}");
        // A proxy that takes any name must not make every name ours.
        assert_eq!(
            admit(Method::GET, &[("host", "127.0.0.1"), ("x-forwarded-host", host)]),
            Err("host_not_allowed".into()),
            "{host}"
        );
    }
    assert_eq!(admit(Method::GET, &[]), Err("invalid_header".into()));
}

#[test]
fn what_decides_stands_there_once() {
    let host = ("host", "localhost");
    for twice in [
        ("host", "localhost"),
        ("origin", "http://localhost"),
        ("sec-fetch-site", "same-origin"),
        ("x-forwarded-host", "khata.test"),
    ] {
        assert_eq!(admit(Method::POST, &[host, twice, twice]), Err("invalid_header".into()), "{twice:?}");
    }
}

#[test]
fn pages_of_this_server_may_send_and_others_may_not() {
    let host = ("host", "127.0.0.1:8080");
    assert_eq!(admit(Method::POST, &[host, ("origin", "http://127.0.0.1:8080")]), Ok(()));
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:9090",
        "http://localhost:8080",
        "file://",
        "127.0.0.1:8080",
        "http://127.0.0.1",
    ] {
        assert_eq!(admit(Method::POST, &[host, ("origin", origin)]), Err("cross_origin".into()), "{origin}");
        assert_eq!(admit(Method::GET, &[host, ("origin", origin)]), Err("cross_origin".into()), "{origin}");
    }
}

#[test]
fn an_origin_is_compared_with_what_the_proxy_was_asked_for() {
    let direct = ("host", "127.0.0.1:8080");
    for (named, origin, own) in [
        ([("host", "khata.test"), ("accept", "*/*")], "https://khata.test", true),
        ([("host", "khata.test:443"), ("accept", "*/*")], "https://khata.test", true),
        ([("host", "khata.test"), ("accept", "*/*")], "https://khata.test:9000", false),
        // The proxy left the port out, which the host was trusted with.
        ([("host", "bank.test"), ("accept", "*/*")], "https://bank.test:8443", true),
        ([("host", "bank.test"), ("accept", "*/*")], "https://bank.test:8444", false),
        ([direct, ("x-forwarded-host", "khata.test")], "https://khata.test", true),
        ([direct, ("x-forwarded-host", "khata.test")], "http://127.0.0.1:8080", false),
        ([direct, ("x-forwarded-host", "khata.test")], "https://bank.test:8443", false),
        // Trusted or not: nothing was passed on, so a page of that name is another one.
        ([direct, ("accept", "*/*")], "https://khata.test", false),
    ] {
        let expected = if own { Ok(()) } else { Err("cross_origin".to_owned()) };
        let [one, other] = named;
        assert_eq!(admit(Method::POST, &[one, other, ("origin", origin)]), expected, "{named:?} {origin}");
    }
}

#[test]
fn what_a_page_from_elsewhere_makes_a_browser_fetch_is_refused_and_links_to_pages_are_followed() {
    let host = ("host", "localhost");
    for (path, method, admitted) in [
        ("/", Method::GET, true),
        ("/docs", Method::GET, true),
        ("/docs/", Method::HEAD, true),
        ("/docs/", Method::POST, false),
        ("/docs/swagger-ui.css", Method::GET, false),
        ("/v1/customers", Method::GET, false),
        ("/v1/admin/backup", Method::GET, false),
        ("/metrics", Method::GET, false),
    ] {
        let expected = if admitted { Ok(()) } else { Err("cross_origin".to_owned()) };
        assert_eq!(
            admit_at(path, method.clone(), &[host, LINK[0], LINK[1], LINK[2]]),
            expected,
            "{method} {path}"
        );
    }
    for (mode, dest) in [
        ("no-cors", "image"),
        ("navigate", "iframe"),
        ("cors", "empty"),
        ("navigate", "embed"),
        ("no-cors", "document"),
    ] {
        for site in ["cross-site", "same-site", "something-new"] {
            let said = [host, ("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
            assert_eq!(admit_at("/docs/", Method::GET, &said), Err("cross_origin".into()), "{said:?}");
        }
    }
    for site in ["same-origin", "none"] {
        assert_eq!(admit(Method::POST, &[host, ("sec-fetch-site", site)]), Ok(()));
        assert_eq!(
            admit_at(
                "/v1/admin/backup",
                Method::GET,
                &[host, ("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")]
            ),
            Ok(())
        );
    }
    assert_eq!(
        admit_at("/docs/", Method::GET, &[host, LINK[0]]),
        Err("cross_origin".into()),
        "an image, for all that is said"
    );
}
