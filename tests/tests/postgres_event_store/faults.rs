//! The server fails: connections are killed, it crashes, has no room left, or no connection to give.

use crate::{
    store::{append, assert_whole, events, keyed, open, saying, stream, try_open},
    storm::Storm,
};
use khata_application::{
    EventStore,
    event_store::{AppendError, Expected, ReadError, StreamRange},
};
use khata_tests::{
    Random,
    postgres::{Cluster, Database, Settings},
};
use sqlx::{Connection, PgConnection};

/// Ends the server's side of all connections of Khata whose purpose begins so.
fn kill(database: &Database, purpose: &str) {
    database.execute(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'khata main {purpose}%'"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_killed_under_load_lose_nothing_and_double_nothing() {
    let database = Database::fresh();
    let processes = [open(&database).await, open(&database).await];
    let storm = Storm::over(&processes, 200);
    for round in 1..=10 {
        processes[0].has_heard_of(200 * round).await;
        tokio::task::block_in_place(|| kill(&database, ""));
    }
    storm.ends_well(&processes[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_under_load_loses_nothing_and_doubles_nothing() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let processes = [open(&database).await, open(&database).await];
    let storm = Storm::over(&processes, 150);
    for round in 1..=2 {
        processes[0].has_heard_of(500 * round).await;
        tokio::task::block_in_place(|| {
            cluster.crash();
            cluster.start_again();
        });
    }
    storm.ends_well(&processes[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_away_appends_are_told_so_and_later_succeed() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let process = open(&database).await;
    process.grow("a", 3).await;
    tokio::task::block_in_place(|| cluster.crash());
    // The first may have to find out that it was not stored, and cannot ask anybody.
    let fourth = append("a", Expected::Any, events(1));
    let first = process.store.submit(fourth.clone()).unwrap();
    assert!(matches!(
        process.store.read_stream(&stream("a"), StreamRange::ALL).await,
        Err(ReadError::Unavailable(_))
    ));
    tokio::task::block_in_place(|| cluster.start_again());
    let mut outcome = first.outcome().await;
    // A server that takes long to come back leaves it open; asked again, it is stored once.
    while let Err(AppendError::Unavailable(_)) = outcome {
        outcome = process.store.append(fourth.clone()).await;
    }
    match outcome {
        Ok(done) => assert_eq!(done.position, 4),
        Err(AppendError::Duplicate { position, .. }) => assert_eq!(position, 4),
        Err(other) => panic!("{other}"),
    }
    assert_eq!(process.store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_connection_to_be_had_appends_fail_in_time_and_recover() {
    let cluster =
        Cluster::with(&Settings { more: vec![("max_connections", "12".into())], ..Settings::default() });
    let database = cluster.database();
    database.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk'");
    database.execute(&format!("GRANT CREATE ON DATABASE {} TO clerk", database.name()));
    let as_clerk = database.url().replacen(&format!("khata:{}", cluster.password()), "clerk:clerk", 1);
    let process = try_open(&as_clerk, "main").await.unwrap();
    process.grow("a", 1).await;
    tokio::task::block_in_place(|| kill(&database, "writer"));
    // Others take every place that there is; what is left is the administrator's.
    let mut guests: Vec<PgConnection> = Vec::new();
    while let Ok(guest) = PgConnection::connect(&as_clerk).await {
        guests.push(guest);
    }
    assert!(!guests.is_empty());
    let refused = process.store.append(append("a", Expected::Any, events(1))).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Unavailable(reason) if reason.contains("connection")),
        "{refused}"
    );
    drop(guests);
    loop {
        match process.store.append(append("a", Expected::Any, events(1))).await {
            Ok(done) => break assert_eq!(done.position, 2),
            Err(AppendError::Unavailable(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_connections_that_read_are_taken_reads_fail_in_time_and_recover() {
    let database = Database::fresh();
    let process = open(&database).await;
    process.grow("a", 1).await;
    let other = database.session();
    other.execute("BEGIN; LOCK TABLE khata_main.events IN ACCESS EXCLUSIVE MODE");
    let mut questions = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let store = process.store.clone();
        questions.spawn(async move { store.read_stream(&stream("a"), StreamRange::ALL).await });
    }
    let answers = questions.join_all().await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(ReadError::Unavailable(_)))), "{answers:?}");
    assert!(answers.iter().any(|answer| matches!(answer, Err(ReadError::Unavailable(reason)) if reason.contains("no connection in time"))));
    other.execute("ROLLBACK");
    assert_eq!(process.store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_locked_by_somebody_fails_appends_in_time_and_recovers() {
    let database = Database::fresh();
    let process = open(&database).await;
    process.grow("a", 1).await;
    let other = database.session();
    other.execute("BEGIN; LOCK TABLE khata_main.events IN SHARE ROW EXCLUSIVE MODE");
    let refused = process.store.append(keyed("k", append("a", Expected::Any, events(1)))).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Unavailable(reason) if reason.contains("lock timeout")),
        "{refused}"
    );
    other.execute("ROLLBACK");
    assert_eq!(
        process.store.append(keyed("k", append("a", Expected::Any, events(1)))).await.unwrap().position,
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_notification_is_made_up_for() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    for position in 1..=3 {
        tokio::task::block_in_place(|| kill(&database, "listener"));
        assert_eq!(one.grow("a", 1).await, position);
        other.has_heard_of(position).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_could_not_catch_up_tries_again_although_nothing_new_is_appended() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    for position in 1..=5 {
        // The other one hears of it and has lost the connection with which it looks.
        tokio::task::block_in_place(|| kill(&database, "writer"));
        assert_eq!(one.grow("a", 1).await, position);
        other.has_heard_of(position).await;
    }
}

/// A file system of a few megabytes, if this machine lets us mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m,mode=777", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

/// Text that cannot be compressed.
fn noise(random: &mut Random, length: usize) -> String {
    (0..length).map(|_| char::from(b'!' + u8::try_from(random.below(90)).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_database_fails_appends_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount() else {
        println!("this machine lets nobody mount a small disk: not tested here");
        return;
    };
    let cluster = Cluster::start();
    let place = disk.0.path().join("tables");
    std::fs::create_dir(&place).unwrap();
    cluster.give(&place);
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![0; 4_000_000]).unwrap();
    // The tables lie on the small disk; the server's own log has room, or the server would stop altogether.
    let database = cluster.database();
    database.execute(&format!("CREATE TABLESPACE small LOCATION '{}'", place.display()));
    let name = database.name().to_owned();
    cluster.execute(&format!("ALTER DATABASE {name} SET TABLESPACE small"));

    let process = open(&database).await;
    process.grow("a", 3).await;
    let mut random = Random::seeded(1);
    let mut stored = 0;
    let error = loop {
        let big = saying(&noise(&mut random, 100_000));
        match process.store.append(append("big", Expected::Any, vec![big])).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1_000, "the disk has to be full at some time");
    };
    assert!(
        matches!(&error, AppendError::Unavailable(reason) if reason.contains("disk of the database is full")),
        "{error}"
    );
    let head = process.store.head().await.unwrap();
    assert_eq!(head.position, 3 + stored);
    let again =
        || keyed("k", append("big", Expected::Any, vec![saying(&noise(&mut Random::seeded(2), 500_000))]));
    assert!(matches!(process.store.append(again()).await, Err(AppendError::Unavailable(_))), "still full");
    assert_eq!(
        process.store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().len(),
        3,
        "what is stored can be read"
    );

    std::fs::remove_file(&ballast).unwrap();
    let done = process.store.append(again()).await.unwrap();
    assert_eq!(done.position, head.position + 1, "it goes on by itself, without a gap");
    assert!(matches!(process.store.append(again()).await, Err(AppendError::KeyUsed(_))));
    assert_eq!(assert_whole(&process).await, done.position);
}
