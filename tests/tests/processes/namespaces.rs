//! Two namespaces in one PostgreSQL database never see each other.

use crate::bank::{Bank, deposit, open_account, viewed};
use serde_json::json;

#[test]
fn two_namespaces_in_one_database_share_no_event_view_metric_or_key() {
    let bank = Bank::fresh();
    let (main, blue) = (bank.serve("main", &[]), bank.serve("blue", &["--namespace", "blue"]));
    let (mut in_main, mut in_blue) = (main.client(), blue.client());
    // The same address is free in both, and the same key is used once in each.
    let (first, second) =
        (open_account(&mut in_main, "maria@example.com"), open_account(&mut in_blue, "maria@example.com"));
    let done = [(&mut in_main, &first), (&mut in_blue, &second)]
        .map(|(client, account)| client.send(&deposit(account).key("one")).unwrap());
    assert!(
        done.iter().all(|answer| answer.status == 200 && answer.header("Idempotent-Replayed").is_none()),
        "{done:?}"
    );
    in_main.send(&deposit(&first).key("two")).unwrap().expect(200);
    in_blue.send(&deposit(&first)).unwrap().expect(404);
    assert_eq!(
        (
            in_main.get("/v1/events").header("Khata-Position"),
            in_blue.get("/v1/events").header("Khata-Position")
        ),
        (Some("8"), Some("7"))
    );
    for (client, account, position, other) in
        [(&mut in_main, &first, 8, &second), (&mut in_blue, &second, 7, &first)]
    {
        let listed = viewed(client, "/v1/accounts", position)["items"].take();
        assert!(
            matches!(listed.as_array().unwrap().as_slice(), [only] if only["account_id"] == account.as_str()),
            "{listed}"
        );
        client.get(&format!("/v1/accounts/{other}")).expect(404);
    }
    for (client, own, other) in [(&mut in_main, "main", "blue"), (&mut in_blue, "blue", "main")] {
        let metrics = client.get("/metrics");
        let samples: Vec<&str> =
            metrics.text().lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert!(samples.iter().all(|line| line.contains(&format!("namespace=\"{own}\""))), "{samples:?}");
        assert!(!metrics.text().contains(&format!("namespace=\"{other}\"")));
        assert_eq!(client.get("/v1/admin/contexts").expect(200)["namespace"], json!(own));
    }
    let verified = bank.home.run(["audit", "verify", "--namespace", "blue"]);
    assert!(String::from_utf8_lossy(&verified.stdout).starts_with("7 events fit together"), "{verified:?}");
}
