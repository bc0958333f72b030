//! What may stand between Khata and PostgreSQL: a pooler of sessions, and no pooler of transactions; several
//! servers, of which one takes writes; a role that may have few connections.

use crate::bank::{Bank, deposit, open_account, viewed, views_equal_their_rebuilds, wait_until};
use khata_tests::postgres::{Cluster, Pooler};

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
    let last = (0..20)
        .map(|_| client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap())
        .last()
        .unwrap();
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
        let output = bank.home.reached_by(&pooler.through(bank.database.url())).run([
            "serve",
            "--listen",
            "127.0.0.1:0",
        ]);
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
    let server = bank
        .home
        .reached_by(&format!("{several}?target_session_attrs=read-write&connect_timeout=5"))
        .serve(&[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    wait_until("a server that is ready", || server.client().get("/readyz").status == 200);
    server.stop();
}

#[test]
fn a_role_that_may_have_no_more_connections_is_named_as_the_cause() {
    const CAUSE: &str = "too many connections for role \"limited\"";
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    cluster.execute(&format!(
        "CREATE ROLE limited LOGIN PASSWORD 'limited'; ALTER DATABASE {} OWNER TO limited",
        bank.database.name()
    ));
    let place = bank.database.url().split_once('@').unwrap().1;
    let home = bank.home.reached_by(&format!("postgres://limited:limited@{place}"));
    let server = home.serve(&[]);
    let account = open_account(&mut server.client(), "maria@example.com");

    cluster.execute("ALTER ROLE limited CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'limited'");
    wait_until("a refusal", || server.client().send(&deposit(&account)).unwrap().status == 503);
    wait_until("a server that says why it is not ready", || {
        let answer = server.client().get("/readyz");
        answer.status == 503 && answer.text().contains("too many connections for role")
    });
    let output = home.for_another("second").run(["serve", "--listen", "127.0.0.1:0"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(CAUSE), "{told}");

    cluster.execute("ALTER ROLE limited CONNECTION LIMIT -1");
    wait_until("a server that is ready again", || server.client().get("/readyz").status == 200);
    assert!(server.log().contains(CAUSE), "{}", server.log());
    server.stop();
}
