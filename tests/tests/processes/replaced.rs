//! The log goes back under running processes: they say so, tell nothing from memory, and go on only with what
//! they have followed.

use crate::bank::{Bank, deposit, open_account, viewed, wait_until};
use khata_tests::{Client, Request, Response, Server, binary::khata};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

const FORGET: &str = "CREATE TABLE khata_main.aside AS SELECT * FROM khata_main.events WHERE position > 5;
    DELETE FROM khata_main.events WHERE position > 5; UPDATE khata_main.progress SET verified_position = 0;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'khata main %'";

#[track_caller]
fn replaced(answer: &Response) {
    assert_eq!((answer.status, answer.header("Retry-After").is_some()), (503, true), "{answer:?}");
    assert_eq!(answer.json()["code"], "log_replaced");
}

/// Follows the feed, and gives all that comes until it ends.
fn subscribe(server: &Server) -> std::thread::JoinHandle<String> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "GET /v1/events?after=5 HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n",
        server.address()
    )
    .unwrap();
    std::thread::spawn(move || {
        BufReader::new(stream)
            .lines()
            .map_while(Result::ok)
            .take_while(|line| line != "0")
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn ready(client: &mut Client) -> u16 {
    client.get("/readyz").status
}

#[test]
fn a_log_that_goes_back_stops_a_process_until_it_comes_back() {
    let bank = Bank::fresh();
    let mut server = bank.serve("server", &[]);
    let mut client = server.client();
    let account = open_account(&mut client, "maria@example.com");
    let last = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    viewed(&mut client, &format!("/v1/accounts/{account}"), last);
    wait_until("a server that is ready", || ready(&mut client) == 200);
    let subscriber = subscribe(&server);
    bank.database.execute(FORGET);
    wait_until("a server that has noticed", || ready(&mut client) == 503);
    let told = client.get("/readyz").json();
    assert!(told["checks"][0]["detail"].as_str().unwrap().contains("replaced"), "{told}");
    replaced(&client.send(&deposit(&account)).unwrap());
    for path in [
        "/v1/events?after=0",
        "/v1/accounts",
        &format!("/v1/accounts/{account}?as_of_version=1"),
        &format!("/v1/accounts/{account}/events"),
    ] {
        replaced(&client.get(path));
    }
    let told = subscriber.join().unwrap();
    assert!(
        told.contains("event: bank_account.money_deposited") && told.contains("event: log_replaced"),
        "{told}"
    );
    assert!(
        client
            .get("/metrics")
            .text()
            .lines()
            .any(|line| line.starts_with("khata_log_replaced") && line.ends_with(" 1"))
    );
    // The end comes back: nothing was written meanwhile, and everything goes on.
    bank.database.execute("INSERT INTO khata_main.events SELECT * FROM khata_main.aside");
    wait_until("a server that is ready again", || ready(&mut client) == 200);
    let next = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    assert_eq!(next, last + 1);
    assert_eq!(viewed(&mut client, &format!("/v1/accounts/{account}"), next)["balance"]["amount"], "2.00");
    // Gone for good, it is said at the end.
    bank.database.execute(&FORGET.replace("aside", "aside_again"));
    wait_until("a server that has noticed again", || ready(&mut client) == 503);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(1), "{}", server.log());
    assert!(server.log().contains("the event log was replaced"), "{}", server.log());
}

#[test]
fn files_that_are_gone_are_told_saved_and_said_at_the_end() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut server = Server::start(&data);
    let mut client = server.client();
    let account = open_account(&mut client, "maria@example.com");
    client.send(&deposit(&account)).unwrap().expect(200);
    for file in ["events.db", "events.db-wal", "events.db-shm"] {
        std::fs::remove_file(data.join(file)).unwrap();
    }
    replaced(&client.send(&deposit(&account)).unwrap());
    wait_until("a server that has noticed", || ready(&mut client) == 503);
    // What is open can still be read, and saved.
    let listed = client.send(&Request::get(format!("/v1/accounts/{account}/events"))).unwrap().expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    let (backup, url) = (place.path().join("saved.zst"), format!("http://{}", server.address()));
    let saved = khata(["backup", backup.to_str().unwrap(), "--url", &url]).output().unwrap();
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(1), "{}", server.log());
    assert!(server.log().contains("events.db was removed or moved away"), "{}", server.log());
    let restored = place.path().join("restored");
    let done = khata(["restore", backup.to_str().unwrap(), "--data-dir", restored.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let server = Server::start(&restored);
    assert_eq!(
        viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 6)["balance"]["amount"],
        "1.00"
    );
}
