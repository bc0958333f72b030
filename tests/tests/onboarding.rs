//! Onboarding over the real server and a provider beside it: verdicts of all kinds, a provider that fails in every way,
//! and kills in between.

use khata_tests::{
    Client, Random, Server,
    kyc::{KycManner, KycServer},
    test_app::new_customer,
};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

fn serve(folder: &Path, provider: &KycServer) -> Server {
    serve_patiently(folder, provider, "1")
}

/// The provider may take so many seconds.
fn serve_patiently(folder: &Path, provider: &KycServer, seconds: &str) -> Server {
    let url = provider.url();
    let asked = ["--kyc-url", &url, "--kyc-token", "s3cret", "--kyc-timeout", seconds, "--lease", "1"];
    Server::start_with(folder, &[&asked[..], &["--first-accounts", "savings:INR,business:INR"]].concat())
}

fn onboard(client: &mut Client, number: usize) -> String {
    let created = client.post("/v1/customers", &new_customer(&format!("c{number}@example.com"))).expect(201);
    created["id"].as_str().unwrap().to_owned()
}

fn process_of(customer: &str) -> String {
    format!("/v1/processes/process_onboarding-{customer}")
}

/// Asks until something is so.
#[track_caller]
fn until(client: &mut Client, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = client.get(path);
        if answer.status == 200 && is_so(&answer.json()) {
            return answer.json();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "in vain: {}", answer.text());
        std::thread::yield_now();
    }
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |process| process["status"] == status
}

fn accounts_of(client: &mut Client, customer: &str, position: &Value) -> Vec<Value> {
    let asked = khata_tests::Request::get(format!("/v1/accounts?customer_id={customer}"))
        .header("Khata-Min-Position", position);
    client.send(&asked).unwrap().expect(200)["items"].as_array().unwrap().clone()
}

/// The position of the last event.
fn head(client: &mut Client) -> Value {
    let mut last = 0;
    loop {
        let page = client.get(&format!("/v1/events?after={last}&limit=200")).json();
        match page["items"].as_array().unwrap().last() {
            Some(event) => last = event["position"].as_u64().unwrap(),
            None => return json!(last),
        }
    }
}

fn names(process: &Value) -> Vec<(&str, &str)> {
    let steps = process["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["name"].as_str().unwrap(), step["status"].as_str().unwrap())).collect()
}

#[test]
fn a_verified_customer_gets_an_account_and_is_told() {
    let (folder, provider) = (tempfile::tempdir().unwrap(), KycServer::start(KycManner::Verifies));
    let server = serve(folder.path(), &provider);
    let mut client = server.client();
    let customer = onboard(&mut client, 1);
    let process = until(&mut client, &process_of(&customer), is("completed"));
    let done = ["verify", "record_verdict", "open_account", "notify"].map(|step| (step, "done"));
    assert_eq!(names(&process), done);
    assert_eq!((&process["type"], &process["subject"]), (&json!("onboarding"), &json!(customer)));
    let position = head(&mut client);
    assert_eq!(accounts_of(&mut client, &customer, &position).len(), 1);
    assert_eq!(client.get(&format!("/v1/customers/{customer}")).json()["status"], "verified");
    let [question] = &provider.questions()[..] else { panic!("{:?}", provider.questions()) };
    assert_eq!(question.key, format!("process_onboarding-{customer}/verify"));
    assert_eq!(question.authorization.as_deref(), Some("Bearer s3cret"));
    assert_eq!(
        (&question.body["customer_id"], &question.body["type"]),
        (&json!(customer), &json!("individual"))
    );
    let told = client.get(&format!("/v1/customers/{customer}/onboarding")).expect(200);
    assert_eq!((&told["status"], &told["customer_id"]), (&json!("completed"), &json!(customer)));
    assert_eq!(names(&told), done, "without what is the operators'");
    assert!(told["steps"][0].get("request").is_none() && told["steps"][0].get("error").is_none(), "{told}");
    let listed = client.get("/v1/processes?type=onboarding&status=completed").json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let events = client.get(&format!("{}/events", process_of(&customer))).json();
    let first = &events["items"][0];
    assert_eq!(
        (&first["type"], &first["metadata"]["actor"]),
        (&json!("process_onboarding.started"), &json!("process_onboarding"))
    );
    assert!(!server.log().contains("s3cret"));
    server.stop();
}

#[test]
fn a_rejected_customer_is_told_and_gets_nothing() {
    let (folder, provider) = (tempfile::tempdir().unwrap(), KycServer::start(KycManner::Rejects));
    let server = serve(folder.path(), &provider);
    let mut client = server.client();
    let customer = onboard(&mut client, 1);
    let process = until(&mut client, &process_of(&customer), is("completed"));
    assert_eq!(names(&process), [("verify", "done"), ("record_verdict", "done"), ("notify", "done")]);
    let position = head(&mut client);
    assert_eq!(accounts_of(&mut client, &customer, &position).len(), 0);
    let shown = client.get(&format!("/v1/customers/{customer}")).json();
    assert_eq!(shown["status"], "rejected", "{shown}");
}

#[test]
fn whatever_a_provider_answers_that_is_no_verdict_is_asked_again_under_the_same_key() {
    let provider = KycServer::start(KycManner::Fails);
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), &provider);
    let mut client = server.client();
    let bad = [
        (KycManner::Fails, "provider_failed"),
        (KycManner::AnswersRubbish, "answer_unusable"),
        (KycManner::IsPending, "verdict_pending"),
        (KycManner::Hangs, "timeout"),
    ];
    for (number, (manner, code)) in bad.into_iter().enumerate() {
        provider.set(manner);
        let customer = onboard(&mut client, number);
        let path = process_of(&customer);
        let process = until(&mut client, &path, |process| process["error"] == code);
        assert_eq!(
            (&process["status"], &process["step"]),
            (&json!("waiting"), &json!("verify")),
            "{process}"
        );
        let before = provider.questions().len();
        provider.set(KycManner::AnswersTwice);
        client.post(&format!("{path}/retry"), &json!({ "reason": "it is back" })).expect(200);
        until(&mut client, &path, is("completed"));
        let keys: Vec<String> = provider.questions().into_iter().map(|question| question.key).collect();
        assert!(keys.len() > before);
        let own = keys.iter().filter(|key| key.contains(&customer));
        assert!(own.clone().count() >= 2 && own.clone().all(|key| key == own.clone().next().unwrap()));
    }
}

#[test]
fn a_verdict_by_hand_is_what_counts_while_a_provider_is_away() {
    let (folder, provider) = (tempfile::tempdir().unwrap(), KycServer::start(KycManner::Hangs));
    let server = serve(folder.path(), &provider);
    let mut client = server.client();
    let customer = onboard(&mut client, 1);
    provider.wait_for_questions(1);
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let process = until(&mut client, &process_of(&customer), is("completed"));
    assert_eq!(names(&process)[..2], [("verify", "skipped"), ("open_account", "done")]);
    let retried = client.post(&format!("{}/retry", process_of(&customer)), &json!({ "reason": "again" }));
    assert_eq!(retried.expect(422)["code"], "process_not_parked");
    let undone = client.post(&format!("{}/compensate", process_of(&customer)), &json!({ "reason": "no" }));
    assert_eq!(undone.expect(422)["code"], "process_ended");
    client.get("/v1/processes/process_onboarding-cus_00000000-0000-0000-0000-000000000000").expect(404);
}

#[test]
fn a_provider_that_answers_late_overrules_nobody() {
    let (folder, provider) = (tempfile::tempdir().unwrap(), KycServer::start(KycManner::Waits));
    let server = serve_patiently(folder.path(), &provider, "60");
    let mut client = server.client();
    let customer = onboard(&mut client, 1);
    provider.wait_for_questions(1);
    let by_hand = json!({ "verdict": "rejected", "reasons": ["it is somebody else's passport"] });
    client.post(&format!("/v1/customers/{customer}/kyc"), &by_hand).expect(200);
    let process = until(&mut client, &process_of(&customer), is("completed"));
    assert_eq!(names(&process), [("verify", "skipped"), ("notify", "done")]);
    provider.set(KycManner::Verifies);
    let noted = |process: &Value| process["steps"][0]["status"] == "done";
    let process = until(&mut client, &process_of(&customer), noted);
    assert_eq!(names(&process), [("verify", "done"), ("notify", "done")], "heard, and nothing followed");
    assert_eq!(process["status"], "completed");
    let shown = until(&mut client, &format!("/v1/customers/{customer}"), |shown| shown["version"] == 2);
    assert_eq!(shown["status"], "rejected");

    // The other way round, a person decides whatever the provider found.
    provider.set(KycManner::Rejects);
    let other = onboard(&mut client, 2);
    until(&mut client, &process_of(&other), is("completed"));
    let by_hand = json!({ "verdict": "verified", "reasons": ["the passport lies before me"] });
    let decided = client.post(&format!("/v1/customers/{other}/kyc"), &by_hand).expect(200);
    assert_eq!((&decided["state"]["status"], &decided["version"]), (&json!("verified"), &json!(3)));
}

#[test]
fn a_question_stays_as_it_is_and_a_change_of_the_customer_makes_another() {
    let (folder, provider) = (tempfile::tempdir().unwrap(), KycServer::start(KycManner::IsPending));
    let server = serve(folder.path(), &provider);
    let mut client = server.client();
    let customer = onboard(&mut client, 1);
    let contact = format!("/v1/customers/{customer}/contact");
    let path = process_of(&customer);
    until(&mut client, &path, |process| process["error"] == "verdict_pending");
    client.post(&contact, &json!({ "phone": "+91 98000 11111" })).expect(200);
    client.post(&format!("{path}/retry"), &json!({ "reason": "ask again" })).expect(200);
    provider.wait_for_questions(2);
    client.post(&contact, &json!({ "name": "Maria Santos e Silva" })).expect(200);
    let asked_anew = |process: &Value| process["steps"][1]["name"] == "verify/2";
    let process = until(&mut client, &path, asked_anew);
    assert_eq!(names(&process)[0], ("verify", "skipped"));
    provider.set(KycManner::Verifies);
    until(&mut client, &path, |process| process["error"] == "verdict_pending" || is("completed")(process));
    // Whether the second question was put before the provider was ready is all the same.
    drop(client.post(&format!("{path}/retry"), &json!({ "reason": "it is ready" })));
    let process = until(&mut client, &path, is("completed"));
    assert_eq!(names(&process)[1..3], [("verify/2", "done"), ("record_verdict", "done")]);
    let (first, second): (Vec<_>, Vec<_>) =
        provider.questions().into_iter().partition(|question| question.key.ends_with("/verify"));
    assert!(first.len() >= 2 && first.iter().all(|question| question.body == first[0].body), "{first:?}");
    assert_ne!(first[0].body["name"], "Maria Santos e Silva");
    assert!(!second.is_empty() && second.iter().all(|question| question.key.ends_with("/verify/2")));
    assert!(second.iter().all(|question| question.body["name"] == "Maria Santos e Silva"), "{second:?}");
}

#[test]
fn kills_at_any_moment_lose_nothing_and_do_nothing_twice() {
    const CUSTOMERS: usize = 12;
    let (folder, provider) = (tempfile::tempdir().unwrap(), KycServer::start(KycManner::Verifies));
    let mut random = Random::seeded(Random::seed_from("KHATA_CRASH_SEED"));
    let mut customers: Vec<String> = Vec::new();
    let manners = [KycManner::Verifies, KycManner::LosesItsAnswer, KycManner::Hangs, KycManner::Fails];
    while customers.len() < CUSTOMERS {
        provider.set(*random.pick(&manners).unwrap());
        let server = serve(folder.path(), &provider);
        let mut client = server.client();
        for _ in 0..2 {
            let customer = onboard(&mut client, customers.len());
            customers.push(customer);
        }
        // Until the first question is under way, or somewhere behind it.
        if random.once_in(2) {
            provider.wait_for_questions(1);
        }
        (0..random.below(300)).for_each(|_| drop(client.get("/healthz")));
        server.kill();
    }
    provider.set(KycManner::Verifies);
    let server = serve(folder.path(), &provider);
    let mut client = server.client();
    for customer in &customers {
        let path = process_of(customer);
        let process = until(&mut client, &path, |process| {
            process["status"] == "completed" || process["status"] == "waiting"
        });
        if process["status"] == "waiting" {
            // Its next attempt is a while away. It may be over by now.
            drop(client.post(&format!("{path}/retry"), &json!({ "reason": "it is back" })));
        }
        let process = until(&mut client, &path, is("completed"));
        assert!(
            process["steps"].as_array().unwrap().iter().all(|step| step["status"] == "done"),
            "{process}"
        );
    }
    let position = head(&mut client);
    for customer in &customers {
        assert_eq!(accounts_of(&mut client, customer, &position).len(), 1, "{customer}");
        let keys: Vec<String> = provider.questions().into_iter().map(|question| question.key).collect();
        let own = format!("process_onboarding-{customer}/verify");
        assert!(keys.contains(&own) && keys.iter().all(|key| !key.contains(customer) || *key == own));
    }
    assert_eq!(client.get("/v1/admin/audit/verify").expect(200)["intact"], true);
    server.stop();
}
