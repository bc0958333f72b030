//! Views in PostgreSQL that have seen what the log does not hold.

use crate::bank::{Bank, deposit, open_account, viewed};
use khata_tests::Server;
use std::process::Output;

fn served(bank: &Bank, amounts: u64) -> Server {
    let server = bank.serve("before", &[]);
    let mut client = server.client();
    let account = open_account(&mut client, "maria@example.com");
    for _ in 0..amounts {
        let position = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
        viewed(&mut client, &format!("/v1/accounts/{account}"), position);
    }
    server
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Fails if something is not so in the database.
#[track_caller]
fn holds(bank: &Bank, condition: &str) {
    bank.database.execute(&format!("DO $$ BEGIN ASSERT ({condition}); END $$"));
}

#[track_caller]
fn refused(bank: &Bank, because: &str) {
    let refused = bank.home.run(["serve", "--listen", "127.0.0.1:0"]);
    let told = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    for part in [
        because,
        "events that were acknowledged are lost, or this is another log",
        "khata serve --accept-lost-tail",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_log_that_lost_its_end_is_refused_until_an_operator_accepts_it_and_the_views_are_kept() {
    let bank = Bank::fresh();
    served(&bank, 3).stop();
    bank.database.execute("UPDATE khata_main.progress SET verified_position = 0; DELETE FROM khata_main.events WHERE position > 5");
    refused(&bank, "and the log ends at position 5");
    let listed = bank.home.run(["projections", "list"]);
    assert!(!listed.status.success() && told(&listed).contains("--accept-lost-tail"), "{}", told(&listed));
    holds(
        &bank,
        "SELECT count(*) > 0 FROM khata_main.khata_generations WHERE status = 'active' AND position > 5",
    );

    let server = bank.serve("accepting", &["--accept-lost-tail"]);
    let mut client = server.client();
    let noted = client.get("/v1/events?category=operation").expect(200);
    let [event] = &noted["items"].as_array().unwrap()[..] else { panic!("{noted}") };
    assert_eq!(
        (&event["type"], &event["data"]["head"]["position"]),
        (&"operation.lost_tail_accepted".into(), &5.into()),
        "{noted}"
    );
    let views = event["data"]["views"].as_array().unwrap();
    assert!(
        views.iter().any(|view| view["projection"] == "accounts" && view["position"].as_u64() > Some(5)),
        "{noted}"
    );
    // What they had seen can be looked up.
    holds(
        &bank,
        "SELECT bool_and(position > 5 AND to_regclass('khata_main.' || tables[1]) IS NOT NULL) FROM khata_main.khata_set_aside WHERE projection = 'accounts'",
    );
    viewed(&mut client, "/v1/accounts", 6);
    server.stop();
    bank.serve("after", &[]).stop();
}

#[test]
fn views_of_another_log_of_the_same_length_are_noticed() {
    let bank = Bank::fresh();
    served(&bank, 1).stop();
    bank.database.execute("UPDATE khata_main.khata_generations SET hash = decode(repeat('07', 32), 'hex') WHERE projection = 'accounts'");
    refused(&bank, "the view accounts has seen the log up to position");
    refused(&bank, "and the log holds another event at position");
}

#[test]
fn a_restore_sets_the_views_of_another_log_aside_and_leaves_those_that_fit() {
    let bank = Bank::fresh();
    served(&bank, 3).stop();
    let file = bank.home.data_dir().with_extension("zst");
    let file = file.to_str().unwrap();
    let backup = bank.home.run(["backup", file]);
    assert!(backup.status.success(), "{}", told(&backup));
    let emptied = "TRUNCATE khata_main.events, khata_main.keys, khata_main.kinds, khata_main.snapshots;
        UPDATE khata_main.progress SET recorded_floor = 0, verified_position = 0, verified_hash = decode(repeat('00', 32), 'hex')";
    bank.database.execute(emptied);
    let restored = bank.home.run(["restore", file]);
    assert!(
        restored.status.success() && !told(&restored).contains("set aside"),
        "the same log: {}",
        told(&restored)
    );
    bank.serve("as before", &[]).stop();

    bank.database.execute(emptied);
    let restored = bank.home.run(["restore", file, "--up-to", "4"]);
    assert!(restored.status.success() && told(&restored).contains("were set aside"), "{}", told(&restored));
    holds(&bank, "SELECT count(*) > 0 FROM khata_main.khata_set_aside WHERE position > 4");
    holds(&bank, "SELECT count(*) = 0 FROM khata_main.khata_generations WHERE position > 4");
    let server = bank.serve("restored", &[]);
    server.client().get("/v1/admin/projections").expect(200);
    server.stop();
}
