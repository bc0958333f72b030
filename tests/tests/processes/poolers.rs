//! What may stand between Khata and PostgreSQL: a pooler of sessions, and no pooler of transactions; several servers, of which one takes writes.

use crate::bank::{Bank, deposit, open_account, viewed, views_equal_their_rebuilds, wait_until};
use khata_tests::postgres::Pooler;

#[test]
fn everything_works_through_a_pooler_of_sessions() {
    let bank = Bank::fresh();
    let Some(pooler) = Pooler::before(bank.database.url(), "session") else {
        return println!("NOT TESTED: PgBouncer is not installed");
    };
    let through = bank.home.reached_by(&pooler.through(bank.database.url()));
    let server = through.serve(&[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    let mut client = server.client();
    let last = (0..20).map(|_| client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap()).last().unwrap();
    assert_eq!(viewed(&mut client, &format!("/v1/accounts/{account}"), last)["balance"]["amount"], "20.00");
    // A second process is heard of through it, too.
    let other = through.for_another("other").serve(&["--roles", "api"]);
    let last = other.client().send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    assert_eq!(viewed(&mut client, &format!("/v1/accounts/{account}"), last)["balance"]["amount"], "21.00");
    views_equal_their_rebuilds(&mut client);
    other.stop();
    server.stop();
}

#[test]
fn a_pooler_of_transactions_is_refused_with_its_reason() {
    let bank = Bank::fresh();
    for mode in ["transaction", "statement"] {
        let Some(pooler) = Pooler::before(bank.database.url(), mode) else {
            return println!("NOT TESTED: PgBouncer is not installed");
        };
        let output = bank.home.reached_by(&pooler.through(bank.database.url())).run(["serve", "--listen", "127.0.0.1:0"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("pooling"), "{told}");
    }
}

#[test]
fn of_several_servers_the_one_that_is_there_is_used() {
    let (away, bank) = (std::net::TcpListener::bind("127.0.0.1:0").unwrap(), Bank::fresh());
    let closed = away.local_addr().unwrap();
    drop(away);
    let url = bank.database.url();
    let place = url.split_once('@').unwrap().1.split('/').next().unwrap();
    let several = url.replacen(place, &format!("{closed},{place}"), 1);
    let server = bank.home.reached_by(&format!("{several}?target_session_attrs=read-write&connect_timeout=5")).serve(&[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    wait_until("a server that is ready", || server.client().get("/readyz").status == 200);
    server.stop();
}
