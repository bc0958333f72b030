//! Loans are assessed by a bureau beside the server: scores of all kinds, and a bureau that fails in every way.

use crate::bank::{is, now, until};
use khata_tests::{
    Client, Random, Server,
    bureau::{BureauManner, BureauServer},
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};
use std::path::Path;

fn serve(folder: &Path, bureau: &BureauServer) -> Server {
    let url = bureau.url();
    let asked = ["--bureau-url", &url, "--bureau-token", "s3cret", "--bureau-timeout", "1", "--lease", "1"];
    Server::start_with(folder, &asked)
}

/// Below 600 nobody gets a loan, from 700 on everybody up to 1,000.
fn bands(client: &mut Client) {
    let lending = json!({
        "automatic_rejection_below": 600, "automatic_approval_from": 700, "automatic_approval_up_to": "1000",
    });
    client.post("/v1/admin/settings", &json!({ "rules": { "lending": lending } })).expect(200);
}

fn customer(client: &mut Client, number: usize) -> String {
    let created = client.post("/v1/customers", &new_customer(&format!("c{number}@example.com"))).expect(201);
    let customer = created["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    customer
}

fn apply(client: &mut Client, customer: &str, amount: &str) -> String {
    let wanted = json!({
        "customer_id": customer, "loan_type": "personal", "principal": inr(amount), "annual_rate": "12",
        "term_months": 12, "day_count": "30/360",
    });
    client.post("/v1/loans", &wanted).expect(201)["id"].as_str().unwrap().to_owned()
}

fn process_of(loan: &str) -> String {
    format!("/v1/processes/process_loan_assessment-{loan}")
}

fn loan_now(client: &mut Client, loan: &str) -> Value {
    now(client, &format!("/v1/loans/{loan}"))
}

fn event(client: &mut Client, loan: &str, event_type: &str) -> Value {
    let events = client.get(&format!("/v1/loans/{loan}/events")).expect(200);
    let items = events["items"].as_array().unwrap();
    items.iter().find(|event| event["type"] == event_type).unwrap()["data"].clone()
}

#[test]
fn scores_decide_within_the_bands_and_officers_beyond_them() {
    let (folder, bureau) = (tempfile::tempdir().unwrap(), BureauServer::start(BureauManner::Scores(599)));
    let server = serve(folder.path(), &bureau);
    let mut client = server.client();
    bands(&mut client);
    let customer = customer(&mut client, 1);
    for (score, amount, status) in [
        (599, "1000.00", "rejected"),
        (600, "1000.00", "pending"),
        (699, "1000.00", "pending"),
        (700, "1000.00", "approved"),
        (1000, "1000.01", "pending"),
    ] {
        bureau.set(BureauManner::Scores(score));
        let loan = apply(&mut client, &customer, amount);
        until(&mut client, &process_of(&loan), is("completed"));
        let shown = loan_now(&mut client, &loan);
        assert_eq!((&shown["status"], &shown["credit_score"]), (&json!(status), &json!(score)), "{shown}");
        let assessed = event(&mut client, &loan, "loan.loan_assessed");
        assert_eq!(assessed["bureau"]["source"], bureau.name());
        assert!(assessed["bureau"]["reference"].as_str().unwrap().starts_with("B-"));
        if status == "approved" {
            let approved = event(&mut client, &loan, "loan.loan_approved");
            assert_eq!(approved["role"], "rule");
            assert!(approved["approver"].as_str().unwrap().contains("settings "), "{approved}");
            assert_eq!(approved["limit"], inr("1000.00"));
        }
    }
    let questions = bureau.questions();
    assert_eq!(questions[0].authorization.as_deref(), Some("Bearer s3cret"));
    assert!(!server.log().contains("s3cret"));
    // A rejected loan has left its customer.
    let products =
        now(&mut client, &format!("/v1/customers/{customer}"))["products"].as_array().unwrap().len();
    assert_eq!(products, 4);
}

#[test]
fn whatever_a_bureau_answers_that_is_no_file_is_asked_again_under_the_same_key() {
    let (folder, bureau) = (tempfile::tempdir().unwrap(), BureauServer::start(BureauManner::Fails));
    let server = serve(folder.path(), &bureau);
    let mut client = server.client();
    let customer = customer(&mut client, 1);
    let bad = [
        (BureauManner::Fails, "bureau_failed"),
        (BureauManner::AnswersRubbish, "answer_unusable"),
        (BureauManner::Hangs, "timeout"),
        (BureauManner::LosesItsAnswer, "bureau_unreachable"),
    ];
    for (manner, code) in bad {
        bureau.set(manner);
        let loan = apply(&mut client, &customer, "1000.00");
        let path = process_of(&loan);
        let process = until(&mut client, &path, |process| process["error"] == code);
        assert_eq!((&process["status"], &process["step"]), (&json!("waiting"), &json!("ask")), "{process}");
        assert_eq!(loan_now(&mut client, &loan)["status"], "pending");
        bureau.set(BureauManner::AnswersTwice);
        client.post(&format!("{path}/retry"), &json!({ "reason": "it is back" })).expect(200);
        until(&mut client, &path, is("completed"));
        let own = format!("process_loan_assessment-{loan}/ask");
        let keys: Vec<String> = bureau.questions().into_iter().map(|question| question.key).collect();
        assert!(keys.iter().filter(|key| **key == own).count() >= 2);
        assert_eq!(loan_now(&mut client, &loan)["credit_score"], 700);
    }
}

#[test]
fn another_persons_file_is_refused_and_left_to_somebody() {
    let (folder, bureau) = (tempfile::tempdir().unwrap(), BureauServer::start(BureauManner::TakesAnother));
    let server = serve(folder.path(), &bureau);
    let mut client = server.client();
    let customer = customer(&mut client, 1);
    let [asked_again, by_hand] = [1, 2].map(|_| apply(&mut client, &customer, "1000.00"));
    for loan in [&asked_again, &by_hand] {
        let process = until(&mut client, &process_of(loan), is("parked"));
        assert_eq!(process["error"], "file_of_another_person", "{process}");
        assert!(!process.to_string().contains("Somebody Else"), "{process}");
        assert_eq!(loan_now(&mut client, loan)["credit_score"], json!(null));
    }
    // The bureau has mended its files, and somebody asks it for a new one; the other is assessed by hand.
    let assessment = json!({ "credit_score": 650, "income_verified": false });
    client.post(&format!("/v1/loans/{by_hand}/assessment"), &assessment).expect(200);
    until(&mut client, &process_of(&by_hand), is("failed"));
    let shown = loan_now(&mut client, &by_hand);
    assert_eq!((&shown["status"], &shown["credit_score"]), (&json!("pending"), &json!(650)));
    client.post(&format!("{}/skip", process_of(&asked_again)), &json!({ "reason": "by letter" })).expect(200);
    until(&mut client, &process_of(&asked_again), is("failed"));
}

#[test]
fn kills_at_any_moment_assess_everybody_once() {
    const LOANS: usize = 8;
    let (folder, bureau) = (tempfile::tempdir().unwrap(), BureauServer::start(BureauManner::Scores(710)));
    let mut random = Random::seeded(Random::seed_from("KHATA_CRASH_SEED"));
    let mut loans: Vec<String> = Vec::new();
    while loans.len() < LOANS {
        let manners = [BureauManner::Scores(710), BureauManner::LosesItsAnswer, BureauManner::Hangs];
        bureau.set(*random.pick(&manners).unwrap());
        let server = serve(folder.path(), &bureau);
        let mut client = server.client();
        let customer = customer(&mut client, loans.len());
        (0..2).for_each(|_| loans.push(apply(&mut client, &customer, "500.00")));
        (0..random.below(200)).for_each(|_| drop(client.get("/healthz")));
        server.kill();
    }
    bureau.set(BureauManner::Scores(710));
    let server = serve(folder.path(), &bureau);
    let mut client = server.client();
    for loan in &loans {
        let path = process_of(loan);
        let process = until(&mut client, &path, |process| {
            process["status"] == "completed" || process["status"] == "waiting"
        });
        if process["status"] == "waiting" {
            // Its next attempt is a while away. It may be over by now.
            drop(client.post(&format!("{path}/retry"), &json!({ "reason": "it is back" })));
        }
        until(&mut client, &path, is("completed"));
        let events = client.get(&format!("/v1/loans/{loan}/events")).expect(200);
        let types: Vec<&str> =
            events["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["loan.loan_applied", "loan.loan_assessed"]);
    }
}
