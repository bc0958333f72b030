//! Days and instants from which on something is to count: the past is the word of those who may state it.

use super::{Bank, snake_case, staff};
use crate::conventions::problem;
use khata_application::access::{FACTS, Fact, Role, Rule, Told};
use khata_tests::{Badges, Request, test_app::inr};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Days that nothing counts from: of a birth, of an end, of what is to come.
const OTHERS: &[(&str, &str)] = &[
    ("onboard_customer", "birth_date"),
    ("place_hold", "expires_at"),
    ("create_payment", "scheduled_for"),
    ("create_standing_order", "start_date"),
    ("create_standing_order", "end_date"),
    ("change_standing_order", "start_date"),
    ("change_standing_order", "end_date"),
    ("confirm_order", "expected_delivery"),
];

fn dated() -> impl Iterator<Item = &'static Fact> {
    FACTS.iter().filter(|fact| fact.told == Told::ThePast)
}

/// The members of the bodies of commands that are days or instants, by operation.
fn described(description: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let paths = description["paths"].as_object().unwrap().values();
    for operation in paths.filter_map(|path| path.get("post")) {
        let name = snake_case(operation["operationId"].as_str().unwrap());
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(schema) = schema.as_str().and_then(|at| description.pointer(at.trim_start_matches('#')))
        else {
            continue;
        };
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            if property.to_string().contains("\"format\":\"date") {
                found.insert((name.clone(), member.clone()));
            }
        }
    }
    found
}

#[tokio::test]
async fn every_day_that_a_body_may_name_is_known_to_the_table_or_counts_for_nothing() {
    let bank = Bank::open().await;
    let description = bank.app.get("/openapi.json").await.expect(200);
    let owned = |(operation, member): (&str, &str)| (operation.to_owned(), member.to_owned());
    let names = |fact: &'static Fact| owned((fact.operation, fact.member));
    let described = described(&description);
    let known: BTreeSet<_> = FACTS.iter().map(names).chain(OTHERS.iter().copied().map(owned)).collect();
    assert_eq!(described.difference(&known).collect::<Vec<_>>(), Vec::<&_>::new());
    for told in dated().map(names).chain(OTHERS.iter().copied().map(owned)) {
        assert!(described.contains(&told), "no body names {told:?}");
    }
}

#[tokio::test]
async fn the_past_is_stated_by_those_only_whose_word_it_is() {
    let bank = Bank::paying().await;
    let maria = &bank.maria;
    let description = bank.app.get("/openapi.json").await.expect(200);
    for fact in dated() {
        let paths = description["paths"].as_object().unwrap().iter();
        let is_it = |item: &Value| {
            item["post"]["operationId"].as_str().is_some_and(|name| snake_case(name) == fact.operation)
        };
        let (path, _) = paths.clone().find(|(_, item)| is_it(item)).expect("a path");
        let collection = path.split('/').nth(2).unwrap();
        let path = path.replace("{id}", maria.of(collection)).replace(['{', '}'], "");
        let rule = Rule::of(fact.operation).unwrap();
        for role in Role::ALL.into_iter().filter(|role| rule.roles().has(*role)) {
            let badge = if role == Role::Customer { maria.badge.clone() } else { staff(role) };
            let request = Request::post(&path, &json!({ fact.member: "2020-01-01" }));
            let answer = bank.app.send(&request.header("Authorization", &badge)).await;
            let refused = answer.status == 403;
            assert_eq!(refused, !fact.stated_by.has(role), "{} {}", fact.operation, role.name());
        }
    }
}

#[tokio::test]
async fn a_customers_loan_begins_today_or_later() {
    let bank = Bank::open().await;
    let loan = |customer: &str, day: &str| {
        json!({
            "customer_id": customer, "loan_type": "personal", "principal": inr("1000.00"), "annual_rate": "12",
            "term_months": 12, "day_count": "ACT/365", "start_date": day,
        })
    };
    let maria = &bank.maria;
    let refused = bank.post(&maria.badge, "/v1/loans", loan(&maria.id, "2026-03-01")).await;
    assert_eq!(problem(&refused, 403, "forbidden")["roles"], json!(["loan_officer", "admin"]));
    for day in ["2026-03-02", "2026-04-01"] {
        bank.post(&maria.badge, "/v1/loans", loan(&maria.id, day)).await.expect(201);
    }
    let officer = Badges::of("r.iyer", &[Role::LoanOfficer]);
    bank.post(&officer, "/v1/loans", loan(&maria.id, "2026-03-01")).await.expect(201);
}

#[tokio::test]
async fn how_well_the_shop_knows_a_customer_the_shop_says() {
    let bank = Bank::open().await;
    let maria = &bank.maria;
    let order = |tier: Option<&str>| {
        let mut order = json!({ "customer_id": maria.id, "currency": "INR" });
        tier.into_iter().for_each(|tier| order["customer_tier"] = tier.into());
        order
    };
    let refused = bank.post(&maria.badge, "/v1/orders", order(Some("premium"))).await;
    assert_eq!(problem(&refused, 403, "forbidden")["roles"], json!(["teller", "admin"]));
    let made = bank.post(&maria.badge, "/v1/orders", order(None)).await.expect(201);
    assert_eq!(bank.get(&maria.badge, &path_of(&made)).await.expect(200)["customer_tier"], "regular");
    let made = bank.post(&staff(Role::Teller), "/v1/orders", order(Some("premium"))).await.expect(201);
    assert_eq!(bank.get(&maria.badge, &path_of(&made)).await.expect(200)["customer_tier"], "premium");
}

fn path_of(made: &Value) -> String {
    format!("/v1/orders/{}", made["id"].as_str().unwrap())
}
