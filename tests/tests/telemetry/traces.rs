//! One trace runs from the request through the command and its append into the views, by what the event's
//! metadata says.

use crate::{open_account, stop, traced};
use khata_tests::{
    Client, Request, Response, Server,
    collector::{Collector, Manner, Span},
    postgres::Database,
    test_app::inr,
};
use serde_json::{Value, json};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CLIENT: &str = "b7ad6b7169203331";

fn deposit(client: &mut Client, account: &str, traceparent: Option<&str>) -> Response {
    let request =
        Request::post(format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("10.00") }));
    client
        .send(&traceparent.into_iter().fold(request, |request, value| request.header("traceparent", value)))
        .unwrap()
}

/// The metadata of an account's last event.
fn last_metadata(client: &mut Client, account: &str) -> Value {
    let events = client.get(&format!("/v1/accounts/{account}/events")).expect(200);
    events["items"].as_array().unwrap().last().unwrap()["metadata"].clone()
}

fn of_trace<'s>(spans: &'s [Span], trace: &str, name: &str) -> Option<&'s Span> {
    spans.iter().find(|span| span.trace == trace && span.name == name)
}

const REQUEST: &str = "POST /v1/accounts/{id}/deposits";
const COMMAND: &str = "command bank_account";

#[test]
fn a_clients_trace_runs_from_its_request_through_command_and_append_into_the_views() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    let account = open_account(&mut client);
    let traceparent = format!("00-{TRACE}-{CLIENT}-01");
    let answer = deposit(&mut client, &account, Some(&traceparent));
    let position = answer.expect(200)["position"].to_string();
    assert_eq!(answer.header("traceparent"), Some(&*traceparent));
    assert_eq!(last_metadata(&mut client, &account)["traceparent"], traceparent, "it is kept to the letter");

    let all = ["append", "project", COMMAND, REQUEST];
    let spans = collector.wait_until(|spans| all.iter().all(|name| of_trace(spans, TRACE, name).is_some()));
    let [append, project, command, request] = all.map(|name| of_trace(&spans, TRACE, name).unwrap());
    assert_eq!(request.parent.as_deref(), Some(CLIENT));
    assert_eq!((&command.parent, &append.parent), (&Some(request.id.clone()), &Some(command.id.clone())));
    assert_eq!(project.parent.as_deref(), Some(CLIENT), "the event tells the client's span");
    assert!(request.is_server && !command.is_server);
    let told = |span: &Span, name: &str| span.attributes.get(name).cloned().unwrap_or_default();
    assert_eq!(
        (told(request, "http.route"), told(request, "http.response.status_code")),
        ("/v1/accounts/{id}/deposits".into(), "200".into())
    );
    assert_eq!(
        (told(command, "outcome"), told(command, "events")),
        ("accepted".into(), "bank_account.money_deposited".into())
    );
    assert_eq!((told(append, "batch_events"), told(append, "outcome")), ("1".into(), "appended".into()));
    assert_eq!((told(append, "position"), told(project, "position")), (position.clone(), position));
    let resource = |name: &str| request.resource.get(name).cloned().unwrap_or_default();
    assert_eq!((resource("service.name"), resource("khata.namespace")), ("khata".into(), "main".into()));
    stop(&mut server);
}

#[test]
fn a_trace_that_begins_here_goes_on_from_the_commands_own_span() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let server = traced(&place, &collector, &[]);
    let mut client = server.client();
    let account = open_account(&mut client);
    assert_eq!(
        deposit(&mut client, &account, None).header("traceparent"),
        None,
        "only what was sent is echoed"
    );
    let stored = last_metadata(&mut client, &account)["traceparent"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = stored.split('-').collect();
    let [_, trace, span, "01"] = parts[..] else { panic!("{stored}") };
    let spans = collector.wait_until(|spans| {
        [REQUEST, COMMAND, "append", "project"].iter().all(|name| of_trace(spans, trace, name).is_some())
    });
    assert_eq!(of_trace(&spans, trace, COMMAND).unwrap().id, span);
    assert_eq!(of_trace(&spans, trace, "project").unwrap().parent.as_deref(), Some(span));
    assert_eq!(of_trace(&spans, trace, REQUEST).unwrap().parent, None);
}

#[test]
fn one_trace_runs_through_the_processes_that_take_part_in_it() {
    let (place, collector, database) =
        (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes), Database::fresh());
    let shared =
        ["--otlp-endpoint", &collector.url(), "--events-url", database.url(), "--views-url", database.url()]
            .map(str::to_owned);
    let process = |roles: &str| {
        let arguments: Vec<&str> = shared.iter().map(String::as_str).chain(["--roles", roles]).collect();
        Server::start_with(&place.path().join(roles), &arguments)
    };
    let (mut api, mut projector) = (process("api"), process("projector"));
    // While tables are being filled from the log nothing is traced: that is history. Each look is a request.
    let mut client = api.client();
    while client.get("/readyz").status != 200 {
        std::thread::yield_now();
    }
    let account = open_account(&mut client);
    deposit(&mut client, &account, Some(&format!("00-{TRACE}-{CLIENT}-01"))).expect(200);
    let spans = collector.wait_until(|spans| {
        [REQUEST, COMMAND, "append", "project"].iter().all(|name| of_trace(spans, TRACE, name).is_some())
    });
    let roles = |name: &str| of_trace(&spans, TRACE, name).unwrap().resource["khata.roles"].clone();
    assert_eq!([REQUEST, COMMAND, "append", "project"].map(roles), ["api", "api", "api", "projector"]);
    assert_eq!(of_trace(&spans, TRACE, "append").unwrap().attributes["batch_events"], "1");
    stop(&mut api);
    stop(&mut projector);
}

#[test]
fn the_spans_of_the_last_command_reach_the_collector_before_a_stop_is_over() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    let account = open_account(&mut client);
    let answer = deposit(&mut client, &account, Some(&format!("00-{TRACE}-{CLIENT}-01"))).expect(200);
    // What the views have not seen when a server stops, they see after its next start.
    client
        .send(&Request::get("/v1/accounts").header("Khata-Min-Position", &answer["position"]))
        .unwrap()
        .expect(200);
    stop(&mut server);
    let spans = collector.spans();
    for name in [REQUEST, COMMAND, "append", "project"] {
        assert!(of_trace(&spans, TRACE, name).is_some(), "{name} in {spans:#?}");
    }
}

#[test]
fn what_a_client_does_not_record_is_not_recorded_here_either() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    let account = open_account(&mut client);
    let unrecorded = format!("00-{TRACE}-{CLIENT}-00");
    deposit(&mut client, &account, Some(&unrecorded)).expect(200);
    assert_eq!(last_metadata(&mut client, &account)["traceparent"], unrecorded);
    stop(&mut server);
    let spans = collector.spans();
    assert!(!spans.is_empty() && spans.iter().all(|span| span.trace != TRACE), "{spans:#?}");
}

#[test]
fn with_a_share_of_none_nothing_is_recorded_but_what_clients_record() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &["--otlp-sample", "0"]);
    let mut client = server.client();
    let account = open_account(&mut client);
    assert_eq!(
        last_metadata(&mut client, &account).get("traceparent"),
        Some(&Value::Null),
        "nothing is stored for a trace that nobody keeps"
    );
    deposit(&mut client, &account, Some(&format!("00-{TRACE}-{CLIENT}-01"))).expect(200);
    stop(&mut server);
    let spans = collector.spans();
    assert!(
        of_trace(&spans, TRACE, COMMAND).is_some() && spans.iter().all(|span| span.trace == TRACE),
        "{spans:#?}"
    );
}

#[test]
fn a_refusal_is_told_by_its_code_and_machines_that_ask_for_health_leave_no_traces() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    let account = open_account(&mut client);
    client
        .post(&format!("/v1/accounts/{account}/withdrawals"), &json!({ "amount": inr("5.00") }))
        .expect(422);
    ["/healthz", "/readyz", "/metrics"].iter().for_each(|path| drop(client.get(path)));
    stop(&mut server);
    let spans = collector.spans();
    let refused = spans.iter().find(|span| {
        span.attributes.get("code").is_some_and(|code| code == "insufficient_funds") && span.name == COMMAND
    });
    assert_eq!(refused.unwrap_or_else(|| panic!("{spans:#?}")).attributes["outcome"], "refused");
    assert!(spans.iter().all(|span| !span.name.starts_with("GET ")), "{spans:#?}");
}
