//! A traffic signal over HTTP: its cycle, an emergency, its past.

use crate::conventions::problem;
use khata_tests::TestApp;
use serde_json::{Value, json};

async fn installed(app: &TestApp) -> String {
    let new = json!({ "junction": "Haji Ali", "green_s": 30, "yellow_s": 4, "red_s": 0, "peak_green_s": 60 });
    let id = app.post("/v1/signals", new).await.expect(201)["id"].as_str().unwrap().to_owned();
    format!("/v1/signals/{id}")
}

fn lights(signal: &Value) -> [&Value; 2] {
    [&signal["north_south"], &signal["east_west"]]
}

#[tokio::test]
async fn a_signal_goes_through_its_cycle_and_lets_an_ambulance_through() {
    let app = TestApp::start();
    let path = installed(&app).await;
    let changed = app.post(&format!("{path}/phase"), json!({})).await.expect(200);
    assert_eq!(lights(&changed["state"]), [&json!("red"), &json!("green")]);
    problem(&app.post(&format!("{path}/phase"), json!({})).await, 422, "phase_too_short");
    let ambulance = json!({ "direction": "north_south", "emergency": "ambulance" });
    let through = app.post(&format!("{path}/override"), ambulance).await.expect(200);
    assert_eq!(lights(&through["state"]), [&json!("green"), &json!("red")]);
    let crossing = json!({ "direction": "east_west", "emergency": "police" });
    problem(&app.post(&format!("{path}/override"), crossing).await, 422, "override_active");
    let shown = app.get_now(&path).await.expect(200);
    assert_eq!((&shown["status"], &shown["asked_by"]), (&json!("overridden"), &json!("local")));
    app.post(&format!("{path}/end-override"), json!({})).await.expect(200);
    let peak = app.post(&format!("{path}/timing"), json!({ "hours": "peak" })).await.expect(200);
    assert_eq!(peak["state"]["green_s"], 60);
    let dark = app.post(&format!("{path}/fault"), json!({ "description": "lamp" })).await.expect(200);
    assert_eq!(lights(&dark["state"]), [&Value::Null, &Value::Null]);
    app.post(&format!("{path}/repair"), json!({})).await.expect(200);
    let listed = app.get_now("/v1/signals?status=operating").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let then = app.get(&format!("{path}?as_of_version=2")).await.expect(200);
    assert_eq!(lights(&then), [&json!("red"), &json!("green")]);
    let events = app.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 7);
}
