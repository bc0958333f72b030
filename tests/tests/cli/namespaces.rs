//! Two namespaces in one data directory never see each other.

use crate::{
    serving::{deposit, open_account},
    told::over,
};
use khata_tests::{Request, Server, test_app::new_customer};
use serde_json::json;

#[test]
fn two_namespaces_in_one_data_directory_share_no_event_view_metric_or_key() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let (main, blue) = (Server::start(&data_dir), Server::start_with(&data_dir, &["--namespace", "blue"]));
    let (mut in_main, mut in_blue) = (main.client(), blue.client());
    // The same key and the same body in both: each does it once.
    let onboard = Request::post("/v1/customers", &new_customer("maria@example.com")).key("one");
    let (first, second) = (in_main.send(&onboard).unwrap(), in_blue.send(&onboard).unwrap());
    assert_eq!(
        (first.expect(201)["version"].as_u64(), second.header("Idempotent-Replayed")),
        (Some(1), None)
    );
    assert_ne!(first.json()["id"], second.expect(201)["id"]);
    assert_eq!(in_blue.send(&onboard).unwrap().header("Idempotent-Replayed"), Some("true"));

    let mut account = json!(null);
    for email in ["a@example.com", "b@example.com"] {
        let customer = in_main.post("/v1/customers", &new_customer(email)).expect(201)["id"].clone();
        in_main
            .post(
                &format!("/v1/customers/{}/kyc", customer.as_str().unwrap()),
                &json!({ "verdict": "verified" }),
            )
            .expect(200);
        account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    }
    let position = in_main.post("/v1/accounts", &account).expect(201)["position"].as_u64().unwrap();
    in_blue.post("/v1/accounts", &account).expect(404);
    let read = |path: &str| Request::get(path).header("Khata-Min-Position", position);
    assert_eq!(
        in_main.send(&read("/v1/accounts")).unwrap().expect(200)["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(in_blue.get("/v1/events").header("Khata-Position"), Some("3"));
    assert_eq!(in_blue.get("/v1/accounts").expect(200)["items"], json!([]));

    for (client, own, other) in [(&mut in_main, "main", "blue"), (&mut in_blue, "blue", "main")] {
        let metrics = client.get("/metrics");
        let samples: Vec<&str> =
            metrics.text().lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert!(samples.iter().all(|line| line.contains(&format!("namespace=\"{own}\""))), "{samples:?}");
        assert!(!metrics.text().contains(&format!("namespace=\"{other}\"")));
        assert_eq!(client.get("/v1/admin/contexts").expect(200)["namespace"], own);
    }
    // Commands find the server of the namespace that they name.
    assert!(over(&data_dir, &["contexts", "--namespace", "blue"]).well().contains("customers"));
    assert!(
        over(&data_dir, &["audit", "verify", "--namespace", "blue"])
            .well()
            .starts_with("3 events fit together")
    );
    over(&data_dir, &["events", "tail", "--namespace", "green"]).failed(1, "there is no Khata in ");
    let told = over(&data_dir, &["serve", "--listen", "127.0.0.1:0", "--namespace", "blue"])
        .failed(1, "is held by another Khata");
    assert!(told.err.contains(&blue.process_id().to_string()), "{told:?}");
}

#[test]
fn stores_can_lie_in_directories_of_their_own() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, log) = (place.path().join("data"), place.path().join("log"));
    let url = format!("sqlite://{}", log.display());
    let server = Server::start_with(&data_dir, &["--events-url", &url]);
    let account = open_account(&mut server.client());
    let position = deposit(&mut server.client(), &account, "10.00");
    assert!(
        log.join("events.db").is_file() && log.join("secret.key").is_file() && !log.join("views.db").exists()
    );
    assert!(data_dir.join("views.db").is_file() && !data_dir.join("events.db").exists());
    let told = over(&data_dir, &["audit", "verify", "--events-url", &url]).well();
    assert!(told.starts_with(&format!("{position} events")), "{told}");
    // The log's directory is held, whatever else a second server would use.
    over(&place.path().join("other"), &["serve", "--listen", "127.0.0.1:0", "--events-url", &url])
        .failed(1, "is held by another Khata");
}
