//! What of a customer is masked for whom, wherever it is shown.

use super::{Bank, staff};
use khata_application::access::Role;
use khata_tests::test_app::new_customer;
use serde_json::{Value, json};

/// Everywhere that tells of a customer as it stands or stood.
async fn shown(bank: &Bank, badge: &str) -> Vec<Value> {
    let id = &bank.maria.id;
    let mut shown = Vec::new();
    for question in ["", "?as_of=2030-01-01T00:00:00Z", "?as_of_version=2", "?effective_on=2030-01-01"] {
        shown.push(bank.get(badge, &format!("/v1/customers/{id}{question}")).await.expect(200));
    }
    shown
        .push(bank.get(badge, "/v1/customers?email=maria@example.com").await.expect(200)["items"][0].clone());
    shown
        .push(bank.get(badge, &format!("/v1/customers/{id}/overview")).await.expect(200)["customer"].clone());
    shown
}

fn secrets(of: &Value) -> [Value; 3] {
    [of["tax_id"].clone(), of["birth_date"].clone(), of["documents"][0]["number"].clone()]
}

#[tokio::test]
async fn a_teller_sees_the_ends_of_numbers() {
    let bank = Bank::open().await;
    for shown in shown(&bank, &staff(Role::Teller)).await {
        assert_eq!(secrets(&shown), [json!("••••aria"), Value::Null, json!("••••4567")], "{shown}");
        assert_eq!(shown["name"], "Maria Anders");
    }
    // Also in what is answered to what the teller does.
    let path = format!("/v1/customers/{}/contact", bank.maria.id);
    let changed =
        bank.post(&staff(Role::Teller), &path, json!({ "phone": "+91 98000 00001" })).await.expect(200);
    assert_eq!(secrets(&changed["state"]), [json!("••••aria"), Value::Null, json!("••••4567")]);
    let mut new = new_customer("new@example.com");
    new["tax_id"] = "ABCDE1234F".into();
    let made = bank.post(&staff(Role::Teller), "/v1/customers", new).await.expect(201);
    assert_eq!(made["state"]["tax_id"], "••••234F");
}

#[tokio::test]
async fn those_who_have_to_know_see_it_all() {
    let bank = Bank::open().await;
    let clear = [json!("TAX-OF-maria"), json!("1990-02-03"), json!("P1234567")];
    for badge in
        [&bank.maria.badge, &staff(Role::ComplianceOfficer), &staff(Role::Auditor), &staff(Role::Admin)]
    {
        for shown in shown(&bank, badge).await {
            assert_eq!(secrets(&shown), clear, "{badge}");
        }
    }
    for shown in shown(&bank, &staff(Role::LoanOfficer)).await {
        assert_eq!(secrets(&shown), [clear[0].clone(), clear[1].clone(), json!("••••4567")]);
    }
}

#[tokio::test]
async fn events_are_masked_likewise_and_lose_the_hash_that_could_be_tried_out() {
    let bank = Bank::open().await;
    let path = format!("/v1/customers/{}/events", bank.maria.id);
    let of = async |role: Role| bank.get(&staff(role), &path).await.expect(200)["items"].clone();
    let (masked, clear) = (of(Role::LoanOfficer).await, of(Role::Auditor).await);
    assert_eq!(masked[0]["data"]["documents"][0]["number"], "••••4567");
    assert_eq!(masked[0]["hash"], Value::Null);
    assert_eq!(masked[0]["data"]["name"], "Maria Anders");
    assert_eq!(clear[0]["data"]["documents"][0]["number"], "P1234567");
    assert_eq!(clear[0]["hash"].as_str().unwrap().len(), 64);
    // What has nothing to hide is as it is stored.
    assert_eq!(masked[1], clear[1]);
}
