//! Relationship managers, and the customers assigned to them.

use super::{Bank, staff};
use crate::conventions::problem;
use khata_application::access::Role;
use khata_tests::{Badges, test_app::new_customer};
use serde_json::{Value, json};

fn manager(name: &str) -> String {
    Badges::of(name, &[Role::RelationshipManager])
}

impl Bank {
    async fn assign(&self, customer: &str, manager: &str) -> Value {
        let path = format!("/v1/customers/{customer}/assign-manager");
        self.post(&staff(Role::Admin), &path, json!({ "manager": manager })).await.expect(200)
    }

    async fn names(&self, badge: &str, collection: &str) -> Vec<String> {
        let listed = self.get(badge, &format!("/v1/{collection}")).await.expect(200);
        let id = |item: &Value| item["customer_id"].as_str().unwrap().to_owned();
        listed["items"].as_array().unwrap().iter().map(id).collect()
    }
}

#[tokio::test]
async fn a_manager_sees_and_serves_those_who_are_assigned() {
    let bank = Bank::open().await;
    let (iyer, maria, boris) = (manager("r.iyer"), &bank.maria, &bank.boris);
    assert_eq!(bank.names(&iyer, "customers").await, Vec::<String>::new());
    let assigned = bank.assign(&maria.id, "r.iyer").await;
    assert_eq!(assigned["state"]["manager"], "r.iyer");
    for collection in ["customers", "accounts", "loans", "cards", "orders"] {
        assert_eq!(bank.names(&iyer, collection).await, std::slice::from_ref(&maria.id), "{collection}");
        bank.get(&iyer, &format!("/v1/{collection}/{}", maria.of(collection))).await.expect(200);
        let theirs = format!("/v1/{collection}/{}", boris.of(collection));
        problem(&bank.get(&iyer, &theirs).await, 404, "not_found");
        problem(
            &bank.get(&manager("other"), &format!("/v1/{collection}/{}", maria.of(collection))).await,
            404,
            "not_found",
        );
    }
    let open =
        |customer: &str| json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    bank.post(&iyer, "/v1/accounts", open(&maria.id)).await.expect(201);
    problem(&bank.post(&iyer, "/v1/accounts", open(&boris.id)).await, 404, "not_found");
    // Both at once: whoever looks after several sees all of them.
    bank.assign(&boris.id, "r.iyer").await;
    assert_eq!(bank.names(&iyer, "loans").await.len(), 2);
}

#[tokio::test]
async fn an_assignment_ends_at_once() {
    let bank = Bank::open().await;
    let (iyer, rao, path) = (manager("r.iyer"), manager("s.rao"), format!("/v1/customers/{}", bank.maria.id));
    bank.assign(&bank.maria.id, "r.iyer").await;
    bank.get(&iyer, &path).await.expect(200);
    bank.assign(&bank.maria.id, "s.rao").await;
    problem(&bank.get(&iyer, &path).await, 404, "not_found");
    bank.get(&rao, &path).await.expect(200);
    bank.post(&staff(Role::Admin), &format!("{path}/unassign-manager"), json!({})).await.expect(200);
    problem(&bank.get(&rao, &path).await, 404, "not_found");
    let told = bank.get(&staff(Role::Auditor), &format!("{path}/events")).await.expect(200);
    let types: Vec<&str> =
        told["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    let last = ["customer.manager_assigned", "customer.manager_assigned", "customer.manager_unassigned"];
    assert!(types.ends_with(&last), "{types:?}");
}

#[tokio::test]
async fn whom_a_manager_brings_is_the_managers() {
    let bank = Bank::open().await;
    let iyer = manager("r.iyer");
    let made = bank.post(&iyer, "/v1/customers", new_customer("new@example.com")).await.expect(201);
    assert_eq!(made["state"]["manager"], "r.iyer");
    assert_eq!(bank.names(&iyer, "customers").await, [made["id"].as_str().unwrap()]);
    // An address that another has is told to be taken, also where the other is out of reach.
    let taken = bank.post(&iyer, "/v1/customers", new_customer("maria@example.com")).await;
    problem(&taken, 422, "email_already_used");
    // Whoever serves everybody brings customers for nobody.
    let made =
        bank.post(&staff(Role::Teller), "/v1/customers", new_customer("more@example.com")).await.expect(201);
    assert_eq!(made["state"]["manager"], Value::Null);
}
