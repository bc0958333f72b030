//! The table of roles and operations, held against what the domain says of each role.

use super::{done, operations, staff};
use crate::conventions::problem;
use khata_api::app::HttpSettings;
use khata_application::access::{Grant, Role, TABLE};
use khata_tests::{Badges, Request, TestApp};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

/// Operations that no description tells of: pages, and what only a benchmark asks for.
const UNDESCRIBED: [&str; 3] = ["read_description", "read_pages", "echo_body"];

#[tokio::test]
async fn every_operation_stands_in_the_table_and_the_table_holds_no_others() {
    let app = TestApp::start();
    let described: BTreeSet<String> = operations(&app).await.into_iter().map(|(_, _, name)| name).collect();
    let ruled: BTreeSet<String> = TABLE.iter().map(|rule| rule.operation.to_owned()).collect();
    assert_eq!(ruled.len(), TABLE.len(), "an operation stands in the table twice");
    let others: BTreeSet<String> = UNDESCRIBED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(described.union(&others).cloned().collect::<BTreeSet<_>>(), ruled);
}

/// What the domain says that a role may do, told by paths: in other words than the table's.
fn may(role: Role, method: &str, path: &str) -> bool {
    if matches!(path, "/healthz" | "/readyz" | "/v1/webhooks/velocitypay") {
        return true;
    }
    let asks = method == "GET";
    let (first, rest) =
        path.trim_start_matches("/v1/").split_once('/').unwrap_or((path.trim_start_matches("/v1/"), ""));
    let is_admin = first == "admin" || path == "/metrics";
    let does = |listed: &[&str]| listed.contains(&path.trim_start_matches("/v1/"));
    match role {
        // May do everything, but for what an officer vouches for with a limit of their own.
        Role::Admin => !does(&["loans/{id}/approve"]),
        // Reads all history, writes nothing; whole copies of the log leave the house with nobody but the admin.
        Role::Auditor => asks && !does(&["admin/backup", "admin/export"]),
        // Looks after projections and parked work, and sees no customer.
        Role::Operator => {
            matches!(first, "signals" | "processes" | "reconciliations" | "eod")
                || does(&["standing-orders/{id}/run"])
                || is_admin && asks && !does(&["admin/backup", "admin/export"])
                || first == "admin"
                    && (rest.starts_with("projections") || rest.starts_with("parked") || rest == "eod")
        }
        // Own data only; orders what a customer orders, and handles no cash.
        Role::Customer if asks => {
            matches!(
                first,
                "customers"
                    | "accounts"
                    | "loans"
                    | "disbursements"
                    | "cards"
                    | "authorizations"
                    | "orders"
                    | "payments"
                    | "standing-orders"
                    | "events"
                    | "streams"
            )
        }
        Role::Customer => does(&[
            "customers/{id}/contact",
            "accounts",
            "loans",
            "loans/{id}/payments",
            "loans/{id}/standing-debit",
            "loans/{id}/standing-debit/cancel",
            "loans/{id}/recoveries",
            "cards/{id}/activate",
            "cards/{id}/authorizations",
            "cards/{id}/rewards/redeem",
            "cards/{id}/block",
            "cards/{id}/disputes",
            "cards/{id}/payments",
            "cards/{id}/credit-payouts",
            "cards/{id}/close",
            "orders",
            "orders/{id}/items",
            "orders/{id}/items/{line}",
            "orders/{id}/items/{line}/quantity",
            "orders/{id}/shipping-address",
            "orders/{id}/place",
            "orders/{id}/payment/initiate",
            "orders/{id}/cancel",
            "orders/{id}/returns",
            "payments",
            "payments/{id}/cancel",
            "standing-orders",
            "standing-orders/{id}/change",
            "standing-orders/{id}/pause",
            "standing-orders/{id}/resume",
            "standing-orders/{id}/cancel",
        ]),
        // The counter: cash, entries and their reversal, cards, orders; no verdicts, no loans but their payments, no history.
        Role::Teller if asks => match first {
            "customers" => !rest.ends_with("events"),
            "loans" => rest.ends_with("payoff"),
            "accounts" | "cards" | "authorizations" | "orders" | "payments" | "standing-orders"
            | "signals" => true,
            _ => path == "/v1/admin/settings",
        },
        Role::Teller => match first {
            "customers" => does(&["customers", "customers/{id}/contact", "customers/{id}/close"]),
            "accounts" => !rest.contains("freeze") && !rest.contains("interest"),
            "cards" => !does(&[
                "cards/{id}/statements",
                "cards/{id}/interest",
                "cards/{id}/limit",
                "cards/{id}/disputes/{dispute_id}/resolve",
                "cards/{id}/authorizations/{authorization_id}/clear",
                "cards/{id}/authorizations/{authorization_id}/confirm-fraud",
            ]),
            "loans" => rest.starts_with("{id}/payments") || rest == "{id}/recoveries",
            "payments" => does(&["payments", "payments/{id}/cancel"]),
            "standing-orders" => rest != "{id}/run",
            "orders" | "signals" => true,
            _ => false,
        },
        // Loans, and who asks for them.
        Role::LoanOfficer if asks => {
            matches!(first, "customers" | "accounts" | "loans" | "disbursements" | "treasury" | "signals")
                || path == "/v1/admin/settings"
        }
        Role::LoanOfficer => matches!(first, "loans" | "signals"),
        // Reads and onboards; no money moves.
        Role::RelationshipManager if asks => {
            !is_admin && !matches!(first, "access" | "processes" | "reconciliations" | "treasury" | "eod")
                || path == "/v1/admin/settings"
        }
        Role::RelationshipManager => {
            first == "signals"
                || does(&[
                    "customers",
                    "customers/{id}/contact",
                    "customers/{id}/close",
                    "accounts",
                    "accounts/{id}/limits",
                    "accounts/{id}/signatories",
                    "accounts/{id}/signatories/{customer_id}",
                    "accounts/{id}/close",
                    "loans",
                    "cards",
                    "cards/{id}/limit",
                    "cards/{id}/block",
                    "cards/{id}/disputes",
                    "cards/{id}/close",
                ])
        }
        // Verdicts and freezes, and sees everything of customers.
        Role::ComplianceOfficer if asks => !is_admin || path == "/v1/admin/settings",
        Role::ComplianceOfficer => {
            first == "signals"
                || does(&[
                    "payments/{id}/approve",
                    "payments/{id}/reject",
                    "customers/{id}/kyc",
                    "customers/{id}/suspend",
                    "customers/{id}/reactivate",
                    "accounts/{id}/freeze",
                    "accounts/{id}/unfreeze",
                    "accounts/{id}/holds",
                    "accounts/{id}/holds/{hold_id}/release",
                    "cards/{id}/block",
                    "cards/{id}/unblock",
                    "cards/{id}/authorizations/{authorization_id}/clear",
                    "cards/{id}/authorizations/{authorization_id}/confirm-fraud",
                    "cards/{id}/disputes/{dispute_id}/resolve",
                ])
        }
    }
}

#[tokio::test]
async fn each_role_may_do_what_the_domain_says_and_nothing_else() {
    let app = TestApp::asking(HttpSettings::default(), Arc::new(Badges));
    let customer = Badges::of_customer("somebody", "cus_01890a5d-ac96-774b-bcce-b302099a8057");
    let mut wrong = Vec::new();
    for (method, template, name) in operations(&app).await {
        // Names nothing: what is let in comes to nothing. Only the audit and the archives of the empty log do.
        let path = template.replace(['{', '}'], "");
        for role in Role::ALL {
            let badge = if role == Role::Customer { customer.clone() } else { staff(role) };
            let request = Request { method: method.clone(), ..Request::get(&path) };
            let answer = app.open(&request.header("Authorization", &badge)).await;
            let refused = answer.status() == 403;
            if refused == may(role, &method, &template) {
                wrong.push(format!(
                    "{} {name}: {method} {template} answers {}",
                    role.name(),
                    answer.status()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_own_is_a_customers_and_what_is_assigned_a_managers() {
    for rule in TABLE {
        for (role, grant) in Role::ALL.into_iter().zip(rule.grants) {
            let is_for_all = rule.grants.iter().all(|grant| *grant == Grant::All);
            let fits = match grant {
                Grant::Nothing => role != Role::Admin || rule.operation == "approve_loan",
                Grant::Own => role == Role::Customer,
                Grant::Assigned => role == Role::RelationshipManager,
                Grant::All => {
                    is_for_all
                        || role != Role::Customer
                            && (role != Role::RelationshipManager || rule.group != "accounts")
                }
            };
            assert!(fits, "{} for {}", rule.operation, role.name());
        }
    }
}

#[tokio::test]
async fn who_may_is_told_and_nothing_else() {
    let app = TestApp::asking(HttpSettings::default(), Arc::new(Badges));
    let path = "/v1/accounts/acc_01890a5d-ac96-774b-bcce-b302099a8057/freeze";
    // Before the body is looked at, and before the key.
    for body in [json!({ "reason": "court order" }), json!({ "nonsense": 1 })] {
        let request = Request::post(path, &body).key("k").header("Authorization", staff(Role::Teller));
        let answer = app.send(&request).await;
        let refused = problem(&answer, 403, "forbidden");
        assert_eq!(refused["roles"], json!(["compliance_officer", "admin"]));
        assert_eq!(refused.as_object().unwrap().len(), 7, "{refused}");
    }
    assert_eq!(done(&app).await, 0);
}

#[tokio::test]
async fn a_path_that_nobody_described_is_nobodys() {
    // Without the switch there is no route; with it, it is the admin's.
    let settings = HttpSettings { bench_echo: true, ..HttpSettings::default() };
    let app = TestApp::asking(settings, Arc::new(Badges));
    for (role, status) in [(Role::Admin, 200), (Role::Operator, 403)] {
        let request = Request::post("/v1/bench/echo", &json!({})).header("Authorization", staff(role));
        assert_eq!(app.open(&request).await.status(), status);
    }
    // A method that a path has not is told, with those that it has.
    let request = Request { method: "PUT".into(), ..Request::get("/v1/customers") };
    let answer = app.send(&request.header("Authorization", staff(Role::Auditor))).await;
    problem(&answer, 405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET,HEAD,POST"));
    let request = Request { method: "HEAD".into(), ..Request::get("/v1/customers") };
    for (role, status) in [(Role::Auditor, 200), (Role::Operator, 403)] {
        assert_eq!(app.open(&request.clone().header("Authorization", staff(role))).await.status(), status);
    }
}
