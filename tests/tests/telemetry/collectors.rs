//! A collector that is down, out of order or silent costs traces, and nothing else.

use crate::{open_account, stop, traced};
use khata_tests::{
    Client, Server,
    binary::khata,
    collector::{Collector, Manner},
    test_app::inr,
};
use serde_json::json;
use std::net::TcpListener;

/// Does some commands, each of which must be answered.
fn work(client: &mut Client) {
    let account = open_account(client);
    for _ in 0..20 {
        client
            .post(&format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("1.00") }))
            .expect(200);
    }
}

/// How many spans came to a result, by what the server counts.
fn spans(client: &mut Client, result: &str) -> u64 {
    let metrics = client.get("/metrics").text().to_owned();
    let counted = metrics.lines().find(|line| {
        line.starts_with("khata_trace_spans_total{") && line.contains(&format!("result=\"{result}\""))
    });
    counted.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Waits until spans have come to a result.
#[track_caller]
fn wait_for(server: &Server, client: &mut Client, result: &str) {
    // Each look is a request; the test's own time limit ends a wait for what does not come.
    while spans(client, result) == 0 {
        std::thread::yield_now();
    }
    assert_eq!(
        server.log().matches("does not accept traces").count(),
        usize::from(result == "failed"),
        "{}",
        server.log()
    );
}

#[test]
fn with_a_collector_that_is_down_commands_go_on_and_it_is_told_once() {
    let place = tempfile::tempdir().unwrap();
    // A port at which nobody listens: it was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server =
        Server::start_with(&place.path().join("data"), &["--otlp-endpoint", &format!("http://{free}")]);
    let mut client = server.client();
    work(&mut client);
    wait_for(&server, &mut client, "failed");
    client.get("/v1/accounts").expect(200);
    stop(&mut server);
    assert_eq!(server.log().matches("does not accept traces").count(), 1, "{}", server.log());
}

#[test]
fn what_may_be_a_secret_in_a_collectors_address_is_never_told() {
    let place = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("http://u:otlpS3cret@{free}/tenants/otlpS3cret");
    let mut server =
        Server::start_with(&place.path().join("data"), &["--otlp-endpoint", &address, "--log", "trace"]);
    let mut client = server.client();
    work(&mut client);
    while spans(&mut client, "failed") == 0 {
        std::thread::yield_now();
    }
    stop(&mut server);
    let log = server.log();
    assert!(log.contains(&format!("http://{free}")) && log.contains("does not accept traces"), "{log}");
    assert!(!log.contains("otlpS3cret"));
    let help = khata(["serve", "--help"]).env("KHATA_OTLP_ENDPOINT", &address).output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("otlpS3cret"));
}

#[test]
fn with_a_collector_that_is_out_of_order_commands_go_on_and_it_is_told_once() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Fails));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    work(&mut client);
    wait_for(&server, &mut client, "failed");
    client.get("/v1/accounts").expect(200);
    collector.wait_for_deliveries(2);
    stop(&mut server);
    assert_eq!(server.log().matches("does not accept traces").count(), 1, "{}", server.log());
}

#[test]
fn with_a_collector_that_never_answers_commands_go_on_and_a_stop_does_not_wait_for_it() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::IsSilent));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    open_account(&mut client);
    collector.wait_for_deliveries(1);
    // The exporter waits for an answer now; the commands do not.
    client.post("/v1/customers", &khata_tests::test_app::new_customer("ana@example.com")).expect(201);
    assert_eq!(spans(&mut client, "exported"), 0);
    stop(&mut server);
}

#[test]
fn what_a_collector_takes_is_counted() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let server = traced(&place, &collector, &[]);
    let mut client = server.client();
    work(&mut client);
    wait_for(&server, &mut client, "exported");
    assert_eq!((spans(&mut client, "failed"), spans(&mut client, "dropped")), (0, 0));
}

#[test]
fn the_standard_variable_names_a_collector_too_and_a_bad_one_is_told_in_one_line() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    for (address, told) in [
        ("https://user:s3cret@collector.example:4318", "over http:// only"),
        ("grpc://user:s3cret@collector.example:4317", "is no address of a collector"),
        ("collector", "is no address of a collector"),
    ] {
        let by_flag = khata(["serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", address, "--data-dir"])
            .arg(&data_dir)
            .output()
            .unwrap();
        let mut by_variable = khata(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
        let by_variable =
            by_variable.arg(&data_dir).env("OTEL_EXPORTER_OTLP_ENDPOINT", address).output().unwrap();
        for (output, origin) in [(by_flag, "--otlp-endpoint"), (by_variable, "OTEL_EXPORTER_OTLP_ENDPOINT")] {
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
            assert!(error.contains(origin) && error.contains(told) && !error.contains("s3cret"), "{error}");
        }
        assert!(!data_dir.exists(), "nothing is touched before");
    }
}
