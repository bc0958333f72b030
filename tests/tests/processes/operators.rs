//! Operators decide about processes, and another Khata takes over, over real servers.

use crate::bank::{Bank, wait_until};
use khata_tests::{
    Client, Server,
    kyc::{KycManner, KycServer},
    test_app::new_customer,
};
use serde_json::{Value, json};

fn serve(bank: &Bank, name: &str, provider: &KycServer, more: &[&str]) -> Server {
    let url = provider.url();
    bank.serve(name, &[&["--kyc-url", &url, "--kyc-token", "s3cret", "--kyc-timeout", "1"], more].concat())
}

fn onboard(client: &mut Client, email: &str) -> String {
    let created = client.post("/v1/customers", &new_customer(email)).expect(201);
    format!("process_onboarding-{}", created["id"].as_str().unwrap())
}

#[track_caller]
fn wait_for(client: &mut Client, process: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/v1/processes/{process}");
    let mut last = Value::Null;
    wait_until("a process as it is to be", || {
        let answer = client.get(&path);
        last = answer.json();
        answer.status == 200 && is_so(&last)
    });
    last
}

#[test]
fn a_decision_names_the_step_that_it_is_about() {
    let (bank, provider) = (Bank::fresh(), KycServer::start(KycManner::Fails));
    let server = serve(&bank, "server", &provider, &[]);
    let mut client = server.client();
    let process = onboard(&mut client, "maria@example.com");
    wait_for(&mut client, &process, |process| process["error"] == "provider_failed");
    let mut decided =
        |verb: &str, body: Value| client.post(&format!("/v1/processes/{process}/{verb}"), &body);
    let other = decided("retry", json!({ "reason": "so", "step": "notify" })).expect(422);
    assert_eq!((&other["code"], &other["step"]), (&json!("step_not_waiting"), &json!("notify")));
    let of_undo = decided("retry", json!({ "reason": "so", "step": "verify", "undo": true })).expect(422);
    assert_eq!((&of_undo["code"], &of_undo["undo"]), (&json!("step_not_waiting"), &json!(true)));
    let whole = decided("compensate", json!({ "reason": "so", "step": "verify" })).expect(400);
    assert_eq!(whole["status"], 400);
    provider.set(KycManner::Verifies);
    let url = format!("http://{}", server.address());
    let asked = ["processes", "retry", &process, "--reason", "it is back", "--step", "verify", "--url", &url];
    let retried = khata_tests::binary::run(asked);
    // It may have come through by itself meanwhile.
    let said = String::from_utf8_lossy(&retried.stderr).into_owned();
    assert!(retried.status.success() || said.contains("step_not_waiting"), "{said}");
    wait_for(&mut client, &process, |process| process["status"] == "completed");
    let misused = khata_tests::binary::run(["processes", "retry", &process, "--reason", "so", "--undo"]);
    assert_eq!(misused.status.code(), Some(2), "that which undoes what?");
}

#[test]
fn another_takes_over_when_the_one_that_leads_is_killed() {
    let (bank, provider) = (Bank::fresh(), KycServer::start(KycManner::Hangs));
    let api = bank.serve("api", &["--roles", "api,projector"]);
    let roles = ["--roles", "processes"];
    let leads = serve(&bank, "leads", &provider, &roles);
    let active = |server: &Server| {
        let text = server.client().get("/metrics").text().to_owned();
        let line = text.lines().find(|line| {
            line.starts_with("khata_process_runner_active{") && line.contains("type=\"onboarding\"")
        });
        line.is_some_and(|line| line.ends_with(" 1"))
    };
    wait_until("a runner in charge", || active(&leads));
    let stands_by = serve(&bank, "stands_by", &provider, &roles);
    wait_until("another that stands by", || stands_by.client().get("/readyz").status == 200);
    let mut client = api.client();
    let process = onboard(&mut client, "maria@example.com");
    provider.wait_for_questions(1);
    assert!(!active(&stands_by));
    leads.kill();
    provider.set(KycManner::Verifies);
    // The lease has six seconds, the call one; the test's own patience bounds both.
    let done = wait_for(&mut client, &process, |process| process["status"] == "completed");
    assert!(active(&stands_by));
    let verified = done["steps"].as_array().unwrap().iter().filter(|step| step["name"] == "verify").count();
    assert_eq!(verified, 1);
    let keys: Vec<String> = provider.questions().into_iter().map(|question| question.key).collect();
    assert!(keys.len() >= 2 && keys.iter().all(|key| *key == format!("{process}/verify")), "{keys:?}");
}
