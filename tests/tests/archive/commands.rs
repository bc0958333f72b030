//! The commands of the real binary: backup, restore, export and verify, with a server and without.

use khata_tests::{Client, Request, Server, binary::khata, test_app::new_customer};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A finished command's output, if it went well.
#[track_caller]
pub fn well(output: Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    out
}

/// What a command that failed with exit code 1 said.
#[track_caller]
pub fn failed(output: Output, saying: &str) {
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains(saying), "{saying:?} is not in {err:?}");
}

pub fn over(data_dir: &Path, arguments: &[&str]) -> Output {
    khata(arguments).arg("--data-dir").arg(data_dir).output().unwrap()
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with a data directory that was lived in, and a server that holds it.
pub struct Home {
    pub folder: tempfile::TempDir,
    pub data_dir: PathBuf,
    pub server: Option<Server>,
    account: String,
}

/// What the views show, and the position they had seen then.
pub struct Seen {
    position: u64,
    lists: [Vec<Value>; 3],
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let server = Server::start(&data_dir);
        let mut client = server.client();
        let customer = client.post("/v1/customers", &new_customer("maria@example.com")).expect(201)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
        let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
        let account = client.post("/v1/accounts", &account).expect(201)["id"].as_str().unwrap().to_owned();
        let home = Self { folder, data_dir, server: Some(server), account };
        for number in 0..30 {
            home.deposit(&mut client, number).expect(200);
        }
        home
    }

    pub fn deposit(&self, client: &mut Client, number: u64) -> khata_tests::Response {
        let deposit = json!({ "amount": { "amount": format!("{number}.50"), "currency": "INR" } });
        client
            .send(
                &Request::post(format!("/v1/accounts/{}/deposits", self.account), &deposit)
                    .key(format!("deposit {number}")),
            )
            .unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn stop(&mut self) {
        self.server.take().unwrap().kill();
    }

    /// What the views show once they have seen the whole log.
    pub fn seen(&self, client: &mut Client) -> Seen {
        let position = client.get("/v1/events?limit=1").header("khata-position").unwrap().parse().unwrap();
        Seen { position, lists: self.lists(client, position) }
    }

    fn lists(&self, client: &mut Client, position: u64) -> [Vec<Value>; 3] {
        ["/v1/customers", "/v1/accounts", &format!("/v1/accounts/{}/transactions", self.account)]
            .map(|path| rows(client, path, position))
    }

    /// That a restored Khata shows the same rows, answers a used key as the first time, and knows the e-mail
    /// address as taken.
    pub fn answers_as_before(&self, client: &mut Client, before: &Seen, first_answer: &Value) {
        assert_eq!(self.lists(client, before.position), before.lists);
        let again = self.deposit(client, 3);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.expect(200), *first_answer);
        let taken = client.post("/v1/customers", &new_customer("Maria@Example.com"));
        assert_eq!(taken.expect(422)["code"], "email_already_used");
    }
}

/// The rows of a list, in order, without what a restore cannot keep.
fn rows(client: &mut Client, path: &str, position: u64) -> Vec<Value> {
    let answer = client.send(&Request::get(path).header("Khata-Min-Position", position)).unwrap().expect(200);
    answer["items"].as_array().unwrap().clone()
}

#[test]
fn a_backup_taken_while_the_server_goes_on_restores_to_the_same_answers() {
    let mut home = Home::new();
    let file = home.path("backup.zst");
    let told = well(over(&home.data_dir, &["backup", text(&file)]));
    assert!(
        told.contains("events, positions 1 to") && told.contains("30 idempotency keys and the secret"),
        "{told}"
    );
    assert!(told.contains("everything fits together"), "{told}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "confidential");
    let mut client = home.server.as_ref().unwrap().client();
    let (before, first_answer) = (home.seen(&mut client), home.deposit(&mut client, 3).expect(200));
    let audit = well(over(&home.data_dir, &["audit", "verify"]));
    home.stop();

    let restored = home.path("restored");
    let told = well(over(&restored, &["restore", text(&file)]));
    assert!(told.contains(&format!("{} events, 30 idempotency keys", before.position)), "{told}");
    let server = Server::start(&restored);
    let mut client = server.client();
    home.answers_as_before(&mut client, &before, &first_answer);
    assert_eq!(well(over(&restored, &["audit", "verify"])), audit);
    home.deposit(&mut client, 99).expect(200);
}

#[test]
fn a_backup_without_a_server_holds_the_same_lines() {
    let mut home = Home::new();
    let (with, without) = (home.path("with.zst"), home.path("without.zst"));
    well(over(&home.data_dir, &["backup", text(&with)]));
    home.stop();
    well(over(&home.data_dir, &["backup", text(&without)]));
    let lines =
        |file: &Path| String::from_utf8(zstd::decode_all(&*fs::read(file).unwrap()).unwrap()).unwrap();
    let (with, without) = (lines(&with), lines(&without));
    // The first line tells when it was taken, the last one the hash over that too.
    let middle = |lines: &str| {
        lines
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with("{\"trailer\""))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(middle(&with), middle(&without));
}

#[test]
fn a_backup_goes_through_standard_output_and_input() {
    let mut home = Home::new();
    home.stop();
    let backup = over(&home.data_dir, &["backup", "-"]);
    assert!(String::from_utf8_lossy(&backup.stderr).contains("everything fits together"));
    assert_eq!(backup.status.code(), Some(0));
    let fed = |arguments: &[&str], data_dir: &Path| {
        let mut command: Command = khata(arguments);
        command
            .arg("--data-dir")
            .arg(data_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&backup.stdout).unwrap();
        well(child.wait_with_output().unwrap())
    };
    assert!(fed(&["verify", "-"], &home.path("none")).starts_with("backup of namespace main of "));
    let restored = home.path("restored");
    fed(&["restore", "-"], &restored);
    assert_eq!(well(over(&restored, &["audit", "verify"])), well(over(&home.data_dir, &["audit", "verify"])));
}

#[test]
fn a_range_is_exported_and_verified_with_a_server_and_without() {
    let mut home = Home::new();
    let file = home.path("range.zst");
    for with_server in [true, false] {
        if !with_server {
            home.stop();
        }
        let told =
            well(over(&home.data_dir, &["export", text(&file), "--after", "3", "--up-to", "9", "--force"]));
        assert!(told.starts_with("export of namespace main of "), "{told}");
        assert!(told.contains("6 events, positions 4 to 9\n"), "{told}");
        assert!(well(over(&home.data_dir, &["verify", text(&file)])).contains("6 events, positions 4 to 9"));
        failed(
            over(&home.data_dir, &["export", text(&file), "--after", "9000", "--force"]),
            "the log ends at position",
        );
    }
    failed(
        over(&home.path("restored"), &["restore", text(&file)]),
        "only a backup holds all that a restore needs",
    );
    assert!(!home.path("restored").exists());
}

#[test]
fn a_restore_up_to_a_position_leaves_out_what_came_after_it() {
    let mut home = Home::new();
    home.stop();
    let file = home.path("backup.zst");
    well(over(&home.data_dir, &["backup", text(&file)]));
    let restored = home.path("restored");
    failed(over(&restored, &["restore", text(&file), "--up-to", "1000"]), "the backup ends at position");
    well(over(&restored, &["restore", text(&file), "--up-to", "20"]));
    assert!(well(over(&restored, &["audit", "verify"])).starts_with("20 events fit together"));
}

#[test]
fn a_store_that_is_not_empty_is_refused_untouched() {
    let mut home = Home::new();
    let file = home.path("backup.zst");
    well(over(&home.data_dir, &["backup", text(&file)]));
    failed(over(&home.data_dir, &["restore", text(&file)]), "stop it first");
    let audit = well(over(&home.data_dir, &["audit", "verify"]));
    home.stop();
    failed(over(&home.data_dir, &["restore", text(&file)]), "the store is not empty");
    assert_eq!(well(over(&home.data_dir, &["audit", "verify"])), audit);
    let through = over(&home.path("new"), &["restore", text(&file), "--url", "http://127.0.0.1:1"]);
    assert_eq!(through.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&through.stderr).contains("not through a server"), "{through:?}");
}

#[test]
fn a_directory_without_a_log_can_be_restored_into() {
    let mut home = Home::new();
    home.stop();
    let (file, empty) = (home.path("backup.zst"), home.path("empty"));
    well(over(&home.data_dir, &["backup", text(&file)]));
    fs::create_dir(&empty).unwrap();
    well(over(&empty, &["restore", text(&file)]));
    assert_eq!(well(over(&empty, &["audit", "verify"])), well(over(&home.data_dir, &["audit", "verify"])));
}

#[test]
fn an_existing_file_is_replaced_only_on_demand_and_only_by_a_whole_one() {
    let mut home = Home::new();
    let file = home.path("backup.zst");
    fs::write(&file, "precious").unwrap();
    failed(over(&home.data_dir, &["backup", text(&file)]), "exists already; --force replaces it");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    home.stop();
    // The log is damaged in its middle: what can be read of it is no backup.
    let healthy = fs::read(home.data_dir.join("events.db")).unwrap();
    rusqlite::Connection::open(home.data_dir.join("events.db"))
        .unwrap()
        .execute("UPDATE events SET hash = zeroblob(32) WHERE position = 5", [])
        .unwrap();
    failed(over(&home.data_dir, &["backup", text(&file), "--force"]), "position 5");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    fs::write(home.data_dir.join("events.db"), healthy).unwrap();
    well(over(&home.data_dir, &["backup", text(&file), "--force"]));
    well(over(&home.data_dir, &["verify", text(&file)]));
    let left: Vec<String> = fs::read_dir(home.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(left.iter().all(|name| !name.ends_with(".part")), "{left:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let mut home = Home::new();
    home.stop();
    failed(over(&home.data_dir, &["backup", "/dev/full"]), "/dev/full cannot be written");
    failed(
        over(&home.data_dir, &["backup", text(&home.path("no/such/folder.zst"))]),
        "folder.zst cannot be written",
    );
    failed(over(&home.data_dir, &["backup", text(home.folder.path())]), "is a directory");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    failed(
        khata(["backup", "-", "--data-dir", text(&home.data_dir)]).stdout(full).output().unwrap(),
        "standard output cannot be written",
    );
    failed(over(&home.data_dir, &["verify", text(&home.path("nothing.zst"))]), "nothing.zst cannot be read");
    assert!(fs::metadata("/dev/full").unwrap().len() == 0);
}

#[test]
fn a_damaged_file_is_named_and_restores_nothing() {
    let mut home = Home::new();
    home.stop();
    let (file, restored) = (home.path("backup.zst"), home.path("restored"));
    well(over(&home.data_dir, &["backup", text(&file)]));
    let honest = fs::read(&file).unwrap();
    let mut lines = String::from_utf8(zstd::decode_all(&*honest).unwrap()).unwrap();
    lines = lines.replacen("\"number\\\":\\\"P1234567", "\"number\\\":\\\"P7654321", 1);
    fs::write(&file, zstd::encode_all(lines.as_bytes(), 3).unwrap()).unwrap();
    failed(over(&home.data_dir, &["verify", text(&file)]), "does not fit");
    failed(over(&restored, &["restore", text(&file)]), "nothing was restored");
    fs::write(&file, &honest[..honest.len() / 2]).unwrap();
    failed(over(&home.data_dir, &["verify", text(&file)]), "does not verify");
    failed(over(&restored, &["audit", "verify"]), "there is no Khata in ");
    fs::write(&file, honest).unwrap();
    well(over(&restored, &["restore", text(&file)]));
}
