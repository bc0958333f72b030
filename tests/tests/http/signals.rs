//! A traffic signal over HTTP: its cycle, an emergency, its past.

use crate::conventions::told;
use khata_tests::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_signal_goes_through_its_cycle_and_lets_an_ambulance_through() {
    let app = TestApp::start();
    let new = json!({ "junction": "Haji Ali", "green_s": 30, "yellow_s": 4, "red_s": 0, "peak_green_s": 60 });
    let id = app.post("/v1/signals", new).await.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/signals/{id}");
    let lights = |north_south, east_west| json!({ "north_south": north_south, "east_west": east_west });
    let vehicle = |direction, emergency| json!({ "direction": direction, "emergency": emergency });
    for (command, body, status, answer) in [
        ("phase", json!({}), 200, lights(Some("red"), Some("green"))),
        ("phase", json!({}), 422, json!({ "code": "phase_too_short" })),
        ("override", vehicle("north_south", "ambulance"), 200, lights(Some("green"), Some("red"))),
        ("override", vehicle("east_west", "police"), 422, json!({ "code": "override_active" })),
        ("timing", json!({ "hours": "peak" }), 200, json!({ "asked_by": "local", "green_s": 60 })),
        ("end-override", json!({}), 200, json!({ "status": "operating" })),
        ("fault", json!({ "description": "lamp" }), 200, lights(None, None)),
        ("repair", json!({}), 200, lights(Some("red"), Some("red"))),
    ] {
        told(&app.post(&format!("{path}/{command}"), body).await, status, &answer);
        if status == 200 {
            told(&app.get_now(&path).await, 200, &answer);
        }
    }
    let listed = app.get_now("/v1/signals?status=operating").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    told(&app.get(&format!("{path}?as_of_version=2")).await, 200, &lights(Some("red"), Some("green")));
    let events = app.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 7);
}
