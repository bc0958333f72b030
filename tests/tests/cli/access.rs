//! Servers that ask who sends a request: the tokens that `khata token` makes, those that commands show, and that none of them is written
//! down anywhere.

use crate::told::{Told, finish, over};
use khata_tests::{Client, Home, Request, Response, Server, binary::khata, test_app::new_customer};
use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A data directory with a secret, the secret's file, and a token of an admin.
fn with_secret(place: &Path) -> (PathBuf, String, String) {
    let data = place.join("data");
    let token = over(&data, &["token", "--role", "admin", "--sub", "maria", "--make-secret"]).well();
    let secret = data.join("token.key");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(token.lines().count(), 1, "the token alone");
    (data, secret.to_str().unwrap().to_owned(), token.trim().to_owned())
}

fn asked(client: &mut Client, path: &str, token: &str) -> Response {
    client.send(&Request::get(path).header("Authorization", format!("Bearer {token}"))).unwrap()
}

fn to(url: &str) -> Command {
    khata(["projections", "list", "--url", url])
}

#[test]
fn a_server_with_a_secret_takes_its_tokens_and_commands_show_theirs() {
    let place = tempfile::tempdir().unwrap();
    let (data, secret, token) = with_secret(place.path());
    let server = Server::start_with(&data, &["--token-secret-file", &secret]);
    let mut client = server.client();
    let refused = client.get("/v1/customers");
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer realm=\"khata\"")));
    asked(&mut client, "/v1/events", &token).expect(200);
    let auditor = over(&data, &["token", "--role", "auditor,operator", "--ttl", "30m"]).well();
    asked(&mut client, "/v1/events", auditor.trim()).expect(200);

    // Whoever holds the directory can read the secret, and needs no token of anybody else's.
    over(&data, &["projections", "list"]).well();
    let url = format!("http://{}", server.address());
    finish(&mut to(&url)).failed(1, "(unauthenticated)");
    finish(to(&url).env("KHATA_TOKEN", &token)).well();
    let file = place.path().join("token");
    fs::write(&file, format!("{token}\n")).unwrap();
    finish(to(&url).arg("--token-file").arg(&file)).well();
    fs::write(&file, "no token\n").unwrap();
    let told = finish(to(&url).arg("--token-file").arg(&file)).failed(2, "holds no token");
    assert!(!told.err.contains("no token\n\n"), "{told:?}");
    server.stop();

    let other = place.path().join("other");
    let (_, other, _) = with_secret(&other);
    let server = Server::start_with(&data, &["--token-secret-file", &other]);
    let refused = asked(&mut server.client(), "/v1/events", &token);
    assert!(refused.header("www-authenticate").unwrap().contains("no key is known"), "{refused:?}");
}

#[test]
fn tokens_that_nobody_would_take_are_not_made() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    over(&data, &["token", "--role", "admin"]).failed(1, "--make-secret makes one");
    assert!(!data.exists(), "nothing is made unless it is told to");
    with_secret(place.path());
    for (arguments, told) in [
        (&["--role", "boss"][..], "there are customer, teller"),
        (&["--role", "customer"], "go together"),
        (&["--role", "admin", "--sub", "local"], "its subject is none"),
        (&["--role", "admin", "--ttl", "long"], "such as 8h"),
        (&[], "--role"),
    ] {
        let arguments = [&["token"], arguments].concat();
        let refused = over(&data, &arguments);
        assert!(refused.code != Some(0) && refused.out.is_empty(), "{refused:?}");
        assert!(refused.err.contains(told), "{told}: {refused:?}");
    }
}

#[test]
fn a_server_that_asks_nobody_says_so_and_listens_on_loopback_alone() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    over(&data, &["serve", "--listen", "0.0.0.0:0"]).failed(2, "listens on loopback only");
    over(&data, &["serve", "--listen", "127.0.0.1:0", "--cors-origins", "https://app.bank.example"])
        .failed(2, "--cors-origins needs keys");
    let (data, secret, token) = with_secret(place.path());
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    over(&data, &["serve", "--listen", "127.0.0.1:0", "--token-secret-file", &secret]).failed(1, "0644");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    for (jwks, told) in [
        ("http://issuer.example/keys", "keys come over https"),
        ("https://a:b@issuer.example/keys", "holds a name or a password"),
    ] {
        let named = ["--token-issuer", "i", "--token-audience", "a", "--jwks", jwks];
        over(&data, &[&["serve", "--listen", "127.0.0.1:0"], &named[..]].concat()).failed(2, told);
    }
    over(&data, &["serve", "--listen", "127.0.0.1:0", "--jwks", "keys.json"]).failed(2, "--token-issuer");
    let server = Server::start_with(&data, &["--token-secret-file", &secret, "--listen", "0.0.0.0:0"]);
    let log = server.log();
    assert!(log.contains("in the clear"), "{log}");
    asked(&mut server.client(), "/v1/events", &token).expect(200);
}

#[test]
fn a_token_and_its_secret_stand_in_no_log_metric_answer_or_file() {
    let place = tempfile::tempdir().unwrap();
    let (data, secret, token) = with_secret(place.path());
    let home = Home::embedded(&data);
    let server = home.serve(&["--token-secret-file", &secret, "--log", "trace"]);
    let mut client = server.client();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let claims = head.rsplit_once('.').unwrap().1;
    let spoilt = format!("{head}.{}", "A".repeat(signature.len()));
    let mut told = Vec::new();
    for shown in [token.as_str(), &spoilt, &format!("{token}{token}")] {
        for path in ["/v1/customers", "/v1/events", "/metrics", "/readyz", "/v1/nothing"] {
            let answer = asked(&mut client, path, shown);
            told.push(format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body)));
        }
    }
    let onboard = Request::post("/v1/customers", &new_customer("maria@example.com"));
    let onboarded = client.send(&onboard.header("Authorization", format!("Bearer {token}"))).unwrap();
    onboarded.expect(201);
    for path in ["/v1/events", "/metrics"] {
        told.push(asked(&mut client, path, &token).text().to_owned());
    }
    assert!(told.last().unwrap().contains("khata_authentications_total{"), "{told:?}");
    over(&data, &["projections", "list", "--log", "trace"]).well();
    let by_command = finish(
        to(&format!("http://{}", server.address())).env("KHATA_TOKEN", &spoilt).args(["--log", "trace"]),
    );
    told.push(format!("{by_command:?}"));
    server.signal("HUP");
    asked(&mut client, "/v1/events", &token).expect(200);
    let log = server.log();
    assert!(log.contains("answered") && log.contains("/v1/nothing"), "the log tells of each request: {log}");
    server.stop();
    let key = fs::read_to_string(&secret).unwrap();
    let secrets = [signature, claims, key.trim()];
    told.push(log);
    for secret in secrets {
        assert!(told.iter().all(|text| !text.contains(secret)), "{secret} is told");
    }
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for secret in secrets.iter().filter(|_| !path.ends_with("token.key")) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
}

#[test]
fn a_secret_that_is_changed_is_read_again_on_sighup_and_a_bad_one_is_not() {
    let place = tempfile::tempdir().unwrap();
    let (data, secret, token) = with_secret(place.path());
    let server = Server::start_with(&data, &["--token-secret-file", &secret]);
    let mut client = server.client();
    fs::write(&secret, "too short").unwrap();
    server.signal("HUP");
    until(|| server.log().contains("what was in use stays in use"));
    asked(&mut client, "/v1/events", &token).expect(200);
    fs::remove_file(&secret).unwrap();
    let newer = over(&data, &["token", "--role", "admin", "--make-secret"]).well();
    server.signal("HUP");
    until(|| server.log().contains("read again"));
    until(|| asked(&mut client, "/v1/events", newer.trim()).status == 200);
    assert_eq!(asked(&mut client, "/v1/events", &token).status, 401);
}

pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed().as_secs() < 30, "it never came to that");
        std::thread::yield_now();
    }
}

/// A token that PyJWT makes with our secret, here and now; the fixtures hold some that it has made before.
#[test]
fn a_token_of_another_library_with_our_secret_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let (data, secret, _) = with_secret(place.path());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tokens/make.py");
    let mut python = Command::new("python3");
    python
        .args([script, "--secret", &secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut python) = python.spawn() else { return println!("not tested: there is no python3") };
    let claims = r#"{"iss": "khata", "aud": "khata", "sub": "maria", "roles": ["admin"], "exp": 4102444800}"#;
    let _gone = python.stdin.take().unwrap().write_all(claims.as_bytes());
    let made: Told = python.wait_with_output().unwrap().into();
    if made.err.contains("No module named") {
        return println!("not tested: python3 has no PyJWT with its cryptography");
    }
    let token = made.well();
    let server = Server::start_with(&data, &["--token-secret-file", &secret]);
    asked(&mut server.client(), "/v1/events", token.trim()).expect(200);
}
