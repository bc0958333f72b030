//! Each role in a process of its own: they are one Khata.

use crate::bank::{
    Bank, deposit, open_account, projection, versions, viewed, views_equal_their_rebuilds, wait_until,
};
use khata_tests::{Client, Request, Server, test_app::new_customer};
use serde_json::json;
use std::thread;

/// Two that answer, one that feeds the views, one for processes.
fn apart(bank: &Bank) -> [Server; 4] {
    let api = ["--roles", "api"];
    [
        bank.serve("api-1", &api),
        bank.serve("api-2", &api),
        bank.serve("projector", &["--roles", "projector"]),
        bank.serve("processes", &["--roles", "processes"]),
    ]
}

fn balance(client: &mut Client, account: &str, position: u64) -> serde_json::Value {
    viewed(client, &format!("/v1/accounts/{account}"), position)["balance"]["amount"].clone()
}

#[test]
fn two_apis_on_one_account_see_each_others_versions_keys_and_writes() {
    let bank = Bank::fresh();
    let [one, two, _projector, _processes] = apart(&bank);
    let (mut one, mut two) = (one.client(), two.client());
    let account = open_account(&mut one, "maria@example.com");

    let first = one.send(&deposit(&account)).unwrap();
    let (version, position) =
        (first.header("ETag").unwrap().to_owned(), first.expect(200)["position"].as_u64().unwrap());
    assert_eq!(balance(&mut two, &account, position), "1.00");

    let second = two.send(&deposit(&account).header("If-Match", &version)).unwrap().expect(200);
    assert_eq!(second["version"], 3);
    let stale = one.send(&deposit(&account).header("If-Match", &version)).unwrap().expect(412);
    assert_eq!((&stale["code"], &stale["actual_version"]), (&json!("version_conflict"), &json!(3)));

    let keyed = deposit(&account).key("once");
    let (here, there) = (one.send(&keyed).unwrap(), two.send(&keyed).unwrap());
    assert_eq!((here.expect(200), there.header("Idempotent-Replayed")), (there.expect(200), Some("true")));
    assert_eq!(versions(&mut two, &account), [1, 2, 3, 4]);
    // An e-mail address is taken for all of them.
    let taken = two.post("/v1/customers", &new_customer("maria@example.com")).expect(422);
    assert_eq!(taken["code"], "email_already_used", "{taken}");
}

#[test]
fn commands_through_two_apis_at_once_are_each_done_once_in_one_order() {
    const EACH: usize = 40;
    let bank = Bank::fresh();
    let [one, two, projector, _processes] = apart(&bank);
    let account = open_account(&mut one.client(), "maria@example.com");
    let last = thread::scope(|scope| {
        let clients = [&one, &two, &one, &two].map(|server| {
            let (mut client, account) = (server.client(), &account);
            scope.spawn(move || {
                let positions = (0..EACH).map(|_| {
                    client.send(&deposit(account)).unwrap().expect(200)["position"].as_u64().unwrap()
                });
                positions.max().unwrap()
            })
        });
        clients.map(|client| client.join().unwrap()).into_iter().max().unwrap()
    });
    let mut client = two.client();
    assert_eq!(versions(&mut client, &account), (1..=4 * EACH as u64 + 1).collect::<Vec<_>>());
    assert_eq!(balance(&mut client, &account, last), format!("{}.00", 4 * EACH));
    assert_eq!(client.get("/v1/admin/audit/verify").expect(200)["intact"], true);
    views_equal_their_rebuilds(&mut projector.client());
}

#[test]
fn each_role_answers_what_is_its_own_and_is_ready() {
    let bank = Bank::fresh();
    let servers = apart(&bank);
    let account = open_account(&mut servers[0].client(), "maria@example.com");
    for (server, role, serves) in
        [(&servers[0], "api", 200), (&servers[2], "projector", 404), (&servers[3], "processes", 404)]
    {
        let mut client = server.client();
        assert_eq!(client.get(&format!("/v1/accounts/{account}?as_of_version=1")).status, serves, "{role}");
        assert_eq!(client.get("/v1/admin/contexts").expect(200)["roles"], json!([role]));
        wait_until("a process that is ready", || client.get("/readyz").status == 200);
        assert_eq!(client.get("/healthz").status, 200);
        assert!(client.get("/metrics").text().contains("namespace=\"main\""));
    }
    // Told in the order of their start, and of their stop.
    let told = bank.serve(
        "told",
        &["--roles", "api", "--contexts", "lending,customers,accounts", "--log", "khata_api=info"],
    );
    told.signal("TERM");
    wait_until("a process that has told of its stop", || {
        told.log().matches("the context stops").count() == 3
    });
    let (log, names) = (told.log(), ["customers", "accounts", "lending"]);
    let lines =
        |what: &str| log.lines().filter(|line| line.contains(what)).map(str::to_owned).collect::<Vec<_>>();
    let in_order = |lines: Vec<String>, names: Vec<&str>| {
        lines.len() == 3 && lines.iter().zip(names).all(|(line, name)| line.contains(name))
    };
    assert!(in_order(lines("the context has started"), names.to_vec()), "{log}");
    assert!(in_order(lines("the context stops"), names.into_iter().rev().collect()), "{log}");
    // Nothing is kept outside the database.
    assert!(!bank.home.data_dir().exists());
}

#[test]
fn a_rebuild_by_the_process_in_charge_is_seen_by_all() {
    let bank = Bank::fresh();
    let [one, _two, projector, _processes] = apart(&bank);
    let mut client = one.client();
    let account = open_account(&mut client, "maria@example.com");
    viewed(&mut client, &format!("/v1/accounts/{account}"), 5);
    let started = projector
        .client()
        .post("/v1/admin/projections/accounts/rebuild", &json!({ "compare": true }))
        .expect(202);
    wait_until("a rebuild", || projection(&mut client, "accounts")["generation"] == started["generation"]);
    assert_eq!(viewed(&mut client, &format!("/v1/accounts/{account}"), 6)["account_id"], account.as_str());
    // What it found is told by whoever is asked, and so by a command that asks a process without views of its
    // own to feed.
    let found = projection(&mut client, "accounts")["comparison"].clone();
    assert_eq!(
        (&found["tables"][0]["table"], &found["tables"][0]["changed"]),
        (&json!("accounts"), &json!(0)),
        "{found}"
    );
    let url = format!("http://{}", one.address());
    let compared = bank.home.run(["projections", "rebuild", "accounts", "--compare", "--url", &url]);
    assert!(
        compared.status.success()
            && String::from_utf8_lossy(&compared.stdout).contains("accounts: unchanged at position"),
        "{compared:?}"
    );
    let listed = bank.home.run(["projections", "list"]);
    assert!(
        listed.status.success() && String::from_utf8_lossy(&listed.stdout).contains("accounts"),
        "{listed:?}"
    );
}

#[test]
fn parts_of_the_system_are_spread_over_processes() {
    let bank = Bank::fresh();
    let customers = bank.serve("customers", &["--roles", "api", "--contexts", "customers"]);
    let rest = bank.serve("rest", &["--roles", "api", "--contexts", "accounts,cards,lending,orders"]);
    let first = bank.serve("first", &["--roles", "projector", "--contexts", "customers"]);
    let mut client = customers.client();
    let customer = client.post("/v1/customers", &new_customer("maria@example.com")).expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    // Opening an account takes part in the customer, whose context runs elsewhere: they share the log.
    let open = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    assert_eq!(client.post("/v1/accounts", &open).expect(404)["code"], "not_served_here");
    let opened = rest.client().post("/v1/accounts", &open).expect(201);
    let (account, position) = (opened["id"].as_str().unwrap(), opened["position"].as_u64().unwrap());
    assert_eq!(
        viewed(&mut client, &format!("/v1/customers/{customer}"), position)["customer_id"],
        customer.as_str()
    );
    // Nobody feeds the accounts yet.
    let unfed = rest
        .client()
        .send(&Request::get(format!("/v1/accounts/{account}")).header("Khata-Min-Position", position))
        .unwrap();
    assert_eq!(unfed.status, 503, "{}", unfed.text());
    assert_eq!(projection(&mut client, "accounts")["state"], "stopped");
    // How far a customer's onboarding has come is read from the view of processes.
    let contexts = "accounts,cards,lending,orders,processes";
    let second = bank.serve("second", &["--roles", "projector", "--contexts", contexts]);
    assert_eq!(
        viewed(&mut rest.client(), &format!("/v1/accounts/{account}"), position)["account_id"],
        account
    );
    let all_ready = || [&customers, &rest].iter().all(|server| server.client().get("/readyz").status == 200);
    wait_until("all of it ready", all_ready);
    // Nobody feeds the views any more: as long as they do not lag, those who answer go on.
    first.stop();
    second.stop();
    assert_eq!(projection(&mut client, "accounts")["state"], "stopped");
    assert!(all_ready());
}
