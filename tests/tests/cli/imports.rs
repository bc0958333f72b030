//! Imports from outside: lines from a file or from standard input, into a server or into the stores.

use crate::told::{events, fed, finish, over, run};
use khata_tests::{Server, binary::khata};
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
};

fn extract_of(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).to_str().unwrap().to_owned()
}

fn lines(entries: u64) -> Vec<String> {
    let mut lines = vec![
        r#"{"customer_onboarded":{"source":"test:c:1","effective_at":"1993-01-01","name":"One","email":"one@test.example","phone":"+420 000 000","type":"individual"}}"#.to_owned(),
        r#"{"account_opened":{"source":"test:a:1","effective_at":"1993-01-02","customer":"test:c:1","account_type":"savings","currency":"CZK"}}"#.to_owned(),
    ];
    lines.extend((0..entries).map(|number| {
        format!(r#"{{"entry":{{"source":"test:e:{number}","effective_at":"1993-01-03","account":"test:a:1","kind":"deposit","amount":{{"amount":"1.00","currency":"CZK"}}}}}}"#)
    }));
    lines
}

fn import(data_dir: &Path, file: &str) -> Command {
    let mut command = khata(["import", "ndjson", file, "--data-dir"]);
    command.arg(data_dir);
    command
}

#[test]
fn an_extract_of_the_bank_is_imported_with_a_server_or_without_and_only_once() {
    for with_server in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let data_dir = place.path().join("data");
        let _server = with_server.then(|| Server::start(&data_dir));
        let first = over(&data_dir, &["import", "berka", &extract_of("berka")]).well();
        assert!(
            first.contains(
                "7 customers, 5 accounts, 2 signatories, 204 transactions, 3 loans, 6 loan payments, 1 cards, 9 standing orders"
            ),
            "{first}"
        );
        assert!(first.contains("CZK: credits 1001650.50, debits 875366.60, balance 126283.90"), "{first}");
        assert!(first.contains("240 facts: 240 imported, 0 already present"), "{first}");
        assert!(first.contains("266 events appended"), "{first}");
        let second = over(&data_dir, &["import", "berka", &extract_of("berka")]).well();
        assert!(second.contains("240 facts: 0 imported, 240 already present"), "{second}");
        assert!(second.contains("0 events appended"), "{second}");
        assert!(second.contains("balance 126283.90"), "{second}");
    }
}

#[test]
fn an_extract_of_the_shop_is_imported_with_a_server_or_without_and_only_once() {
    for with_server in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let data_dir = place.path().join("data");
        let _server = with_server.then(|| Server::start(&data_dir));
        let first = over(&data_dir, &["import", "northwind", &extract_of("northwind")]).well();
        assert!(first.contains("5 customers, 4 orders, 34 order lines, 3 shipments"), "{first}");
        assert!(first.contains("USD: lines 3902.37, shipping 148.08"), "{first}");
        assert!(first.contains("12 facts: 12 imported, 0 already present"), "{first}");
        assert!(first.contains("75 events appended"), "{first}");
        let second = over(&data_dir, &["import", "northwind", &extract_of("northwind")]).well();
        assert!(second.contains("12 facts: 0 imported, 12 already present"), "{second}");
        assert!(second.contains("USD: lines 3902.37, shipping 148.08"), "{second}");
    }
}

#[test]
fn a_broken_line_is_named_what_stands_before_it_is_kept_and_a_second_run_goes_on() {
    for with_server in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let (data_dir, file) = (place.path().join("data"), place.path().join("history.ndjson"));
        let _server = with_server.then(|| Server::start(&data_dir));
        let mut broken = lines(5_000);
        broken[4_000] = broken[4_000].replace("\"1.00\"", "\"one\"");
        fs::write(&file, broken.join("\n")).unwrap();
        let told = finish(&mut import(&data_dir, file.to_str().unwrap())).failed(1, "4001: ");
        assert!(told.out.contains("4000 facts: 4000 imported, 0 already present"), "{told:?}");
        fs::write(&file, lines(5_000).join("\n")).unwrap();
        let told = finish(&mut import(&data_dir, file.to_str().unwrap())).well();
        assert!(told.contains("5002 facts: 1002 imported, 4000 already present"), "{told}");
        assert!(told.contains("balance 5000.00"), "{told}");
    }
}

#[test]
fn lines_come_from_standard_input_too() {
    let place = tempfile::tempdir().unwrap();
    let told = fed(&mut import(&place.path().join("data"), "-"), &lines(10).join("\n")).well();
    assert!(told.contains("12 facts: 12 imported"), "{told}");
}

/// Something before a server that refuses one request: behind so many bytes of its body, or before the first,
/// and then hangs up, however much is still on its way. Gives its address.
fn refusing(status: &'static str, problem: &'static str, behind: Option<u64>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            line.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        if let Some(bytes) = behind {
            line.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            std::io::copy(&mut (&line).take(bytes), &mut std::io::sink()).unwrap();
        }
        let length = problem.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{problem}"
        );
        line.write_all(answer.as_bytes()).unwrap();
    });
    url
}

/// Stored texts of another system may hold what no terminal should get.
#[test]
fn what_would_not_be_shown_comes_escaped() {
    const HIDDEN: [char; 3] = ['\u{202e}', '\u{200b}', '\u{e0041}'];
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let name = format!("Jana{}", HIDDEN.iter().collect::<String>());
    let line = lines(0)[0].replace("\"One\"", &format!("\"{name}\""));
    fed(&mut import(&data_dir, "-"), &line).well();
    let tail = over(&data_dir, &["events", "tail", "--category", "customer"]).well();
    let onboarded = events(&tail).remove(0);
    assert_eq!(onboarded["data"]["name"], name, "JSON says what it said");
    let stream = onboarded["stream"].as_str().unwrap();
    let show = || over(&data_dir, &["audit", "show", stream]).well();
    let without = show();
    let server = Server::start(&data_dir);
    let with = show();
    server.stop();
    for told in [tail, without, with] {
        assert!(told.contains("Jana\\u202e\\u200b\\udb40\\udc41") && !told.contains(HIDDEN), "{told}");
    }
}

#[test]
fn a_server_that_refuses_while_lines_are_still_sent_is_heard() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("history.ndjson");
    fs::write(&file, lines(100_000).join("\n")).unwrap();
    for (status, problem, saying) in [
        (
            "401 Unauthorized",
            r#"{"detail":"Who are you?","code":"unauthenticated"}"#,
            "Who are you? (unauthenticated)",
        ),
        (
            "413 Content Too Large",
            r#"{"detail":"So much at once.","code":"body_too_large"}"#,
            "So much at once. (body_too_large)",
        ),
        ("415 Unsupported Media Type", r#"{"title":"No lines."}"#, "No lines."),
        ("429 Too Many Requests", "<html>", "Khata answered with status 429"),
    ] {
        for behind in [None, Some(1), Some(1_000_000)] {
            let url = refusing(status, problem, behind);
            let told = run(["import", "ndjson", file.to_str().unwrap(), "--url", &url]).failed(1, saying);
            assert!(!told.err.contains("cannot be reached"), "{behind:?}: {told:?}");
        }
    }
}

#[test]
fn a_data_set_that_is_not_there_is_named() {
    let place = tempfile::tempdir().unwrap();
    let nowhere = place.path().join("nowhere");
    let data_dir = place.path().join("data");
    over(&data_dir, &["import", "berka", nowhere.to_str().unwrap()]).failed(1, "district.asc cannot be read");
    finish(&mut import(&data_dir, nowhere.to_str().unwrap())).failed(1, "nowhere cannot be read");
    assert!(!data_dir.exists());
}
