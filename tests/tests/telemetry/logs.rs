//! Log lines: what they tell of a request, and what they never tell.

use crate::{open_account, stop, traced};
use khata_tests::{
    Request, Server,
    collector::{Collector, Manner},
    test_app::inr,
};
use serde_json::{Value, json};

/// The log as JSON lines.
#[track_caller]
fn lines(server: &Server) -> Vec<Value> {
    server
        .log()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn a_line_of_a_request_tells_its_correlation_id_its_route_and_its_trace() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &["--log", "warn,khata_api=debug", "--log-format", "json"]);
    let mut client = server.client();
    let account = open_account(&mut client);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request =
        Request::post(format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("10.00") }));
    let request = request
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .header("Khata-Correlation-Id", "branch-7/42");
    client.send(&request).unwrap().expect(200);
    let unnamed = client.send(&Request::get(format!("/v1/accounts/{account}/events"))).unwrap();
    let made = unnamed.header("Khata-Correlation-Id").expect("a correlation id").to_owned();
    stop(&mut server);
    let lines = lines(&server);
    let of_unnamed =
        lines.iter().find(|line| line["correlation_id"] == made.as_str() && line["message"] == "answered");
    assert_eq!(of_unnamed.unwrap_or_else(|| panic!("{lines:#?}"))["http.route"], "/v1/accounts/{id}/events");
    let answered = lines
        .iter()
        .find(|line| line["trace_id"] == trace && line["message"] == "answered")
        .unwrap_or_else(|| panic!("{lines:#?}"));
    let told = |name: &str| answered[name].clone();
    assert_eq!(
        (told("correlation_id"), told("http.response.status_code"), told("level")),
        (json!("branch-7/42"), json!(200), json!("DEBUG"))
    );
    assert_eq!(
        (told("http.route"), told("target")),
        (json!("/v1/accounts/{id}/deposits"), json!("khata_api::http::edge"))
    );
    // Nothing stands there under two names.
    assert_eq!(
        (told("status"), told("method"), told("http.request.method")),
        (Value::Null, Value::Null, json!("POST"))
    );
    assert_eq!(told("span_id").as_str().map(str::len), Some(16));
    assert_eq!(
        lines.iter().filter(|line| line["trace_id"] == trace && line["message"] == "answered").count(),
        1
    );
}

#[test]
fn nothing_that_customers_tell_of_themselves_is_logged_at_any_level() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, telling) = (place.path().join("data"), tell_tale());
    let mut server = Server::start_with(
        &data_dir,
        &["--log", "trace,hyper=debug,hyper_util=debug,h2=debug", "--log-format", "json"],
    );
    let mut client = server.client();
    let customer = client
        .send(&Request::post("/v1/customers", &telling.customer).key("key-TELLTALE"))
        .unwrap()
        .expect(201);
    let customer = customer["id"].as_str().unwrap().to_owned();
    // Twice the same e-mail, a body that cannot be read, a name that is asked for: refusals tell no more than
    // answers do.
    client.post("/v1/customers", &telling.customer).expect(422);
    client.post("/v1/customers", &json!({ "name": "Telltale Broken", "email": 7 })).expect(400);
    client.get("/v1/customers?email=telltale%40example.com").expect(200);
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let account = client
        .post(
            "/v1/accounts",
            &json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" }),
        )
        .expect(201);
    let account = account["id"].as_str().unwrap().to_owned();
    let deposit = json!({ "amount": inr("10.00"), "counterparty": "Telltale Counterparty", "reference": "TELLTALE-REF", "description": "telltale talk" });
    let position = client.post(&format!("/v1/accounts/{account}/deposits"), &deposit).expect(200)["position"]
        .to_string();
    client.send(&Request::get("/v1/customers").header("Khata-Min-Position", position)).unwrap().expect(200);
    let secret = std::fs::read(data_dir.join("secret.key")).unwrap();
    stop(&mut server);
    let log = server.log();
    assert!(
        log.lines().filter(|line| line.contains("\"answered\"")).count() >= 8,
        "the log tells of the requests: {log}"
    );
    let lower = log.to_lowercase();
    for word in ["telltale", "9876501234", "98765 01234", "1971-05-17", "abcpt1234k", "sesame street"] {
        let found = lower.lines().find(|line| line.contains(word));
        assert!(found.is_none(), "{word} in {found:?}");
    }
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!lower.contains(&hex), "the secret of the deployment");
}

/// A customer of whom each word can be told apart.
struct Telling {
    customer: Value,
}

fn tell_tale() -> Telling {
    Telling {
        customer: json!({
            "name": "Telltale Person", "email": "telltale@example.com", "phone": "+91 98765 01234", "type": "individual",
            "birth_date": "1971-05-17", "tax_id": "ABCPT1234K",
            "documents": [{ "type": "passport", "number": "TELLTALE77" }, { "type": "utility_bill" }],
        }),
    }
}
