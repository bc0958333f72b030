//! The parts of the system: what each context declares, and what a process answers that runs some of them.

use khata_api::part::Part;
use khata_application::{CONTEXTS, Namespace};
use khata_tests::{TestApp, test_app::new_customer};
use serde_json::{Value, json};

fn part(roles: &str, contexts: Option<&str>) -> TestApp {
    TestApp::part(Part::parse(Namespace::default(), Some(roles), contexts).unwrap())
}

fn context<'a>(served: &'a Value, name: &str) -> &'a Value {
    served["items"].as_array().unwrap().iter().find(|context| context["name"] == name).unwrap()
}

#[tokio::test]
async fn contexts_are_told_in_the_order_of_their_start_with_all_that_belongs_to_them() {
    let served = TestApp::start().get("/v1/admin/contexts").await.expect(200);
    assert_eq!(
        (&served["namespace"], &served["roles"]),
        (&json!("main"), &json!(["api", "projector", "processes"]))
    );
    let order: Vec<&str> =
        served["items"].as_array().unwrap().iter().map(|context| context["name"].as_str().unwrap()).collect();
    assert_eq!(order, CONTEXTS.map(|context| context.name));
    let lending = context(&served, "lending");
    assert_eq!(lending["imports"], json!(["customers.customer", "accounts.account"]));
    assert_eq!(
        (&lending["aggregates"], &lending["projections"]),
        (
            &json!(["loan", "treasury", "disbursement"]),
            &json!(["loans", "loan_payments", "treasury", "disbursements"])
        )
    );
    assert_eq!(lending["running"], json!(["api", "projector", "processes"]));
    assert!(
        lending["routes"].as_array().unwrap().contains(&json!("POST /v1/loans/{id}/payments")),
        "{lending}"
    );
    let customers = context(&served, "customers");
    assert_eq!(
        (&customers["exports"], &customers["reads"]),
        (&json!(["customer"]), &json!(["accounts", "processes"]))
    );
    assert_eq!(customers["hears"], json!(["bank_account", "credit_card", "loan", "order"]));
}

#[tokio::test]
async fn a_context_that_does_not_run_here_says_so_and_the_others_answer() {
    let app = part("api", Some("customers"));
    app.post("/v1/customers", new_customer("maria@example.com")).await.expect(201);
    for (method, path) in [
        ("GET", "/v1/accounts"),
        ("POST", "/v1/accounts"),
        ("GET", "/v1/loans/loan_1/schedule"),
        ("DELETE", "/v1/orders"),
    ] {
        let problem = app
            .send(&khata_tests::Request { method: method.into(), ..khata_tests::Request::get(path) })
            .await
            .expect(404);
        assert_eq!(problem["code"], "not_served_here", "{method} {path}: {problem}");
        assert!(problem["context"].is_string(), "{problem}");
    }
    assert_eq!(app.get("/v1/nowhere").await.expect(404)["code"], "not_found");
    let served = app.get("/v1/admin/contexts").await.expect(200);
    assert_eq!(
        (&served["roles"], &context(&served, "customers")["running"]),
        (&json!(["api"]), &json!(["api"]))
    );
    assert_eq!(context(&served, "accounts")["running"], json!([]));
    let described = app.get("/openapi.json").await.expect(200);
    assert!(described["paths"]["/v1/customers"].is_object() && described["paths"]["/v1/accounts"].is_null());
}

#[tokio::test]
async fn a_process_without_the_role_api_answers_its_operators_alone() {
    let app = part("projector,processes", None);
    for path in ["/v1/customers", "/v1/events", "/v1/streams/order-ord_1/events", "/v1/admin/audit/verify"] {
        let problem = app.get(path).await.expect(404);
        assert_eq!(
            (&problem["code"], &problem["role"]),
            (&json!("not_served_here"), &json!("api")),
            "{path}"
        );
    }
    let served = app.get("/v1/admin/contexts").await.expect(200);
    assert_eq!(
        (&served["roles"], &context(&served, "cards")["running"]),
        (&json!(["projector", "processes"]), &json!(["projector"]))
    );
    app.get("/v1/admin/projections").await.expect(200);
    for path in ["/healthz", "/metrics"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_process_is_ready_when_what_its_part_needs_is_there() {
    for (roles, contexts, expected) in [
        ("processes", None, vec!["events", "writes", "clock"]),
        ("projector", Some("orders"), vec!["events", "writes", "clock", "projection orders"]),
        (
            "api",
            Some("orders"),
            vec!["events", "writes", "clock", "projection customers", "projection orders"],
        ),
        (
            "api,projector",
            Some("lending,accounts"),
            vec![
                "events",
                "writes",
                "clock",
                "projection accounts",
                "projection account_transactions",
                "projection account_holds",
                "projection account_months",
                "projection loans",
                "projection loan_payments",
                "projection treasury",
                "projection disbursements",
            ],
        ),
    ] {
        let app = part(roles, contexts);
        let ready = async {
            loop {
                let ready = app.get("/readyz").await;
                if ready.status == 200 {
                    return ready.json();
                }
                tokio::task::yield_now().await;
            }
        };
        let ready = tokio::time::timeout(std::time::Duration::from_secs(60), ready)
            .await
            .expect("a process that gets ready");
        let checks: Vec<&str> =
            ready["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
        assert_eq!(checks, expected, "{roles} {contexts:?}");
    }
}
