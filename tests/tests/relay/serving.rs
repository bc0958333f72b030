//! The relay of a real `khata serve`: from a deposit over HTTP to the broker, and what operators see of it.

use crate::world::{arrived, assert_all_once_in_order, body, until};
use khata_tests::{
    Client, NatsServer, Request, Server, binary,
    collector::{Collector, Manner, Span},
    postgres::{Cluster, Database},
    test_app::inr,
};
use serde_json::{Value, json};

/// Opens an account with some money in it.
fn bank(client: &mut Client, number: usize) -> String {
    let customer = client
        .post("/v1/customers", &khata_tests::test_app::new_customer(&format!("owner{number}@example.com")))
        .expect(201);
    let customer = customer["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR", "initial_deposit": inr("100.00") });
    client.post("/v1/accounts", &account).expect(201)["id"].as_str().unwrap().to_owned()
}

fn deposits(client: &mut Client, account: &str, count: usize) {
    for _ in 0..count {
        client
            .post(&format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("1.00") }))
            .expect(200);
    }
}

fn status(client: &mut Client) -> Value {
    client.get("/v1/admin/relay").expect(200)
}

/// Waits until the relay has caught up, and tells how it is.
#[track_caller]
fn caught_up(client: &mut Client) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = std::cell::RefCell::new(client);
    runtime.block_on(until("the relay has caught up", async || {
        let status = status(&mut client.borrow_mut());
        status["state"] == "relaying" && status["lag_events"] == 0
    }));
    status(&mut client.borrow_mut())
}

fn arrived_at(server: &NatsServer) -> Vec<async_nats::jetstream::message::StreamMessage> {
    tokio::runtime::Runtime::new().unwrap().block_on(arrived(server))
}

#[test]
fn what_clients_do_arrives_at_the_broker_over_kills_of_both() {
    let (data, mut broker) = (tempfile::tempdir().unwrap(), NatsServer::start());
    let url = broker.url();
    let server = Server::start_with(data.path(), &["--relay-url", &url]);
    let mut client = server.client();
    let account = bank(&mut client, 1);
    deposits(&mut client, &account, 20);
    let relaying = caught_up(&mut client);
    assert_eq!(
        (relaying["broker"].as_str(), relaying["stream"].as_str(), relaying["connected"].as_bool()),
        (Some(&*url), Some("KHATA_MAIN"), Some(true))
    );
    broker.kill();
    deposits(&mut client, &account, 20);
    server.kill();
    let server = Server::start_with(data.path(), &["--relay-url", &url]);
    let mut client = server.client();
    deposits(&mut client, &account, 20);
    broker.restart();
    let position = caught_up(&mut client)["position"].as_u64().unwrap();
    let metrics = client.get("/metrics").text().to_owned();
    assert!(
        metrics.contains("khata_relay_published_total{namespace=\"main\"}")
            && metrics.contains("khata_relay_active{namespace=\"main\"} 1")
    );
    let arrived = arrived_at(&broker);
    assert_all_once_in_order(&arrived, position);
    let deposits =
        arrived.iter().map(body).filter(|event| event["type"] == "bank_account.money_deposited").count();
    assert_eq!(deposits, 61, "the first deposit opened the account");
}

#[test]
fn a_server_whose_broker_is_not_there_serves() {
    let (data, mut broker) = (
        tempfile::tempdir().unwrap(),
        NatsServer::start_with("authorization { user: relay, password: right }"),
    );
    let url = broker.url_for("relay", "s3cret");
    broker.kill();
    let server = Server::start_with(data.path(), &["--relay-url", &url, "--log", "debug"]);
    let mut client = server.client();
    let account = bank(&mut client, 1);
    deposits(&mut client, &account, 3);
    let told = |client: &mut Client, part: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = std::cell::RefCell::new(client);
        runtime.block_on(until(part, async || {
            status(&mut client.borrow_mut())["last_error"]["message"]
                .as_str()
                .is_some_and(|told| told.contains(part))
        }));
    };
    told(&mut client, "cannot be reached");
    // The views are served for the first time in a moment; the relay has no part in that.
    while client.get("/readyz").status != 200 {
        std::thread::yield_now();
    }
    let checks = client.get("/readyz").expect(200)["checks"].clone();
    let relay = checks.as_array().unwrap().iter().find(|check| check["name"] == "relay").unwrap();
    assert!(
        relay["ok"] == false
            && relay["required"] == false
            && relay["detail"].as_str().unwrap().contains("cannot be reached"),
        "{relay}"
    );
    broker.restart();
    told(&mut client, "refuses these credentials");
    assert!(
        !status(&mut client).to_string().contains("s3cret") && !server.log().contains("s3cret"),
        "{}",
        server.log()
    );
}

#[test]
fn without_a_broker_there_is_no_relay() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let mut client = server.client();
    assert_eq!(status(&mut client), json!({ "state": "off" }));
    assert!(
        !client.get("/readyz").text().contains("relay")
            && !client.get("/metrics").text().contains("khata_relay")
    );
}

#[test]
fn a_relay_that_makes_no_sense_is_refused_in_one_line_without_its_password() {
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().to_str().unwrap();
    let cases = [
        (["--relay-url", "amqp://relay:s3cret@localhost"], "(--relay-url)"),
        (["--relay-stream", "a b"], "(--relay-stream)"),
        (["--relay-categories", "Orders"], "(--relay-categories)"),
    ];
    for (arguments, named) in cases {
        let output = binary::run(
            ["serve", "--data-dir", directory, "--listen", "127.0.0.1:0"].into_iter().chain(arguments),
        );
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.lines().count() == 1 && told.contains(named) && !told.contains("s3cret"), "{told}");
    }
}

#[test]
fn of_two_servers_on_one_log_one_relays_and_the_other_takes_over() {
    let (data, broker, database) = (tempfile::tempdir().unwrap(), NatsServer::start(), Database::fresh());
    let url = broker.url();
    let arguments = ["--events-url", database.url(), "--relay-url", &url, "--lease", "2"];
    let first = Server::start_with(&data.path().join("a"), &arguments);
    caught_up(&mut first.client());
    let second = Server::start_with(&data.path().join("b"), &arguments);
    let account = bank(&mut second.client(), 1);
    deposits(&mut second.client(), &account, 10);
    caught_up(&mut first.client());
    assert_eq!(status(&mut second.client())["state"], "standing_by");
    first.kill();
    deposits(&mut second.client(), &account, 10);
    let position = caught_up(&mut second.client())["position"].as_u64().unwrap();
    assert_all_once_in_order(&arrived_at(&broker), position);
}

#[test]
fn a_database_that_crashes_delays_the_relay_and_nothing_else() {
    let (data, broker, cluster) = (tempfile::tempdir().unwrap(), NatsServer::start(), Cluster::start());
    let (url, database) = (broker.url(), cluster.database());
    let server = Server::start_with(data.path(), &["--events-url", database.url(), "--relay-url", &url]);
    let mut client = server.client();
    let account = bank(&mut client, 1);
    deposits(&mut client, &account, 10);
    caught_up(&mut client);
    for _ in 0..2 {
        cluster.crash();
        assert_eq!(client.get("/v1/admin/relay").status, 503, "how far it is stands in the database");
        cluster.start_again();
        let deposit = format!("/v1/accounts/{account}/deposits");
        while client.post(&deposit, &json!({ "amount": inr("1.00") })).status != 200 {}
        deposits(&mut client, &account, 10);
    }
    let position = caught_up(&mut client)["position"].as_u64().unwrap();
    assert_all_once_in_order(&arrived_at(&broker), position);
}

#[test]
fn a_clients_trace_runs_on_to_the_broker() {
    let (data, broker, collector) =
        (tempfile::tempdir().unwrap(), NatsServer::start(), Collector::start(Manner::Takes));
    let (url, endpoint) = (broker.url(), collector.url());
    let server = Server::start_with(data.path(), &["--relay-url", &url, "--otlp-endpoint", &endpoint]);
    let mut client = server.client();
    let account = bank(&mut client, 1);
    let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let traceparent = format!("00-{trace}-{span}-01");
    let deposit =
        Request::post(format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("1.00") }))
            .header("traceparent", &traceparent);
    client.send(&deposit).unwrap().expect(200);
    let is_relay = |told: &Span| told.name == "relay" && told.trace == trace;
    let spans = collector.wait_until(|spans| spans.iter().any(is_relay));
    assert_eq!(spans.into_iter().find(is_relay).unwrap().parent.as_deref(), Some(span));
    caught_up(&mut client);
    assert_eq!(body(arrived_at(&broker).last().unwrap())["traceparent"], traceparent);
}
