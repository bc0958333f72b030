//! The end of a loan's day over HTTP: its bucket is noted and what is overdue charged for, once.

use crate::loans::lent;
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

fn types(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_overdue_instalment_is_charged_for_once_by_what_is_configured() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let close =
        async |day: &str| app.post(&format!("{path}/day-end"), json!({ "date": day })).await.expect(200);
    // Nothing is configured: nothing is charged.
    assert_eq!(types(&close("2024-02-02").await), ["loan.loan_became_delinquent"]);
    let lending = json!({ "overdue_penalty": "2", "overdue_penalty_rate": "10", "overdue_grace_days": 3 });
    app.post("/v1/admin/settings", json!({ "rules": { "lending": lending } })).await.expect(200);
    assert_eq!(types(&close("2024-02-04").await), [""; 0]);
    let charged = close("2024-02-05").await;
    assert_eq!(types(&charged), ["loan.loan_penalty_charged"]);
    // 2 and a tenth of 17.43.
    assert_eq!(charged["state"]["outstanding_penalties"], inr("3.74"));
    for day in ["2024-02-05", "2024-02-20"] {
        assert_eq!(types(&close(day).await), [""; 0], "{day}");
    }
    // Two nights later than the next is due, and its grace: both are made up for.
    assert_eq!(
        types(&close("2024-03-06").await),
        ["loan.loan_became_delinquent", "loan.loan_penalty_charged"]
    );
    let events = app.get(&format!("{path}/events?limit=200")).await.expect(200);
    let last = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["data"]["instalment"], json!({ "number": 2, "due_date": "2024-03-01" }));
}
