//! A bank of several processes, and what tests ask of it.

use khata_tests::{Client, Home, Request, Server, postgres::Database, test_app::new_customer};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything takes that is waited for here, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database with a folder for the logs of its servers.
pub(crate) struct Bank {
    pub(crate) home: Home,
    _folder: TempDir,
    pub(crate) database: Database,
}

impl Bank {
    /// With a database of its own.
    #[track_caller]
    pub(crate) fn fresh() -> Self {
        Self::over(Database::fresh())
    }

    /// Over a database.
    #[track_caller]
    pub(crate) fn over(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { home: Home::postgres(folder.path(), &database), _folder: folder, database }
    }

    /// Starts a server with these options, under a name of its own.
    #[track_caller]
    pub(crate) fn serve(&self, name: &str, arguments: &[&str]) -> Server {
        self.home.for_another(name).serve(arguments)
    }
}

/// An open savings account of a new, verified customer; gives its id.
#[track_caller]
pub(crate) fn open_account(client: &mut Client, email: &str) -> String {
    let customer =
        client.post("/v1/customers", &new_customer(email)).expect(201)["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    client.post("/v1/accounts", &account).expect(201)["id"].as_str().unwrap().to_owned()
}

/// A deposit of one rupee.
pub(crate) fn deposit(account: &str) -> Request {
    Request::post(
        format!("/v1/accounts/{account}/deposits"),
        &json!({ "amount": { "amount": "1.00", "currency": "INR" } }),
    )
}

/// An answer of a view that has seen a position: asked again for as long as the view is behind.
#[track_caller]
pub(crate) fn viewed(client: &mut Client, path: &str, position: u64) -> Value {
    let mut answer = client.send(&Request::get(path).header("Khata-Min-Position", position)).unwrap();
    let began = Instant::now();
    while answer.status == 503 && began.elapsed() < PATIENCE {
        answer = client.send(&Request::get(path).header("Khata-Min-Position", position)).unwrap();
    }
    answer.expect(200)
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come to be");
        std::thread::yield_now();
    }
}

/// How a projection is, as a server sees it.
#[track_caller]
pub(crate) fn projection(client: &mut Client, name: &str) -> Value {
    let listed = client.get("/v1/admin/projections").expect(200);
    listed["items"].as_array().unwrap().iter().find(|projection| projection["name"] == name).unwrap().clone()
}

/// Every view equals what a fresh rebuild makes of the log.
#[track_caller]
pub(crate) fn views_equal_their_rebuilds(client: &mut Client) {
    let listed = client.get("/v1/admin/projections").expect(200);
    for name in
        listed["items"].as_array().unwrap().iter().map(|projection| projection["name"].as_str().unwrap())
    {
        wait_until("a projection that runs", || projection(client, name)["state"] == "running");
        let started = client
            .post(&format!("/v1/admin/projections/{name}/rebuild"), &json!({ "compare": true }))
            .expect(202);
        wait_until("a rebuild", || projection(client, name)["generation"] == started["generation"]);
        let rebuilt = projection(client, name);
        let tables = rebuilt["comparison"]["tables"].as_array().unwrap();
        let same = |table: &Value| ["only_old", "only_new", "changed"].iter().all(|count| table[count] == 0);
        assert!(!tables.is_empty() && tables.iter().all(same), "{name}: {rebuilt}");
    }
}

/// The log's events of one stream, as all servers see them: versions without a gap.
#[track_caller]
pub(crate) fn versions(client: &mut Client, account: &str) -> Vec<u64> {
    let mut versions = Vec::new();
    let mut path = format!("/v1/accounts/{account}/events?limit=200");
    loop {
        let page = client.get(&path).expect(200);
        versions
            .extend(page["items"].as_array().unwrap().iter().map(|event| event["version"].as_u64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/accounts/{account}/events?limit=200&cursor={cursor}"),
            None => return versions,
        }
    }
}
